"""The editor: looked over at each key, the mistake at its line, saved only once it holds."""

import shutil
import threading
from pathlib import Path

import pytest
from textual.widgets import TabbedContent

from app.core import Core, StoredVersion
from app.screens.editing import EditScreen
from app.screens.playbook import PlaybookScreen
from tests.app.driving import Driver, driving
from tests.app.test_writing import editor
from tests.app.written import DOCUMENT, core_with


async def opened(driver: Driver) -> EditScreen:
    driver.app.open_playbook("release")
    await driver.until_says("./bundle.sh")
    await driver.press("down", "down", "enter")
    await driver.until_says("Nothing is changed yet")
    screen = driver.app.screen
    assert isinstance(screen, EditScreen)
    return screen


async def test_what_is_written_is_looked_over_and_saved_as_a_draft(tmp_path: Path) -> None:
    core = core_with(tmp_path)
    async with driving(core, size=(80, 24)) as driver:
        screen = await opened(driver)
        assert screen.area.cursor_location[0] == 18
        await driver.press("end", "x")
        await driver.until(lambda: "step 3's command changed" in screen.told.text)
        assert "+ ./tag.sh {{build}} {{tag}}x" in screen.told.text
        assert [one.command for one in screen.steps.rows][-1] == "./tag.sh {{build}} {{tag}}x"
        await driver.press("ctrl+s")
        await driver.until(lambda: "release@2 is a draft" in driver.notices)
        shown = driver.app.screen
        assert isinstance(shown, PlaybookScreen)
        await driver.until(lambda: shown.ref == "release@2")
        assert core.text("release@1")[1] == DOCUMENT
        assert core.text("release@2")[1] == DOCUMENT.replace("version: 1", "version: 2").replace("{{tag}}", "{{tag}}x")


async def test_a_mistake_is_named_at_its_line_while_one_types_and_is_not_saved(tmp_path: Path) -> None:
    core = core_with(tmp_path)
    async with driving(core, size=(80, 24)) as driver:
        screen = await opened(driver)
        await driver.press("end", "left", "left", "x")
        await driver.until(lambda: "line 19" in screen.told.text)
        assert list(screen.area.wrong) == [19]
        assert "unknown name {{tagx}}" in screen.told.text
        await driver.press("up", "up", "ctrl+s")
        assert "not saved: line 19" in driver.notices
        assert screen.area.cursor_location[0] == 18
        screen.area.move_cursor((0, 0))
        await driver.press("f8")
        assert screen.area.cursor_location[0] == 18
        assert [one.versions for one in core.playbooks()] == [(1,)]


async def test_all_mistakes_are_named_and_a_key_goes_from_one_to_the_next(tmp_path: Path) -> None:
    async with driving(core_with(tmp_path), size=(100, 30)) as driver:
        screen = await opened(driver)
        lines = DOCUMENT.splitlines()
        written = "\n".join(["speed: 3", *(line.replace("run:", "rnu:") for line in lines)])
        screen.area.load_text(written)
        wanted = [1, *(at for at, line in enumerate(written.splitlines(), 1) if "rnu:" in line)]
        assert len(wanted) > 2
        await driver.until(lambda: sorted(screen.area.wrong) == wanted)
        assert 'unknown word "speed"' in screen.told.text
        assert screen.told.text.count('did you mean "run"?') == len(wanted) - 1
        screen.area.move_cursor((0, 3))
        visited = []
        for _ in wanted:
            await driver.press("f8")
            visited.append(screen.area.cursor_location[0] + 1)
        assert visited == [*wanted[1:], wanted[0]]


async def test_leaving_asks_before_anything_is_lost(tmp_path: Path) -> None:
    async with driving(core_with(tmp_path)) as driver:
        screen = await opened(driver)
        await driver.press("x", "escape")
        await driver.until_says("is not saved")
        await driver.press("enter")
        await driver.until(lambda: driver.app.screen is screen)
        assert screen.area.text != DOCUMENT
        await driver.press("ctrl+q")
        await driver.until_says("Quit?")
        await driver.press("n")
        await driver.until(lambda: driver.app.screen is screen)
        await driver.press("escape", "y")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))


async def test_what_is_unchanged_is_left_without_a_word(tmp_path: Path) -> None:
    async with driving(core_with(tmp_path)) as driver:
        await opened(driver)
        await driver.press("ctrl+s")
        assert "nothing to save" in driver.notices
        await driver.press("escape")
        assert isinstance(driver.app.screen, PlaybookScreen)


async def test_tab_and_enter_indent(tmp_path: Path) -> None:
    async with driving(core_with(tmp_path)) as driver:
        screen = await opened(driver)
        await driver.press("end", "enter", *"a:", "enter", "tab")
        lines = screen.area.text.split("\n")
        assert lines[19:21] == ["    a:", " " * 8]


async def test_the_list_and_the_text_follow_each_other(tmp_path: Path) -> None:
    async with driving(core_with(tmp_path)) as driver:
        screen = await opened(driver)
        assert screen.steps.step == 3
        screen.area.move_cursor((12, 0))
        await driver.pilot.pause()
        assert screen.steps.step == 1
        screen.steps.focus()
        await driver.press("down")
        await driver.until(lambda: screen.area.cursor_location[0] == 17)


