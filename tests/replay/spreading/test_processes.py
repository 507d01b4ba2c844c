"""Orders over workers that are forked from a process of their own, for that of the tests may have threads."""

import os
import shutil
import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from capture.processes import started
from replay.protocols import Director
from replay.spreading.apart import spread_apart
from replay.spreading.assignment import Assignment
from replay.spreading.guard import Guard
from replay.spreading.values import Ended, Lost, Work
from tests.seat import until


@contextmanager
def opened() -> Iterator[Work]:
    yield answer


def answer(order: bytes, director: Director) -> bytes:
    """Append to the file that the order names, and do what it says."""
    assert not director.ended
    path, what = order.decode().split()
    with Path(path).open("a") as file:
        file.write("x")
    if what == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "waits":
        halted = threading.Event()
        director.running(halted.set)
        shutil.rmtree(Path(path).parent / "guard")
        assert halted.wait(60)
    if what == "fails":
        raise ValueError(what)
    return f"{what} {os.getpid()}".encode()


@contextmanager
def closed() -> Iterator[Work]:
    raise OSError("no disk")
    yield answer


def orders(folder: Path, *what: str) -> list[bytes]:
    return [f"{folder / f'begun-{number}'} {one}".encode() for number, one in enumerate(what)]


def spread(folder: Path, *what: str, opened: str = "opened", ahead: int = 0) -> Generator[Ended]:
    return spread_apart(
        Assignment(
            orders=tuple(orders(folder, *what)),
            opened=f"{__name__}:{opened}",
            folder=str(folder),
            count=2,
            ahead=ahead,
        )
    )


def begun(folder: Path) -> list[str]:
    return [path.read_text() for path in sorted(folder.glob("begun-*"))]


@pytest.mark.parametrize("ahead", [0, 1])
def test_a_worker_that_dies_takes_along_only_what_it_had_begun(tmp_path: Path, ahead: int) -> None:
    what = ["is", "dies", "is", "fails", *["is"] * 8, "dies", "is"]
    found = dict(spread(tmp_path, *what, ahead=ahead))
    assert sorted(found) == list(range(len(what)))
    lost = {number: one.reason for number, one in found.items() if isinstance(one, Lost)}
    assert set(lost) == {1, 3, 12}
    assert lost[1] == lost[12] == "worker lost: it was killed by SIGKILL"
    assert lost[3] == "a defect of the program ended it: ValueError: fails"
    assert begun(tmp_path) == ["x"] * len(what)


def test_workers_that_can_not_begin_are_not_forked_for_ever(tmp_path: Path) -> None:
    found = dict(spread(tmp_path, "is", "is", "is", opened="closed"))
    assert set(found.values()) == {Lost(reason="no worker could begin it: no disk")}
    assert begun(tmp_path) == []


def test_what_was_begun_elsewhere_is_not_begun_again(tmp_path: Path) -> None:
    guard = Guard(tmp_path)
    assert guard.take(0, "another")
    assert not guard.take(0, "me")
    assert guard.taken(0) == "another"
    guard.keep(0, b"answer")
    assert (guard.answer(0), guard.answer(1)) == (b"answer", None)


def test_who_wants_no_more_leaves_no_worker(tmp_path: Path) -> None:
    going = spread(tmp_path, *["is"] * 20)
    number, answered = next(going)
    worker = int(bytes(answered).split()[1]) if isinstance(answered, bytes) else 0
    going.close()
    until(lambda: started(worker) is None)
    assert number in range(20)
