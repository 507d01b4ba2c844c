"""Every screen in a state that is worth looking at: over a library in memory, at a moment that stands still."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
from textual.message import Message
from textual.screen import Screen

from app.book import Plan
from app.core.replays import SecretStanding
from app.palette import Palette
from app.screens.audit import AuditScreen
from app.screens.breaking import BreakpointList
from app.screens.checking import CheckScreen
from app.screens.choosing import Choose, Form
from app.screens.compare import CompareScreen
from app.screens.dialogs import AskText, Confirm, EditText, Reading, YesOrNo
from app.screens.doctor import DoctorScreen
from app.screens.editing import EditScreen
from app.screens.fleet import FleetScreen
from app.screens.fleets import FleetsScreen
from app.screens.history import HistoryScreen
from app.screens.home import HomeScreen
from app.screens.inbox import InboxScreen
from app.screens.jobs import JobsScreen
from app.screens.jumping import JumpScreen
from app.screens.keyring import SecretList
from app.screens.ledger import LedgerScreen
from app.screens.outgoing import Outgoing
from app.screens.permitting import Elsewhere, HandOver
from app.screens.playbook import PlaybookScreen
from app.screens.player import PlayerScreen
from app.screens.record import RecordScreen
from app.screens.replay import ReplayScreen
from app.screens.search import SearchScreen
from app.screens.seeking import SeekScreen
from app.screens.settings import PressKey, SettingsScreen
from app.screens.sources import SourcesScreen
from app.screens.theming import ThemeChooser
from app.screens.tools import ToolsScreen
from app.screens.trace import TraceScreen
from app.workers.jobs import JobState
from capture.home import Home
from capture.tape.writer import TapeWriter
from capture.wire import FileTouched, Output, StepBegan, StepEnded
from replay.document import load
from replay.outcome import Mode, Replay, ReplayStatus, StepOutcome, StepState
from replay.playbook import VersionStatus
from tests.app.agent_run import agent_trace
from tests.app.driving import Driver
from tests.app.stand_in import (
    THEN,
    StandIn,
    Stored,
    compilation,
    default_failure,
    playbook,
    recorded_trace,
    repair,
    step,
)
from tests.app.test_screens_governing import entry
from tests.app.tool_steps import answered_otherwise
from tests.app.written import DOCUMENT

REF = "publish-notes"


class ByHand(SimpleNamespace):
    """A step for a person, which nobody begins."""

    step_index, command = 2, "sudo install -m 600 key /etc/notes.key"
    expected: tuple[str, ...] = ("/etc/notes.key is created",)


class ListedJob(NamedTuple):
    """A job as it is listed."""

    title: str
    said: str
    state: JobState
    seconds: float
    opens: Callable[..., object] | None = lambda _: None
    told: tuple[Message, ...] = ()

    def stop(self) -> None:
        """Nothing goes on."""


JOBS = (
    ListedJob("compiling deploy", "✓ deploy@1 is a draft", JobState.DONE, 0.4),
    ListedJob("importing session.cast", "session.cast line 7 is no event", JobState.FAILED, 2.5, None),
    ListedJob("validating publish-notes@2", "step 2 of 4: ./build.sh", JobState.GOING_ON, 41.0, None),
    ListedJob("replaying deploy", "stands before step 3 of 9", JobState.WAITING, 75.0),
)


class Scene(NamedTuple):
    """One screen, and how it comes to be seen."""

    screen: type[Screen[Any]]
    play: Callable[[Driver, StandIn], Awaitable[None]]
    core: Callable[[Path], StandIn] = lambda _: library()
    """Over a folder that is there."""


def library() -> StandIn:
    """Two recordings, a playbook of two versions, replays, a repair that waits, decisions."""
    first = recorded_trace()
    second = msgspec.structs.replace(
        first, run=msgspec.structs.replace(first.run, run_id="20260301-100000-cd34", name="deploy")
    )
    return StandIn(
        traces=[first, second],
        versions={
            1: Stored(playbook=playbook(1), status=VersionStatus.ACTIVE),
            2: Stored(playbook=playbook(2), status=VersionStatus.DRAFT, compilation=compilation()),
        },
        replayed=[replayed(3, failed=True), replayed(2), replayed(1)],
        waiting=[repair(1), repair(2)],
        decisions=(entry(1, "compiled"), entry(2, "validated"), entry(3, "promoted")),
    )


def replayed(number: int, *, failed: bool = False) -> Replay:
    """A strict replay of version 1 that took a second and a half."""
    done = StepState.SUCCESS
    count = 1 if failed else 4
    return Replay(
        replay_id=f"p-{number}",
        run_id=f"run-{number}",
        playbook=REF,
        version=1,
        digest="sha256:x",
        mode=Mode.STRICT,
        status=ReplayStatus.FAILED if failed else ReplayStatus.SUCCESS,
        failure=default_failure() if failed else None,
        stopped_at=2 if failed else None,
        steps=tuple(
            StepOutcome(step_index=index, status=done, duration_ms=12.0 * index, exit_code=0)
            for index in range(1, count + 1)
        ),
        started_at=f"2026-03-01T09:0{number}:00Z",
        duration_ms=1500.0,
        workspace="/home/ada/notes",
    )


def empty(_: Path) -> StandIn:
    """Nothing recorded yet."""
    return StandIn(traces=[], versions={})


def taped(folder: Path) -> StandIn:
    """A recording that can be played."""
    core = library()
    trace, home = core.traces[0], Home(folder / "home").prepare()
    writer = TapeWriter(home.run_folder(trace.run.run_id))
    writer.resize(80, 24, 0)
    steps = []
    for one in trace.steps:
        starts, at_us = writer.offset, one.step_index * 1_000_000
        writer.write(f"$ \x1b[1m{one.command}\x1b[0m\r\n".encode(), at_us - 500_000)
        writer.write(f"\x1b[32m{one.output.strip()}\x1b[0m\r\n".encode(), at_us)
        steps.append(msgspec.structs.replace(one, output_start=starts, output_end=writer.offset))
    writer.close()
    core.home, core.traces[0] = home, msgspec.structs.replace(trace, steps=tuple(steps))
    return core


def failing(_: Path) -> StandIn:
    """Version 1 alone, which stops at its second step."""
    return StandIn()


async def _home(driver: Driver, _: StandIn) -> None:
    await driver.until_says("waiting for your review")
    await driver.until_says("deploy")


async def _first_start(driver: Driver, _: StandIn) -> None:
    await driver.until_says("Press r")


async def _jobs(driver: Driver, core: StandIn) -> None:
    await _home(driver, core)
    for job in JOBS:
        driver.app.jobs.add(job)
    await driver.press("J")
    await driver.until_says("2 not ended")


async def _record(driver: Driver, core: StandIn) -> None:
    driver.app.open_record()
    await driver.until_says("● recording")
    session = core.session
    for index, command in enumerate(("ls --color", "./build.sh notes/release.txt"), 1):
        session.tell(
            StepBegan(step_index=index, command=command, cwd="/home/ada/notes", started_at=THEN),
            Output(data=f"\x1b[1m$ \x1b[0m{command}\r\n\x1b[34msrc\x1b[0m  \x1b[32mbuild.sh\x1b[0m\r\n".encode()),
            StepEnded(step=step(index, command)),
        )
    session.tell(
        Output(data=b"\x1b[1m$ \x1b[0m./test.sh\r\n\x1b[33m1 of 2 checks\x1b[0m\r\n"),
        StepBegan(step_index=3, command="./test.sh", cwd="/home/ada/notes", started_at=THEN),
        FileTouched(path="public/notes.html", kind="created"),
    )
    await driver.until_says("… 3 ./test.sh")
    await driver.until(lambda: "public/notes.html" in driver.lines("files"))


async def _trace(driver: Driver, core: StandIn) -> None:
    driver.app.open_trace(core.traces[0].run.run_id)
    await driver.until_says("output of step 1")
    await driver.press("down")
    await driver.until_says("+ public/notes.html")


async def _agent_trace(driver: Driver, core: StandIn) -> None:
    core.traces.insert(0, agent_trace())
    driver.app.open_trace(core.traces[0].run.run_id)
    await driver.until_says("Release the notes of 1.4 and open")
    await driver.press("end", "up")
    await driver.until_says("Release 1.4")
    await driver.until_says("were not watched")


async def _player(driver: Driver, core: StandIn) -> None:
    driver.app.open_player(core.traces[0].run.run_id, step=3)
    await driver.until_says("▶ playing")
    await driver.press("space")
    await driver.until_says("output of step 2")
    await driver.until_says("┬")


async def _playbook(driver: Driver, _: StandIn) -> None:
    driver.app.open_playbook(REF)
    await driver.until_says("git log")
    await driver.press("down")


async def _editor(driver: Driver, core: StandIn) -> None:
    core.versions[1] = Stored(playbook=load(DOCUMENT, where=REF), status=VersionStatus.DRAFT, text=DOCUMENT)
    driver.app.open_editor(f"{REF}@1", saved=lambda _: None, step=2)
    await driver.until_says("Nothing is changed yet")
    screen = driver.app.screen
    assert isinstance(screen, EditScreen)
    await driver.press("end", "x", "down", "end", "left", "left", "x")
    await driver.until(lambda: screen.area.wrong)


async def _stopped(driver: Driver, _: StandIn) -> None:
    driver.app.open_replay(Plan(ref=REF, cwd="/home/ada/notes", mode=Mode.GUIDED))
    await driver.until_says("Stands before step 1")
    await driver.press("c")
    await driver.until_says("your decision")


async def _tool_step(driver: Driver, _: StandIn) -> None:
    driver.app.open_replay(Plan(ref=REF, cwd="/home/ada/notes", mode=Mode.STRICT))
    await driver.until_says("Stands before step 1")
    await driver.press("c")
    # Where all that is shown is hostile text, the answer is the recorded one.
    await driver.until(lambda: "✗ failed" in driver.text or "✓ success" in driver.text)
    await driver.until_says("draft")


async def _breakpoints(driver: Driver, _: StandIn) -> None:
    driver.app.open_replay(Plan(ref=REF, cwd="/home/ada/notes", mode=Mode.STRICT))
    await driver.until_says("Stands before step 1")
    await driver.press("down", "down", "b", "B", *"output", "space", *"paragraphs", "enter")
    await driver.until(lambda: "output paragraphs" in driver.lines("values"))
    await driver.press("l")
    await driver.until_says("behind step 2")


async def _simulated(driver: Driver, _: StandIn) -> None:
    driver.app.open_replay(Plan(ref=REF, cwd="/home/ada/notes", mode=Mode.SIMULATE))
    await driver.until_says("not ready")


async def _inbox(driver: Driver, _: StandIn) -> None:
    await driver.press("i")
    await driver.until(lambda: driver.app.guard._seen < float("inf"))


async def _audit(driver: Driver, _: StandIn) -> None:
    await driver.press("a")
    await driver.until_says("promoted")


async def _doctor(driver: Driver, _: StandIn) -> None:
    await driver.press("m")
    await driver.until_says("install bubblewrap")


async def _sources(driver: Driver, core: StandIn) -> None:
    await _doctor(driver, core)
    await driver.press("o")
    await driver.until_says("? model")
    await driver.press("down")
    await driver.until_says("tiny")


async def _tools(driver: Driver, core: StandIn) -> None:
    await _doctor(driver, core)
    await driver.press("t")
    await driver.until_says("forge/*")
    await driver.press("P")
    await driver.until_says("Opens a pull request")


async def _secrets(driver: Driver, core: StandIn) -> None:
    core.known = tuple(
        SecretStanding(
            name=name,
            key=name.lower(),
            answer=False,
            question=f"a value for {name.lower()}",
            variable=f"REPLAYBOOK_SECRET_{name}",
            entry=f"{REF}/{name}",
            source=source,
        )
        for name, source in (("TOKEN", None), ("PASSWORD", f"the keyring ({REF}/PASSWORD)"))
    )
    await _playbook(driver, core)
    await driver.press("K")
    await driver.until_says("? TOKEN")


async def _history(driver: Driver, core: StandIn) -> None:
    await _playbook(driver, core)
    await driver.press("h")
    await driver.until_says("failed at step 2")


async def _ledger(driver: Driver, core: StandIn) -> None:
    core.traces.insert(0, agent_trace())
    await driver.press("l")
    await driver.until_says("9 → 0")


async def _compare(driver: Driver, core: StandIn) -> None:
    await _history(driver, core)
    await driver.press("equals_sign")
    await driver.until_says("≠ different")


async def _check(driver: Driver, _: StandIn) -> None:
    await driver.press("v")
    await driver.until_says("1 skipped")
    await driver.press("down")
    await driver.until_says("no disk")


async def _fleets(driver: Driver, _: StandIn) -> None:
    await driver.press("H")
    await driver.until_says("Host key verification")


async def _fleet(driver: Driver, core: StandIn) -> None:
    await _fleets(driver, core)
    await driver.press("enter")
    await driver.until_says("3/4")
    await driver.press("down", "down", "down")
    await driver.until_says("never runs again")


async def _search(driver: Driver, _: StandIn) -> None:
    await driver.press("ctrl+f", *"output", "enter")
    # Behind other scenes the library holds more.
    await driver.until(lambda: re.search(r"\d+ lines in \d+ of \d+ recordings", driver.text))


async def _find(driver: Driver, _: StandIn) -> None:
    await driver.press("f", *"publish the notes project=/w", "enter")
    await driver.until_says("2 of 3")
    await driver.press("d")
    await driver.until_says("✓ replay publish-notes@1")


async def _settings(driver: Driver, _: StandIn) -> None:
    await driver.press("comma")
    await driver.until_says("jump_letters")


async def _press_key(driver: Driver, core: StandIn) -> None:
    await _settings(driver, core)
    await driver.press("end", "enter")
    await driver.until(lambda: isinstance(driver.app.screen, PressKey))


async def _jump(driver: Driver, core: StandIn) -> None:
    await _home(driver, core)
    await driver.press("semicolon")
    await driver.until(lambda: isinstance(driver.app.screen, JumpScreen))


async def _themes(driver: Driver, core: StandIn) -> None:
    await _home(driver, core)
    await driver.press("T")
    await driver.until(lambda: isinstance(driver.app.screen, ThemeChooser))


async def _help(driver: Driver, core: StandIn) -> None:
    await _home(driver, core)
    await driver.press("question_mark")
    await driver.until(lambda: isinstance(driver.app.screen, Reading))


async def _palette(driver: Driver, _: StandIn) -> None:
    await driver.until_says("deploy")
    await driver.press("ctrl+p", *"rec")
    await driver.until_says("Record a session")
    await driver.until(lambda: not any(worker.is_running for worker in driver.app.workers))


async def _ask_text(driver: Driver, core: StandIn) -> None:
    await _home(driver, core)
    await driver.press("R")
    await driver.until(lambda: isinstance(driver.app.screen, AskText))


async def _edit_text(driver: Driver, core: StandIn) -> None:
    await _home(driver, core)
    question = "The command of step 2. It is shown as a change, and wants your approval."
    driver.app.push_screen(EditText("Edit", question, value="./build.sh notes/release-1.4.txt"))
    await driver.until_says("release-1.4.txt")


async def _confirm(driver: Driver, core: StandIn) -> None:
    await _home(driver, core)
    await driver.press("tab", "d")
    await driver.until(lambda: isinstance(driver.app.screen, Confirm))


async def _yes_or_no(driver: Driver, core: StandIn) -> None:
    await _home(driver, core)
    driver.app.push_screen(YesOrNo("Question q1, 1 of 2", "Is 1.4 in step 2 a value that may differ next time?"))
    await driver.until_says("may differ next time")


async def _choose(driver: Driver, core: StandIn) -> None:
    await _playbook(driver, core)
    await driver.press("u")
    await driver.until(lambda: isinstance(driver.app.screen, Choose))


async def _form(driver: Driver, core: StandIn) -> None:
    await _playbook(driver, core)
    await driver.press("e")
    await driver.until(lambda: isinstance(driver.app.screen, Form))


async def _hand_over(driver: Driver, core: StandIn) -> None:
    await _home(driver, core)
    driver.app.push_screen(HandOver(ByHand()))
    await driver.until_says("a person's job")


async def _elsewhere(driver: Driver, core: StandIn) -> None:
    await _home(driver, core)
    driver.app.push_screen(Elsewhere(ByHand()))
    await driver.until(lambda: isinstance(driver.app.screen, Elsewhere))


async def _outgoing(driver: Driver, core: StandIn) -> None:
    await _sources(driver, core)
    await driver.press("y")
    await driver.until(lambda: isinstance(driver.app.screen, Outgoing))
    await driver.until_says("model")


SCENES: dict[str, Scene] = {
    "home": Scene(HomeScreen, _home),
    "first-start": Scene(HomeScreen, _first_start, empty),
    "record": Scene(RecordScreen, _record),
    "trace": Scene(TraceScreen, _trace),
    "agent-trace": Scene(TraceScreen, _agent_trace),
    "player": Scene(PlayerScreen, _player, taped),
    "playbook": Scene(PlaybookScreen, _playbook),
    "secrets": Scene(SecretList, _secrets),
    "editor": Scene(EditScreen, _editor),
    "replay": Scene(ReplayScreen, _stopped, failing),
    "tool-step": Scene(ReplayScreen, _tool_step, lambda _: answered_otherwise()),
    "breakpoints": Scene(BreakpointList, _breakpoints),
    "simulated": Scene(ReplayScreen, _simulated, failing),
    "jobs": Scene(JobsScreen, _jobs),
    "inbox": Scene(InboxScreen, _inbox),
    "audit": Scene(AuditScreen, _audit),
    "doctor": Scene(DoctorScreen, _doctor),
    "sources": Scene(SourcesScreen, _sources),
    "tools": Scene(ToolsScreen, _tools),
    "history": Scene(HistoryScreen, _history),
    "ledger": Scene(LedgerScreen, _ledger),
    "compare": Scene(CompareScreen, _compare),
    "check": Scene(CheckScreen, _check),
    "fleets": Scene(FleetsScreen, _fleets),
    "fleet": Scene(FleetScreen, _fleet),
    "search": Scene(SearchScreen, _search),
    "find": Scene(SeekScreen, _find),
    "settings": Scene(SettingsScreen, _settings),
    "press-key": Scene(PressKey, _press_key),
    "jump": Scene(JumpScreen, _jump),
    "themes": Scene(ThemeChooser, _themes),
    "help": Scene(Reading, _help),
    "palette": Scene(Palette, _palette),
    "ask-text": Scene(AskText, _ask_text),
    "edit-text": Scene(EditText, _edit_text),
    "confirm": Scene(Confirm, _confirm),
    "yes-or-no": Scene(YesOrNo, _yes_or_no),
    "choose": Scene(Choose, _choose),
    "form": Scene(Form, _form),
    "hand-over": Scene(HandOver, _hand_over),
    "elsewhere": Scene(Elsewhere, _elsewhere),
    "outgoing": Scene(Outgoing, _outgoing),
}
"""By the name that a picture's file begins with."""
