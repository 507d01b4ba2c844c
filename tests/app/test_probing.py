"""What the rules that a person wrote make of something, asked by key on Doctor."""

from pathlib import Path

import pytest

from app.core import Core
from app.ruled import PolicyRules, PolicyVerdict
from app.screens.doctor import DoctorScreen
from capture.errors import BadInputError
from capture.home import Home
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn


async def opened(driver: Driver) -> None:
    await driver.press("m")
    await driver.until_says("✗ shadow")


async def closed(driver: Driver) -> None:
    await driver.press("escape")
    await driver.until(lambda: isinstance(driver.app.screen, DoctorScreen))


async def test_a_path_is_held_against_the_rules_of_what_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    core = StandIn()
    async with driving(core, size=(80, 24)) as driver:
        await opened(driver)
        await driver.press("I", *"a.o", "down", *"x", "ctrl+s")
        await driver.until_says("there is no such directory")
        await driver.press("backspace", "ctrl+s")
        await driver.until_says("· a.o is ignored: [b]*.o[/b] (built in)")
        await closed(driver)
        await driver.press("I", *"a.c", "ctrl+s")
        await driver.until_says("✓ a.c is not ignored: no rule")
        assert core.calls == [("ignore_verdict", name, str(tmp_path)) for name in ("a.o", "a.c")]
        await closed(driver)
        await driver.press("I", "ctrl+s")
        await driver.until_says("The last one that matches wins.")
        assert "/h" in driver.text


async def test_a_command_is_held_against_the_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    core = StandIn()
    async with driving(core, size=(80, 24)) as driver:
        await opened(driver)
        await driver.press("P", *"git", "space", *"push", "down", "down", *"notes", "ctrl+s")
        await driver.until_says("✗ denied: policy.toml:1 denies")
        assert "would be needs_confirm: ask" in driver.text
        await closed(driver)
        for typed, told in (
            (["l", "s"], "✓ allowed"),
            (["x"], "? unknown"),
            (["full_stop", *"toml"], "[b]git push[/b]"),
        ):
            await driver.press("P", *typed, "ctrl+s")
            await driver.until_says(told)
            await closed(driver)
        await driver.press("P", "ctrl+s")
        await driver.until_says("No policy of your own")
    here = str(tmp_path)
    assert core.calls[:2] == [("policy_answer", "git push", here, "notes"), ("policy_answer", "ls", here, "")]


def test_a_script_is_judged_and_another_policy_is_read(tmp_path: Path) -> None:
    core = Core(Home(tmp_path / "home").prepare())
    (tmp_path / "home" / "policy.toml").write_text('deny = ["git push"]\n')
    (tmp_path / "s.sh").write_text("git push\n")
    (tmp_path / "other.toml").write_text('deny = ["ls"]\n')
    here = str(tmp_path)
    verdict = core.policy_answer(f"{tmp_path}/s.sh", cwd=here)
    assert isinstance(verdict, PolicyVerdict)
    assert verdict.verdict == "denied"
    rules = core.policy_answer(f"{tmp_path}/other.toml", cwd=here)
    assert isinstance(rules, PolicyRules)
    assert (rules.rules[0].says, rules.rules[0].about) == ("deny", "ls")
    (tmp_path / "s.sh").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInputError, match="can't be read as text"):
        core.policy_answer(f"{tmp_path}/s.sh", cwd=here)
