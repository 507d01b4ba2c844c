"""A terminal's whole state as bytes, and back."""

import weakref
from importlib.metadata import version
from typing import Any

from pyghostty import Terminal
from pyghostty._ffi import check, ffi, lib

from app.ghostty.handles import native

ENGINE = f"pyghostty {version('pyghostty')}"
"""Whose snapshots these are; another one's are not read."""


def write_down(terminal: Terminal) -> bytes | None:
    """The whole state as the engine writes it down; None when it can't, as inside a very long sequence."""
    length = ffi.new("size_t*")
    lib.ghostty_snapshot_encode_buf(native(terminal), ffi.NULL, 0, length)
    buffer = ffi.new("uint8_t[]", max(length[0], 1))
    failed = lib.ghostty_snapshot_encode_buf(native(terminal), buffer, len(buffer), length)
    return None if failed else bytes(ffi.buffer(buffer, length[0]))


def read_back(snapshot: bytes) -> Terminal:
    """The terminal that a snapshot was made of; GhosttyError for one that was tampered with."""
    decoder, handle = ffi.new("GhosttySnapshotDecoder*"), ffi.new("GhosttyTerminal*")
    check(lib.ghostty_snapshot_decoder_new_buf(ffi.NULL, decoder, snapshot, len(snapshot)), "snapshot")
    try:
        retain = lib.GHOSTTY_SNAPSHOT_DECODER_OPT_RETAIN_CONTINUATION
        check(lib.ghostty_snapshot_decoder_set(decoder[0], retain, ffi.new("bool*", 1)), "snapshot")
        check(lib.ghostty_snapshot_decoder_decode(decoder[0], handle), "snapshot")
    finally:
        lib.ghostty_snapshot_decoder_free(decoder[0])
    return _terminal_of(handle)


def _terminal_of(handle: Any) -> Terminal:
    """A terminal that the library made by itself, as the binding's own; the binding offers no way to adopt one."""
    terminal = Terminal(1, 1)
    terminal.close()
    terminal._t = handle  # noqa: SLF001 - as above
    terminal._free = weakref.finalize(terminal, lib.ghostty_terminal_free, handle[0])  # noqa: SLF001 - as above
    return terminal
