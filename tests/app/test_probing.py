"""What the rules that a person wrote make of something, asked by key on Doctor."""

from pathlib import Path

import pytest

from app.core import Core
from app.ruled import PolicyRules, PolicyVerdict
from app.screens.doctor import DoctorScreen
from app.screens.probing import masked_rows
from app.secrecy import Hidden, Masked
from capture.errors import BadInputError
from capture.home import Home
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn

TYPED = "hunter2-Zq81"


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


async def test_what_would_be_masked_is_shown_and_what_was_typed_unseen_never(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"one [b]\npassword={TYPED}\n")
    async with driving(StandIn(), size=(80, 24)) as driver:
        await opened(driver)
        driver.app.copy_to_clipboard(f"password={TYPED}")
        await driver.press("S", "down", "ctrl+v")
        await driver.until_says("•••••")
        assert TYPED not in driver.text
        await driver.press("ctrl+s")
        await driver.until_says("✓ line 1: ")
        assert f"  {'•' * len('password=')}[masked:" in driver.text
        assert "password" not in driver.text
        await closed(driver)
        await driver.press("S", "down", *"plain", "ctrl+s")
        await driver.until_says("! nothing would be masked")
        assert "plain" not in driver.text
        await closed(driver)
        driver.app.copy_to_clipboard(str(tmp_path / "log"))
        await driver.press("S", "ctrl+v", "ctrl+s")
        await driver.until_says("✓ line 2: ")
        assert "one [b]" in driver.text
        assert TYPED not in driver.text
        await closed(driver)
        await driver.press("S", "ctrl+s")
        await driver.until_says("[b]a badge[/b]")
        assert TYPED not in driver.notices


def test_a_mask_that_was_typed_itself_gives_nothing_away() -> None:
    found = Masked(text="[masked:hunter2] [masked:badge]", maskings=(Hidden(rule="badge", where="line 1"),))
    (shown,) = masked_rows(found, unseen=True)[-1:]
    assert "".join(part.text for part in shown) == f"{'•' * 17}[masked:badge]"
