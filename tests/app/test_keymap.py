from pathlib import Path

import pytest

from app.keymap import load_keymap
from capture.errors import BadInputError
from tests.app.driving import driving
from tests.app.stand_in import StandIn


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_changes_nothing(tmp_path: Path) -> None:
    assert load_keymap(tmp_path / "keys.json") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "should be like"),
        ('{"approve": 1}', "should be like"),
        ('{"aprove": "Y"}', "no action 'aprove'"),
        ('{"approve": "enter"}', "never by accident"),
        ('{"reject": "N,space"}', "never by accident"),
    ],
)
def test_a_bad_file_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        load_keymap(written(tmp_path, text))


async def test_another_key_does_it_and_the_old_one_no_more(tmp_path: Path) -> None:
    async with driving(StandIn()) as driver:
        driver.app.set_keymap(load_keymap(written(tmp_path, '{"inbox": "m"}')))
        await driver.until_says("publish-notes")
        await driver.press("i")
        assert driver.app.screen.AREA == "Home"  # type: ignore[attr-defined] # every screen of ours has one
        await driver.press("m")
        await driver.until_says("inbox")
