import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.widget import Widget
from textual.widgets import TabbedContent

from app.actions import Action, Area, actions_in
from app.book import Plan
from app.health import Beat, Health
from app.palette import ActionProvider
from app.screens.base import BookScreen
from app.screens.home import HomeScreen
from app.screens.inbox import InboxScreen
from app.screens.playbook import PlaybookScreen
from app.screens.record import RecordScreen
from app.screens.trace import TraceScreen
from app.settings.values import THEMES
from app.workers.jobs import JobState
from capture.pauses import Unrecorded
from capture.tape.presence import Presence
from capture.trace import EffectOp, FileEffect, FileType, LateEffects, RunStatus
from capture.wire import Detached, FileTouched, HostFailed, Stopped
from replay.inbox import Decision
from replay.outcome import ReplayStatus
from replay.playbook import VersionStatus
from replay.repairs.proposal import RepairStatus
from tests.app.driving import Driver, driving
from tests.app.scenes import ListedJob
from tests.app.stand_in import (
    THEN,
    StandIn,
    Stored,
    compilation,
    default_failure,
    hostile_trace,
    playbook,
    recorded_trace,
    repair,
    told_steps,
)

NOBODYS = "While no step ran, by a job in the background or by another program:"
LISTED = ("~ 1 changed in between", "git log", "./build.sh", "~ 3 changed in between", "./test.sh")
HOSTILE = "x\x1b[31m\x1b]52;c;aGk=\x07[/][@click=app.quit]q[/][b]\u202e\u200b\x9b\ud800"


def late(after_step: int, *paths: str) -> LateEffects:
    effects = (FileEffect(path=path, op=EffectOp.MODIFIED, type=FileType.FILE) for path in paths)
    return LateEffects(after_step=after_step, at=THEN, file_effects=tuple(effects))


def fared(*statuses: ReplayStatus, **more: Any) -> Health:
    beats = [Beat(replay_id=f"r{number}", status=one, duration_ms=10.0) for number, one in enumerate(statuses)]
    return Health(beats=tuple(beats), **more)


async def test_home_says_what_to_do_when_there_is_nothing() -> None:
    async with driving(StandIn(traces=[], versions={}), size=(80, 24)) as driver:
        await driver.until_says("Press r")
        assert all(words in driver.text for words in ("Press c", "Press g", "Press D", "✓ bash", "shadow L3"))
        assert "? help" in driver.text


async def test_home_says_the_next_step_until_a_playbook_is_active() -> None:
    core = StandIn(versions={})
    async with driving(core, size=(80, 24)) as driver:
        await driver.until_says("No playbooks yet")
        assert "Next: c on a recording makes" in driver.text
        core.versions = {1: Stored(playbook=playbook(), status=VersionStatus.DRAFT)}
        await driver.press("f5")
        await driver.until_says("g there replays it")
        core.fared = {"publish-notes": fared(ReplayStatus.SUCCESS)}
        await driver.press("f5")
        await driver.until_says("v there validates it, P promotes it")
        core.versions = {1: Stored(playbook=playbook(), status=VersionStatus.ACTIVE)}
        await driver.press("f5")
        await driver.until_says("No repair waits")


async def test_home_lists_and_opens() -> None:
    core = StandIn(waiting=[repair(1)])
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        assert "3 h ago" in driver.text
        assert "1 waiting for your review" in driver.text
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
        await driver.press("escape", "tab", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        await driver.press("escape", "i")
        await driver.until(lambda: isinstance(driver.app.screen, InboxScreen))


async def test_enter_opens_what_stands_first_though_no_list_has_the_focus_yet() -> None:
    async with driving(StandIn()) as driver:
        await driver.until_says("publish-notes")
        driver.app.screen.set_focus(None)
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))


async def test_a_recording_is_deleted_only_after_a_letter() -> None:
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("notes")
        await driver.press("tab", "d")
        await driver.until_says("Delete the recording")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
        assert core.traces
        await driver.press("d")
        await driver.until_says("Delete the recording")
        await driver.press("y")
        await driver.until(lambda: not core.traces)


