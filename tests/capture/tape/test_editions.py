"""Edited states on disk: whole or not at all, and the original byte for byte until it is purged."""

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from capture.errors import HostError, RefusedError, UnknownNameError
from capture.home import Home
from capture.tape.editing import Recording, select
from capture.tape.editions import Editions, read_run, write_run
from capture.tape.reader import load_run, load_trace, read_frames, run_ids
from capture.tape.writer import LOCK, TRACE, TapeWriter
from tests.capture.tape.test_editing import recording
from tests.program import tree


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Holds one whole run of three steps."""
    home = Home(tmp_path / "home").prepare()
    write_run(home, recording(b"a\n", b"b\n", b"c\n"))
    return home


def cut(home: Home, *keep: int) -> Recording:
    return select(read_run(home.run_folder("r")), keep)


def outputs(home: Home) -> list[bytes]:
    tape = b"".join(frame.data for frame in read_frames(home, "r"))
    return [tape[step.output_start : step.output_end] for step in load_trace(home, "r").steps]


def test_what_was_written_is_read_again(home: Home) -> None:
    whole = recording(b"a\n", b"b\n", b"c\n")
    assert load_trace(home, "r") == whole.trace
    assert list(read_frames(home, "r")) == list(whole.frames())
    assert load_run(home, "r") == whole.trace.run
    assert {path.stat().st_mode & 0o077 for path in home.path.rglob("*")} == {0}


def test_the_original_comes_back_byte_for_byte(home: Home) -> None:
    before = tree(home.path)
    with Editions(home, "r") as states:
        states.edit(cut(home, 1, 3))
    assert outputs(home) == [b"a\n", b"c\n"]
    assert run_ids(home) == ("r",)
    with Editions(home, "r") as states:
        states.edit(cut(home, 2))
        assert states.original == home.runs / "r"
    assert outputs(home) == [b"c\n"]
    with Editions(home, "r") as states:
        states.undo()
        assert states.original is None
        with pytest.raises(RefusedError, match="has no original"):
            states.undo()
    assert tree(home.path) == before


def test_purging_leaves_the_edited_state_alone(home: Home) -> None:
    with Editions(home, "r") as states:
        states.edit(cut(home, 2))
        states.purge()
        assert states.original is None
    assert outputs(home) == [b"b\n"]
    left = [path for path in (home.runs / "r").rglob("*") if path.is_file()]
    assert {path.parent.name for path in left} == {"edit-1"}


def test_a_replaced_original_is_the_one_that_comes_back(home: Home) -> None:
    with Editions(home, "r") as states:
        states.edit(cut(home, 1))
        states.replace(cut(home, 1), select(recording(b"a\n", b"x\n", b"c\n"), [2, 3]))
        assert outputs(home) == [b"a\n"]
        states.edit(cut(home, 1))
        states.undo()
    assert outputs(home) == [b"x\n", b"c\n"]
    assert not any(b"b\n" in path.read_bytes() for path in home.path.rglob("terminal.raw"))


@pytest.mark.parametrize("change", ["edit", "replace", "undo", "purge"])
@pytest.mark.parametrize("writes", range(0, 14, 2))
def test_a_change_cut_short_leaves_the_state_before_or_the_one_behind(
    home: Home, monkeypatch: pytest.MonkeyPatch, change: str, writes: int
) -> None:
    """Every rename, unlink, write and sync is a place where the process may die or the disk be full."""
    with Editions(home, "r") as states:
        states.edit(cut(home, 1, 2))
    before = outputs(home)
    left = [writes]

    def failing(real: object) -> object:
        def call(*arguments: object, **options: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(28, "No space left on device")
            return real(*arguments, **options)  # type: ignore[operator]

        return call

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", failing(Path.rename))
        patch.setattr(Path, "unlink", failing(Path.unlink))
        patch.setattr(os, "fsync", failing(os.fsync))
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with suppress(HostError), Editions(home, "r") as states:
            match change:
                case "edit":
                    states.edit(cut(home, 2))
                case "replace":
                    states.replace(cut(home, 2), recording(b"a\n", b"b\n", b"c\n"))
                case "undo":
                    states.undo()
                case _:
                    states.purge()
    behind = {"edit": [b"b\n"], "replace": [b"b\n"], "undo": [b"a\n", b"b\n", b"c\n"], "purge": before}[change]
    assert outputs(home) in (before, behind)
    with Editions(home, "r") as states:
        states.edit(cut(home, 1))
    assert run_ids(home) == ("r",)
    assert [path.name for path in (home.runs / "r").glob("new-*")] == []


def test_a_run_that_is_being_recorded_or_edited_is_refused(home: Home) -> None:
    with Editions(home, "r"), pytest.raises(RefusedError, match="edited by another"), Editions(home, "r"):
        pass
    with (home.runs / "r" / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RefusedError, match="still being recorded"), Editions(home, "r"):
            pass
    with pytest.raises(UnknownNameError):
        Editions(home, "other")


def test_a_run_made_of_others_that_can_not_be_written_is_not_there(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TapeWriter, "write", full)
    whole = recording(b"a\n")
    run = msgspec.structs.replace(whole.trace.run, run_id="other")
    with pytest.raises(HostError, match="No space left"):
        write_run(home, Recording(msgspec.structs.replace(whole.trace, run=run), whole.frames))
    assert run_ids(home) == ("r",)
    assert [path.name for path in home.path.glob("new-*")] == []
    assert list(home.path.rglob(TRACE)) == [home.runs / "r" / TRACE]
