"""Keeps beside a document what was read from it: reading YAML takes long, and versions are read far more than written.

A reading can be deleted at any time. It is written where a version is, and never by what only looks.
"""

from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec

from capture.errors import HostError
from replay import document
from replay.library.durable import replace_file
from replay.playbook import Playbook

SUFFIX = ".read"


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """A playbook as it was read from a document."""

    reader: str
    """What read it: another program reads again."""
    text: str
    """SHA-256 of the document, hexadecimal."""
    playbook: Playbook


_DECODER = msgspec.msgpack.Decoder(Reading)


def keep(path: Path, text: str, playbook: Playbook) -> None:
    """Keep what was read; where the disk says no, it is read again.

    Args:
        path: The document.
        text: What it holds.
        playbook: What `document.load` made of it.
    """
    reading = Reading(reader=_reader(), text=text_digest(text), playbook=playbook)
    with suppress(HostError):
        replace_file(path.with_suffix(SUFFIX), msgspec.msgpack.encode(reading))


def kept(path: Path, text: str, digest: str) -> Playbook | None:
    """What was read from a document.

    Args:
        path: The document.
        text: What it holds now.
        digest: What the catalog says of it: nothing else is taken for its playbook.

    Returns:
        None: it must be read.
    """
    try:
        reading = _DECODER.decode(path.with_suffix(SUFFIX).read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    same = reading.reader == _reader() and reading.text == text_digest(text)
    return reading.playbook if same and document.digest(reading.playbook) == digest else None


def text_digest(text: str) -> str:
    """SHA-256 of a document's text as it is stored, hexadecimal."""
    return sha256(text.encode()).hexdigest()


@cache
def _reader() -> str:
    """The state of the sources that read documents."""
    sources = sorted(one for one in Path(document.__file__).parent.iterdir() if one.is_file())
    told = [(one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in sources]
    return text_digest(repr(told))
