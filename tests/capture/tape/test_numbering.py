"""Steps within others keep to those when a run is edited."""

from pathlib import Path

import capture
from capture.home import Home
from capture.tape.editing import Recording, select
from capture.tape.joining import joined
from capture.tape.reader import load_trace, read_frames, run_ids


def recorded(own_world: Path, work: Path) -> Recording:
    home = Home(own_world / "replaybook")
    with capture.record(workspace=work, watch=False) as run:
        run.tool("first", {}, "1st")
        with run.tool("outer") as outer:
            with run.tool("middle") as middle:
                run.tool("inner", {}, "inside")
                middle.output = "half way"
            outer.output = "outside"
        run.tool("last", {}, "the last")
    (run_id,) = run_ids(home)
    return Recording(load_trace(home, run_id), lambda: read_frames(home, run_id))


def told(recording: Recording) -> list[tuple[str, int | None, bytes]]:
    tape = b"".join(frame.data for frame in recording.frames())
    return [
        (
            step.command.split()[0].removeprefix("tool:"),
            step.part_of if isinstance(step.part_of, int) else None,
            tape[step.output_start : step.output_end],
        )
        for step in recording.trace.steps
    ]


def test_numbers_and_output_stay_right_whatever_is_cut(own_world: Path, tmp_path: Path) -> None:
    whole = recorded(own_world, tmp_path)
    assert told(select(whole, [2, 3, 4, 5])) == [
        ("outer", None, b"outside\r\n"),
        ("middle", 1, b"half way\r\n"),
        ("inner", 2, b"inside\r\n"),
        ("last", None, b"the last\r\n"),
    ]
    without_middle = select(whole, [1, 2, 4, 5])
    assert told(without_middle)[1:] == [
        ("outer", None, b"outside\r\n"),
        ("inner", 2, b"inside\r\n"),
        ("last", None, b"the last\r\n"),
    ]
    assert b"half way" not in b"".join(frame.data for frame in without_middle.frames())
    assert told(select(whole, [4]))[0] == ("inner", None, b"inside\r\n")


def test_numbers_move_on_behind_another_run(own_world: Path, tmp_path: Path) -> None:
    whole = recorded(own_world, tmp_path)
    assert [part_of for _, part_of, _ in told(joined([whole, whole]))] == [
        *(None, None, 2, 3, None),
        *(None, None, 7, 8, None),
    ]
