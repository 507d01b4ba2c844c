"""The same orders over a cluster whose workers die; a scheduler that hands one out again meets the guard."""

import os
from pathlib import Path

import pytest

from replay.spreading import remote
from replay.spreading.apart import spread_apart
from replay.spreading.assignment import LOCAL, Assignment
from replay.spreading.frames import taken_out
from replay.spreading.guard import Guard
from replay.spreading.values import Ended, Lost
from tests.replay.spreading import test_processes
from tests.replay.spreading.test_processes import begun, orders

OPENED = f"{test_processes.__name__}:opened"


def test_workers_that_die_take_along_only_what_they_had_begun(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    what = ["is", "dies", "fails", "is", "is", "is"]
    assignment = Assignment(
        orders=tuple(orders(tmp_path, *what)), opened=OPENED, folder=str(tmp_path), cluster=LOCAL, count=1
    )
    found = list(spread_apart(assignment))
    assert sorted(number for number, _ in found) == list(range(len(what)))
    lost = {number: one.reason for number, one in found if isinstance(one, Lost)}
    assert set(lost) == {1, 2}
    assert lost[1].startswith("worker lost: it was begun on ")
    assert lost[2] == "a defect of the program ended it: ValueError: fails"
    assert begun(tmp_path) == ["x"] * len(what)


def carried_out(folder: Path, number: int, what: str) -> Ended:
    text = remote.carry_out(str(folder), number, f"{folder / 'begun-0'} {what}".encode(), OPENED, {})
    return next(taken_out(bytearray(text)))


def test_what_is_handed_out_again_is_not_begun_again(tmp_path: Path) -> None:
    first = carried_out(tmp_path, 0, "is")
    assert carried_out(tmp_path, 0, "is") == first == (0, f"is {os.getpid()}".encode())
    Guard(tmp_path).take(1, "elsewhere, process 7")
    assert carried_out(tmp_path, 1, "is") == (1, Lost(reason="worker lost: it was begun on elsewhere, process 7"))
    Guard(tmp_path).stop()
    assert carried_out(tmp_path, 2, "is") == (2, Lost(reason="it was stopped before it began"))
    _, gone = carried_out(tmp_path / "unshared", 3, "is")
    assert isinstance(gone, Lost)
    assert "unshared can't be written: No such file or directory" in gone.reason
    assert begun(tmp_path) == ["x"]


def test_what_goes_on_is_ended_when_the_folder_was_taken_away(tmp_path: Path) -> None:
    (tmp_path / "guard").mkdir()
    order = f"{tmp_path / 'begun-0'} waits".encode()
    _, ended = next(taken_out(bytearray(remote.carry_out(str(tmp_path / "guard"), 0, order, OPENED, {}))))
    assert isinstance(ended, Lost)
    assert "could not do it" in ended.reason
    assert not (tmp_path / "guard").exists()


def test_a_worker_that_can_not_see_the_home_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, version = str(tmp_path), remote.own_version()
    assert remote.unfit(folder, "x", version, team=False) == (
        f"doesn't see {folder} (No such file or directory); mount the home there at the same path"
    )
    (tmp_path / remote.SIGN).write_text("mine")
    assert "sees another folder" in remote.unfit(folder, "x", version, team=False)
    assert remote.unfit(folder, "mine", version, team=False) == ""
    assert "not 0.0; install the same" in remote.unfit(folder, "mine", "0.0", team=False)
    assert remote.unfit(folder, "mine", version, team=True).startswith("has no REPLAYBOOK_CATALOG set")
    monkeypatch.setenv(remote.CATALOG, "postgresql://somewhere")
    assert remote.unfit(folder, "mine", version, team=True) == ""
