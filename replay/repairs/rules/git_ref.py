"""Finds the branch or tag that a ref became; makes none."""

import re
from posixpath import basename, join

from replay.outcome import FailureClass
from replay.repairs import editing, locating, similar
from replay.repairs.proposal import Candidate, Evidence, Files, GitState, PatchEntry, PatchOp, Trust

TRUNKS = ("main", "master", "trunk", "develop", "default")
REMOTE = re.compile(r"^(?:refs/)?(?:remotes/)?origin/")
SHORTEST_BEGINNING = 3
BORDERS = re.compile(r"\.\.\.?|[~^@]|:.*")
HEADS = frozenset({"", "HEAD", "FETCH_HEAD", "ORIG_HEAD"})


class GitRef:
    """Renames the ref in this step and in all later git commands."""

    name = "git-ref"

    def matches(self, evidence: Evidence) -> bool:
        """A ref that git doesn't know."""
        return evidence.failure.failure_class is FailureClass.GIT_REF

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """`origin/HEAD`'s target for a trunk, else the nearest refs."""
        repository = _repository(evidence)
        state = files.git(repository)
        remote = {REMOTE.sub("", name) for name in state.remote_branches}
        known = {*state.branches, *state.tags, *remote}
        missing = _missing(evidence, known)
        prefix = ""
        if missing is None and (found := REMOTE.match(evidence.failure.subject or "")):
            # It is gone from the remote alone: what has its name here keeps it.
            prefix, known, missing = found[0], remote, _missing(evidence, remote)
        if missing is None:
            return ()
        return tuple(
            Candidate(
                source=f"rule:{self.name}",
                patch=(
                    PatchEntry(
                        op=PatchOp.REBIND,
                        step_index=evidence.step_index,
                        value={"from": prefix + missing, "to": prefix + ref, "kind": "ref"},
                    ),
                ),
                rationale=f"There is no ref {prefix}{missing}; {prefix}{ref} {why}.",
                confidence=confidence,
                trust=trust,
            )
            for ref, trust, confidence, why in (not prefix and _renamed(missing, state, repository, files))
            or _alike(missing, state, known)
        )


def _repository(evidence: Evidence) -> str:
    """The directory whose repository the command means."""
    here = locating.directory(evidence)
    for entered in editing.parse(evidence.command).directories:
        here = join(here, entered.path) if entered.path else here
    for use in editing.uses(evidence.command, "git"):
        values = [word.value or "" for word in use.words]
        if "-C" in values[:-1]:
            return join(here, values[values.index("-C") + 1])
    return here


def _begins(missing: str, name: str) -> bool:
    """Whether one is the other cut short, as `dev` is of `develop`."""
    shorter, longer = sorted((missing, name), key=len)
    return len(shorter) >= SHORTEST_BEGINNING and longer.startswith(shorter)


def _missing(evidence: Evidence, known: set[str]) -> str | None:
    """The ref that is not there, as the command writes it, without its remote."""
    subject = REMOTE.sub("", evidence.failure.subject or "")
    parts = [
        REMOTE.sub("", part)
        for use in editing.uses(evidence.command, "git")
        for word in use.words
        for part in BORDERS.split(word.value or "")
    ]
    if subject in parts and subject not in known:
        return subject
    pieces = [REMOTE.sub("", piece) for piece in BORDERS.split(subject)]
    unknown = [piece for piece in pieces if piece not in known | HEADS]
    return unknown[0] if unknown and unknown[0] in parts else None


def _renamed(missing: str, state: GitState, repository: str, files: Files) -> list[tuple[str, Trust, float, str]]:
    """Branches that were called so, as git's own log of each says."""
    renamed = f"renamed refs/heads/{missing} to refs/heads/"
    logs = {name: files.read_text(join(repository, ".git/logs/refs/heads", name)) or "" for name in state.branches}
    return [
        (name, Trust.HISTORY, 0.9, "was called so before")
        for name, log in logs.items()
        if f"{renamed}{name}\n" in f"{log}\n"
    ]


def _alike(missing: str, state: GitState, known: set[str]) -> list[tuple[str, Trust, float, str]]:
    """Refs that it may be now: name, trust, confidence and why."""
    if missing in TRUNKS and state.default_branch in known:
        return [(str(state.default_branch), Trust.HISTORY, 0.9, "is what origin/HEAD points at")]
    if missing in TRUNKS:
        trunks = [name for name in TRUNKS if name in known]
        return [(name, Trust.NEAR_MATCH, 0.8, "is the trunk here") for name in trunks]
    same_end = [name for name in known if basename(name) == basename(missing)]
    same = [name for name in known if similar.plain(name.lstrip("v")) == similar.plain(missing.lstrip("v"))]
    near = sorted(same or same_end) or sorted(similar.nearest(missing, sorted(known)))
    near = near or [name for name in sorted(known) if _begins(missing, name)]
    return [(name, Trust.NEAR_MATCH, 0.7, "is the nearest") for name in near]