async def test_a_trace_shows_each_step_and_compiles_under_a_name() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_trace("notes")
        await driver.until_says("output of step 1")
        await driver.press("down")
        await driver.until(lambda: "+ public/notes.html  created" in driver.lines("effects"))
        assert "✓ exit 0 · 24 ms" in driver.lines("output")
        await driver.press("c", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
        assert ("compile", (core.traces[0].run.run_id,), "notes", frozenset()) in core.calls


@pytest.mark.parametrize("columns", [80, 100, 120])
async def test_what_changed_while_no_step_ran_stands_between_the_steps_and_is_nobodys(columns: int) -> None:
    trace = recorded_trace(between=(late(0, "early.txt"), late(2, "built.txt", "log.txt"), late(2, "more.txt")))
    async with driving(StandIn(traces=[trace]), size=(columns, 30)) as driver:
        driver.app.open_trace("notes")
        await driver.until(lambda: "early.txt" in driver.lines("effects"))
        # At its last width: the list is narrower beside two panes than it was over them.
        await driver.pilot.pause()
        listed = driver.text.splitlines()
        where = [next((at for at, line in enumerate(listed) if words in line), None) for words in LISTED]
        assert None not in where, driver.text
        assert where == sorted(where, key=lambda at: at or 0)
        effects = driver.lines("effects").splitlines()
        assert effects.index(f"{NOBODYS}") < effects.index("  ~ early.txt  modified") < effects.index("")
        await driver.press("down")
        await driver.until(lambda: "+ public/notes.html  created" in driver.lines("effects"))
        effects = driver.lines("effects").splitlines()
        assert effects[effects.index("") :] == [
            "",
            NOBODYS,
            "  ~ built.txt  modified",
            "  ~ log.txt  modified",
            "  ~ more.txt  modified",
        ]
        await driver.press("down")
        await driver.until(lambda: "Changed nothing that is watched." in driver.lines("effects"))
        assert NOBODYS not in driver.lines("effects")


async def test_a_pause_stands_between_the_steps_and_says_what_is_not_recorded() -> None:
    paused = Unrecorded(after_step=1, at=late(1).at, duration_ms=41_000, commands=2, set=("A\x1b[31m",))
    trace = recorded_trace(between=(late(1, "built.txt"),), pauses=(paused,))
    async with driving(StandIn(traces=[trace]), size=(140, 36)) as driver:
        driver.app.open_trace("notes")
        await driver.until(lambda: "‖ paused 0:41 · 2 commands unrecorded · set A" in driver.lines("effects"))
        await driver.until(lambda: "While no step ran, while paused, or by" in driver.lines("effects"))
        assert "‖ paused 0:41" in next(
            line for line in driver.text.splitlines() if "~ 1 changed" in line or "‖" in line
        )
        assert "\x1b" not in driver.text


async def test_a_session_without_a_step_shows_what_changed_all_the_same() -> None:
    trace = recorded_trace(steps=(), between=(late(0, "early.txt"),))
    async with driving(StandIn(traces=[trace])) as driver:
        driver.app.open_trace("notes")
        await driver.until(lambda: "early.txt" in driver.lines("effects"))


async def test_an_unknown_run_is_one_clear_line() -> None:
    async with driving(StandIn()) as driver:
        driver.app.open_trace("nope")
        await driver.until(lambda: "no run 'nope'" in driver.notices)


async def test_a_playbook_shows_its_decisions_versions_and_text() -> None:
    core = StandIn(
        versions={
            1: Stored(playbook=playbook(1), status=VersionStatus.ACTIVE),
            2: Stored(playbook=playbook(2), status=VersionStatus.DRAFT, compilation=compilation()),
        }
    )
    async with driving(core, size=(80, 24)) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        screen = driver.app.screen
        assert isinstance(screen, PlaybookScreen)
        await driver.until(lambda: "{{cwd}}" in screen.parameters.text)
        assert "step 1: looking around" in screen.notes.text
        assert "q1  Is 1.4 a parameter?" in screen.notes.text
        assert "name: publish-notes" in screen.document.text
        screen.query_one(TabbedContent).active = "tab-4"
        screen.versions.focus()
        await driver.until_says("v1")
        await driver.press("down", "enter")
        await driver.until(lambda: screen.ref == "publish-notes@1")


async def test_governing_from_the_playbook() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        await driver.press("v")
        await driver.until(lambda: "green at L2" in driver.notices)
        await driver.press("P", "y")
        await driver.until(lambda: core.versions[1].status is VersionStatus.ACTIVE)
        # What is not shown as active yet is not disabled: one was asked about another.
        await driver.until_says("✓ active")
        await driver.press("D", "y")
        await driver.until(lambda: core.versions[1].status is VersionStatus.DISABLED)
        await driver.until_says("⊘ disabled")
        await driver.press("B", "y")
        await driver.until(lambda: ("rollback", "publish-notes") in core.calls)


async def test_a_question_of_the_compiler_is_answered_by_a_letter() -> None:
    core = StandIn(versions={1: Stored(playbook=playbook(), status=VersionStatus.DRAFT, compilation=compilation())})
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        await driver.press("a")
        await driver.until_says("Yes: each replay takes it from there")
        await driver.press("space", "n")
        await driver.until(lambda: ("answer", "publish-notes@1", "q1", False) in core.calls)


async def test_a_replay_begins_in_the_workspace_that_was_named(tmp_path: Path) -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes", cwd=str(tmp_path))
        await driver.until_says("git log")
        await driver.press("s", "enter")
        await driver.until_says("not ready")
        assert any(call[0] == "replay" and call[3] == str(tmp_path) for call in core.calls)
        driver.app.pop_screen()
        driver.app.open_playbook("publish-notes", cwd=str(tmp_path / "gone"))
        await driver.until_says("git log")
        await driver.press("s", "enter")
        await driver.until(lambda: "is not a directory" in driver.notices)


async def test_a_replay_that_is_asked_for_before_the_playbook_is_read_begins_once_it_is() -> None:
    read = threading.Event()

    class Slow(StandIn):
        def version(self, ref: str) -> Stored:
            read.wait(30)
            return super().version(ref)

    core = Slow()
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("Parameters")
        await driver.press("s")
        read.set()
        await driver.until_says("In which workspace?")


async def test_the_inbox_decides_where_it_is_read() -> None:
    core = StandIn(waiting=[repair(1), repair(2, status=RepairStatus.REJECTED)])
    async with driving(core) as driver:
        driver.app.open_inbox()
        await driver.until(lambda: driver.app.guard._seen < float("inf"))
        assert "1 waiting" in driver.text
        await driver.press_later("y")
        await driver.until(lambda: ("review", "r-1", Decision.APPROVE, None, None) in core.calls)
        await driver.until(lambda: "made publish-notes@2" in driver.notices)
        await driver.until_says("0 waiting")
        await driver.press("v")
        await driver.until(lambda: ("validate", "publish-notes@2") in core.calls)


async def test_recording_shows_the_shell_and_the_growing_trace() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_record()
        await driver.until_says("recording")
        screen = driver.app.screen
        assert isinstance(screen, RecordScreen)
        began, *rest = told_steps()
        core.session.tell(began, FileTouched(path="src/new.py", kind="created"))
        await driver.until_says("… 1 ls --color")
        await driver.until(lambda: "… src/new.py" in driver.lines("files"))
        core.session.tell(*rest)
        await driver.until_says("✓ 1 ls --color")
        assert "src" in screen.pane.text
        assert "src/new.py" not in driver.lines("files")
        await driver.press("q", "x", "enter")
        assert core.session.typed.endswith(b"qx\r")
        assert core.session.sizes[-1] == tuple(screen.pane.content_size)
        await driver.press("ctrl+right_square_bracket", "x")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        assert core.session.ended
        await driver.until(lambda: core.session.closed)


async def test_quitting_while_recording_asks_and_ends_the_session() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_record()
        await driver.until(lambda: core.session.sizes)
        await driver.press("ctrl+right_square_bracket", "q")
        await driver.until_says("End it and quit?")
        await driver.press("n")
        await driver.until(lambda: isinstance(driver.app.screen, RecordScreen))
        await driver.press("q", "y")
        await driver.until(lambda: not driver.app.is_running)
    assert core.session.ended
    assert core.session.closed


async def test_a_session_is_left_running_and_gone_on_with_from_home() -> None:
    core = StandIn()
    run = msgspec.structs.replace(core.traces[0].run, status=RunStatus.IN_PROGRESS)
    core.traces = [msgspec.structs.replace(core.traces[0], run=run)]
    core.running = {run.run_id: Presence(address="", pid=1, machine="", attached=False, kept=True)}
    async with driving(core) as driver:
        await driver.until_says("in progress, detached")
        driver.app.screen.query_one("#runs").focus()
        await driver.press("enter")
        await driver.until(lambda: ("attach", run.run_id, False) in core.calls)
        await driver.until_says("what was there")
        await driver.until_says("✓ 1 git log --oneline")
        assert core.session.redraws == 1
        await driver.press("ctrl+right_square_bracket", "d")
        await driver.until(lambda: core.session.closed)
        assert not core.session.ended
        assert "runs on" in driver.notices


async def test_a_session_that_another_terminal_shows_is_taken_over_only_when_asked() -> None:
    core = StandIn()
    run_id = core.traces[0].run.run_id
    run = msgspec.structs.replace(core.traces[0].run, status=RunStatus.IN_PROGRESS)
    core.traces = [msgspec.structs.replace(core.traces[0], run=run)]
    core.running = {run_id: Presence(address="", pid=1, machine="", attached=True, kept=True)}
    async with driving(core) as driver:
        await driver.until_says(", attached")
        driver.app.screen.query_one("#runs").focus()
        await driver.press("enter")
        await driver.until_says("Take it over?")
        await driver.press("y")
        await driver.until(lambda: ("attach", run_id, True) in core.calls)
        await driver.until(lambda: core.session.sizes)
        core.session.tell(Detached(message="another front end has taken this session over; it goes on there"))
        await driver.until(lambda: "taken this session over" in driver.notices)
        await driver.until_says("■ detached")
        await driver.press("escape")
        await driver.until_says("Playbooks")
    assert not core.session.ended


async def test_a_disk_that_is_full_is_said_and_the_shell_goes_on() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_record()
        await driver.until(lambda: core.session.sizes)
        core.session.tell(Stopped(message="the recording stopped: No space left on device"))
        await driver.until(lambda: "No space left" in driver.notices)
        await driver.until_says("! not recorded any more")
        await driver.press("l")
        assert core.session.typed.endswith(b"l")


async def test_a_host_that_fails_is_one_clear_line() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_record()
        await driver.until(lambda: core.session.sizes)
        core.session.tell(HostFailed(message="the disk is full; free some and record again"))
        await driver.until(lambda: "the disk is full" in driver.notices)


def hostile_core() -> StandIn:
    versions = {
        1: Stored(
            playbook=playbook(1, text=HOSTILE),
            status=VersionStatus.DRAFT,
            text=HOSTILE,
            compilation=msgspec.structs.replace(compilation(), notes=(HOSTILE,)),
        )
    }
    bad = repair(1, text=HOSTILE, rationale=HOSTILE, source=HOSTILE, note=HOSTILE)
    failure = msgspec.structs.replace(default_failure(), message=HOSTILE, actual=HOSTILE)
    return StandIn(traces=[hostile_trace(HOSTILE)], versions=versions, waiting=[bad], proposals=(bad,), failure=failure)


def assert_harmless(driver: Driver) -> None:
    text = driver.text
    assert not [character for character in text if ord(character) < 32 and character != "\n"]
    assert not {"\x7f", "\x9b", "\u202e", "\u200b", "\ud800"} & set(text)
    styles = [segment.style for row in driver.app.screen._compositor.render_strips() for segment in row]
    assert not [style for style in styles if style and "@click" in style.meta and "app.quit" in str(style.meta)]


@pytest.mark.parametrize("place", ["home", "trace", "playbook", "replay", "inbox", "why", "notice", "record"])
async def test_recorded_text_can_not_act(place: str) -> None:
    core = hostile_core()
    async with driving(core, size=(120, 40)) as driver:
        app = driver.app
        if place == "trace":
            app.open_trace(HOSTILE)
            await driver.until(lambda: "q[/]" in driver.lines("output"))
        elif place == "playbook":
            app.open_playbook("publish-notes")
            screen = app.screen
            await driver.until_says("git log")
            await driver.press("down")
            for tab in range(1, 6):
                app.screen.query_one(TabbedContent).active = f"tab-{tab}"
                await driver.pilot.pause()
                assert_harmless(driver)
            assert screen is not None
        elif place in ("replay", "why"):
            app.open_replay(Plan(ref="publish-notes", cwd="/tmp"))
            await driver.until_says("Stands before step 1")
            await driver.press("c")
            await driver.until_says("your decision")
            if place == "why":
                await driver.press("question_mark")
                await driver.until_says("confidence")
        elif place == "inbox":
            app.open_inbox()
            await driver.until_says("1 waiting")
        elif place == "notice":
            app.screen.query_one("#runs")
            screen = app.screen
            assert isinstance(screen, BookScreen)
            screen.say(HOSTILE)
            await driver.until(lambda: driver.notices)
        elif place == "record":
            app.open_record()
            await driver.until(lambda: core.session.sizes)
            core.session.tell(told_steps()[0], FileTouched(path=HOSTILE, kind="created"))
            await driver.until(lambda: "q[/]" in driver.lines("files"))
        else:
            await driver.until_says("q[/]")
        await driver.pilot.pause()
        assert_harmless(driver)


@pytest.mark.parametrize("size", [(20, 5), (59, 24), (80, 13)])
async def test_a_terminal_that_is_too_small_gets_one_clear_line(size: tuple[int, int]) -> None:
    async with driving(StandIn(), size=size) as driver:
        await driver.until_says("needs 60 by 14")
        assert [line.strip() for line in driver.text.splitlines() if line.strip()] == ["needs 60 by 14"]
        await driver.pilot.resize_terminal(80, 24)
        await driver.until_says("publish-notes")


def applies(screen: BookScreen, action: Action) -> bool:
    owner = screen.app if Area.ANYWHERE in action.areas else screen
    return owner.check_action(action.method, ()) is not False


async def test_the_palette_offers_every_action_that_applies() -> None:
    async with driving(StandIn()) as driver:
        for area in (Area.HOME, Area.PLAYBOOK, Area.REPLAY):
            if area is Area.PLAYBOOK:
                driver.app.open_playbook("publish-notes")
            elif area is Area.REPLAY:
                driver.app.open_replay(Plan(ref="publish-notes", cwd="/tmp"))
            await driver.pilot.pause()
            provider = ActionProvider(driver.app.screen)
            said = [entry.tooltip for entry in provider.entries()]
            assert isinstance(driver.app.screen, BookScreen)
            here = [one for one in actions_in(*driver.app.screen.areas) if applies(driver.app.screen, one)]
            assert set(said) >= {action.tooltip for action in here}


class Anything(BookScreen):
    """A screen of one area that can do all of it."""

    AREA = Area.HOME

    def __init__(self, area: Area) -> None:
        super().__init__()
        self.area = area

    @property
    def areas(self) -> tuple[Area, ...]:
        return (self.area, Area.ANYWHERE)

    def compose_body(self) -> Iterator[Widget]:
        yield from ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        del action, parameters
        return True


async def test_the_palette_offers_every_action_of_every_area() -> None:
    async with driving(StandIn()) as driver:
        driver.app.jobs.add(ListedJob("validating publish-notes", "", JobState.GOING_ON, 1.0))
        for area in Area:
            screen = Anything(area)
            await driver.app.push_screen(screen)
            said = {(entry.words, entry.tooltip) for entry in ActionProvider(screen).entries()}
            wanted = {(f"{one.words}  ({one.shown_key})", one.tooltip) for one in actions_in(area, Area.ANYWHERE)}
            assert wanted - said == set()
            await driver.app.pop_screen()


async def test_the_palette_opens_and_approving_is_not_done_from_it() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_replay(Plan(ref="publish-notes", cwd="/tmp"))
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until_says("your decision")
        driver.clock.now += 5
        entries = ActionProvider(driver.app.screen).entries()
        next(entry for entry in entries if entry.words.startswith("approve")).run()
        assert not [call for call in core.calls if call[0] == "review"]
        await driver.press("ctrl+p")
        await driver.until_says("Search")


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_draws_every_screen(theme: str) -> None:
    async with driving(StandIn(waiting=[repair(1)])) as driver:
        await driver.until_says("publish-notes")
        driver.app.theme = theme
        driver.app.open_trace("notes")
        await driver.until_says("output of step 1")
        driver.app.open_playbook("publish-notes")
        await driver.until_says("Parameters")
        driver.app.open_inbox()
        await driver.until_says("1 waiting")


async def test_help_shows_the_keys_of_the_screen() -> None:
    async with driving(StandIn()) as driver:
        await driver.press("question_mark")
        await driver.until_says("Record a session in a live shell")
        await driver.press("end")
        await driver.until_says(Area.ANYWHERE.value)
