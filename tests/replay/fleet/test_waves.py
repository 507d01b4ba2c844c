"""Canaries come first, waves have their sizes, and too many bad hosts end it."""

import pytest

from capture.errors import BadInputError
from replay.fleet.model import HostStanding, HostState, Plan, Target
from replay.fleet.waves import amount, enough, numbered

TARGETS = tuple(Target(name=f"h{number}") for number in range(10))


def hosts(*states: HostState) -> list[HostStanding]:
    return [HostStanding(target=target, state=state) for target, state in zip(TARGETS, states, strict=False)]


@pytest.mark.parametrize(
    ("plan", "waves"),
    [
        (Plan(), (1,) * 10),
        (Plan(canary=1), (1, *(2,) * 9)),
        (Plan(canary=2, waves=("25%",)), (1, 1, 2, 2, 2, 3, 3, 3, 4, 4)),
        (Plan(waves=("1", "4")), (1, 2, 2, 2, 2, 3, 3, 3, 3, 4)),
        (Plan(canary=20), (1,) * 10),
    ],
)
def test_waves(plan: Plan, waves: tuple[int, ...]) -> None:
    assert numbered(TARGETS, plan) == waves


@pytest.mark.parametrize("text", ["", "x", "-1", "101%", "1.5"])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="--waves wants"):
        amount(text, 10, what="--waves")


def test_too_many_bad_hosts_are_enough() -> None:
    found = hosts(HostState.PASSED, HostState.FAILED, HostState.UNREACHABLE, HostState.WAITING)
    assert enough(found, Plan(max_failures="2")) is None
    assert enough(found, Plan(max_failures="25%")) == "2 of 4 hosts did not pass, and 1 may"


def test_one_bad_canary_is_enough() -> None:
    found = hosts(HostState.UNKNOWN, HostState.WAITING)
    assert enough(found, Plan(canary=1, max_failures="100%")) == "canary h0 did not pass"
