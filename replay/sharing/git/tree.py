"""Which versions a repository's tree holds, and what in it is none: names are checked before a byte is read."""

import re

from replay.library.naming import is_name
from replay.sharing.values import LeftOut, Offered

MAX_DOCUMENT_BYTES = 4 << 20
"""Longest document that is taken."""
MAX_SIGNATURE_BYTES = 64 << 10
"""Longest signature that is taken."""
MAX_VERSIONS = 20_000
"""Of one repository; those beyond are left out."""
DOCUMENT, SIGNATURE = ".yaml", ".yaml.sig"
"""What stands behind the number of a version in its file names."""
_ENTRY = re.compile(rb"(\d{6}) (\w+) ([0-9a-f]{40,64}) +(\d+|-)\t(.*)", re.DOTALL)
_PATH = re.compile(r"([^/]+)/([1-9][0-9]{0,8})(\.yaml|\.yaml\.sig)")
_FILES = (b"100644", b"100755")


def path_of(name: str, version: int, suffix: str = DOCUMENT) -> str:
    """Where a version stands in a tree."""
    return f"{name}/{version}{suffix}"


def offered(listing: bytes) -> tuple[tuple[Offered, ...], tuple[LeftOut, ...]]:
    """The versions in a tree, by name and number, and what looks like one and is not taken.

    Args:
        listing: Of `git ls-tree -r -z --long`.

    Returns:
        Both; other files, as a README, are in neither.
    """
    ids: dict[tuple[str, int, str], str] = {}
    left_out: list[LeftOut] = []
    for entry in listing.split(b"\0"):
        found = _ENTRY.fullmatch(entry)
        path = found[5].decode("utf-8", "replace") if found else ""
        place = _PATH.fullmatch(path)
        if found is None or place is None or not is_name(place[1]):
            continue
        why = _why_not(found[1], found[4], MAX_DOCUMENT_BYTES if place[3] == DOCUMENT else MAX_SIGNATURE_BYTES)
        if why is None:
            ids[place[1], int(place[2]), place[3]] = found[3].decode()
        else:
            left_out.append(LeftOut(what=path, why=why))
    documents = sorted((name, version) for name, version, suffix in ids if suffix == DOCUMENT)
    if len(documents) > MAX_VERSIONS:
        left_out.append(LeftOut(what=f"{len(documents) - MAX_VERSIONS} versions", why=f"it holds over {MAX_VERSIONS}"))
    versions = (
        Offered(
            name=name,
            version=version,
            document=ids[name, version, DOCUMENT],
            signature=ids.get((name, version, SIGNATURE)),
        )
        for name, version in documents[:MAX_VERSIONS]
    )
    return tuple(versions), tuple(left_out)


def _why_not(mode: bytes, size: bytes, most: int) -> str | None:
    """Why an entry is not taken, in a clause."""
    if mode not in _FILES:
        return "it is no plain file, but a link or a repository in the repository"
    if not size.isdigit() or int(size) > most:
        return f"it is larger than {most >> 10} KiB"
    return None
