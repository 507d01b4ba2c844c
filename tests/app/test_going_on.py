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

UNTOLD = {
    "bash": (
        """n=1; list=('a b' $'c\\nd'); declare -A table=([k]='v"w'); declare -ir fixed=7; _own() { echo own $1; }""",
        "n=$((n + 1)); cp ../needed copy",
        """echo "$n|${list[1]}|${table[k]}|$fixed"; _own you; env | grep -c '^n=' || :""",
    ),
    "zsh": (
        """n=1; list=('a b' $'c\\nd'); typeset -A table=(k 'v"w'); typeset -ir fixed=7; _own() { echo own $1; }""",
        "n=$((n + 1)); cp ../needed copy",
        """echo "$n|${list[2]}|${table[k]}|$fixed"; _own you; env | grep -c '^n=' || :""",
    ),
    "fish": (
        """set -g n 1; set -g list 'a b' c\\nd; set table 'v"w'; set -g fixed 7; function _own; echo own $argv; end""",
        "set n (math $n + 1); cp ../needed copy",
        """echo "$n|$list[2]|$table|$fixed"; _own you; env | grep -c '^n='; or true""",
    ),
}
"""Variables that are not exported, and a function that begins as the shell's own do; the second step fails at first."""


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


@pytest.mark.parametrize(
    "shell",
    [
        "bash",
        pytest.param("zsh", marks=pytest.mark.bench),
        pytest.param("fish", marks=pytest.mark.bench),
    ],
)
def test_what_no_step_tells_of_is_there_again_as_it_was_before_the_step(program: Program, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    _compiled(program, UNTOLD[shell], shell)
    needed, copy = program.home.with_name("needed"), program.cwd / "copy"
    needed.unlink()
    copy.unlink()
    assert _replay(program, code=4)["stopped_at"] == 2
    needed.write_text("x\n")
    assert _replay(program, "--from", "2")["status"] == "success"


def test_a_secret_variable_is_said_again_and_kept_nowhere(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s3cr3t-of-the-shell"
    program.home.with_name("token").write_text(secret)
    _compiled(program, ("TOKEN=$(cat ../token)", "cp ../needed copy", "echo ${#TOKEN}; env | grep -c ^TOKEN= || :"))
    needed, copy = program.home.with_name("needed"), program.cwd / "copy"
    needed.unlink()
    copy.unlink()
    assert _replay(program, code=4)["stopped_at"] == 2
    needed.write_text("x\n")
    refused = program("replay", "w", "--mode", "strict", "--draft", "--from", "2")
    assert (refused.code, "variable TOKEN holds a secret" in refused.err) == (6, True)
    monkeypatch.setenv("TOKEN", secret)
    assert _replay(program, "--from", "2")["status"] == "success"
    kept = [path for path in program.home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert kept == []
