"""Moments at which something is due."""

from datetime import UTC, datetime

from capture.deadlines import Deadline, soonest


class Watch:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time, UTC)

    def elapsed(self) -> float:
        return self.time


def test_a_deadline_is_due_from_its_moment_on_until_it_is_cleared() -> None:
    watch = Watch()
    deadline = Deadline(watch, 2.0)
    seen = [(deadline.is_set, deadline.passed, deadline.left_s)]
    for watch.time in (102.0, 103.0):
        seen.append((deadline.is_set, deadline.passed, deadline.left_s))
    deadline.clear()
    seen.append((deadline.is_set, deadline.passed, deadline.left_s))
    assert seen == [(True, False, 2.0), (True, True, 0.0), (True, True, -1.0), (False, False, None)]


def test_nothing_is_due_unless_it_was_set() -> None:
    deadline = Deadline(Watch())
    assert (deadline.is_set, deadline.passed, deadline.left_s) == (False, False, None)


def test_the_first_of_several_counts_and_one_that_has_passed_is_not_waited_for() -> None:
    assert soonest(None, 3.0, 2.0) == 2.0
    assert soonest(-1.0, 2.0) == 0.0
    assert soonest(None, None) is None
