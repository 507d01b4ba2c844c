"""Secrets of a replay: from the environment, a keyring or the person, never from the playbook, and kept nowhere."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from replay.playbook import Answer, Parameter, ParameterType, Playbook, PlaybookStep
from replay.wanting import secrets_wanted
from tests.program import COMMAND, Program
from tests.seat import replaybook

SECRET = "Tr0ub4dor&3-xyzzy"
TOKEN = "tok-Zq81-Plugh-77"
ASKING = """\
import getpass, sys
given = getpass.getpass("Password for ada: ")
open("kept", "w").write(given)
print("you said", given)
print("not to be found:", given, file=sys.stderr)
open("right", "w").write(str(given == "Tr0ub4dor&3-xyzzy"))
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    made = Program(tmp_path / "home", tmp_path / "work")
    made.cwd.mkdir()
    (made.cwd / "ask.py").write_text(ASKING, encoding="utf-8")
    document = {
        "replaybook": 1,
        "name": "p",
        "parameters": {"token": {"type": "secret"}},
        "steps": [
            {"run": "python3 ask.py", "answers": [{"prompt": "Password for ada: ", "secret": True}]},
            {"run": "echo {{token}} > token; cat token; cat {{token}}", "expect": {"exit": 1}},
            {"run": "test {{token}} = other"},
        ],
    }
    version = made.home / "playbooks" / "p" / "1.yaml"
    version.parent.mkdir(parents=True)
    version.write_text(json.dumps(document), encoding="utf-8")
    return made


def kept_in(program: Program, *secrets: str) -> list[str]:
    """Files of the home that hold one of them."""
    files = [path for path in program.home.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(secret.encode() in path.read_bytes() for secret in secrets)]


def keyring_at(program: Program) -> Mapping[str, str]:
    return {
        "TEST_KEYRING": str(program.home.with_name("keyring.json")),
        "PYTHON_KEYRING_BACKEND": "tests.app.file_keyring.FileKeyring",
    }


def test_from_the_environment_a_secret_is_typed_and_lands_in_no_file(program: Program) -> None:
    environment = {"REPLAYBOOK_SECRET_PASSWORD_FOR_ADA": SECRET, "REPLAYBOOK_SECRET_TOKEN": TOKEN}
    done = program("replay", "p", "--mode", "strict", "--draft", "--json", environment=environment)
    assert done.code == 4
    assert (done.document["stopped_at"], (program.cwd / "right").read_text()) == (3, "True")
    assert "secret PASSWORD_FOR_ADA: from the environment (REPLAYBOOK_SECRET_PASSWORD_FOR_ADA)" in done.err
    told = done.out + done.err
    assert SECRET not in told
    assert TOKEN not in told
    run = program("show", done.document["run_id"], "--json").out
    assert '"text":null,"secret":true' in run
    assert kept_in(program, SECRET, TOKEN) == []


