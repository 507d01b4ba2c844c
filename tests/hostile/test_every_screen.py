"""Every screen over a library whose every word is hostile: it is shown as text, acts on nothing, crashes nothing."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.segment import Segment

from app.screens.base import BookScreen
from tests.app.driving import Driver, driving
from tests.app.scenes import SCENES
from tests.app.stand_in import StandIn
from tests.hostile.poison import Poisoned
from tests.hostile.terminal import POINTER, TEXTUAL, Seen, foreign

SIZES = ((120, 36), (80, 24), (60, 14), (200, 60), (30, 5))
"""The first is the one that scenes are played in."""
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def by_core() -> dict[str, list[str]]:
    """The scenes that one app can play after each other, by the name of their library."""
    found: dict[str, list[str]] = {}
    for name, scene in SCENES.items():
        found.setdefault(scene.core.__name__.strip("<>"), []).append(name)
    return found


def segments(driver: Driver) -> list[Segment]:
    return [segment for row in driver.app.screen._compositor.render_strips() for segment in row]


def harmful(driver: Driver) -> list[str]:
    """What on the screen would act, in the terminal or in the program."""
    shown = segments(driver)
    found = [ascii(segment.text) for segment in shown if UNSAFE.search(segment.text)]
    return found + [ascii(one.style.meta) for one in shown if one.style and "app.quit" in str(one.style.meta)]


async def back_home(driver: Driver) -> None:
    while len(driver.app.screen_stack) > 1:
        await driver.app.pop_screen()
    await driver.pilot.pause()


@pytest.mark.parametrize("library", by_core())
async def test_what_is_hostile_is_only_text_on_every_screen(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = [name for name in by_core()[library] if issubclass(SCENES[name].screen, BookScreen)]
    await walk(whole, tmp_path, SIZES[:1])


@pytest.mark.bench
@pytest.mark.parametrize("library", by_core())
async def test_nor_does_it_act_in_any_dialog_or_size(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await walk(by_core()[library], tmp_path, SIZES)


async def walk(names: Sequence[str], folder: Path, sizes: Sequence[tuple[int, int]]) -> None:
    """Play scenes after each other, in one app until something goes on in it, and look at each in some sizes."""
    left = list(names)
    while left:
        place = folder / left[0]
        place.mkdir()
        core = SCENES[left[0]].core(place)
        async with driving(Poisoned(core), size=sizes[0]) as driver:
            while left and not driver.app.going_on:
                await look(driver, left.pop(0), core, sizes)


async def look(driver: Driver, name: str, core: StandIn, sizes: Sequence[tuple[int, int]]) -> None:
    """Play one scene, and look at what is shown."""
    await back_home(driver)
    await resized(driver, sizes[0])
    await SCENES[name].play(driver, core)
    assert isinstance(driver.app.screen, SCENES[name].screen), name
    for size in sizes:
        await resized(driver, size)
        await driver.pilot.pause()
        assert harmful(driver) == [], (name, size)


async def resized(driver: Driver, size: tuple[int, int]) -> None:
    """In another size, where it has another one: all is laid out anew then."""
    if driver.app.size != size:
        await driver.pilot.resize_terminal(*size)


IN_A_TERMINAL = """
from app.tui import ReplaybookApp
from tests.app.scenes import library
from tests.hostile.poison import Poisoned
ReplaybookApp(Poisoned(library())).run()
"""
KEYS = (
    ("i", "Proposal"),
    ("?", "confidence"),
    ("\x1b", "Proposal"),
    ("s/", "text, playbook:NAME"),
    ("nobody", "Nothing of it"),
    ("\x1b", "missing-file"),
    ("\x1b", "Recordings"),
    ("a", "promoted"),
    ("\r", "Decision 3"),
    ("\x1b", "Decisions"),
    ("\x1b", "Recordings"),
    ("m", "bubblewrap"),
    ("o", "Sources"),
    ("\x1b", "bubblewrap"),
    ("\x1b", "Recordings"),
    ("\r", "$ git log"),
    ("h", "IQR"),
    ("=", "different"),
    ("\x1b", "IQR"),
    ("\x1b", "Versions"),
    ("g", "workspace"),
    ("\r", "Stands before step 1"),
    ("bl", "enter goes there"),
    ("\x1b", "not: enter goes there"),
    ("c", "✓ success"),
)
"""What is pressed in a real terminal, and what the screen then says, or says no more."""


def test_what_reaches_a_real_terminal_is_text_and_the_programs_own_sequences() -> None:
    here = Path(__file__).parents[2]
    with Seen((sys.executable, "-c", IN_A_TERMINAL), cwd=here, environment={"PYTHONPATH": str(here)}) as terminal:
        terminal.until("Recordings")
        for keys, words in KEYS:
            terminal.press(keys)
            terminal.until(words.removeprefix("not: "), gone=words.startswith("not: "))
        terminal.press("\x11")
        assert terminal.to_end() == 0
        assert foreign(POINTER.sub(b"", bytes(terminal.written)), TEXTUAL) == []
        assert b"aGFja2Vk" in terminal.written
