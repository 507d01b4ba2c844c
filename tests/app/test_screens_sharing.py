"""Publishing and fetching on the screen, by key: over the stand-in, and once over real homes and a real repository."""

import shutil
from pathlib import Path

import pytest

from app.screens.trace import TraceScreen
from tests.app.driving import driving
from tests.app.stand_in import StandIn
from tests.sharing import Team


async def test_home_fetches_and_says_what_was_left_out() -> None:
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("notes")
        await driver.press(
            "b", *"r", "full_stop", *"git", "down", *"review", "down", *"release", "space", *"site", "ctrl+s"
        )
        await driver.until_says("release@3 (release@1 there) is a draft: signed by ann@example.org")
        await driver.until_says("left out: site/1.yaml: it is larger than 4096 KiB")
        assert "! 1 new draft, 1 left out" in driver.app.jobs.all[0].said
    assert core.shared == [("fetch", ("release", "site"), "r.git", False, "review")]


async def test_home_publishes_every_active_version() -> None:
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("notes")
        await driver.press("p")
        await driver.until_says("Publish every active version")
        await driver.press(*"here", "ctrl+s")
        await driver.until_says("release@1 as release@2, for its number is taken there: signed with SHA256:k")
    assert core.shared == [("publish", (), None, True, None, None, False)]


async def test_recordings_are_pushed_listed_and_fetched_by_key() -> None:
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("notes")
        await driver.press("tab", "P")
        await driver.until_says("an SSH key that signs")
        await driver.press(*"r", "down", *"own", "ctrl+s")
        await driver.until_says("2 of 5 objects sent (2.0 KiB)")
        await driver.press("escape", "G")
        await driver.until_says("Which store?")
        await driver.press("enter")
        await driver.until_says("nightly")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        await driver.until(lambda: driver.app.screen.trace is not None)  # type: ignore[attr-defined]
        await driver.press("P")
        await driver.until_says("an SSH key that signs")
        await driver.press("ctrl+s")
        await driver.until(lambda: "is in s3://r: 2 of 5 objects sent" in driver.notices)
    run = "20260301-093000-ab12"
    assert core.shared == [
        ("push", (run,), "r", True, None),
        ("stored", None),
        ("fetch run", (run,), None),
        ("push", (run,), None, False, None),
    ]


@pytest.mark.skipif(not (shutil.which("git") and shutil.which("ssh-keygen")), reason="needs git and ssh-keygen")
async def test_a_version_goes_from_one_screen_to_another(tmp_path: Path) -> None:
    team = Team(tmp_path)
    ann, bob = team.person("ann"), team.person("bob")
    team.believes(bob, ann)
    ann.make("site", "echo 1")
    ann.core.change_setting("sharing.key", str(ann.key))
    async with driving(ann.core) as driver:
        await driver.until_says("site")
        await driver.press("enter")
        await driver.until_says("echo 1")
        await driver.press("p")
        await driver.until_says("Publish site@1")
        driver.app.screen.inputs[0].value = team.url  # type: ignore[attr-defined]
        await driver.press("ctrl+s")
        await driver.until_says("site@1: signed with SHA256:")
    async with driving(bob.core) as driver:
        await driver.until(lambda: driver.app.screen.query("#waiting"))
        await driver.press("b")
        await driver.until_says("Fetch playbooks")
        driver.app.screen.inputs[0].value = team.url  # type: ignore[attr-defined]
        await driver.press("ctrl+s")
        await driver.until_says("site@1 is a draft: signed by ann@example.org")
    ann.core.close()
    bob.core.close()
