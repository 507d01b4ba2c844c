"""`replaybook secrets`, as its user runs it."""

import json
from pathlib import Path

import pytest

from app.cli.main import run
from app.core import Core
from app.doctor import Finding, State, findings
from capture.home import Home
from capture.secrets.rules import load_rules, packaged


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


def test_the_users_editor_gets_a_file_that_says_how_to_write_rules(
    capsys: pytest.CaptureFixture[str], own_world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "sed -i -e 's/^# \\([][a-z]\\)/\\1/'")
    monkeypatch.delenv("VISUAL", raising=False)
    assert run(["secrets", "--edit", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    file = own_world / "replaybook" / "secrets.toml"
    assert file.stat().st_mode & 0o077 == 0
    assert [rule["id"] for rule in document["rules"] if rule["source"] == str(file)] == ["badge", "named-variable"]
    assert "generic-api-key" in document["disabled"]
    assert "MY_PIN" in document["variables"]


def test_what_an_editor_is_given_masks_nothing_yet(own_world: Path) -> None:
    home = Home(own_world / "replaybook").prepare()
    path = Core(home).secrets_file()
    assert load_rules(home).rules == packaged().rules
    path.write_text("disabled = []\n")
    assert Core(home).secrets_file().read_text() == "disabled = []\n"


def test_doctor_counts_the_rules_and_names_a_mistake_in_ones_own(own_world: Path) -> None:
    home = Home(own_world / "replaybook").prepare()
    found = secrets_finding(home)
    gitleaks = sum(rule.source == "gitleaks" for rule in packaged().rules)
    assert found.state is State.OK
    assert f"{gitleaks} rules of gitleaks" in found.detail
    assert "none of your own" in found.detail
    home.secrets.write_text("disabled = ['github-pat']\n[[rules]]\nid = 'badge'\nregex = 'BADGE-[0-9]+'\n")
    found = secrets_finding(home)
    assert f"{gitleaks - 1} rules of gitleaks" in found.detail
    assert f"1 of your own in {home.secrets}" in found.detail
    assert "1 switched off by you" in found.detail
    home.secrets.write_text("[[rules]]\nid = 'badge'\nregex = '('\n")
    found = secrets_finding(home)
    assert found.state is State.DEGRADED
    assert "badge" in found.detail
    assert "secrets --edit" in found.advice


def secrets_finding(home: Home) -> Finding:
    return next(one for one in findings(home) if one.name == "secrets")


def test_a_mistake_in_the_rules_is_one_line(capsys: pytest.CaptureFixture[str], own_world: Path) -> None:
    home = own_world / "replaybook"
    home.mkdir()
    (home / "secrets.toml").write_text("[[rules]]\nid = 'badge'\nregex = '('\n")
    assert run(["secrets"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
