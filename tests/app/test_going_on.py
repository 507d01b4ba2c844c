"""Going on from a step: the shell stands where it stood, or it says why it can't."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.program import Program

SESSIONS = {
    "bash": (
        "greet() { echo hello $1; }",
        "alias up='echo UP'",
        "set -o noclobber",
        "cp ../needed copy",
        "greet you",
        "up",
    ),
    "zsh": (
        "greet() { echo hello $1; }",
        "alias up='echo UP'",
        "setopt noclobber",
        "cp ../needed copy",
        "greet you",
        "up",
    ),
    "fish": (
        "function greet; echo hello $argv; end",
        "set -gx UP UP",
        "true",
        "cp ../needed copy",
        "greet you",
        "echo $UP",
    ),
}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "work").mkdir()
    (tmp_path / "needed").write_text("x\n")
    return Program(tmp_path / "home", tmp_path / "work")


def _compiled(program: Program, commands: tuple[str, ...], shell: str = "bash") -> None:
    script = program.home.with_name("script.jsonl")
    script.write_text("".join(json.dumps({"command": one}) + "\n" for one in commands), encoding="utf-8")
    run = program.json("record", "--script", str(script), "--name", "w", "--shell", shell)
    program.json("compile", run["run_id"], "--name", "w")


def _replay(program: Program, *more: str, code: int = 0) -> dict[str, Any]:
    return program.json("replay", "w", "--mode", "strict", "--draft", *more, code=code)


@pytest.mark.parametrize(
    "shell",
    [
        "bash",
        pytest.param("zsh", marks=pytest.mark.bench),
        pytest.param("fish", marks=pytest.mark.bench),
    ],
)
def test_functions_aliases_and_options_are_there_again(program: Program, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    _compiled(program, SESSIONS[shell], shell)
    needed, copy = program.home.with_name("needed"), program.cwd / "copy"
    needed.unlink()
    copy.unlink()
    assert _replay(program, code=4)["stopped_at"] == 4
    needed.write_text("x\n")
    other = program.cwd / "other"
    other.write_text("somebody was here\n")
    refused = program("replay", "w", "--mode", "strict", "--draft", "--from", "4")
    assert (refused.code, "changed since" in refused.err) == (6, True)
    other.unlink()
    assert _replay(program, "--from", "4")["status"] == "success"
