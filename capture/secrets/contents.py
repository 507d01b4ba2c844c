"""What a file says, whatever it is wrapped in: a secret that is compressed is a secret."""

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from typing import Protocol

LIMIT = 8 << 20
"""Bytes that are unpacked of one file; one that holds more counts as unreadable."""
_DEEPEST = 3
_GZIP, _BZIP2, _XZ, _ZIP = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"PK\x03\x04"
_CLOSED = (b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x04\x22\x4d\x18")
"""zstd, 7z, RAR, lz4: nothing here unpacks them."""
DAMAGED = (zlib.error, OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile, ValueError, RuntimeError)
"""What the standard library's unpackers raise for bytes that are damaged, encrypted or packed in another way."""
_SAMPLE = 400


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class UnreadableError(Exception):
    """It can't be told what the content says."""


def readings(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """Everything that a content may say.

    Args:
        content: Of a file.
        depth: How many wrappings are off already.

    Yields:
        Itself, as text where it is UTF-16, and what is packed in it.

    Raises:
        UnreadableError: It is packed in a way that can't be undone here.
    """
    yield content
    if (wide := _utf16(content)) is not None:
        yield wide
    inner = list(_unpacked(content))
    if inner and depth >= _DEEPEST:
        raise UnreadableError
    for one in inner:
        yield from readings(one, depth + 1)


def _utf16(content: bytes) -> bytes | None:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace").encode("utf-8", "replace")
    head = content[:_SAMPLE]
    for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if zeros and zeros.count(0) * 2 > len(zeros):
            return content.decode(name, "replace").encode("utf-8", "replace")
    return None


def _unpacked(content: bytes) -> Iterator[bytes]:
    if content.startswith(_CLOSED):
        raise UnreadableError
    try:
        if content.startswith(_GZIP):
            yield _whole(zlib.decompressobj(wbits=31), content)
        elif content.startswith(_BZIP2):
            yield _whole(bz2.BZ2Decompressor(), content)
        elif content.startswith(_XZ):
            yield _whole(lzma.LZMADecompressor(), content)
        elif content.startswith(_ZIP):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > LIMIT:
                    raise UnreadableError
                for entry in archive.infolist():
                    yield archive.read(entry)
    except DAMAGED as error:
        raise UnreadableError from error


def _whole(unpacker: _Unpacker, content: bytes) -> bytes:
    """All that is in it: a torn one, a second member and one that is too big can't be judged."""
    unpacked = unpacker.decompress(content, LIMIT)
    if not unpacker.eof or unpacker.unused_data:
        raise UnreadableError
    return unpacked
