"""Edited states on disk: whole or not at all, and the original byte for byte until it is purged."""

import fcntl
import os
import shutil
import subprocess
import sys
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


def outputs_in(folder: Path) -> list[bytes]:
    state = read_run(folder)
    tape = b"".join(frame.data for frame in state.frames())
    return [tape[step.output_start : step.output_end] for step in state.trace.steps]


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
        states.undo_all()
        assert states.original is None
        with pytest.raises(RefusedError, match="has no original"):
            states.undo_all()
    assert tree(home.path) == before


def test_edits_are_taken_back_one_by_one(home: Home) -> None:
    before = tree(home.path)
    told = [outputs(home)]
    for keep in ((1, 2), (2,), (1,)):
        with Editions(home, "r") as states:
            states.edit(cut(home, *keep))
        told.append(outputs(home))
    assert told == [[b"a\n", b"b\n", b"c\n"], [b"a\n", b"b\n"], [b"b\n"], [b"b\n"]]
    for expected in told[-2::-1]:
        with Editions(home, "r") as states:
            states.undo()
        assert outputs(home) == expected
    assert tree(home.path) == before


def test_an_edit_behind_one_that_was_taken_back_takes_its_place(home: Home) -> None:
    for keep in ((1, 2), (2,)):
        with Editions(home, "r") as states:
            states.edit(cut(home, *keep))
    with Editions(home, "r") as states:
        states.undo()
        states.edit(cut(home, 1))
    assert outputs(home) == [b"a\n"]
    with Editions(home, "r") as states:
        states.undo()
        assert outputs(home) == [b"a\n", b"b\n"]
        states.undo()
    assert outputs(home) == [b"a\n", b"b\n", b"c\n"]


def test_purging_leaves_the_edited_state_alone(home: Home) -> None:
    with Editions(home, "r") as states:
        states.edit(cut(home, 1, 2))
        states.edit(cut(home, 2))
        states.purge()
        assert states.original is None
    assert outputs(home) == [b"b\n"]
    left = [path for path in (home.runs / "r").rglob("*") if path.is_file()]
    assert {path.parent.name for path in left} == {"edit-2"}


def test_replaced_states_are_those_that_come_back(home: Home) -> None:
    with Editions(home, "r") as states:
        states.edit(cut(home, 2, 3))
        states.edit(cut(home, 1))
        assert [outputs_in(folder) for folder in states.folders] == [
            [b"b\n"],
            [b"b\n", b"c\n"],
            [b"a\n", b"b\n", b"c\n"],
        ]
        states.replace([recording(b"x\n"), recording(b"x\n", b"c\n"), recording(b"a\n", b"x\n", b"c\n")])
        assert outputs(home) == [b"x\n"]
        states.edit(cut(home, 1))
        told = []
        for _ in range(3):
            states.undo()
            told.append(outputs(home))
    assert told == [[b"x\n"], [b"x\n", b"c\n"], [b"a\n", b"x\n", b"c\n"]]
    assert not any(b"b\n" in path.read_bytes() for path in home.path.rglob("terminal.raw"))


@pytest.mark.parametrize("change", ["edit", "replace", "undo", "undo all", "purge"])
@pytest.mark.parametrize("writes", range(0, 14, 2))
def test_a_change_cut_short_leaves_the_state_before_or_the_one_behind(
    home: Home, monkeypatch: pytest.MonkeyPatch, change: str, writes: int
) -> None:
    """Every rename, unlink, write and sync is a place where the process may die or the disk be full."""
    with Editions(home, "r") as states:
        states.edit(cut(home, 1, 2))
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
                    states.replace([cut(home, 2), cut(home, 1, 2), recording(b"a\n", b"b\n", b"c\n")])
                case "undo":
                    states.undo()
                case "undo all":
                    states.undo_all()
                case _:
                    states.purge()
    whole = [b"a\n", b"b\n", b"c\n"]
    behind = {"edit": [b"b\n"], "replace": [b"b\n"], "undo": before, "undo all": whole, "purge": before}[change]
    assert outputs(home) in (before, behind)
    with Editions(home, "r") as states:
        states.edit(cut(home, 1))
    assert run_ids(home) == ("r",)
    assert [path.name for path in (home.runs / "r").rglob("new-*")] == []


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


WRITER = """
import sys, time
from pathlib import Path
from capture.home import Home
from capture.tape.editing import Recording
from capture.tape.editions import write_run
from tests.capture.tape.test_editing import recording
import msgspec

def frames():
    yield from whole.frames()
    print("writing", flush=True)
    sys.stdin.read()

whole = recording(b"a\\n")
run = msgspec.structs.replace(whole.trace.run, run_id=sys.argv[2])
write_run(Home(Path(sys.argv[1])), Recording(msgspec.structs.replace(whole.trace, run=run), frames))
"""


def test_the_rest_of_a_killed_writer_goes_with_the_next_run_and_one_at_work_is_let_be(home: Home) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, home.path, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in ("killed", "working")
    ]
    killed, working = writers
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "writing\n"
        killed.kill()
        killed.wait()
        assert {path.name for path in home.path.glob("new-*")} == {"new-killed", "new-working"}
        assert run_ids(home) == ("r",)
        whole = recording(b"a\n")
        run = msgspec.structs.replace(whole.trace.run, run_id="next")
        write_run(home, Recording(msgspec.structs.replace(whole.trace, run=run), whole.frames))
        assert {path.name for path in home.path.glob("new-*")} == {"new-working"}
        working.communicate("", timeout=60)
        assert set(run_ids(home)) == {"r", "next", "working"}
        assert list(home.path.glob("new-*")) == []
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
