"""Runs going out to other tools and coming in from them, through the installed command."""

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from app.cli.main import run
from tests.program import COMMAND, Program, tree

LOOP = "for i in 1 2; do\n  echo $i\ndone"
ASK = {"command": "read -p 'who? ' w; echo hi $w", "inputs": [{"expect": "who", "send": "ada\n"}]}


HIDE = {"command": "read -sp 'hidden? ' p; echo; echo done", "inputs": [{"expect": "hidden", "send": "swordfish\n"}]}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "work").mkdir()
    return Program(home=tmp_path / "replaybook", cwd=tmp_path / "work")


@pytest.fixture
def recorded(program: Program) -> Program:
    program.record_entries(
        [{"command": LOOP}, {"command": "(exit 3)"}, ASK, HIDE, {"command": "printf '\\033[31mred\\033[0m é日\\n'"}]
    )
    return program


def told(shown: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (
            step["command"],
            step["exit_code"],
            step["output"],
            step["output_bytes"],
            step["output_start"],
            step["inputs"],
        )
        for step in shown["steps"]
    ]


def lasted(file: Path, form: str) -> list[float]:
    """From the marker at a step's begin to the one at its end, in ms."""
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    times = [at for at, _, _ in events]
    if form == "asciicast-v3":
        times = list(accumulate(times))
    marks = [1000 * at for at, (_, code, _) in zip(times, events, strict=True) if code == "m"]
    return [ended - begun for begun, ended in zip(marks[::2], marks[1::2], strict=True)]


@pytest.mark.parametrize("form", ["asciicast-v2", "asciicast-v3"])
def test_a_run_comes_back_from_its_asciicast(recorded: Program, form: str) -> None:
    file = recorded.cwd / "work.cast"
    recorded("export", "work", "--format", form, "-o", str(file))
    document = recorded.json("import", form, str(file), "--name", "back")
    assert document["imported"] == {"format": form, "steps_from": "markers", "left_out": []}
    before, after = recorded.json("show", "work"), recorded.json("show", "back")
    assert told(after) == told(before)
    typed = [[(one["text"], one["secret"]) for one in step["inputs"]] for step in after["steps"]]
    assert typed == [[], [], [("ada\n", False)], [(None, True)], []]
    # What the host read late is marked late: the file is what comes back.
    assert [step["duration_ms"] for step in after["steps"]] == pytest.approx(lasted(file, form), abs=1)
    assert after["run"]["imported"]["format"] == form
    assert (after["run"]["cwd"], after["run"]["workspace"], after["run"]["host"]) == ("", "", "")
    again = recorded("export", "back", "--format", form).out.splitlines()
    assert again[1:] == file.read_text(encoding="utf-8").splitlines()[1:]


def test_an_import_compiles_from_its_steps_and_says_what_it_does_not_know(recorded: Program) -> None:
    file = recorded.cwd / "work.cast"
    recorded("export", "work", "--format", "asciicast-v3", "-o", str(file))
    recorded("import", "asciicast", str(file), "--name", "back")
    compiled = recorded.json("compile", "back", "--name", "taken", "--keep", "1")
    assert compiled["steps"][0]["run"] == LOOP
    assert any("imported" in note for note in compiled["quality"]["notes"])
    text = recorded("playbook", "taken").out
    assert "cwd:" not in text
    assert "effects:" not in text


def test_an_unsegmented_import_is_shown_exported_removed_and_not_compiled(program: Program) -> None:
    log, times = program.cwd / "session.log", program.cwd / "session.timing"
    log.write_bytes(b'Script started on 2026-05-04 12:00:00+00:00 [COMMAND="sh" COLUMNS="40" LINES="5"]\nhello\r\n')
    times.write_text("0.5 7\n")
    result = program("import", "typescript", str(log), "--timing", str(times))
    assert result.code == 0
    assert "one piece, because nothing in it tells commands apart" in result.out
    refused = program("compile", "session", "--name", "x")
    assert refused.code == 2
    assert "imported as one piece" in refused.err
    assert refused.err.count("\n") == 1
    assert "imported from typescript as one piece" in program("show", "session").out
    assert "imported from typescript" in program("runs").out
    assert ">hello</text>" in program("export", "session", "--format", "svg").out
    assert program("export", "session", "--format", "vhs").code == 0
    assert program("export", "session", "--format", "text").out == "hello\n"
    assert program("rm", "session").code == 0
    assert program("show", "session").code == 7


