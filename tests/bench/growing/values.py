"""What a measurement with some of the data yields, and how it is timed."""

import os
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """One figure with so much data."""

    what: str
    unit: str
    """What there is ever more of."""
    size: int
    """How many of those."""
    cost: float
    """Seconds, or bytes."""


Kind = Callable[[Path, float], Iterator[Cost]]
"""Measures in an empty folder with so many times the least data."""


def spent() -> float:
    """Seconds of processor time of this process, and of those that it started and that have ended."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + others.ru_utime + others.ru_stime


def took(what: Callable[[], object], runs: int = 5, clock: Callable[[], float] = spent) -> float:
    """Seconds, the least of several runs: what others do on the machine only adds to it."""
    times = []
    for _ in range(runs):
        began = clock()
        what()
        times.append(clock() - began)
    return min(times)


def waited(what: Callable[[], object], runs: int = 5) -> float:
    """Seconds that go by, where processes do the work that are not this one's; the least of several runs."""
    return took(what, runs, time.perf_counter)


def alone(what: Callable[[], object], runs: int = 5) -> float:
    """Seconds of processor time in a process that does it once, the least of several: memory is as new each time.

    Done again and again in one process, what is small finds its memory there, and what is large gets it anew. What a
    process that does nothing takes is taken off.
    """
    return min(_forked(what) for _ in range(runs)) - min(_forked(lambda: None) for _ in range(runs))


def _forked(what: Callable[[], object]) -> float:
    pid = os.fork()
    if pid == 0:
        what()
        os._exit(0)
    _, status, usage = os.wait4(pid, 0)
    assert status == 0
    return usage.ru_utime + usage.ru_stime