async def test_a_version_that_can_not_be_read_is_mended_here(tmp_path: Path) -> None:
    core = core_with(tmp_path, DOCUMENT.replace("exit: 0", "exit: none"))
    async with driving(core) as driver:
        driver.app.open_playbook("release@1")
        await driver.until_says("can't be read")
        await driver.press("enter")
        await driver.until_says("does not hold yet")
        screen = driver.app.screen
        assert isinstance(screen, EditScreen)
        await driver.press("f8", "end", *["backspace"] * 4, "0", "ctrl+s")
        await driver.until(lambda: "release@2 is a draft" in driver.notices)


async def test_text_that_would_act_on_the_terminal_is_drawn_harmless_and_saved_as_it_was(tmp_path: Path) -> None:
    text = DOCUMENT.replace("cat notes.txt", 'cat "a\u202eb\u200b[/][@click=app.quit]x[/]"')
    core = core_with(tmp_path, text)
    async with driving(core) as driver:
        screen = await opened(driver)
        screen.area.insert("\x1b]52;c;aGk=\x07", (0, 0))
        await driver.pilot.pause()
        assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(driver.text)
        screen.area.undo()
        await driver.until(lambda: "Nothing is changed" in screen.told.text)
        assert screen.area.text == text


async def test_a_burst_of_keys_says_only_what_is_true_at_its_end(tmp_path: Path) -> None:
    async with driving(core_with(tmp_path)) as driver:
        screen = await opened(driver)
        await driver.press("end", *"xy", "backspace", "backspace")
        await driver.until(lambda: screen.text_known and "Nothing is changed" in screen.told.text)
        assert screen.area.wrong == {}


@pytest.mark.parametrize("key", ["E", "ctrl+o"])
async def test_without_a_terminal_to_lend_the_command_is_named(tmp_path: Path, key: str) -> None:
    async with driving(core_with(tmp_path)) as driver:
        await opened(driver)
        if key == "E":
            await driver.press("escape")
        await driver.press(key)
        assert "replaybook playbook release@1 --edit" in driver.notices


async def test_what_is_gone_by_now_is_not_edited_and_says_so(tmp_path: Path) -> None:
    core = core_with(tmp_path)
    async with driving(core) as driver:
        driver.app.open_playbook("release")
        await driver.until_says("./bundle.sh")
        shutil.rmtree(core.home.playbooks / "release")
        await driver.press("E")
        await driver.until(lambda: "no playbook" in driver.notices)
        assert isinstance(driver.app.screen, PlaybookScreen)


async def test_an_own_editor_saves_what_holds_and_hands_over_what_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edited(command: str) -> None:
        for name, value in editor(tmp_path, command).items():
            monkeypatch.setenv(name, value)

    core = core_with(tmp_path)
    async with driving(core) as driver:
        driver.app.open_playbook("release")
        await driver.until_says("./bundle.sh")
        # The edge of the machine: a test has no terminal to lend.
        monkeypatch.setattr(type(driver.app._driver), "can_suspend", True)
        edited('sed -i s/notes/news/ "$1"')
        await driver.press("E")
        await driver.until(lambda: "release@2 is a draft" in driver.notices)
        edited('sed -i "s/exit: 0/exit: none/" "$1"')
        await driver.press("E")
        await driver.until_says("does not hold yet")
        assert isinstance(driver.app.screen, EditScreen)
        edited('sed -i "s/exit: none/exit: 3/" "$1"')
        await driver.press("ctrl+o")
        await driver.until_says("expected exit code changed")
        await driver.press("ctrl+s")
        await driver.until(lambda: "release@3 is a draft" in driver.notices)


async def test_versions_tell_in_steps_what_each_changed(tmp_path: Path) -> None:
    core = core_with(tmp_path)
    core.write("release@1", DOCUMENT.replace("notes", "news"), where="it")
    core.write("release@1", DOCUMENT.replace("  - run: cat notes.txt\n", ""), where="it")
    (core.home.playbooks / "release" / "4.yaml").write_text("no", encoding="utf-8")
    async with driving(core, size=(80, 24)) as driver:
        driver.app.open_playbook("release@3")
        await driver.until_says("./bundle.sh")
        screen = driver.app.screen
        assert isinstance(screen, PlaybookScreen)
        screen.query_one(TabbedContent).active = "tab-4"
        screen.versions.focus()
        await driver.until_says("edit of v1")
        await driver.until(lambda: "4.yaml" in screen.changed.text)
        await driver.press("down")
        await driver.until(lambda: "- step 2 dropped" in screen.changed.text)
        assert "against v1" in screen.changed.text
        await driver.press("down")
        await driver.until(lambda: "step 2's command changed" in screen.changed.text)
        assert "- cat notes.txt" in screen.changed.text
        assert "+ cat news.txt" in screen.changed.text
        await driver.press("down")
        await driver.until(lambda: "The first version" in screen.changed.text)
        await driver.press("equals_sign")
        await driver.until_says("release@1 → release@3")


class Gated(Core):
    """Saves once it is let."""

    gate = threading.Event()

    def write(self, ref: str, text: str, *, where: str) -> StoredVersion:
        assert self.gate.wait(30)
        return super().write(ref, text, where=where)


async def test_it_is_saved_once_however_often_the_key_is_pressed(tmp_path: Path) -> None:
    core = Gated(core_with(tmp_path).home)
    async with driving(core) as driver:
        screen = await opened(driver)
        await driver.press("end", "x", "ctrl+s", "ctrl+s", "escape")
        assert driver.app.screen is screen
        core.gate.set()
        await driver.until(lambda: "release@2 is a draft" in driver.notices)
        assert [one.versions for one in core.playbooks()] == [(1, 2)]
