"""`replaybook secrets`, as its user runs it."""

import json
from pathlib import Path

import pytest

from app.cli.main import run


def test_the_rules_in_force_are_listed_with_where_they_come_from(
    capsys: pytest.CaptureFixture[str], own_world: Path
) -> None:
    home = own_world / "replaybook"
    home.mkdir()
    (home / "secrets.toml").write_text("[[rules]]\nid = 'badge'\nregex = 'BADGE-[0-9]+'\n")
    assert run(["secrets", "--json"]) == 0
    sources = {rule["id"]: rule["source"] for rule in json.loads(capsys.readouterr().out)["rules"]}
    assert sources["badge"] == str(home / "secrets.toml")
    assert sources["github-pat"] == "gitleaks"
    assert sources["assignment"] == "replaybook"


def test_a_file_is_masked_on_trial(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("one\npassword=hunter2\x1b[0m\n")
    assert run(["secrets", "--test", str(file)]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[:1] == ["one"]
    assert "hunter2" not in told.out
    assert "\x1b" not in told.out
    assert told.err == "line 2: assignment\n"
    assert run(["secrets", "--test", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["maskings"] == [{"rule": "assignment", "where": "line 2"}]


def test_a_mistake_in_the_rules_is_one_line(capsys: pytest.CaptureFixture[str], own_world: Path) -> None:
    home = own_world / "replaybook"
    home.mkdir()
    (home / "secrets.toml").write_text("[[rules]]\nid = 'badge'\nregex = '('\n")
    assert run(["secrets"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