def test_a_session_without_a_command_is_called_what_it_is(program: Program) -> None:
    (program.cwd / "a.cast").write_text('{"version": 2, "width": 80, "height": 24}\n[1, "o", "$ ls\\r\\n"]\n')
    program("import", "asciicast", "a.cast")
    assert "(the whole session)" in program("show", "a").out


def test_stdout_and_stdin_are_files_too(recorded: Program) -> None:
    out = subprocess.run(
        [COMMAND, "--home", recorded.home, "export", "work", "--format", "asciicast-v3", "-o", "-"],
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    imported = subprocess.run(
        [COMMAND, "--home", recorded.home, "import", "asciicast", "-", "--json"],
        input=out,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    assert json.loads(imported)["steps"] == 5
    assert json.loads(imported)["name"] == "work"


def test_pictures_of_a_run(recorded: Program) -> None:
    still = recorded("export", "work", "--format", "svg").out
    assert "red" in "".join(ET.fromstring(still).itertext())  # noqa: S314 - our own drawing
    early = recorded("export", "work", "--format", "svg", "--step", "1").out
    assert "red" not in early
    assert recorded("export", "work", "--format", "svg", "--at", "0:00").code == 0
    file = recorded.cwd / "work.svg"
    recorded.json("export", "work", "--format", "svg-animated", "--idle", "0.5", "-o", str(file))
    assert "@keyframes" in file.read_text(encoding="utf-8")


def test_a_tape_types_what_was_typed(recorded: Program) -> None:
    lines = recorded("export", "work", "--format", "vhs").out.splitlines()
    for line in ('Type "for i in 1 2; do"', 'Type "  echo $i"', 'Type "(exit 3)"', 'Type "ada"', "Hide", "Show"):
        assert line in lines


def test_the_same_content_in_a_json_document(recorded: Program) -> None:
    document = recorded.json("export", "work", "--format", "vhs")
    assert document["content"] == recorded("export", "work", "--format", "vhs").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (lambda _: ("export", "work", "--format", "svg", "--at", "soon"), "'soon' is no moment"),
        (lambda _: ("export", "work", "--format", "text", "--idle", "1"), "--idle means nothing to text"),
        (lambda _: ("export", "work", "--format", "svg", "--idle", "0"), "0.1<=x<=3600"),
        (lambda _: ("import", "asciicast", "nowhere.cast"), "nowhere.cast can't be read: No such file"),
        (lambda _: ("import", "gif", "x"), "'gif' is not one of"),
        (lambda cwd: ("import", "asciicast", str(cwd)), "can't be read: Is a directory"),
        (lambda _: ("import", "asciicast", "bad.cast"), "bad.cast line 1 is no asciicast header"),
        (lambda _: ("import", "typescript", "bad.cast"), "bad.cast line 1 is not `Script started on"),
        (lambda _: ("import", "asciicast", "bad.cast", "--timing", "bad.cast"), "--timing is for typescripts"),
    ],
)
def test_mistakes_get_one_line_and_leave_nothing(
    arguments: Callable[[Path], tuple[str, ...]],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPLAYBOOK_HOME", str(tmp_path / "replaybook"))
    Path("bad.cast").write_bytes(b"\x00\xff\n" * 3)
    Path("good.cast").write_text('{"version": 2, "width": 80, "height": 24}\n[1, "o", "x"]\n')
    assert run(["import", "asciicast", "good.cast", "--name", "work"]) == 0
    kept = set(tree(tmp_path))
    capsys.readouterr()
    assert run([*arguments(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert said.err.count("\n") == 1
    assert set(tree(tmp_path)) == kept


def test_our_player_of_choice_plays_what_was_imported(recorded: Program) -> None:
    file = recorded.cwd / "work.cast"
    recorded("export", "work", "--format", "asciicast-v3", "-o", str(file))
    recorded("import", "asciicast", str(file), "--name", "back")
    recorded("export", "back", "--format", "asciicast-v2", "-o", str(file))
    player = Path(sys.executable).with_name("asciinema")
    played = subprocess.run([player, "cat", file], capture_output=True, stdin=subprocess.DEVNULL, check=True).stdout
    run_id = recorded.json("show", "work")["run"]["run_id"]
    assert played == (recorded.home / "runs" / run_id / "terminal.raw").read_bytes()
