"""How the engine's C functions are called: its handles, and what it writes into a buffer."""

from collections.abc import Callable
from typing import Any

from pyghostty import Terminal
from pyghostty._ffi import check, ffi


def native(terminal: Terminal) -> Any:
    """A terminal as the C functions take it."""
    return terminal._t[0]  # noqa: SLF001 - the binding offers no other way to its C functions


def made(kind: str, make: Any, free: Any) -> Any:
    """A handle of the library that is freed with its Python object."""
    handle = ffi.new(f"{kind}*")
    check(make(ffi.NULL, handle), kind)
    return ffi.gc(handle, lambda held: free(held[0]))


def written(encode: Callable[[Any, int, Any], int]) -> bytes:
    """What an encoder wrote."""
    buffer, written = ffi.new("char[128]"), ffi.new("size_t*")
    check(encode(buffer, len(buffer), written), "encode")
    return bytes(ffi.buffer(buffer, written[0]))
