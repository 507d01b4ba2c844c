"""Tells what an archive holds, as text that can be compared: when it was packed, and in which order, is not in it."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterator

from capture.secrets.contents import DAMAGED

MOST_BYTES = 16 * 1024 * 1024
"""Of what an archive holds, unpacked; one that holds more is not looked into."""
_PACKED: dict[bytes, Callable[[io.BytesIO], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda data: gzip.GzipFile(fileobj=data),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
COMPRESSED = tuple(_PACKED)
"""How compressed files begin."""
_TAR_AT, _TAR = 257, b"ustar"
_ZIP = b"PK\x03\x04"


def listing(data: bytes) -> str | None:
    """What an archive or a compressed text holds.

    Args:
        data: Of a file.

    Returns:
        The text, or a line for each member and the text that it holds, by name; None for what is neither, is damaged or
        too large. Of members that are no text, only that they are there.
    """
    try:
        unpacked = _unpacked(data)
        if unpacked[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
            return "".join(sorted(_of_tar(unpacked)))
        if unpacked.startswith(_ZIP):
            return "".join(sorted(_of_zip(unpacked)))
        return _text(unpacked) if unpacked is not data else None
    except (tarfile.TarError, *DAMAGED):
        return None


def _unpacked(data: bytes) -> bytes:
    for magic, opened in _PACKED.items():
        if data.startswith(magic):
            with opened(io.BytesIO(data)) as file:
                return _limited(file.read(MOST_BYTES + 1))
    return data


def _of_tar(data: bytes) -> Iterator[str]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for one in archive:
            file = archive.extractfile(one) if one.isreg() else None
            held = _text(_limited(file.read(MOST_BYTES + 1))) if file else one.linkname
            yield f"{one.type!r} {one.name}\n{held or ''}\n"


def _of_zip(data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for one in archive.infolist():
            yield f"{one.filename}\n{_text(_limited(archive.open(one).read(MOST_BYTES + 1))) or ''}\n"


def _limited(data: bytes) -> bytes:
    if len(data) > MOST_BYTES:
        raise ValueError
    return data


def _text(data: bytes) -> str | None:
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None
