"""The playbook as a document: YAML that people edit, checked on load, and the digest that says which one is meant."""

import hashlib
from difflib import unified_diff

import msgspec

from replay.document.changes import Change, changes
from replay.document.reading import all_wrong, load
from replay.document.revising import revise
from replay.document.schema import json_schema
from replay.document.writing import dump
from replay.playbook import Playbook

__all__ = ["Change", "all_wrong", "changes", "diff", "digest", "dump", "json_schema", "load", "revise"]


def digest(playbook: Playbook) -> str:
    """What a playbook says, as `sha256:…`: two versions have the same when nothing but the version number differs.

    Args:
        playbook: Any playbook.

    Returns:
        The digest of its canonical form.
    """
    bare = msgspec.structs.replace(playbook, version=1)
    return "sha256:" + hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()


def diff(a: Playbook, b: Playbook) -> str:
    """What changed from one playbook to another, as a unified diff of their documents.

    Args:
        a: The old one.
        b: The new one.

    Returns:
        The diff; empty when they are the same.
    """
    old, new = (dump(playbook).split("\n") for playbook in (a, b))
    lines = unified_diff(old, new, f"{a.name}@{a.version}", f"{b.name}@{b.version}", lineterm="")
    return "\n".join(lines)
