"""Every screen, as it was last looked at: three sizes, three themes; `--update-snapshots` takes all of them anew.

Each is held against three of its nine pictures, so that every size and theme is seen; with `--bench` against all.
"""

import importlib
import pkgutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, TextArea

import app.screens
from app.screens.base import BookScreen
from app.themes import DARK, LIGHT
from tests.app.drawing import drawn
from tests.app.driving import PATIENCE_S, Driver, driving
from tests.app.scenes import SCENES

SNAPSHOTS = Path(__file__).with_name("snapshots")
SIZES = ((80, 24), (120, 36), (200, 60))
THEMES = {"dark": DARK.name, "light": LIGHT.name, "ansi-dark": "ansi-dark"}
LOOKS = [(theme, size) for theme in THEMES for size in SIZES]
"""What a screen is seen in."""

LASTING = frozenset({"replay", "player", "errand", "fleet-work"})
"""Groups of workers that go on as long as what they show does."""
PLAYED_LARGE = ("breakpoints", "editor", "replay", "simulated", "tool-step")
"""Scenes that stay scrolled to where they were played: their pictures were taken from the largest size on."""


def file_name(scene: str, size: tuple[int, int], theme: str) -> str:
    return f"{scene}-{size[0]}x{size[1]}-{theme}.svg"


NAMES = {file_name(scene, size, theme) for scene in SCENES for theme, size in LOOKS}
UPDATE = "python -m pytest tests/app/test_snapshots.py --update-snapshots"


def leaves(kind: type[Screen[Any]]) -> Iterator[type[Screen[Any]]]:
    """The screens of the program below a class that nothing is made from in turn."""
    below = [one for one in kind.__subclasses__() if one.__module__.startswith("app.")]
    if below:
        for one in below:
            yield from leaves(one)
    elif kind.__module__.startswith("app."):
        yield kind


def test_every_screen_has_its_pictures() -> None:
    for found in pkgutil.iter_modules(app.screens.__path__, "app.screens."):
        importlib.import_module(found.name)
    wanted = {*leaves(BookScreen), *leaves(ModalScreen)}
    assert wanted - {scene.screen for scene in SCENES.values()} == set()
    kept = {path.name for path in SNAPSHOTS.glob("*.svg")}
    assert kept == NAMES, f"{sorted(kept ^ NAMES)}: take them with {UPDATE}"


@pytest.mark.parametrize("name", SCENES)
async def test_a_screen_looks_as_it_did(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    scene, here = SCENES[name], tmp_path / "notes"
    here.mkdir()
    monkeypatch.chdir(here)
    core = scene.core(tmp_path)
    updating = pytestconfig.getoption("--update-snapshots")
    looks = LOOKS if updating or pytestconfig.getoption("--bench") else some_looks(name)
    # To lay out the largest costs the most: where nothing depends on it, a scene is played as it is seen first.
    size = SIZES[-1] if looks is LOOKS or name in PLAYED_LARGE else looks[0][1]
    # What lies under a dialog is drawn as the dialog comes, not when it is looked at.
    async with driving(core, size=size, drawn=issubclass(scene.screen, ModalScreen)) as driver:
        await scene.play(driver, core)
        assert isinstance(driver.app.screen, scene.screen)
        pictures = await photographed(driver, name, looks)
    if updating:
        for file, svg in pictures.items():
            (SNAPSHOTS / file).write_text(svg, encoding="utf-8")
    other = [file for file, svg in pictures.items() if not same(SNAPSHOTS / file, svg)]
    for file in other:
        (tmp_path / file).write_text(pictures[file], encoding="utf-8")
    assert not other, "\n".join(
        (
            "these look different now; open them in a browser, the old beside the new:",
            *(f"  file://{SNAPSHOTS / file}\n  file://{tmp_path / file}" for file in other),
            f"if all is as it should be: {UPDATE} -k {name}",
        )
    )


def some_looks(name: str) -> list[tuple[str, tuple[int, int]]]:
    """Each size and each theme once, other pairs for the next screen; all nine wait for --bench."""
    if name == "palette":
        # It keeps a theme of its own for a while: it is seen in the order in which its pictures were taken.
        return LOOKS
    turn = list(SCENES).index(name)
    return [(theme, SIZES[(number + turn) % len(SIZES)]) for number, theme in enumerate(THEMES)]


async def photographed(driver: Driver, name: str, looks: Sequence[tuple[str, tuple[int, int]]]) -> dict[str, str]:
    """What the screen shows in sizes and themes, by file name."""
    pictures, app = {}, driver.app
    for theme, size in looks:
        app.theme = THEMES[theme]
        await driver.pilot.pause()
        if app.size != size:
            await driver.pilot.resize_terminal(*size)
        pictures[file_name(name, size, theme)] = await settled(driver)
    return pictures


async def settled(driver: Driver) -> str:
    """The picture, once nothing changes in it any more."""
    before, give_up = "", time.monotonic() + PATIENCE_S
    while True:
        stand_still(driver)
        await driver.pilot.pause()
        now = drawn(driver.app)
        if now == before and not reading(driver):
            return now
        assert time.monotonic() < give_up, f"it never stands still:\n{driver.text}"
        before = now


def reading(driver: Driver) -> bool:
    """Whether a screen waits for what it is to show."""
    return any(worker.group not in LASTING and not worker.is_finished for worker in driver.app.workers)


def stand_still(driver: Driver) -> None:
    """No cursor blinks, and nothing is said in passing."""
    app = driver.app
    app.clear_notifications()
    for field in app.screen.query("Input, TextArea"):
        assert isinstance(field, Input | TextArea)
        field.cursor_blink = False
        if isinstance(field, TextArea):
            field.show_cursor = False
        else:
            field._cursor_visible = True


def same(path: Path, svg: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == svg
