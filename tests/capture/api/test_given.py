import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import capture
from capture.errors import BadInputError, HostError
from capture.home import Home
from capture.tape.reader import load_trace, run_ids
from capture.trace import RunStatus

Wrong = Callable[[capture.Recording, Any], object]
WRONG: list[tuple[Wrong, object, str]] = [
    (lambda run, it: run.tool(it, {}, "x"), 3, "the name of a tool is a text, not int"),
    (lambda run, it: run.tool("x", {}, "y", duration_ms=it), math.nan, "give milliseconds from 0"),
    (lambda run, it: run.tool("x", {}, "y", preconditions=[it]), object(), "preconditions holds what is no JSON value"),
    (lambda run, it: run.tool("x", {}, "y", part_of=it), "1", "part_of is a whole number"),
    (lambda run, it: run.tool("x", {}, "y", dead_end=it), 1, "dead_end is a text"),
    (lambda run, it: run.ran("x", exit_code=it), "1", "an exit code is a whole number"),
    (lambda run, it: run.ran("x", exit_code=0, duration_ms=it), -1, "give milliseconds from 0"),
    (lambda run, it: run.shell(it), 3, "a command is a text"),
    (lambda run, it: run.shell("true", env=it), {"A": 1}, "the value of A is of type int"),
    (lambda run, it: run.env(it), {"A=B": "x"}, "no name of a variable"),
    (lambda run, it: run.env(it), {"A": "x\0"}, "a text with NUL"),
    (lambda run, it: run.env({}, unset=it), ("A; true",), "no name of a variable"),
    (lambda run, it: run.note(it), b"x", "a note is a text, not bytes"),
    (lambda run, it: run.model_call(prompt_tokens=it), 3.5, "a count of tokens is a whole number"),
    (lambda run, it: run.model_call(model=it), 3, "the name of a model is a text"),
    (lambda run, it: run.file("write", "a", content=it), 3, "text or bytes, not int"),
    (lambda run, it: run.file("write", it, content="x"), "a\0", "take the NUL out"),
]


@pytest.fixture
def home(own_world: Path) -> Home:
    return Home(own_world / "replaybook")


def test_what_nobody_could_read_again_is_not_written(home: Home, tmp_path: Path) -> None:
    with capture.record(workspace=tmp_path, watch=False) as run:
        for wrong, it, words in WRONG:
            with pytest.raises(BadInputError, match=words):
                wrong(run, it)
        for it, words in (("echo a\0b", "take out what no command can hold"), ("x" * 3_000_000, "put it into a file")):
            with pytest.raises(HostError, match=words):
                run.shell(it)
        assert run.tool("x", {}, "fine").step_index
    (run_id,) = run_ids(home)
    trace = load_trace(home, run_id)
    assert trace.run.status is RunStatus.SUCCESS
    assert trace.steps[-1].output == "fine\n"


@pytest.mark.parametrize(
    "wrong", [{"goal": 3}, {"name": 3}, {"agent": 3}, {"workspace": "a\0"}, {"workspace": "a\udcff"}]
)
def test_a_head_that_nobody_could_read_is_refused(home: Home, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        capture.record(**wrong)
    assert not home.path.exists()


def test_bytes_that_are_no_text_reach_commands_and_are_told_by_number(home: Home, tmp_path: Path) -> None:
    odd = os.fsdecode(b"a\xff")
    with capture.record(workspace=tmp_path, environment={**os.environ, "ODD": odd}, watch=False) as run:
        assert run.shell('printf %s "$ODD" | od -An -tx1').output.split() == ["61", "ff"]
        run.shell(f"touch {odd}")
        run.note(odd)
    assert (tmp_path / odd).exists()
    (run_id,) = run_ids(home)
    trace = load_trace(home, run_id)
    assert trace.environment["ODD"] == r"a\udcff"
    assert trace.steps[1].command == r"touch a\udcff"
    assert trace.notes[0].text == r"a\udcff"


def test_a_recording_is_entered_once_at_a_time(home: Home, tmp_path: Path) -> None:
    recorded = capture.record(workspace=tmp_path, watch=False)
    with recorded as run:
        with pytest.raises(BadInputError, match="goes on already"):
            recorded.__enter__()
        run.tool("x", {}, "y")
    with recorded:
        pass
    assert [load_trace(home, one).run.status for one in sorted(run_ids(home))] == [RunStatus.SUCCESS] * 2
