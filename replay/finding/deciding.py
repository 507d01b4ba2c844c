"""Whether a playbook clearly fits a goal, and what a dispatch answers (pure)."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from replay.finding import words
from replay.finding.values import Standing
from replay.outcome import Check, CheckState, Replay

ENOUGH = 2 / 3
"""The share of a playbook's goal that a task must name; less of it, and the playbook does more than was asked for."""


class Why(StrEnum):
    """Why nothing is dispatched."""

    NO_MATCH = "no_match"
    AMBIGUOUS = "ambiguous"
    INACTIVE = "inactive"
    """The playbook that fits has no active version."""
    UNBOUND = "unbound"
    """A parameter or a secret has no value, or a wrong one."""
    NEEDS_PERSON = "needs_person"
    """It has a step that wants a person, and nobody is there."""
    NOT_READY = "not_ready"
    """Simulate found something in the way, or can't tell."""


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be replayed for a goal, or why nothing is."""

    goal: str
    workspace: str
    replay: str | None = None
    """`NAME@V` to replay; None: nothing clearly fits and is ready."""
    bindings: dict[str, str] = {}
    """The values that it would use; secrets masked."""
    values: dict[str, str] = {}
    """Those of them that must be set: given, or named by the goal."""
    proposed: tuple[str, ...] = ()
    """Parameters whose values were read from the goal."""
    why: Why | None = None
    message: str = ""
    """One sentence: what was found, or what is in the way and what to do next."""
    checks: tuple[Check, ...] = ()
    """What simulate has found in the way."""
    candidates: tuple[str, ...] = ()
    """`NAME@V` of the nearest playbooks, where none was chosen."""
    run: Replay | None = None
    """The replay, where it was to be run at once."""


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """How well a playbook fits a task."""

    standing: Standing
    extra: tuple[str, ...]
    """Words of the task that the playbook says nothing of."""
    unnamed: tuple[str, ...]
    """Words of the playbook that the task says nothing of."""
    clear: bool
    exact: bool = False
    """The words are the same."""


def fit(left: str, task: str, standing: Standing) -> Fit:
    """Hold a task against what a playbook says that it is for; its steps don't count, they say how.

    Args:
        left: What is left of the task without the values that the playbook's parameters would get.
        task: The task whole.
        standing: The playbook.
    """
    asked, named, meant = set(words.stems(left)), words.stems(standing.name), words.stems(standing.goal)
    extra = tuple(word for word in words.telling(left) if words.stem(word) not in {*named, *meant})
    whole = set(words.stems(task))
    by_name, said = set(named) <= whole, [word for word in meant if word in whole]
    enough = bool(said) and len(said) >= ENOUGH * len(meant)
    unnamed = tuple(word for word in words.telling(standing.goal) if words.stem(word) not in whole)
    clear = bool(asked) and not extra and (by_name or enough) and _same_way(left, standing.goal)
    exact = clear and (asked == set(meant) or asked == set(named))
    return Fit(standing=standing, extra=extra, unnamed=unnamed, clear=clear, exact=exact)


def _same_way(task: str, goal: str) -> bool:
    asked, meant = words.ways(task), words.ways(goal)
    return all(asked[word] & meant[word] for word in asked.keys() & meant.keys())


def choose(fits: Sequence[Fit]) -> Fit | tuple[Why, str]:
    """The one that clearly fits, or why there is none.

    Args:
        fits: Best first.
    """
    clear = [one for one in fits if one.clear]
    active = [one for one in clear if one.standing.active]
    exact = [one for one in active if one.exact]
    if len(exact) == 1 or len(active) == 1:
        return (exact if len(exact) == 1 else active)[0]
    if active:
        names = " and ".join(one.standing.ref for one in active[:3])
        return Why.AMBIGUOUS, f"{len(active)} playbooks fit ({names}); name the one that is meant in the goal"
    if clear:
        ref, status = clear[0].standing.ref, clear[0].standing.status
        return Why.INACTIVE, f"{ref} fits and is {status}; a person must promote it first: replaybook promote {ref}"
    return Why.NO_MATCH, _nothing(fits)


def _nothing(fits: Sequence[Fit]) -> str:
    if not fits:
        return "no playbook has a word of it; do the work while it is recorded, then compile that"
    nearest = fits[0]
    if nearest.extra:
        what = f"whose goal says nothing of {', '.join(nearest.extra[:5])}"
    elif nearest.unnamed:
        what = f"which does more: the goal doesn't name {', '.join(nearest.unnamed[:5])}"
    else:
        what = "which goes another way"
    named = nearest.standing.name
    return f"nothing clearly fits; the nearest is {nearest.standing.ref}, {what}: replaybook playbook {named}"


def in_the_way(simulated: Replay) -> tuple[tuple[Check, ...], str]:
    """What a simulation that is not ready has found, the worst first, and a sentence.

    Args:
        simulated: Its status is not `ready`.
    """
    found = [(step.step_index, check) for step in simulated.steps for check in step.checks]
    bad = [one for one in found if one[1].state is CheckState.FAIL]
    open_ = [one for one in found if one[1].state is CheckState.UNKNOWN]
    told = tuple(check for _, check in (*bad, *open_))
    if not told:
        return (
            (),
            f"simulate says {simulated.status}; replaybook replay {simulated.playbook} --mode simulate tells more",
        )
    index, first = (*bad, *open_)[0]
    return told, f"not ready: step {index}, {first.kind}: {first.message}"