def test_from_the_keyring_each_playbook_has_its_own(program: Program) -> None:
    environment = keyring_at(program)
    for name, value in (("PASSWORD_FOR_ADA", SECRET), ("TOKEN", TOKEN)):
        argv = [str(COMMAND), "--home", str(program.home), "secrets", "--store", f"p/{name}"]
        alone = {**environment, "PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])}
        subprocess.run(argv, cwd=program.cwd, env=alone, input=value, text=True, check=True)
    listed = json.loads(program("secrets", "--wanted", "p", "--json", environment=environment).out)
    assert [one["source"] for one in listed] == ["the keyring (p/TOKEN)", "the keyring (p/PASSWORD_FOR_ADA)"]
    done = program("replay", "p", "--mode", "strict", "--draft", "--json", environment=environment)
    assert (done.document["stopped_at"], (program.cwd / "right").read_text()) == (3, "True")
    assert kept_in(program, SECRET, TOKEN) == []
    assert "q/PASSWORD_FOR_ADA" not in Path(environment["TEST_KEYRING"]).read_text()

    assert program("secrets", "--forget", "p/TOKEN", environment=environment).out == "p/TOKEN is out of the keyring\n"
    assert "there was no p/TOKEN" in program("secrets", "--forget", "p/TOKEN", environment=environment).out
    assert program("secrets", "--store", "p/NONE", environment=environment).code == 7
    assert program("secrets", "--store", "p", environment=environment).code == 2


def test_without_any_the_replay_does_not_begin_and_says_how_to_give_it(program: Program) -> None:
    done = program("replay", "p", "--mode", "strict", "--draft")
    assert (done.code, (program.cwd / "kept").exists()) == (2, False)
    assert "set REPLAYBOOK_SECRET_PASSWORD_FOR_ADA, keep it with" in done.err
    assert "replaybook secrets --store p/PASSWORD_FOR_ADA" in done.err
    checks = program.json("replay", "p", "--mode", "simulate", code=None)["steps"][0]["checks"]
    assert [check["state"] for check in checks if check["kind"] == "secret_known"] == ["warn"]


def test_at_a_terminal_it_is_asked_for_unseen(program: Program) -> None:
    with replaybook(program.home, *["replay", "p", "--mode", "strict", "--draft"], cwd=program.cwd) as seat:
        # The blank comes once what was typed before is thrown away.
        seat.wait_for("a value for token (hidden): ")
        seat.type(f"{TOKEN}\r")
        seat.wait_for("the answer to 'Password for ada:' (hidden): ")
        seat.type(f"{SECRET}\r")
        assert seat.over() == 4
        asked = seat.seen.partition(b"ask.py")[0]
    assert SECRET.encode() not in asked
    assert TOKEN.encode() not in asked
    assert (program.cwd / "right").read_text() == "True"
    assert kept_in(program, SECRET, TOKEN) == []


def test_different_secrets_at_the_same_prompt_are_told_apart(program: Program) -> None:
    asks = "import getpass, sys; open(sys.argv[1], 'w').write(str(getpass.getpass('Password: ') == sys.argv[2][::-1]))"
    (program.cwd / "ask.py").write_text(asks, encoding="utf-8")
    typed = {"one": SECRET, "two": TOKEN}
    lines = [
        {"command": f"python3 ask.py {to} '{text[::-1]}'", "inputs": [{"expect": "Password: ", "send": f"{text}\n"}]}
        for to, text in typed.items()
    ]
    (program.cwd / "s.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    run = program.json("record", "--script", "s.jsonl")["run_id"]
    program.json("compile", run, "--name", "q")
    wanted = {one["name"]: one for one in program.rows_of("secrets", "--wanted", "q")}
    assert list(wanted) == ["PYTHON3_PASSWORD", "PYTHON3_PASSWORD_2"]
    assert wanted["PYTHON3_PASSWORD_2"]["question"] == "the answer to 'Password:', python3_password_2, at step 2"
    for name in typed:
        (program.cwd / name).unlink()
    environment = {one["variable"]: text for one, text in zip(wanted.values(), typed.values(), strict=True)}
    done = program("replay", "q", "--mode", "strict", "--draft", environment=environment)
    assert (done.code, [(program.cwd / name).read_text() for name in typed]) == (0, ["True", "True"])


def test_each_secret_has_a_name_of_its_own() -> None:
    def asks(*prompts: str) -> PlaybookStep:
        return PlaybookStep(run="x", answers=tuple(Answer(prompt=prompt, secret=True) for prompt in prompts))

    steps = (asks("Password for {{user}}: ", "Password for {{user}}: "), asks("password for"), asks("???"))
    book = Playbook(name="p", parameters={"token": Parameter(type=ParameterType.SECRET)}, steps=steps)
    names = [(one.name, one.key) for one in secrets_wanted(book)]
    assert names == [
        ("TOKEN", "token"),
        ("PASSWORD_FOR", "Password for {{user}}: "),
        ("PASSWORD_FOR_2", "password for"),
        ("ANSWER", "???"),
    ]
    assert [one.name for one in secrets_wanted(book, from_step=2)] == ["TOKEN", "PASSWORD_FOR_2", "ANSWER"]
