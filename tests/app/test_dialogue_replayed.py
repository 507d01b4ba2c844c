"""Dialogues of real programs in a replay: recorded prompts are answered in order, no other ever is, nothing hangs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.program import Program

TWICE = 'bash -c \'read -p "Go on? " a; read -p "Go on? " b; echo "$a then $b" > said\''
HIDDEN = 'python3 -c \'import getpass; open("hidden", "w").write(getpass.getpass("Password for {{user_name}}: "))\''
KEY = "ssh-keygen -q -t ed25519 -f key"
SHOWN = 'python3 -c \'open("shown", "w").write(input("Name of {{user_name}}: "))\''
PASSPHRASES = ("Enter passphrase (empty for no passphrase): ", "Enter same passphrase again: ")


def answers(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"prompt": prompt, "send": sent} for prompt, sent in pairs]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    made = Program(tmp_path / "home", tmp_path / "work")
    made.cwd.mkdir()
    return made


def replayed(
    program: Program, *steps: Mapping[str, Any], environment: Mapping[str, str] | None = None, code: int = 4
) -> dict[str, Any]:
    document = {"replaybook": 1, "name": "p", "parameters": {"user_name": {"default": "ada"}}, "steps": steps}
    version = program.home / "playbooks" / "p" / "1.yaml"
    version.parent.mkdir(parents=True, exist_ok=True)
    version.write_text(json.dumps(document), encoding="utf-8")
    done = program(*["replay", "p", "--mode", "strict", "--draft", "--json"], environment=environment)
    assert done.code == code, done
    return done.document


def said(program: Program, *names: str) -> Sequence[str]:
    return [(program.cwd / name).read_text(encoding="utf-8") for name in names]


def test_recorded_prompts_are_answered_in_order_hidden_and_shown_ones(program: Program) -> None:
    secret = {"REPLAYBOOK_SECRET_PASSWORD_FOR": "hush-hush-1"}
    document = replayed(
        program,
        {"run": TWICE, "answers": answers(("Go on? ", "yes"), ("Go on? ", "no"))},
        {"run": HIDDEN, "answers": [{"prompt": "Password for {{user_name}}: ", "secret": True}]},
        {"run": SHOWN, "answers": answers(("Name of {{user_name}}: ", "{{user_name}} l."))},
        {"run": KEY, "answers": answers(*((prompt, "") for prompt in PASSPHRASES))},
        environment=secret,
        code=0,
    )
    assert [step["status"] for step in document["steps"]] == ["success"] * 4
    assert said(program, "said", "hidden", "shown") == ["yes then no\n", "hush-hush-1", "ada l."]
    assert (program.cwd / "key.pub").exists()


@pytest.mark.parametrize(
    ("run", "given", "expected", "actual"),
    [
        (TWICE.replace("Go", "Really go", 1), [("Go on? ", "yes"), ("Go on? ", "no")], "Go on?", "Really go on?"),
        (TWICE, [("Go on? ", "yes")], "", "Go on?"),
        (TWICE, [], "", "Go on?"),
        (HIDDEN, [("Password: ", "x")], "Password: ", "Password for ada:"),
        (TWICE, [("Go on? ", "yes"), ("Go on? ", "no"), ("Sure? ", "y")], "Sure?", "no such prompt"),
        ("true", [("Go on? ", "yes")], "Go on?", "no such prompt"),
    ],
    ids=["another", "one more", "the first", "hidden", "one less", "none"],
)
def test_another_prompt_is_never_answered_and_never_hangs(
    program: Program, run: str, given: list[tuple[str, str]], expected: str, actual: str
) -> None:
    document = replayed(program, {"run": run, "answers": answers(*given), "timeout": "600s"}, {"run": "touch behind"})
    failure = document["failure"]
    assert (failure["step_index"], failure["divergence"], failure["class"]) == (1, "prompt", "prompt-changed")
    assert expected in failure["expected"]
    assert actual in failure["actual"]
    assert not (program.cwd / "behind").exists()
