"""Settings, themes, keys, the palette and jump mode, by key."""

import errno
from pathlib import Path

import pytest
from msgspec.structs import replace as replaced
from textual.command import CommandList
from textual.geometry import Offset

from app.book import Plan
from app.palette import Palette, PlaybookProvider, RunProvider, SettingsProvider
from app.screens.audit import AuditScreen
from app.screens.home import HomeScreen
from app.screens.inbox import InboxScreen
from app.screens.jumping import JumpScreen, places_on
from app.screens.replay import ReplayScreen
from app.screens.settings import PressKey, SettingsScreen
from app.screens.theming import ThemeChooser
from app.screens.trace import TraceScreen
from capture.trace import Trace
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn, recorded_trace, step


def named_trace(run_id: str) -> Trace:
    trace = recorded_trace()
    return replaced(trace, run=replaced(trace.run, run_id=run_id))


def shown(driver: Driver, kind: type) -> bool:
    return isinstance(driver.app.screen, kind)


async def opened(driver: Driver) -> SettingsScreen:
    await driver.until_says("publish-notes")
    await driver.press("comma")
    await driver.until_says("jump_letters")
    screen = driver.app.screen
    assert isinstance(screen, SettingsScreen)
    return screen


async def test_a_setting_is_changed_taken_back_and_told_of() -> None:
    core = StandIn(toml="# mine\n")
    async with driving(core) as driver:
        screen = await opened(driver)
        screen.settings.go_to("motion")
        await driver.press("enter")
        await driver.until(lambda: core.toml == "# mine\nmotion = false\n")
        await driver.until(lambda: driver.app.animation_level == "none")
        await driver.until_says("settings.toml:2")
        await driver.press("u")
        await driver.until(lambda: driver.app.animation_level == "full")
        assert core.toml == "# mine\n# motion = false\n"


async def test_a_wrong_value_is_named_and_not_taken() -> None:
    core = StandIn()
    async with driving(core) as driver:
        screen = await opened(driver)
        screen.settings.go_to("notice_s")
        await driver.press("enter", "end", "0", "0", "enter")
        await driver.until_says("500 can't be")
        await driver.press("backspace", "backspace", "backspace", "9", "enter")
        await driver.until(lambda: core.toml == "notice_s = 9\n")
        await driver.until(lambda: driver.app.NOTIFICATION_TIMEOUT == 9)


async def test_a_choice_is_offered_as_a_list() -> None:
    core = StandIn()
    async with driving(core) as driver:
        screen = await opened(driver)
        screen.settings.go_to("record.shell")
        await driver.press("enter", "down", "down", "enter")
        await driver.until(lambda: core.toml == '[record]\nshell = "zsh"\n')


async def test_only_some_are_listed_the_file_is_lent_to_an_editor_and_read_again() -> None:
    core = StandIn()
    async with driving(core) as driver:
        screen = await opened(driver)
        await driver.press("slash", *"player", "enter")
        await driver.until(lambda: "jump_letters" not in driver.text)
        assert screen.settings.key == "player.speed"
        await driver.press("e")
        await driver.until(lambda: "can't be lent" in driver.notices)
        await driver.press("f5")
        assert shown(driver, SettingsScreen)


async def test_a_key_is_pressed_a_conflict_named_and_the_new_key_shown_and_in_force_at_once() -> None:
    core = StandIn()
    async with driving(core) as driver:
        screen = await opened(driver)
        screen.settings.go_to("keys.inbox")
        await driver.press("enter")
        await driver.until(lambda: shown(driver, PressKey))
        await driver.press("a")
        await driver.until_says("a is audit (Home) already")
        await driver.press("f4")
        await driver.until(lambda: core.toml == '[keys]\ninbox = "f4"\n')
        await driver.press("escape")
        await driver.until(lambda: shown(driver, HomeScreen))
        await driver.press("question_mark")
        await driver.until_says("Record a session in a live shell")
        assert "f4  Open the repairs" in "\n".join(
            "".join(text for text, _ in row)
            for row in driver.app.screen.lines._rows  # type: ignore[attr-defined] # Reading's
        )
        await driver.press("escape", "i")
        assert shown(driver, HomeScreen)
        await driver.press("f4")
        await driver.until(lambda: shown(driver, InboxScreen))


