"""What lies beside a version's document: its signature, and the document as it was signed where that differs."""

from collections.abc import Iterator
from hashlib import new
from pathlib import Path

from replay.library.durable import content_of, replace_file

SIGNATURE = ".yaml.sig"
ORIGINAL = ".yaml.origin"
"""The document as it was published: with another number than its version has here."""
_SHA1_DIGITS = 40


def keep(path: Path, document: bytes, signature: bytes | None) -> None:
    """Keep what a version was published as.

    Args:
        path: Of its document here.
        document: As it was published.
        signature: Of that; None: there is none.

    Raises:
        HostError: The disk said no.
    """
    if path.read_bytes() != document:
        replace_file(_of(path, ORIGINAL), document)
    if signature is not None:
        replace_file(_of(path, SIGNATURE), signature)


def published(path: Path) -> tuple[bytes, bytes | None]:
    """A version as it was published, and its signature.

    Args:
        path: Of its document here.
    """
    return content_of(_of(path, ORIGINAL)) or path.read_bytes(), content_of(_of(path, SIGNATURE))


def object_id(content: bytes, like: str) -> str:
    """What git calls a content.

    Args:
        content: Of a file.
        like: Any object id of the repository: its length tells the hash.
    """
    algorithm = "sha1" if len(like) == _SHA1_DIGITS else "sha256"
    return new(algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def contents(path: Path) -> Iterator[bytes]:
    """A version's document as it is here, and as it was published where that is another text."""
    found = (content_of(one) for one in (path, _of(path, ORIGINAL)))
    return (one for one in found if one is not None)


def _of(path: Path, suffix: str) -> Path:
    return path.with_name(path.name.removesuffix(".yaml") + suffix)
