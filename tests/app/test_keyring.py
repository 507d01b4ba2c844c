"""The secrets that a playbook wants, on its screen: listed, put into the keyring unseen, and taken out again."""

import json
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest

from app.core import Core
from app.core.replays import SecretStanding
from app.screens.keyring import SecretList
from app.screens.playbook import PlaybookScreen
from capture.home import Home
from tests.app.driving import driving
from tests.app.file_keyring import FileKeyring
from tests.app.stand_in import StandIn

TYPED = "Tr0ub4dor"
TOKEN = SecretStanding(
    name="TOKEN",
    key="token",
    answer=False,
    question="a value for [b]token[/b]",
    variable="REPLAYBOOK_SECRET_TOKEN",
    entry="publish-notes/TOKEN",
    source=None,
)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of the keyring that this process has for a while."""
    before = keyring.get_keyring()
    monkeypatch.setenv("TEST_KEYRING", str(tmp_path / "keyring.json"))
    keyring.set_keyring(FileKeyring())  # type: ignore[no-untyped-call] # the library's
    yield tmp_path / "keyring.json"
    keyring.set_keyring(before)


def holding(folder: Path) -> list[Path]:
    """Files under a folder that hold what was typed."""
    return [path for path in folder.rglob("*") if path.is_file() and TYPED.encode() in path.read_bytes()]


async def test_a_secret_is_put_into_the_keyring_unseen_and_taken_out_again() -> None:
    core = StandIn(known=(TOKEN,))
    async with driving(core, size=(80, 24)) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("./build.sh")
        await driver.press("K")
        await driver.until_says("? TOKEN")
        assert "asked; or set REPLAYBOOK_SECRET" in driver.text
        await driver.press("enter")
        await driver.until_says("A value for [b]token[/b]; it goes into the keyring alone.")
        await driver.press(*TYPED)
        await driver.until_says("•" * len(TYPED))
        assert TYPED not in driver.text
        await driver.press("enter")
        await driver.until_says("✓ TOKEN")
        await driver.press("d")
        await driver.until_says("? TOKEN")
        await driver.press("d")
        await driver.until(lambda: "there was no publish-notes/TOKEN" in driver.notices)
        await driver.press("enter")
        await driver.until_says("alone")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
        assert TYPED not in driver.text + driver.notices
    assert [call for call in core.calls if "secret" in str(call[0])] == [
        ("store_secret", "publish-notes@1/TOKEN", TYPED),
        ("forget_secret", "publish-notes/TOKEN"),
        ("forget_secret", "publish-notes/TOKEN"),
    ]


async def test_a_playbook_without_any_says_so() -> None:
    async with driving(StandIn()) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("./build.sh")
        await driver.press("K")
        await driver.until_says("It wants no secret.")
        await driver.press("enter", "d")
        assert isinstance(driver.app.screen, SecretList)


async def test_what_was_typed_is_in_the_keyring_and_in_no_file_of_the_home(tmp_path: Path, kept: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    for version, parameters in ((1, {}), (2, {"token": {"type": "secret"}})):
        document = {"replaybook": 1, "name": "p", "parameters": parameters, "steps": [{"run": "true"}]}
        file = home.path / "playbooks" / "p" / f"{version}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document), encoding="utf-8")
    async with driving(Core(home)) as driver:
        driver.app.open_playbook("p@2")
        await driver.until_says("true")
        await driver.press("K")
        await driver.until_says("? TOKEN")
        await driver.press("enter")
        await driver.until_says("alone")
        await driver.press(*TYPED, "enter")
        await driver.until_says("✓ TOKEN")
    assert holding(kept.parent) == [kept]
