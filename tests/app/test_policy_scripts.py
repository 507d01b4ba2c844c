"""Tests of the user's policy on what scripts do that a step runs, and of a refusal before anything has run."""

import json
from pathlib import Path

import pytest

from tests.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    made = Program(tmp_path / "home", tmp_path / "work")
    (made.cwd / "sub").mkdir(parents=True)
    made.home.mkdir()
    (made.home / "policy.toml").write_text('deny = ["curl"]', encoding="utf-8")
    return made


def stored(program: Program, name: str, *commands: str) -> None:
    """A playbook of these commands, which may change any file."""
    steps = [{"run": command, "expect": {"exit": 0}} for command in commands]
    version = program.home / "playbooks" / name / "1.yaml"
    version.parent.mkdir(parents=True)
    version.write_text(json.dumps({"replaybook": 1, "name": name, "steps": steps}), encoding="utf-8")


def script(program: Program, path: str, text: str) -> None:
    (program.cwd / path).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    (program.cwd / path).chmod(0o755)


def test_a_script_that_a_script_runs_is_looked_into_before_the_first_step(program: Program) -> None:
    script(program, "deploy.sh", "cd sub && ./inner.sh")
    script(program, "sub/inner.sh", "if test -f nothing; then curl http://x.invalid; fi")
    stored(program, "p", "mkdir made", "bash deploy.sh")
    for mode in (["simulate"], ["strict", "--draft"]):
        done = program.json("replay", "p", "--mode", *mode, code=6)
        assert (done["status"], done["steps"][1]["status"]) == ("refused", "refused")
    assert (done["stopped_at"], done["steps"][0]["status"]) == (2, "not_run")
    assert "./inner.sh runs curl http://x.invalid, which policy.toml:1 denies" in done["failure"]["message"]
    assert not (program.cwd / "made").exists()


def test_a_script_that_a_step_writes_is_judged_right_before_it_runs(program: Program) -> None:
    stored(program, "p", "echo 'curl http://x.invalid; touch ran' > late.sh", "sh late.sh")
    done = program.json("replay", "p", "--mode", "simulate", code=3)
    assert (done["status"], done["steps"][1]["status"]) == ("unknown", "unknown")
    done = program.json("replay", "p", "--mode", "strict", "--draft", code=6)
    assert [step["status"] for step in done["steps"]] == ["success", "refused"]
    assert not (program.cwd / "ran").exists()


def test_a_script_without_anything_denied_runs_whatever_else_it_holds(program: Program) -> None:
    script(program, "fine.sh", 'rm -rf ./sub; "$TOOL_OF_MINE" 2>/dev/null || echo curl')
    stored(program, "p", "./fine.sh")
    assert program.json("replay", "p", "--mode", "strict", "--draft")["status"] == "success"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('rm -rf "$OUT_OF_REACH/x"', "refused"),
        ('[ -n "$OUT_OF_REACH" ] && rm -rf "$OUT_OF_REACH/x"; true', "unknown"),
        ('test -d sub && exit 0\nrm -rf "$OUT_OF_REACH/x"', "unknown"),
        ('OUT_OF_REACH=sub\nrm -rf "$OUT_OF_REACH/x"', "ready"),
    ],
)
def test_a_script_that_surely_deletes_below_an_unset_variable_is_refused(
    program: Program, text: str, status: str
) -> None:
    script(program, "clean.sh", text)
    stored(program, "p", "./clean.sh")
    (program.home / "policy.toml").unlink()
    assert program.json("replay", "p", "--mode", "simulate", code=None)["status"] == status
