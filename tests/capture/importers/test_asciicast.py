import io
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pexpect
import pytest

from capture.errors import BadInputError
from capture.home import Home
from capture.importers import import_file
from capture.provenance import StepSource
from capture.tape.reader import delete_run, load_run, load_trace, read_frames, run_ids
from capture.trace import RunStatus, StepStatus
from tests.capture.importers.importing import (
    HEADER_2,
    HEADER_3,
    NOW,
    cast,
    exported,
    home_in,
    origin,
    raw,
    shown,
    taken,
)

OURS = cast(
    {**HEADER_3, "title": "release", "replaybook": {"commands": ["for i in 1; do\n  make\ndone", "end: x (exit 1)"]}},
    [0.1, "o", "$ for\r\n"],
    [0.4, "m", "for i in 1; do"],
    [0.5, "o", "built\r\n"],
    [0.25, "m", "end: for i in 1; do (exit 0)"],
    [0, "o", "$ end: x (exit 1)\r\n"],
    [0, "r", "120x40"],
    [1, "m", "end: x (exit 1)"],
    [1, "o", "^C"],
    [0, "m", "end: end: x (exit 1) (SIGINT)"],
    [0, "o", "$ "],
    [0, "x", "130"],
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


def test_our_own_export_comes_back_as_it_was(home: Home) -> None:
    trace = taken(home, OURS)
    assert (trace.run.name, trace.run.columns, trace.run.rows) == ("release", 100, 30)
    assert trace.run.started_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert [
        (step.command, step.exit_code, step.signal, step.output, step.duration_ms, step.started_at.timestamp())
        for step in trace.steps
    ] == [
        ("for i in 1; do\n  make\ndone", 0, None, "built\n", 750.0, 1_700_000_000.5),
        ("end: x (exit 1)", 130, "SIGINT", "^C", 1000.0, 1_700_000_002.25),
    ]
    assert origin(trace).steps_from is StepSource.MARKERS
    assert origin(trace).left_out == ()
    assert trace.run.status is RunStatus.FAILED
    header, *events = exported(home, trace)
    assert json.loads(header)["replaybook"]["commands"][1] == "end: x (exit 1)"
    again = taken(home, "\n".join([header, *events]).encode())
    assert exported(home, again)[1:] == events
    assert [step.command for step in again.steps] == [step.command for step in trace.steps]


def test_markers_alone_tell_first_lines(home: Home) -> None:
    header = {**HEADER_2, "title": "shared"}
    trace = taken(home, cast(header, [0, "m", "make"], [1, "o", "x"], [2, "m", "end: make (exit 2)"], [3, "m", "ls"]))
    assert [(step.command, step.exit_code, step.status) for step in trace.steps] == [
        ("make", 2, StepStatus.FAILED),
        ("ls", None, StepStatus.PARTIAL),
    ]
    assert trace.steps[1].output == ""


def test_chapters_are_no_steps(home: Home) -> None:
    trace = taken(home, cast(HEADER_2, [0, "m", "end: of part one"], [1, "o", "x"], [2, "m", "part two"]))
    assert trace.run.unsegmented
    assert origin(trace).left_out == ("markers that are no step are left out (2, the first: end: of part one)",)


def test_what_the_file_does_not_tell_is_empty(home: Home) -> None:
    trace = taken(home, shown("$ ls\r\n", "a  b\r\n"))
    run = trace.run
    assert (run.cwd, run.workspace, run.host, run.shell, run.user) == ("", "", "", "", "")
    assert (run.name, run.status, run.unsegmented) == ("session", RunStatus.PARTIAL, True)
    assert not trace.workspace_complete
    (step,) = trace.steps
    assert (step.command, step.output, step.exit_code, step.duration_ms) == ("", "$ ls\na  b\n", None, 500.0)
    assert not any('"m"' in line for line in exported(home, trace))


def test_a_recorded_command_and_its_exit_are_those_of_the_one_step(home: Home) -> None:
    header = {**HEADER_3, "command": "make all", "env": {"SHELL": "/usr/bin/zsh"}}
    trace = taken(home, cast(header, b"# a comment", [0.5, "o", "ok"], [0.25, "o", "\r\n"], [0, "x", "0"]))
    (step,) = trace.steps
    assert (step.command, step.exit_code, step.status, trace.run.status) == ("make all", 0, "success", "success")
    assert (trace.run.shell, step.duration_ms) == ("zsh", 750.0)
    header_again, *events = map(json.loads, exported(home, trace))
    assert header_again["command"] == "make all"
    assert events == [[0.5, "o", "ok"], [0.25, "o", "\r\n"], [0, "x", "0"]]


def test_typed_lines_become_dialogue_and_unshown_ones_are_secret(home: Home) -> None:
    trace = taken(
        home,
        cast(
            HEADER_2,
            [0, "o", "Name: "],
            [1, "i", "a"],
            [1, "o", "a"],
            [1.1, "i", "da\r"],
            [1.2, "o", "da\r\nPassword: "],
            [2, "i", "hunter2\r"],
            [2, "o", "\r\nSure? "],
            [3, "i", "\x1b[A\r"],
            [3, "o", "\r\n"],
        ),
    )
    assert [(one.prompt, one.text, one.secret) for one in trace.steps[0].inputs] == [
        ("Name: ", "ada\n", False),
        ("Password: ", None, True),
        ("Sure? ", "\n", False),
    ]
    assert any("nothing else tells a password" in told for told in origin(trace).left_out)
    assert all(b"hunter2" not in path.read_bytes() for path in home.path.rglob("*") if path.is_file())


def test_secrets_are_masked_even_when_printed_letter_by_letter_and_the_rest_keeps_its_time(home: Home) -> None:
    token = "ghp_" + "a1B2" * 9
    trace = taken(home, shown("to", "ken ", *token, " done\r\n", "later"))
    assert all(token.encode() not in path.read_bytes() for path in home.path.rglob("*") if path.is_file())
    assert raw(home, trace) == b"token [masked:github-token] done\r\nlater"
    frames = [(frame.at_us, frame.data) for frame in read_frames(home, trace.run.run_id) if frame.data]
    assert frames[:3] == [(0, b"to"), (500_000, b"ken "), (1_000_000, b"[masked:github-token]")]
    assert frames[-1] == ((len(token) + 3) * 500_000, b"later")


def test_what_the_header_says_is_masked_and_made_one_line(home: Home) -> None:
    said = "curl -H 'Authorization: Bearer abcdef0123456789'\n\x1b]0;x\x07"
    trace = taken(home, cast({**HEADER_2, "title": said, "command": said}, [0, "o", "abcdef0123456789"]))
    assert trace.run.name.startswith("curl -H 'Authorization: Bearer [masked:")
    assert "\n" not in trace.run.name
    assert "\x1b" not in trace.run.name
    assert all(b"abcdef0123456789" not in path.read_bytes() for path in home.runs.rglob("*") if path.is_file())


def test_bad_lines_are_left_out_and_named(home: Home) -> None:
    trace = taken(
        home,
        cast(
            HEADER_2,
            [1, "o", "a"],
            b'[2, "o", "tor',
            b"\x00\x00\xff",
            b"[" * 100_000,
            [0.5, "o", "b"],
            [1e300, "o", "never"],
            b'[1e999, "o", "never"]',
            b'[3, "o", 5]',
            [4, "?", "x"],
            [4, "r", "0x99999"],
            [5, "m", "chapter"],
            [6, "o", "c"],
        ),
    )
    assert raw(home, trace) == b"abc"
    told = " ".join(origin(trace).left_out)
    assert "lines that are no event are left out (4, the first: line 3)" in told
    assert "times that run backwards are taken as standing still (1, the first: line 6)" in told
    assert "events whose time is longer than ten years are left out (1, the first: line 7)" in told
    assert "events of an unknown kind are left out (3, the first: line 9)" in told
    assert "markers that are no step are left out (1, the first: chapter)" in told


@pytest.mark.parametrize(
    ("data", "form", "says"),
    [
        (b"", "asciicast", "line 1 is no asciicast header"),
        (b"\x7fELF\x00\x00\n", "asciicast", "line 1 is no asciicast header"),
        (b"[" * 100_000, "asciicast", "line 1 is no asciicast header"),
        (b'{"version": 1, "stdout": []}', "asciicast", "line 1 says asciicast version 1"),
        (b'{"width": 80}', "asciicast", "line 1 says asciicast version none"),
        (cast(HEADER_3), "asciicast", "holds no recording (its header is all there is)"),
        (cast(HEADER_3, b"torn"), "asciicast", "lines that are no event are left out (1, the first: line 2)"),
        (shown("a"), "asciicast-v3", "import it as asciicast-v2"),
        (shown("a"), "gif", "gif can't be imported; asciicast, asciicast-v3, asciicast-v2, typescript, "),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence_and_nothing_is_kept(
    home: Home, data: bytes, form: str, says: str
) -> None:
    with pytest.raises(BadInputError, match=re.escape(says)):
        taken(home, data, form)
    assert run_ids(home) == ()
    assert list(home.runs.iterdir()) == []


@pytest.mark.parametrize("fields", [{"width": -1}, {"height": 10**30}, {"width": "80"}, {"timestamp": 1e300}])
def test_an_impossible_header_field_gives_way(home: Home, fields: dict[str, Any]) -> None:
    trace = taken(home, cast({**HEADER_2, **fields}, [0, "o", "x"]))
    assert trace.run.started_at == (NOW if "timestamp" in fields else datetime.fromtimestamp(1_700_000_000, UTC))
    assert len(origin(trace).left_out) == 1


def test_a_line_of_more_than_the_limit_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.importers.foreign.LONGEST_LINE", 1 << 16)
    with pytest.raises(BadInputError, match="line 3 is longer than"):
        taken(home, shown("a", "b" * (1 << 17)))


def test_an_imported_run_is_read_and_deleted_as_any_other(home: Home) -> None:
    trace = taken(home, OURS)
    assert load_run(home, trace.run.run_id) == trace.run == load_trace(home, trace.run.run_id).run
    delete_run(home, trace.run.run_id)
    assert run_ids(home) == ()


def test_what_comes_over_a_pipe_is_imported_too(home: Home) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    import_file(home, "asciicast", "-", run_id="r", now=NOW, stdin=Pipe(OURS))
    trace = load_trace(home, "r")
    assert len(trace.steps) == 2
    assert trace.run.name == "release"


def test_a_recording_of_the_real_asciinema_is_imported(home: Home, tmp_path: Path) -> None:
    recorder = Path(sys.executable).with_name("asciinema")
    file = tmp_path / "real.cast"
    arguments = ["rec", "--stdin", "-c", 'sh -c \'printf "who? "; read who; echo "hello $who"; exit 3\'', str(file)]
    terminal = pexpect.spawn(str(recorder), arguments, dimensions=(33, 101), timeout=60)
    terminal.expect_exact("who? ")
    terminal.send("ada\r")
    terminal.expect_exact("hello ada")
    terminal.expect(pexpect.EOF)
    terminal.close()
    trace = taken(home, file.read_bytes())
    (step,) = trace.steps
    assert step.output == "who? ada\nhello ada\n"
    assert [(one.prompt, one.text) for one in step.inputs] == [("who? ", "ada\n")]
    assert (trace.run.columns, trace.run.rows) == (101, 33)
    recorded = [json.loads(line) for line in file.read_text().splitlines()[1:]]
    out = [json.loads(line) for line in exported(home, trace, 2)[1:]]
    assert [event for event in out if event[1] == "o"] == [event for event in recorded if event[1] == "o"]
    # Of what was typed, the line, before its echo: its time is the one that is known, when it was shown.
    assert [data for _, code, data in out if code == "i"] == ["ada\r"]
    assert [code for _, code, _ in out][:3] == ["o", "i", "o"]
