"""Answers as they come through a socket: the order's number, a kind, a length, and so many bytes (pure)."""

import struct
from collections.abc import Iterator

from replay.spreading.values import Ended, Lost

_HEAD = struct.Struct("=iII")
_ANSWER, _LOST = 0, 1


def frame(number: int, answer: bytes | Lost) -> bytes:
    """One of them.

    Args:
        number: The order's place among all; below 0 it is about none.
        answer: It, or why there is none.
    """
    lost = isinstance(answer, Lost)
    data = answer.reason.encode(errors="replace") if isinstance(answer, Lost) else answer
    return _HEAD.pack(number, _LOST if lost else _ANSWER, len(data)) + data


def taken_out(came: bytearray) -> Iterator[Ended]:
    """What has come whole of them; the rest stays.

    Args:
        came: What has come; less when this returns.
    """
    while len(came) >= _HEAD.size:
        number, kind, length = _HEAD.unpack_from(came)
        end = _HEAD.size + length
        if len(came) < end:
            return
        data = bytes(came[_HEAD.size : end])
        del came[:end]
        yield number, (data if kind == _ANSWER else Lost(reason=data.decode()))
