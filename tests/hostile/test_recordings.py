"""Programs that print what no terminal should obey: recorded byte for byte, shown without one escape."""

import json
import shutil
from pathlib import Path

import pytest

from app.formats import EXPORTERS
from tests.program import Program

HOSTILE = (
    b"plain\n"
    b"\x1b]52;c;aGFja2Vk\x07"
    b"\x1b]0;title\x1b\\"
    b"\x1b]8;;http://example.invalid\x1b\\link\x1b]8;;\x1b\\\n"
    b"\x1b]133;C;nonce\x07\x1b]133;D;0;nonce\x07\x1b]633;E;rm -rf /;nonce\x07"
    b"\x1bP$q m\x1b\\\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\"
    b"\x1b[6n\x1b[c\x9b31m\x90dcs\x9c"
    b"\xff\xfe\xc3\x28 broken\n"
    b"\xe2\x80\xae reversed \xe2\x80\x8b\n"
    b"nul\x00 bell\x07 [/] [@click=app.quit]x[/] {{name}}\n"
)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    workspace = tmp_path / "work"
    workspace.mkdir()
    (workspace / "noise.bin").write_bytes(HOSTILE)
    return Program(home=tmp_path / "replaybook", cwd=workspace)


def is_clean(text: str) -> bool:
    return not any(ord(sign) < 32 and sign not in "\n\t" for sign in text) and "\u202e" not in text


def test_forged_marks_make_no_step_and_end_none(program: Program) -> None:
    run = program.record("cat noise.bin", "echo after")
    steps = program.json("show", run)["steps"]
    assert [(step["command"], step["exit_code"]) for step in steps] == [("cat noise.bin", 0), ("echo after", 0)]
    assert steps[1]["output"] == "after\n"
    assert steps[0]["output"].startswith("plain\n")


def test_what_is_shown_holds_no_escape(program: Program) -> None:
    run = program.record("cat noise.bin", "printf '\\033[2J'; touch $'bad\\033name'")
    program.json("compile", run, "--name", "noise", "--keep", "1")
    for arguments in (
        ("show", run),
        ("show", run, "--step", "1"),
        ("playbook", "noise"),
        ("replay", "noise", "--mode", "strict", "--draft"),
        ("replay", "noise", "--mode", "simulate"),
        *(("export", run, "--format", form) for form in EXPORTERS),
    ):
        result = program(*arguments)
        assert is_clean(result.out), (arguments, result.out)
        assert is_clean(result.err), (arguments, result.err)


@pytest.mark.parametrize("form", ["asciicast-v2", "asciicast-v3"])
def test_a_hostile_export_comes_back_with_its_steps_and_shows_no_escape(program: Program, form: str) -> None:
    run = program.record("cat noise.bin", "(exit 3)")
    file = program.cwd / "noise.cast"
    program("export", run, "--format", form, "-o", str(file))
    back = program.json("import", "asciicast", str(file))["run_id"]
    steps = program.json("show", back)["steps"]
    assert [(step["command"], step["exit_code"]) for step in steps] == [("cat noise.bin", 0), ("(exit 3)", 3)]
    assert steps[0]["output"] == program.json("show", run)["steps"][0]["output"]
    for arguments in (("show", back), ("runs",), *(("export", back, "--format", form) for form in EXPORTERS)):
        result = program(*arguments)
        assert result.code == 0, result
        assert is_clean(result.out), (arguments, result.out)


def test_what_a_hostile_file_says_of_itself_shows_no_escape(program: Program) -> None:
    file = program.cwd / "evil.cast"
    header = {"version": 2, "width": 80, "height": 24, "title": "\x1b]0;x\x07[/]\u202e", "command": "a\x1b[31m\nb"}
    lines = [
        json.dumps(header),
        json.dumps([1, "m", "\x1b[2Jchapter"]),
        json.dumps([2, "o", HOSTILE.decode("latin-1")]),
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    result = program("import", "asciicast", str(file))
    assert result.code == 0
    assert is_clean(result.out)
    assert is_clean(result.err)
    assert "chapter" in result.err
    run = program.json("import", "asciicast", str(file))["run_id"]
    shows = (("runs",), ("show", "nowhere"), ("show", run), ("compile", run, "--name", "evil"))
    for arguments in (*shows, *(("export", run, "--format", form) for form in EXPORTERS)):
        shown = program(*arguments)
        assert is_clean(shown.out + shown.err), (arguments, shown)


def test_the_recording_is_byte_exact_and_plays_elsewhere(program: Program) -> None:
    run = program.record("cat noise.bin")
    raw = (program.home / "runs" / run / "terminal.raw").read_bytes()
    assert HOSTILE.replace(b"\n", b"\r\n") in raw
    for line in program("export", run, "--format", "asciicast-v2").out.splitlines():
        json.loads(line)


def test_a_hostile_recording_replays_as_itself(program: Program) -> None:
    run = program.record("cat noise.bin", "cat noise.bin > copy.bin")
    program.json("compile", run, "--name", "noise", "--keep", "1")
    (program.cwd / "copy.bin").unlink()
    assert program.json("replay", "noise", "--mode", "strict", "--draft")["status"] == "success"
    assert (program.cwd / "copy.bin").read_bytes() == HOSTILE


def test_names_with_every_sign_survive_the_whole_way(program: Program) -> None:
    shutil.rmtree(program.cwd)
    program.cwd.mkdir()
    name = 'it\'s a "name" with $signs {{x}} \t and ünïcode'
    (program.cwd / name).write_text("b\na\n", encoding="utf-8")
    quoted = "'" + name.replace("'", "'\\''") + "'"
    run = program.record(f"sort {quoted} > sorted")
    program.json("compile", run, "--name", "odd")
    (program.cwd / "sorted").unlink()
    assert program.json("replay", "odd", "--mode", "strict", "--draft")["status"] == "success"
    assert (program.cwd / "sorted").read_text() == "a\nb\n"
