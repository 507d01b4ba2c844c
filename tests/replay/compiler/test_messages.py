"""Tests of commits whose message was written in an editor: recorded, compiled to `-m`, and committed again."""

import subprocess
from pathlib import Path

import msgspec
import pytest

from replay.compiler import compile_traces
from replay.playbook import SafetyLevel
from tests.program import Program
from tests.replay.recording import Machine

MESSAGE = "It's \\here\n\nand {{more}} of it\n"
EDITOR = """\
#!/bin/sh
printf '\\033[?1049h'
cat "$0.message" > "$1"
printf '\\033[?1049l'
"""


def test_a_message_written_in_an_editor_is_committed_again(tmp_path: Path) -> None:
    program = Program(tmp_path / "home", tmp_path / "work")
    program.cwd.mkdir()
    editor = tmp_path / "editor"
    editor.write_text(EDITOR, encoding="utf-8")
    editor.chmod(0o755)
    Path(f"{editor}.message").write_text(f"{MESSAGE}# a comment\n", encoding="utf-8")

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=program.cwd, capture_output=True, text=True, check=True).stdout

    git("init", "-q", "-b", "main")
    git("config", "user.email", "a@b.example")
    git("config", "user.name", "A")
    git("config", "core.editor", str(editor))
    git("commit", "-q", "--allow-empty", "-m", "first")
    script = tmp_path / "s.sh"
    script.write_text("echo x > f\ngit add f && git commit\n", encoding="utf-8")
    run = program.json("record", "--script", str(script))["run_id"]
    program.json("compile", run, "--name", "p")
    git("reset", "-q", "--hard", "HEAD~1")
    # Nobody would leave this one.
    git("config", "core.editor", "sleep 1000;")
    assert program.json("replay", "p", "--mode", "strict", "--draft")["status"] == "success"
    assert git("log", "-1", "--format=%B").rstrip("\n") == MESSAGE.rstrip("\n")


def _compiled(tmp_path: Path, command: str, message: str, shell: str = "bash") -> tuple[str, SafetyLevel]:
    machine = Machine(tmp_path)
    recorded = msgspec.structs.replace(machine.run("true", 1), command=command, full_screen=True, message=message)
    trace = machine.trace((recorded,))
    trace = msgspec.structs.replace(trace, run=msgspec.structs.replace(trace.run, shell=shell))
    (step,) = compile_traces([trace], name="p", blobs=machine.blobs).playbook.steps
    return step.run, step.safety


@pytest.mark.parametrize(
    ("command", "becomes"),
    [
        ("git commit", "git commit -m 'two words'"),
        ("cd . && git add -A; git -C . commit -av", "cd . && git add -A; git -C . commit -m 'two words' -av"),
        ("git commit --amend", "git commit -m 'two words' --amend"),
    ],
)
def test_the_message_stands_in_the_command(tmp_path: Path, command: str, becomes: str) -> None:
    run, safety = _compiled(tmp_path, command, "two words\n\n")
    assert (run, safety is SafetyLevel.MANUAL_ONLY) == (becomes, False)


def test_fish_quotes_it_otherwise(tmp_path: Path) -> None:
    assert _compiled(tmp_path, "git commit", "it's", "fish")[0] == r"git commit -m 'it\'s'"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("git commit -c HEAD~1", "x"),
        ("git commit -am wip -e", "x"),
        ("git commit", "with [masked:github-pat] in it"),
        ("git commit; git log", "x"),
        ("git commit; vim f", "x"),
        ("git rebase -i HEAD~3", "x"),
        ("git merge HEAD~1", "x"),
        ("crontab -e", "x"),
    ],
)
def test_what_wants_the_editor_all_the_same_is_a_persons_job(tmp_path: Path, command: str, message: str) -> None:
    assert _compiled(tmp_path, command, message) == (command, SafetyLevel.MANUAL_ONLY)
