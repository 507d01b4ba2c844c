"""What was there before the recording began, in real recordings: told, and carried only where a person says so."""

import json
import shutil
import sys
import venv
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tests.program import Program


class Desk:
    """A home, a workspace, and the command line over them with variables set."""

    def __init__(self, root: Path, shell: str) -> None:
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        self.shell = shell
        self.work = root / "work"
        self.work.mkdir()
        (root / "user").mkdir()
        self.program = Program(home=root / "replaybook", cwd=self.work)
        self.own = {"HOME": str(root / "user"), "XDG_CONFIG_HOME": str(root / "user" / ".config")}

    def call(
        self,
        *words: str,
        code: int | None = 0,
        cwd: Path | None = None,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> dict[str, Any]:
        program = Program(home=self.program.home, cwd=cwd or self.work)
        done = program(*words, "--json", environment={**self.own, **variables})
        assert code is None or done.code == code, done
        return done.document

    def record(self, *commands: str, variables: Mapping[str, str]) -> None:
        script = self.program.home.with_name("script.jsonl")
        script.write_text("".join(json.dumps({"command": command}) + "\n" for command in commands))
        self.call("record", "--script", str(script), "--name", "work", "--shell", self.shell, variables=variables)

    def fresh(self) -> Path:
        place = self.work.with_name("fresh")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        return place

    def replay(self, *words: str, mode: str = "strict", **fields: Any) -> dict[str, Any]:
        place = self.fresh()
        return self.call("replay", "work", "--mode", mode, "--draft", *words, cwd=place, **fields)


@pytest.fixture(params=["bash", "zsh", "fish"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    return Desk(tmp_path, request.param)


@pytest.fixture
def staged(desk: Desk) -> Desk:
    stage = {"STAGE": str(desk.work / "a stage"), "LEVEL": "3"}
    desk.record('mkdir -p "$STAGE"', 'echo "$LEVEL" > "$STAGE/level"', 'echo "in $STAGE"', variables=stage)
    return desk


def test_nothing_is_carried_unasked_and_each_use_is_told(staged: Desk) -> None:
    made = staged.call("compile", "work", "--name", "work")
    assert [step["kind"] for step in made["steps"]] == ["shell"] * 3
    assert {"STAGE", "LEVEL"}.isdisjoint(one["name"].upper() for one in made["parameters"])
    told = [note for note in made["notes"] if "before the recording began" in note]
    assert [note.partition(",")[0] for note in told] == [
        "STAGE was exported before the recording began",
        "LEVEL was exported before the recording began",
    ]
    assert "step 1 reads it; compile with --env STAGE to set it first" in told[0]
    assert set(told) <= set(made["quality"]["notes"])
    (part,) = (one for one in made["quality"]["parts"] if one["name"] == "environment")
    assert part["score"] < 1
    found = staged.replay(code=None)
    assert found["status"] != "success"
    assert staged.replay(mode="simulate", code=3)["status"] in {"not_ready", "unknown", "refused"}


def test_a_variable_that_a_person_names_is_set_first_and_replays(staged: Desk) -> None:
    made = staged.call("compile", "work", "--name", "work", "--env", "STAGE", "--env", "LEVEL")
    assert [(step["kind"], step["run"], step["safety_level"]) for step in made["steps"][:2]] == [
        ("env", "export LEVEL={{level}}", "auto_ok"),
        ("env", "export STAGE={{stage}}", "auto_ok"),
    ]
    known = {one["name"]: one for one in made["parameters"]}
    assert (known["stage"]["type"], known["stage"]["default"]) == ("path", "{{project}}/a stage")
    assert (known["level"]["type"], known["level"]["value"], known["level"]["source"]) == ("int", "3", "environment")
    assert not [note for note in made["quality"]["notes"] if "before the recording began" in note]
    assert staged.replay(mode="simulate", code=None)["status"] in {"ready", "unknown"}
    done = staged.replay()
    assert done["status"] == "success", done["failure"]
    assert (staged.work.with_name("fresh") / "a stage" / "level").read_text() == "3\n"
    recorded = staged.call("show", done["run_id"])["steps"]
    assert [step["kind"] for step in recorded] == ["env", "env", "shell", "shell", "shell"]
    assert recorded[1]["env_effects"]["set"] == {"STAGE": str(staged.work.with_name("fresh") / "a stage")}


def test_another_value_is_given_at_replay_and_answering_keeps_what_was_carried(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "bash")
    desk.record(
        "echo at $TARGET",
        "python3 -c 'print(\"ticket\", 4700 + 11)'",
        "echo closed 4711",
        variables={"TARGET": "staging-7"},
    )
    made = desk.call("compile", "work", "--name", "work", "--env", "all")
    assert [step["run"] for step in made["steps"]][:2] == ["export TARGET={{target}}", "echo at $TARGET"]
    answered = desk.call("answer", "work@1", made["questions"][0]["id"], "yes")
    assert answered["steps"][0]["run"] == "export TARGET={{target}}"
    assert answered["version"] == 2
    done = desk.replay("--set", "target=it's $HOME")
    assert done["status"] == "success", done["failure"]
    output = desk.call("show", done["run_id"])["steps"][1]["output"]
    assert output == "at it's $HOME\n"


def test_a_secret_is_asked_for_and_stands_nowhere(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "bash")
    token = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z24"
    desk.record('test -n "$GITHUB_TOKEN"', variables={"GITHUB_TOKEN": token})
    made = desk.call("compile", "work", "--name", "work", "--env", "GITHUB_TOKEN")
    assert made["steps"][0]["run"] == "export GITHUB_TOKEN={{github_token}}"
    (one,) = (one for one in made["parameters"] if one["name"] == "github_token")
    assert (one["type"], one["value"], one["default"]) == ("secret", None, None)
    assert token not in json.dumps(made)
    assert desk.replay(code=4)["failure"]["class"] == "missing-env"
    assert desk.replay("--set", f"github_token={token}")["status"] == "success"


def test_what_was_not_exported_then_can_not_be_carried(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "bash")
    desk.record("echo $TARGET", variables={"TARGET": "x"})
    done = desk.program("compile", "work", "--name", "work", "--env", "TARGTE")
    assert done.code == 2
    assert "TARGTE was not exported when run work began" in done.err
    assert "TARGET" in done.err.partition("use:")[2]


def test_a_virtual_environment_is_activated_where_the_replay_is(desk: Desk) -> None:
    place = desk.work / ".venv"
    venv.create(place, with_pip=False, symlinks=True)
    variables = {"VIRTUAL_ENV": str(place), "PATH": f"{place}/bin:{Path(sys.base_prefix) / 'bin'}:/usr/bin:/bin"}
    desk.record("python3 -c 'import sys; print(sys.prefix)'", variables=variables)
    told = desk.call("compile", "work", "--name", "work")["notes"]
    assert any(f"the virtual environment {place} was active" in note for note in told)
    made = desk.call("compile", "work", "--name", "work", "--env", "VIRTUAL_ENV")
    end = ".fish" if desk.shell == "fish" else ""
    assert (made["steps"][0]["kind"], made["steps"][0]["run"]) == ("env", f". {{{{venv}}}}/bin/activate{end}")
    (one,) = (one for one in made["parameters"] if one["name"] == "venv")
    assert (one["type"], one["default"]) == ("path", "{{project}}/.venv")
    fresh = desk.fresh()
    lost = desk.call("replay", "work", "--mode", "simulate", "--draft", cwd=fresh, code=3)
    assert f"{fresh}/.venv/bin/activate" in json.dumps(lost["steps"][0])
    venv.create(fresh / ".venv", with_pip=False, symlinks=True)
    done = desk.call("replay", "work", "--mode", "strict", "--draft", cwd=fresh)
    assert done["status"] == "success", done["failure"]
    assert desk.call("show", done["run_id"])["steps"][1]["output"] == f"{fresh}/.venv\n"


def test_a_function_and_an_alias_of_the_startup_files_are_told(desk: Desk) -> None:
    home = Path(desk.own["HOME"])
    config = home / ".config" / "fish" / "config.fish"
    config.parent.mkdir(parents=True)
    config.write_text("function deploy; echo deployed; end\n")
    for name in (".bashrc", ".zshrc"):
        (home / name).write_text("deploy() { echo deployed; }\nalias shout='echo LOUD'\n")
    desk.record("deploy", "echo done", variables={})
    made = desk.call("compile", "work", "--name", "work")
    (told,) = (note for note in made["quality"]["notes"] if "before the recording began" in note)
    assert told.startswith("deploy, a function or an alias, was defined before the recording began, and step 1 runs it")
