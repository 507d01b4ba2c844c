"""Typescripts, made by the real `script` where it is installed."""

import shutil
import subprocess
from pathlib import Path

import pexpect
import pytest

from capture.errors import BadInputError
from capture.home import Home
from capture.provenance import StepSource
from capture.tape.reader import read_frames
from tests.capture.importers.importing import NOW, exported, home_in, origin, raw, taken

BEGIN = b'Script started on 2026-05-04 12:00:00+02:00 [COMMAND="make -s" TERM="xterm" COLUMNS="90" LINES="20"]\n'
END = b'\nScript done on 2026-05-04 12:00:09+02:00 [COMMAND_EXIT_CODE="2"]\n'


def has_script() -> bool:
    """Whether this is the `script` of util-linux, in a version that knows --log-timing."""
    tool = shutil.which("script")
    return (
        tool is not None
        and "--log-timing" in subprocess.run([tool, "--help"], capture_output=True, text=True, check=False).stdout
    )


real = pytest.mark.skipif(not has_script(), reason="the `script` of util-linux is not installed")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


def test_classic_times(home: Home) -> None:
    trace = taken(home, BEGIN + b"one\r\ntwo\r\n" + END, "typescript", timing=b"0.5 5\n1,25 5\n")
    (step,) = trace.steps
    assert (step.command, step.output, step.exit_code, step.duration_ms) == ("make -s", "one\ntwo\n", 2, 1750.0)
    assert (trace.run.columns, trace.run.rows, trace.run.started_at.isoformat()) == (
        90,
        20,
        "2026-05-04T10:00:00+00:00",
    )
    assert origin(trace).left_out == ()
    assert [(frame.at_us, frame.data) for frame in read_frames(home, trace.run.run_id) if frame.data] == [
        (500_000, b"one\r\n"),
        (1_750_000, b"two\r\n"),
    ]


def test_without_times_all_stands_at_the_beginning(home: Home) -> None:
    trace = taken(home, BEGIN + b"x" * 5000 + END, "typescript")
    assert raw(home, trace) == b"x" * 5000
    assert trace.steps[0].exit_code == 2
    assert origin(trace).left_out == ("without a timing file (--timing) all output stands at the beginning",)


def test_an_older_header_and_a_missing_end_are_fine(home: Home) -> None:
    trace = taken(home, b"Script started on Mon 04 May 2026 12:00:00 CEST\nhi", "typescript", timing=b"1 2\n")
    assert (trace.run.started_at, trace.steps[0].output, trace.steps[0].exit_code) == (NOW, "hi", None)


def test_broken_timing_lines_are_named(home: Home) -> None:
    times = b"1 2\nnonsense\n-5 1\n99999999999999999999 1\n1 1000\n"
    trace = taken(home, BEGIN + b"abcdef", "typescript", timing=times)
    assert raw(home, trace).startswith(b"abcd")
    told = " ".join(origin(trace).left_out)
    assert "say no time are left out (1, the first: line 2 of the timing file)" in told
    assert "run backwards are taken as standing still (1, the first: line 3 of the timing file)" in told
    assert "longer than ten years are left out (1, the first: line 4 of the timing file)" in told
    assert "the typescript ends before the timing file (1, the first: line 5 of the timing file)" in told


@pytest.mark.parametrize(
    ("data", "timing", "says"),
    [
        (b"", b"1 2\n", "line 1 is not `Script started on"),
        (b'{"version": 2}\n', None, "line 1 is not `Script started on"),
        (BEGIN + b"x", b"\x00\x00", "holds no times of `script`"),
        (BEGIN + b"x", b"", "holds no times of `script`"),
    ],
)
def test_what_is_none_is_refused(home: Home, data: bytes, timing: bytes | None, says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        taken(home, data, "typescript", timing=timing)


def test_a_typescript_is_not_its_own_timing_file(home: Home, tmp_path: Path) -> None:
    (tmp_path / "times").write_bytes(b"x")
    with pytest.raises(BadInputError, match="--timing is for typescripts"):
        taken(home, b"", "asciicast", timing=b"1 2\n")


@real
@pytest.mark.parametrize("form", ["classic", "advanced"])
def test_what_script_writes_in_either_format(home: Home, tmp_path: Path, form: str) -> None:
    log, times = tmp_path / "log", tmp_path / "timing"
    command = "printf 'h\\303\\251\\n'; exit 3"
    subprocess.run(
        ["script", "-q", "--logging-format", form, "--log-out", log, "--log-timing", times, "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    trace = taken(home, log.read_bytes(), "typescript", timing=times.read_bytes())
    (step,) = trace.steps
    assert (step.command, step.output, step.exit_code) == (command, "hé\n", 3)
    assert origin(trace).left_out == ()


@real
def test_script_with_input_and_a_new_size(home: Home, tmp_path: Path) -> None:
    log, times = tmp_path / "log", tmp_path / "timing"
    arguments = ["-q", "--log-io", str(log), "--log-timing", str(times), "-c", "bash --norc --noprofile"]
    terminal = pexpect.spawn(
        "script", arguments, dimensions=(31, 101), timeout=60, env={"PS1": "ready> ", "PATH": "/usr/bin:/bin"}
    )
    terminal.expect_exact("ready> ")
    # The prompts are cut in two where they are typed, so that the echo is not taken for them.
    terminal.send("read -p who'? ' w\r")
    terminal.expect_exact("who? ")
    terminal.setwinsize(41, 111)
    terminal.send("ada\r")
    terminal.expect_exact("ready> ")
    terminal.send("read -sp Pass'word: ' p\r")
    terminal.expect_exact("Password: ")
    terminal.send("hunter2\r")
    terminal.expect_exact("ready> ")
    terminal.send("exit 4\r")
    terminal.expect(pexpect.EOF)
    terminal.close()
    trace = taken(home, log.read_bytes(), "typescript", timing=times.read_bytes())
    (step,) = trace.steps
    assert origin(trace).steps_from is StepSource.NOTHING
    assert (trace.run.columns, trace.run.rows, step.exit_code) == (101, 31, 4)
    assert ("who? ", "ada\n") in [(one.prompt, one.text) for one in step.inputs]
    assert ("Password: ", None) in [(one.prompt, one.text) for one in step.inputs]
    assert any('"r","111x41"' in line for line in exported(home, trace))
    assert all(b"hunter2" not in path.read_bytes() for path in home.runs.rglob("*") if path.is_file())