async def test_moving_one_action_of_a_key_leaves_the_other_where_it_is() -> None:
    async with driving(StandIn(toml='[keys]\nnext = "j"\n')) as driver:
        await driver.until(lambda: driver.app.in_force)
        driver.app.open_replay(Plan(ref="publish-notes", cwd="/tmp"))
        await driver.until_says("Stands before step 1")
        bound = {one.action: key for key, one in driver.app.screen._bindings}
        assert (bound["next"], bound["reject"]) == ("j", "n")


async def test_a_mistake_in_the_file_is_named_and_what_was_in_force_stays() -> None:
    core = StandIn(toml='theme = "light"')
    async with driving(core) as driver:
        await driver.until(lambda: driver.app.theme == "light")
        core.toml = 'theme = "light"\nmotion = "perhaps"'
        driver.app._look_around()
        await driver.until(lambda: "settings.toml:2: motion: 'perhaps' can't be" in driver.notices)
        assert driver.app.theme == "light"
        await driver.press("comma")
        await driver.until_says("the file has a mistake")
        core.toml = 'theme = "dark"'
        driver.app._look_around()
        await driver.until(lambda: driver.app.theme == "dark")
        await driver.until(lambda: "has a mistake" not in driver.text)


async def test_a_theme_is_tried_on_left_and_taken() -> None:
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        await driver.press("T")
        await driver.until(lambda: shown(driver, ThemeChooser))
        await driver.press("down")
        await driver.until(lambda: driver.app.theme == "light")
        await driver.press("escape")
        await driver.until(lambda: driver.app.theme == "dark")
        assert core.toml is None
        await driver.press("T")
        await driver.until(lambda: shown(driver, ThemeChooser))
        await driver.press("down", "down", "enter")
        await driver.until(lambda: core.toml == 'theme = "high-contrast"\n')
        assert driver.app.theme == "high-contrast"


async def test_a_label_leads_to_a_row_of_another_pane_and_anything_else_leaves() -> None:
    async with driving(StandIn()) as driver:
        await driver.until_says("publish-notes")
        await driver.press("semicolon")
        await driver.until(lambda: shown(driver, JumpScreen))
        await driver.press("s")
        await driver.until(lambda: driver.app.focused is not None and driver.app.focused.id == "runs")
        await driver.press("semicolon", "exclamation_mark")
        await driver.until(lambda: shown(driver, HomeScreen))


async def test_moments_of_a_recording_and_steps_of_a_replay_have_labels() -> None:
    async with driving(StandIn(), size=(120, 40)) as driver:
        await driver.until_says("publish-notes")
        driver.app.open_trace("20260301-093000-ab12")
        await driver.until_says("output of step 1")
        screen = driver.app.screen
        assert isinstance(screen, TraceScreen)
        row = screen.times.region.y
        places = [place for place in places_on(driver.app.screen) if place.at.y == row]
        assert len(places) > 1
        places[-1].go()
        await driver.until(lambda: screen.steps.step == 4)
        driver.app.open_replay(Plan(ref="publish-notes", cwd="/tmp"))
        await driver.until_says("Stands before step 1")
        replay = driver.app.screen
        assert isinstance(replay, ReplayScreen)
        places = [place for place in places_on(driver.app.screen) if place.at.y == replay.timeline.region.y]
        assert [place.at.x - places[0].at.x for place in places] == [0, 2]
        places[-1].go()
        await driver.until(lambda: replay.steps.step == 3)
        await driver.pilot.click(replay.timeline, offset=(2, 0))
        await driver.until(lambda: replay.steps.step == 2)


