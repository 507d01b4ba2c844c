"""What is kept of a run in an object store, and what pushing and fetching come to."""

import re

import msgspec

from capture.errors import BadInputError
from capture.tape.writer import INDEX, RAW, TRACE
from replay.sharing.values import Signature

FORMAT = 1
"""Of the manifest; another one is refused."""
FILES = (TRACE, RAW, INDEX)
"""The files of a run that leave; what else is in its folder is of this machine."""
MANIFEST_LIMIT = 16 << 20
"""Bytes of the longest manifest that is read."""
SIGNATURE = ".sig"
"""So ends, behind the name of a manifest, the object that holds its signature."""
SIGNATURE_LIMIT = 64 << 10
"""Bytes of the longest signature that is read."""
TOTAL_LIMIT = 8 << 30
"""Bytes of the largest run that is fetched."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_RUN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Some bytes, by their hash."""

    sha256: str
    """Hexadecimal."""
    size: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it is in the store; its own hash is in its name."""

    format: int = FORMAT
    run_id: str
    name: str
    goal: str | None = None
    status: str
    started_at: str
    """ISO 8601 UTC."""
    steps: int
    files: dict[str, Content]
    """The files of its folder, by name."""
    contents: tuple[Content, ...] = ()
    """What its steps wrote and was kept."""
    left_out: int = 0
    """Contents that stayed behind, for they hold a secret or can't be read."""
    masked: int = 0
    """Secrets that the recording held by the rules of the day on which it left."""

    @property
    def size(self) -> int:
        """Bytes of all that it names."""
        return sum(one.size for one in (*self.files.values(), *self.contents))


class StoredRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that a store holds."""

    run_id: str
    name: str
    goal: str | None
    status: str
    started_at: str
    steps: int
    size: int
    """Bytes."""
    signed: bool
    """Whether there is a signature; what it is worth, fetching tells."""
    here: bool
    """Whether this home holds it, too."""


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """What pushing a run came to."""

    run_id: str
    store: str
    manifest: str
    """Its hash."""
    objects: int
    """All that the run consists of."""
    sent: int
    """Of these, those that were not there yet."""
    sent_bytes: int
    masked: int
    left_out: int
    key: str | None = None
    """`SHA256:…` of what signed it; None: nothing did."""


class FetchedRun(msgspec.Struct, frozen=True, kw_only=True):
    """What fetching a run came to."""

    run_id: str
    store: str
    objects: int
    received: int
    """Of these, those that were not here yet."""
    new: bool
    """Whether the run was not here."""
    signature: Signature | None = None
    """What it is worth; None: the run was here already, and nothing was looked at."""


def read_manifest(data: bytes, *, where: str) -> Manifest:
    """A manifest that came from elsewhere.

    Args:
        data: JSON.
        where: For messages.

    Raises:
        BadInputError: It is none, or names what no run has.
    """
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError(f"{where} is no manifest of a run ({error}); push the run again") from error
    if manifest.format != FORMAT:
        raise BadInputError(f"{where} is of format {manifest.format}, this program reads {FORMAT}; update replaybook")
    named = (*manifest.files.values(), *manifest.contents)
    sound = all(_DIGEST.fullmatch(one.sha256) and one.size >= 0 for one in named) and _RUN.fullmatch(manifest.run_id)
    if not sound or set(manifest.files) - set(FILES) or TRACE not in manifest.files or manifest.size > TOTAL_LIMIT:
        raise BadInputError(f"{where} names files that no run has; it is not taken")
    return manifest
