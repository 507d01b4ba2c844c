"""What earlier reviews teach, without a model: rules that are mostly wrong here, playbooks that are (pure)."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from replay.repairs.proposal import Candidate, PatchEntry, PatchOp, Repair, RepairStatus

LEARNED = "rule:approved-before"
"""The source of an edit that is proposed because a person has approved it again and again."""
OFTEN = 3
"""Approvals of one patch that say that the playbook is wrong; rejections that say that a rule may be."""
LAST = 10
"""Decisions on a source's proposals that are looked at."""
_SAID_YES = frozenset({RepairStatus.APPROVED, RepairStatus.VALIDATED, RepairStatus.INCONCLUSIVE, RepairStatus.PROMOTED})


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """How a source's newest proposals fared on this machine."""

    rejected: int
    decided: int

    @property
    def doubtful(self) -> bool:
        """Whether most of them were rejected, and often enough to mean something."""
        return self.rejected >= OFTEN and self.rejected * 2 > self.decided

    @property
    def words(self) -> str:
        """As a sentence."""
        return f"Rejected {self.rejected} of {self.decided} times here."


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """A playbook is wrong: the same repair of it was approved again and again, and it runs unrepaired."""

    playbook: str
    version: int
    """The version that runs, unrepaired."""
    step_index: int
    times: int
    """How often that repair was approved."""
    repairs: tuple[str, ...]
    """Those, oldest first."""
    made: int
    """The newest version that holds it."""
    edit: str | None
    """The repair that waits as the edit; None: it was decided already."""
    change: str
    """What it changes, in a few words."""

    @property
    def words(self) -> str:
        """In one sentence."""
        return (
            f"{self.playbook}@{self.version} is wrong: step {self.step_index} was repaired {self.times} times "
            f"in the same way ({self.change})"
        )

    @property
    def next(self) -> str:
        """What to do about it."""
        holds = f"replaybook promote {self.playbook}@{self.made} makes the version active that holds it"
        return f"replaybook repair {self.edit} is the edit; or {holds}" if self.edit else holds


def tracks(repairs: Iterable[Repair]) -> dict[str, Track]:
    """How the proposals of each source fared.

    Args:
        repairs: With where they stand, oldest first.
    """
    told: dict[str, list[bool]] = {}
    for one in repairs:
        if one.status is RepairStatus.REJECTED or one.status in _SAID_YES:
            told.setdefault(one.source, []).append(one.status is RepairStatus.REJECTED)
    newest = {source: said[-LAST:] for source, said in told.items()}
    return {source: Track(rejected=sum(said), decided=len(said)) for source, said in newest.items()}


def weighed(candidate: Candidate, known: Mapping[str, Track]) -> Candidate:
    """A candidate, doubted and saying so where its source is mostly wrong here; it is proposed all the same."""
    track = known.get(candidate.source)
    if track is None or not track.doubtful:
        return candidate
    return msgspec.structs.replace(candidate, doubted=True, rationale=f"{candidate.rationale} {track.words}")


def lessons(repairs: Sequence[Repair], *, version: int, digest: str) -> tuple[Lesson, ...]:
    """What is wrong with the version of a playbook that runs.

    Args:
        repairs: Of that playbook, with where they stand, oldest first.
        version: The one that runs.
        digest: Its digest: a repair that was approved for another one last is in there, or doesn't matter any more.
    """
    alike: dict[bytes, list[Repair]] = {}
    for one in repairs:
        if one.status in _SAID_YES and one.created_version is not None:
            alike.setdefault(msgspec.json.encode(one.patch), []).append(one)
    found = (said for said in alike.values() if len(said) >= OFTEN and said[-1].base_digest == digest)
    return tuple(_lesson(said, version, _waiting(repairs, said[-1])) for said in found)


def proposed_before(repairs: Iterable[Repair], like: Repair) -> bool:
    """Whether the edit for such repairs waits already, or was decided."""
    return any(
        (one.patch, one.base_digest) == (like.patch, like.base_digest)
        and (one.status is RepairStatus.PROPOSED or one.source == LEARNED)
        for one in repairs
    )


def _waiting(repairs: Iterable[Repair], like: Repair) -> str | None:
    return next(
        (
            one.repair_id
            for one in repairs
            if one.status is RepairStatus.PROPOSED and (one.patch, one.base_digest) == (like.patch, like.base_digest)
        ),
        None,
    )


def _lesson(said: Sequence[Repair], version: int, edit: str | None) -> Lesson:
    newest = said[-1]
    return Lesson(
        playbook=newest.playbook,
        version=version,
        step_index=newest.step_index,
        times=len(said),
        repairs=tuple(one.repair_id for one in said),
        made=max(one.created_version or 0 for one in said),
        edit=edit,
        change=_words(newest.patch[-1]),
    )


def _words(entry: PatchEntry) -> str:
    """What a change does, on one line."""
    value = entry.value
    if isinstance(value, str):
        return f"{entry.op.replace('_', ' ')}: {value.strip().partition(chr(10))[0]}"
    if entry.op is PatchOp.REBIND:
        return f"{value.get('from')} → {value.get('to')}"
    return f"{entry.op.replace('_', ' ')}: {value.get('name', '')}={value.get('value', '')}"
