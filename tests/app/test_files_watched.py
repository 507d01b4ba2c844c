"""Files elsewhere and ignored ones, through the installed command."""

import json
from pathlib import Path

import pytest

from app.cli.exits import Exit
from capture.home import Home
from replay.shadow import Level, strongest
from tests.program import Program

COMMANDS = ("mkdir -p {out}/etc", "echo port=1 >{out}/etc/app.toml", "cp {out}/etc/app.toml here.toml")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


def record_watching(program: Program, out: Path, *watch: Path) -> str:
    """A recording of work inside and outside of the workspace."""
    script = program.home.with_name("work.jsonl")
    lines = (json.dumps({"command": command.format(out=out)}) for command in COMMANDS)
    script.write_text("\n".join(lines), encoding="utf-8")
    options = [word for path in watch for word in ("--watch", str(path))]
    return str(program.json("record", "--script", str(script), *options)["run_id"])


def clear(program: Program, out: Path) -> None:
    (out / "etc" / "app.toml").unlink()
    (out / "etc").rmdir()
    (program.cwd / "here.toml").unlink()


def test_paths_elsewhere_are_recorded_compiled_and_replayed(program: Program, out: Path) -> None:
    run = record_watching(program, out, out)
    shown = program.json("show", run)
    assert shown["run"]["watch"] == [str(out)]
    assert shown["between"] == []
    effects = [[(effect["op"], effect["path"]) for effect in step["file_effects"]] for step in shown["steps"]]
    assert effects == [
        [("created", f"{out}/etc")],
        [("created", f"{out}/etc/app.toml")],
        [("created", "here.toml")],
    ]
    assert f"watched too: {out}" in program("show", run).out
    program.json("compile", run, "--name", "site")
    assert str(out) in program("playbook", "site").out
    clear(program, out)
    replay = program.json("replay", "site", "--mode", "strict", "--draft")
    assert replay["status"] == "success"
    again = program.json("show", replay["run_id"])
    assert [effect["path"] for step in again["steps"] for effect in step["file_effects"]] == [
        f"{out}/etc",
        f"{out}/etc/app.toml",
        "here.toml",
    ]


def test_a_change_elsewhere_that_does_not_come_is_a_divergence(program: Program, out: Path) -> None:
    save, script = program.cwd / "save.sh", program.home.with_name("save.sh")
    save.write_text(f"echo kept >{out}/kept\n")
    script.write_text("sh save.sh\n")
    run = program.json("record", "--script", str(script), "--watch", str(out))["run_id"]
    program.json("compile", run, "--name", "save")
    (out / "kept").unlink()
    save.write_text("true\n")
    replay = program.json("replay", "save", "--mode", "strict", "--draft", code=Exit.STOPPED)
    assert replay["failure"]["divergence"] == "effects"
    assert "outside/kept did not happen" in replay["failure"]["message"]


def test_a_shadow_says_that_it_can_not_see_them(program: Program, out: Path) -> None:
    if strongest() is Level.L0:
        pytest.skip("no isolation here")
    program.json("compile", record_watching(program, out, out), "--name", "site")
    clear(program, out)
    validated = program.json("validate", "site@1", code=None)
    assert validated["validation"]["verdict"] == "inconclusive"
    assert not (out / "etc").exists()


def test_the_workspace_is_not_watched_twice(program: Program, out: Path) -> None:
    script = program.home.with_name("true.sh")
    script.write_text("true\n")
    refused = program("record", "--script", str(script), "--watch", str(program.cwd.parent))
    assert refused.code == Exit.USAGE
    assert "holds the workspace" in refused.err
    assert out


def test_rules_are_listed_changed_and_explained(program: Program) -> None:
    rules = program.json("ignore")
    assert (rules["written"], {rule["source"] for rule in rules["rules"]}) == (False, {"built in"})
    assert program.json("ignore", "--check", "sub/.git/index")["rule"]["pattern"] == ".git"
    assert program.json("ignore", "--check", "a.o") == {"path": "a.o", "ignored": False, "rule": None}
    changed = program.json("ignore", "--add", "*.o", "--add", "!keep.o", "--remove", ".DS_Store")
    patterns = [rule["pattern"] for rule in changed["rules"]]
    assert patterns[-2:] == ["*.o", "!keep.o"]
    assert ".DS_Store" not in patterns
    verdict = program.json("ignore", "--check", "sub/a.o")
    line = Home(program.home).ignore.read_text().splitlines().index("*.o") + 1
    assert (verdict["ignored"], verdict["rule"]["source"]) == (True, f"{program.home}/ignore:{line}")
    assert not program.json("ignore", "--check", "keep.o")["ignored"]
    assert program.json("ignore", "--check", str(program.home / "catalog.json"))["ignored"]
    run = program.record("touch a.o keep.o")
    steps = program.json("show", run)["steps"]
    assert [effect["path"] for step in steps for effect in step["file_effects"]] == ["keep.o"]


def test_what_can_not_be_changed_says_so(program: Program) -> None:
    assert "no line 'nope'" in program("ignore", "--remove", "nope").err
    assert "is no pattern" in program("ignore", "--add", "# a comment").err


def test_the_users_editor_gets_the_file_with_a_word_on_it(program: Program) -> None:
    edited = program("ignore", "--edit", "--json", environment={"EDITOR": "sed -i -e '$a*.tmp'"})
    assert [rule["pattern"] for rule in edited.document["rules"]][-1] == "*.tmp"
    assert Home(program.home).ignore.read_text().startswith("# What replaybook does not tell")
    refused = program("ignore", "--edit", environment={"EDITOR": "no-such-editor"})
    assert refused.code == Exit.USAGE
    assert "no-such-editor" in refused.err
