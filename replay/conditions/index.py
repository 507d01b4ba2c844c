"""Tells from a repository's own files that nothing is staged, so that git need not be asked: that takes longer."""

import re
import struct
import zlib

from replay.conditions.refs import Repository
from replay.conditions.world import Machine

LIMIT = 1024 * 1024
"""Bytes of an index beyond which git is as fast."""
_NAME_AT = 62
_EXTENDED = 0x4000
"""The flag of an entry with two bytes more of flags."""
_HASH = 20
_ROOT = re.compile(rb"\0(\d+) \d+\n")
"""How the cached tree of an index begins where it is whole: no path, entries, subtrees, then the tree's name."""
_TREE = re.compile(rb"commit \d+\0tree ([0-9a-f]{40})\n")


def is_as_committed(machine: Machine, repository: Repository) -> bool:
    """Whether the index certainly holds the tree that is checked out.

    Args:
        machine: Where the files are.
        repository: What is asked about.

    Returns:
        False where it holds another one, and where these files don't tell.
    """
    data = machine.read_bytes(f"{repository.folder}/index", LIMIT)
    wanted = tree_of_index(data) if data else None
    return wanted is not None and wanted == _tree_of_head(machine, repository)


def tree_of_index(data: bytes) -> str | None:
    """The tree that an index would be committed as, where git noted it there (`gitformat-index(5)`).

    Args:
        data: The whole file.

    Returns:
        The tree's name, hexadecimal; None when the file doesn't tell, or is written in another way.
    """
    try:
        return _cached_tree(data)
    except (struct.error, ValueError, IndexError):
        return None


def _cached_tree(data: bytes) -> str | None:
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or version not in {2, 3}:
        return None
    at = 12
    for _ in range(count):
        (flags,) = struct.unpack_from(">H", data, at + _NAME_AT - 2)
        end = data.index(b"\0", at + _NAME_AT + (2 if flags & _EXTENDED else 0))
        at += ((end - at) // 8 + 1) * 8
    while at + 2 * _HASH < len(data):
        name, size = struct.unpack_from(">4sI", data, at)
        root = _ROOT.match(data, at + 8) if name == b"TREE" else None
        if root or name == b"link":
            return data[root.end() : root.end() + _HASH].hex() if root else None
        at += 8 + size
    return None


def _tree_of_head(machine: Machine, repository: Repository) -> str | None:
    """The tree of the commit that is checked out, where that lies in a file of its own."""
    commit = repository.head()[1]
    if commit is None or len(commit) != 2 * _HASH:
        return None
    packed = machine.read_bytes(f"{repository.common}/objects/{commit[:2]}/{commit[2:]}", LIMIT)
    try:
        found = _TREE.match(zlib.decompressobj().decompress(packed, 128)) if packed else None
    except zlib.error:
        return None
    return found[1].decode() if found else None
