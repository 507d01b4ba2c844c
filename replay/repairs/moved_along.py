"""Lets one repair rename all inputs that went away together: a person answers once, not once a file."""

from collections import defaultdict
from posixpath import join

import msgspec

from capture.trace import EffectOp
from replay.repairs import locating, patching
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp

EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""An empty file's digest: it says nothing about which file it is."""
MOST = 20
"""Renames in one repair; more can't be reviewed at a glance."""
MOST_COMPARED = 2_000
"""New files that are read to find out where the old ones are."""


def with_others(candidate: Candidate, evidence: Evidence, files: Files) -> Candidate:
    """A rename, with those of the other inputs of this step and of later ones that are proven.

    Args:
        candidate: Renames what the step stopped at.
        evidence: The failed step.
        files: The machine.

    Returns:
        The candidate, with an entry for each other input that is gone, is used from here on, and whose recorded
        content lies in exactly one new place.
    """
    if any(entry.op is not PatchOp.REBIND for entry in candidate.patch):
        return candidate
    patch = candidate.patch
    steps = patching.apply(evidence.playbook, patch).steps
    for old, new in _proven(evidence, files).items():
        if len(patch) >= MOST or any(f"{old}/".startswith(f"{path}/") for path in _renamed(patch, evidence)):
            continue
        value = {"from": locating.in_document(old, evidence), "to": locating.in_document(new, evidence)}
        longer = (*patch, PatchEntry(op=PatchOp.REBIND, step_index=evidence.step_index, value=value))
        changed = patching.apply(evidence.playbook, longer).steps
        if changed != steps:
            patch, steps = longer, changed
    also = len(patch) - len(candidate.patch)
    if not also:
        return candidate
    told = f"{candidate.rationale} {also} more of the inputs from here on went elsewhere unchanged, and follow."
    return msgspec.structs.replace(candidate, patch=patch, rationale=told)


def _renamed(patch: tuple[PatchEntry, ...], evidence: Evidence) -> list[str]:
    """What a patch renames already, absolute."""
    return [locating.named(entry.value["from"], evidence) for entry in patch if isinstance(entry.value, dict)]


def _proven(evidence: Evidence, files: Files) -> dict[str, str]:
    """Recorded inputs that are gone, and the one new place of what each held; absolute, and in their order."""
    known = locating.recorded(evidence)
    made = locating.written(evidence) | locating.effects_on(
        evidence, EffectOp.DELETED, EffectOp.MOVED, before=evidence.step_index
    )
    gone = {
        path: seen.sha256
        for path, seen in known.items()
        if seen.sha256 not in (None, EMPTY) and path not in made and not files.exists(join(evidence.workspace, path))
    }
    if len(gone) < 2:  # noqa: PLR2004 - one is the input that the step stopped at
        return {}
    fresh = [path for entry in files.workspace_files() if (path := entry.as_posix()) not in known][:MOST_COMPARED]
    places: defaultdict[str | None, list[str]] = defaultdict(list)
    for path in fresh:
        places[files.sha256(join(evidence.workspace, path))].append(path)
    held = list(gone.values())
    return {
        join(evidence.workspace, path): join(evidence.workspace, places[digest][0])
        for path, digest in gone.items()
        if len(places[digest]) == 1 and held.count(digest) == 1
    }