async def test_many_places_have_labels_of_two_letters_that_are_typed_one_by_one() -> None:
    many = [named_trace(f"run-{number}") for number in range(40)]
    async with driving(StandIn(traces=many), size=(100, 50)) as driver:
        await driver.until_says("publish-notes")
        places = places_on(driver.app.screen)
        assert len(places) > 26
        assert len({place.at for place in places}) == len(places)
        await driver.press("semicolon")
        await driver.until(lambda: shown(driver, JumpScreen))
        screen = driver.app.screen
        assert isinstance(screen, JumpScreen)
        label = next(label for label in screen.places if len(label) == 2)
        y = screen.places[label].at.y
        await driver.press(label[0])
        assert shown(driver, JumpScreen)
        await driver.press(label[1])
        await driver.until(lambda: shown(driver, HomeScreen))
        focused = driver.app.focused
        assert focused is not None
        assert focused.region.contains_point(Offset(focused.region.x + 1, y))


async def test_the_palette_finds_playbooks_by_name_and_recordings_by_command() -> None:
    async with driving(StandIn()) as driver:
        await driver.until_says("publish-notes")
        await driver.press("ctrl+p", *"cksum")
        await driver.until_says("run: cksum public/notes.html")
        await driver.press("enter")
        await driver.until(lambda: shown(driver, TraceScreen))
        await driver.press("ctrl+p", *"audit")
        await driver.until_says("audit  (screen)")
        await driver.press("enter")
        await driver.until(lambda: shown(driver, AuditScreen))
        provider = PlaybookProvider(driver.app.screen)
        await provider.startup()
        assert [hit.text async for hit in provider.search("pubnotes")] == ["playbook: publish-notes"]
        names = [entry.words for entry in SettingsProvider(driver.app.screen).entries()]
        assert {"theme: ansi-dark", "setting: motion = yes"} <= set(names)


async def test_what_was_recorded_is_text_in_the_palette_and_nothing_else() -> None:
    hostile = "x\x1b]52;c;aGk=\x07[/][@click=app.quit]q[/]"
    async with driving(StandIn(traces=[replaced(recorded_trace(), steps=(step(1, hostile),))])) as driver:
        await driver.until_says("publish-notes")
        hits = [hit async for hit in RunProvider(driver.app.screen).search("click")]
        assert [str(hit.prompt).count("[@click=app.quit]") for hit in hits] == [1]
        assert "\x1b" not in "".join(str(hit.prompt) + str(hit.help) for hit in hits)
        await driver.press("ctrl+p", *"click")
        await driver.until_says("[@click=app.quit]")
        assert shown(driver, Palette)


@pytest.mark.parametrize("size", [(80, 24), (20, 3), (1, 1)])
async def test_page_keys_in_the_palette_need_no_room(size: tuple[int, int]) -> None:
    async with driving(StandIn()) as driver:
        await driver.press("ctrl+p")
        await driver.until(lambda: shown(driver, Palette) and driver.app.screen.query_one(CommandList).option_count)
        await driver.pilot.resize_terminal(*size)
        await driver.press("pagedown", "pageup", "down", "pagedown")
        assert shown(driver, Palette)


async def test_the_palette_is_closed_once() -> None:
    async with driving(StandIn()) as driver:
        driver.app.open_inbox()
        await driver.press("ctrl+p")
        await driver.until(lambda: shown(driver, Palette))
        assert isinstance(driver.app.screen, Palette)
        palette = driver.app.screen
        for _ in range(2):
            palette.dismiss()
        await driver.until(lambda: shown(driver, InboxScreen) and not palette.is_attached)
        assert len(driver.app.screen_stack) == 2
        await palette._gather_commands("typed behind it").wait()


async def test_where_a_file_of_ones_own_cant_be_made_the_screen_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    core = StandIn()

    def full() -> Path:
        raise OSError(errno.ENOSPC, "No space left on device", "settings.toml")

    monkeypatch.setattr(core, "settings_file", full)
    async with driving(core) as driver:
        driver.app.open_settings()
        await driver.until_says("jump_letters")
        await driver.press("e")
        await driver.until(lambda: "settings.toml can't be made: No space left on device" in driver.notices)
        assert isinstance(driver.app.screen, SettingsScreen)
