"""Which hosts come in which wave, and when too many have failed (pure)."""

import re
from collections.abc import Collection, Iterator, Sequence
from math import ceil

from capture.errors import BadInputError
from replay.fleet.model import HostStanding, HostState, Plan, Target

_SHARE = re.compile(r"(\d+)(%?)")


def amount(text: str, of: int, *, what: str) -> int:
    """A number of hosts as `5`, or a share of all as `25%`, rounded up.

    Args:
        text: As a person writes it.
        of: How many hosts there are.
        what: The option, for the error.

    Raises:
        BadInputError: It is neither.
    """
    found = _SHARE.fullmatch(text.strip())
    if found is None or (found[2] and int(found[1]) > 100):  # noqa: PLR2004 - per cent
        raise BadInputError(f"{what} wants a number of hosts or a share of them, as 5 or 25%, not {text!r}")
    return ceil(int(found[1]) * of / 100) if found[2] else int(found[1])


def numbered(targets: Sequence[Target], plan: Plan) -> tuple[int, ...]:
    """The wave of each host, counted from 1.

    Args:
        targets: All hosts, in their order.
        plan: Canaries first, then waves; the last size holds for all that follow.

    Raises:
        BadInputError: A size is none, or zero.
    """
    count = len(targets)
    waves: list[int] = []
    for number, size in enumerate(_sizes(plan, count), 1):
        if len(waves) >= count:
            break
        waves += [number] * min(size, count - len(waves))
    return tuple(waves)


def _sizes(plan: Plan, count: int) -> Iterator[int]:
    if plan.canary:
        yield plan.canary
    sizes = [amount(one, count, what="--waves") for one in plan.waves] or [max(1, count)]
    if min(sizes) < 1:
        raise BadInputError("--waves wants at least one host a wave")
    yield from sizes
    while True:
        yield sizes[-1]


def enough(hosts: Sequence[HostStanding], plan: Plan, *, ended: Collection[str] = ()) -> str | None:
    """Why no other host is to be begun, in words; None: go on.

    Args:
        hosts: All of them, as they stand.
        plan: Says how many may fail.
        ended: Names of those that an earlier fleet took to their end: a canary among them still must have passed.
    """
    bad = [one for one in hosts if one.state.bad]
    if plan.canary and any(one.wave == 1 for one in bad):
        return f"canary {next(one.name for one in bad if one.wave == 1)} did not pass"
    counted = [one for one in hosts if one.name not in ended]
    failed = sum(one.state.bad for one in counted)
    most = amount(plan.max_failures, len(counted), what="--max-failures")
    if failed > most:
        return f"{failed} of {len(counted)} hosts did not pass, and {most} may"
    return None


def counts(hosts: Sequence[HostStanding]) -> str:
    """How many hosts stand how, as `10 passed, 1 failed, 1 unknown`."""
    found = ((state, sum(one.state is state for one in hosts)) for state in HostState)
    return ", ".join(f"{number} {state}" for state, number in found if number)
