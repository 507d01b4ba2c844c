"""A trace opened without its outputs is the trace, whatever state a crash or another writer has left the file in."""

import json
import os
from pathlib import Path

import pytest

from capture.errors import BadInputError, UnknownNameError
from capture.home import Home
from capture.tape.glance import glance
from capture.tape.reader import load_trace
from capture.tape.searching import IN_COMMAND, SHOWN, Needle, hits
from capture.tape.writer import RAW, TRACE
from tests.data.sessions import all_sessions

TRICKY = '","output_bytes":7,"output":"\\" \u2028 é\x1b[31m'


@pytest.fixture
def run(tmp_path: Path) -> tuple[Home, str, Path]:
    home = Home(tmp_path / "home").prepare()
    folder = home.run_folder("r1")
    folder.mkdir()
    (folder / RAW).write_bytes(b"the end of it\n")
    return home, "r1", folder / TRACE


def line(event: str, **more: object) -> bytes:
    return json.dumps({"event": event, **more}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def head(**environment: str) -> bytes:
    run = {
        "run_id": "r1", "name": "n", "status": "in_progress", "started_at": "2026-03-01T09:30:00Z", "shell": "bash",
        "cwd": "/w", "host": "h", "workspace": "/w",
    }  # fmt: skip
    return line("run_started", v=1, run=run, environment=environment)


def ended(index: int, output: str, **more: object) -> bytes:
    step = {
        "step_index": index, "kind": "shell", "command": f"make {TRICKY}", "cwd": "/w", "cwd_after": "/w",
        "status": "success", "exit_code": 0, "signal": None, "started_at": "2026-03-01T09:30:01Z", "duration_ms": 1.0,
        "output": output, "output_bytes": len(output), **more,
    }  # fmt: skip
    return line("step_ended", step=step)


def test_it_is_the_trace_of_every_recorded_session(tmp_path: Path) -> None:
    for number, session in enumerate(all_sessions()):
        home = session.unpack(tmp_path / str(number))
        whole = session.trace(home)
        seen = glance(home, whole.run.run_id)
        assert [seen.output(step) for step in seen.trace.steps] == [step.output for step in whole.steps]
        assert not any(step.output for step in seen.trace.steps if step.status != "partial")
        assert seen.trace.run == whole.run
        if number == 8:
            break


def test_what_looks_like_the_border_of_an_output_is_none(run: tuple[Home, str, Path]) -> None:
    home, run_id, path = run
    path.write_bytes(
        head(output="x", output_bytes="y")
        + ended(1, TRICKY * 3, env_effects={"set": {"output": TRICKY, "output_bytes": "z"}})
        + ended(2, "")
    )
    seen, whole = glance(home, run_id), load_trace(home, run_id)
    assert seen.trace.environment == whole.environment == {"output": "x", "output_bytes": "y"}
    assert [seen.output(step) for step in seen.trace.steps] == [TRICKY * 3, ""]
    assert seen.trace.steps[0].env_effects == whole.steps[0].env_effects


def test_a_torn_line_is_left_out_and_an_open_step_has_what_the_tape_holds(run: tuple[Home, str, Path]) -> None:
    home, run_id, path = run
    begun = line("step_started", step_index=2, command="./long", cwd="/w", at="2026-03-01T09:30:02Z", output_start=4)
    path.write_bytes(head() + ended(1, "one\n") + begun + ended(2, "two\n")[:-40] + b"\0\0\0\n" + b"\0" * 20)
    seen, whole = glance(home, run_id), load_trace(home, run_id)
    assert [seen.output(step) for step in seen.trace.steps] == [step.output for step in whole.steps]
    assert [seen.output(step) for step in seen.trace.steps] == ["one\n", "end of it\n"]
    assert seen.trace.run.status == whole.run.status == "recovered"


def test_another_file_in_its_place_is_said(run: tuple[Home, str, Path]) -> None:
    home, run_id, path = run
    path.write_bytes(head() + ended(1, "one\n"))
    seen = glance(home, run_id)
    path.write_bytes(head(LONGER="by so much") + ended(1, "other\n"))
    with pytest.raises(BadInputError, match="open the run again"):
        seen.output(seen.trace.steps[0])
    os.unlink(path)  # noqa: PTH108 - as another process would
    with pytest.raises(BadInputError, match="can't be read"):
        seen.output(seen.trace.steps[0])
    with pytest.raises(UnknownNameError):
        glance(home, run_id)


def test_every_line_that_holds_a_text_is_a_hit_once(run: tuple[Home, str, Path]) -> None:
    home, run_id, path = run
    long = "x" * 1_000 + "Needle" + "y" * 1_000
    path.write_bytes(head() + ended(1, f"needle needle\nno\n{long}\n") + ended(2, 'Ünï \\ "needle"\ttab\n'))
    seen = glance(home, run_id)
    found = list(hits(seen, Needle("needle")))
    assert [(hit.step_index, hit.line) for hit in found] == [(1, 1), (1, 3), (2, 1)]
    assert "Needle" in found[1].text
    assert len(found[1].text) <= SHOWN + 1
    assert [hit.line for hit in hits(seen, Needle("Needle"))] == [3]
    assert [hit.step_index for hit in hits(seen, Needle('ünï \\ "NEE'[:6]))] == [2]
    assert [hit.step_index for hit in hits(seen, Needle('"needle"\ttab'))] == [2]
    assert [hit.line for hit in hits(seen, Needle("make"))] == [IN_COMMAND, IN_COMMAND]
    assert list(hits(seen, Needle("ÜNÏ X"))) == []


def test_a_needle_stands_where_it_is_lit() -> None:
    assert Needle("ab").spans("abxAB") == [(0, 2), (3, 5)]
    assert Needle("aB").spans("abxaB") == [(3, 5)]
