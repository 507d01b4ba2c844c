"""The recorder against a scripted world: the order of things, and what it does when something is missing."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from capture.errors import HostError
from capture.events import Event, RunEnded, RunStarted, StepEnded, StepStarted
from capture.files.effects import Hints
from capture.protocols import World
from capture.recorder import Recorder
from capture.secrets.redaction import Redactor
from capture.shells import CommandBegan, CommandEnded
from capture.trace import EffectOp, FileEffect, FileType, Run, RunStatus, StepStatus
from capture.wire import Message, Ready, RunCommand

NONCE = "nonce"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EFFECT = FileEffect(path="made", op=EffectOp.CREATED, type=FileType.FILE)


class Script:
    """Every part of a world at once, and a log of what was asked of it."""

    nonce = NONCE
    argv = ("bash",)
    prelude: re.Pattern[bytes] | None = None
    veil = ""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.events: list[Event] = []
        self.records: list[CommandBegan | CommandEnded] = []
        self.tape = b""
        self.time = 0.0
        self.program = False

    # the clock
    def now(self) -> datetime:
        return AT + timedelta(seconds=self.time)

    def elapsed(self) -> float:
        return self.time

    # the shell
    def told(self) -> tuple[CommandBegan | CommandEnded, ...]:
        records, self.records = tuple(self.records), []
        return records

    def release(self, seq: int) -> None:
        self.log.append(f"release {seq}")

    def kept(self, seq: int) -> dict[str, str]:
        return {"n": f"n={seq}"}

    def keystrokes(self, command: str, environment: Mapping[str, str]) -> bytes:
        lent = "".join(f" {name}={value}" for name, value in environment.items())
        return f"paste:{command}{lent}".encode()

    # the tape
    @property
    def offset(self) -> int:
        return len(self.tape)

    def event(self, event: Event) -> None:
        self.events.append(event)
        self.log.append(type(event).__name__)

    # files
    def changes(self, hints: Hints) -> tuple[FileEffect, ...]:
        assert hints == Hints()
        self.log.append("look at files")
        return (EFFECT,)

    def settle(self) -> None:
        self.log.append("keep contents")

    # the terminal and the tape both write and resize
    def write(self, data: bytes, at_us: int | None = None) -> None:
        if at_us is None:
            self.log.append(f"type {data!r}")
        else:
            self.tape += data

    def asks_for_secret(self) -> bool:
        return False

    def waiting_for_input(self) -> bool | None:
        return False

    def runs_program(self) -> bool:
        return self.program

    def started_clock(self) -> float:
        return 0.0

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.log.append(name)


class Recorded:
    """A recorder over a script."""

    def __init__(self, *, handed: bool) -> None:
        self.script = Script()
        self.messages: list[Message] = []
        part: Any = self.script
        world = World(terminal=part, shell=part, tape=part, files=part, hints=Hints, clock=part)
        self.recorder = Recorder(world, Redactor(), self._hear, handed=handed)
        run = Run(
            run_id="r",
            name="n",
            status=RunStatus.IN_PROGRESS,
            started_at=AT,
            shell="bash",
            cwd="/w",
            host="h",
            workspace="/w",
        )
        self.recorder.begin(RunStarted(run=run))

    def _hear(self, message: Message) -> None:
        self.messages.append(message)
        self.script.log.append(f"tell {type(message).__name__}")

    def mark(self, kind: str, seq: int, status: str = "") -> None:
        self.recorder.printed(f"\x1b]133;{kind};{NONCE};{seq}{status}\x07".encode())

    def began(self, seq: int, command: str, status: int = 0) -> None:
        self.script.records.append(CommandBegan(seq=seq, at=seq, cwd="/w", command=command, entry=seq, status=status))
        self.mark("C", seq)

    def ended(self, seq: int, status: int = 0) -> None:
        self.script.records.append(
            CommandEnded(seq=seq, at=seq + 0.5, status=status, cwd="/w", environment={"A": str(seq)})
        )
        self.mark("D", seq, f";{status}")

    @property
    def steps(self) -> list[Any]:
        return [event.step for event in self.script.events if isinstance(event, StepEnded)]


@pytest.fixture
def person() -> Recorded:
    return Recorded(handed=False)


@pytest.fixture
def replay() -> Recorded:
    return Recorded(handed=True)


def test_a_step_is_on_disk_before_anybody_hears_of_it_and_before_the_next_can_begin(replay: Recorded) -> None:
    replay.ended(0)
    replay.recorder.run(RunCommand(command="make", environment={"B": "lent"}))
    replay.mark("B", 1, ";0")
    replay.began(1, "")
    replay.script.log.clear()
    replay.recorder.run(RunCommand(command="next"))
    replay.ended(1)
    assert replay.script.log == [
        "look at files",
        "StepEnded",
        "sync",
        "tell StepEnded",
        "discard_input",
        "note_jobs",
        "tell Ready",
        "release 1",
    ]
    assert replay.steps[0].file_effects == (EFFECT,)
    assert replay.steps[0].env_effects.set == {"A": "1"}


def test_a_handed_command_is_typed_once_the_prompt_stands(replay: Recorded) -> None:
    replay.recorder.run(RunCommand(command="make", environment={"B": "lent"}))
    replay.ended(0)
    assert not any(line.startswith("type") for line in replay.script.log)
    replay.mark("B", 1, ";0")
    replay.mark("B", 1, ";0")
    assert replay.script.log.count("type b'paste:make B=lent'") == 1
    assert "release 0" in replay.script.log


def test_a_second_beginning_closes_the_first_with_the_status_that_it_brings(person: Recorded) -> None:
    person.ended(0)
    person.began(1, "first")
    person.began(2, "second", status=4)
    person.ended(2)
    assert [(step.command, step.exit_code) for step in person.steps] == [("first", 4), ("second", 0)]


def test_a_prompt_without_an_end_ends_the_step(person: Recorded) -> None:
    person.ended(0)
    person.began(1, "unset PROMPT_COMMAND")
    person.mark("B", 1, ";3")
    assert [(step.command, step.exit_code) for step in person.steps] == [("unset PROMPT_COMMAND", 3)]
    assert isinstance(person.messages[-1], Ready)


def test_what_the_shell_prints_before_a_command_and_its_hooks_behind_it_are_no_output(person: Recorded) -> None:
    person.script.prelude = re.compile(rb"\A\x1b]0;[^\x07]*\x07")
    person.ended(0)
    person.began(1, "make")
    person.recorder.printed(b"\x1b]0;title\x07out\r\n")
    person.mark("E", 1)
    person.recorder.printed(b"took 1 s\r\n")
    person.ended(1)
    step = person.steps[0]
    assert (step.output, step.output_bytes) == ("out\n", 5)
    assert person.script.tape[step.output_start : step.output_end] == b"out\r\n"


def test_marks_whose_record_is_missing_still_make_a_step(person: Recorded) -> None:
    person.ended(0)
    person.mark("C", 1)
    person.recorder.printed(b"out\r\n")
    person.mark("D", 1, ";5")
    assert [(step.command, step.exit_code, step.output) for step in person.steps] == [("", 5, "out\n")]


def test_enter_on_nothing_is_no_step(person: Recorded) -> None:
    for seq in range(4):
        person.ended(seq)
        person.mark("B", seq + 1, ";0")
    assert person.steps == []
    assert sum(isinstance(message, Ready) for message in person.messages) == 4


def test_the_shells_end_closes_the_open_step_with_its_status(person: Recorded) -> None:
    person.ended(0)
    person.began(1, "exit 3")
    person.recorder.printed(b"exit\r\n\x1b]133")
    person.recorder.shell_ended(3)
    assert [(step.exit_code, step.output_bytes) for step in person.steps] == [(3, 11)]
    assert person.recorder.status is RunStatus.FAILED


def test_a_run_ended_from_outside_leaves_its_open_step_partial(person: Recorded) -> None:
    person.ended(0)
    person.began(1, "sleep 300")
    assert person.recorder.status is RunStatus.PARTIAL
    person.recorder.end(RunStatus.PARTIAL)
    assert person.steps[0].status is StepStatus.PARTIAL
    assert isinstance(person.script.events[-1], RunEnded)


def test_ctrl_c_reaches_a_young_step_only_when_its_program_is_there(replay: Recorded) -> None:
    replay.ended(0)
    replay.recorder.run(RunCommand(command="sleep 300"))
    replay.mark("B", 1, ";0")
    replay.began(1, "")
    replay.recorder.interrupt()
    replay.recorder.check()
    assert "interrupt" not in replay.script.log
    assert 0 < (replay.recorder.next_check() or 0) < 0.1
    replay.script.program = True
    for _ in range(2):
        replay.script.time += 0.1
        replay.recorder.check()
    assert replay.script.log.count("interrupt") == 1


def test_ctrl_c_reaches_what_the_shell_does_itself_when_the_step_is_no_longer_young(replay: Recorded) -> None:
    replay.ended(0)
    replay.recorder.run(RunCommand(command="while :; do :; done"))
    replay.mark("B", 1, ";0")
    replay.began(1, "")
    replay.recorder.interrupt()
    replay.recorder.check()
    replay.script.time += 2
    replay.recorder.check()
    assert replay.script.log.count("interrupt") == 1


def test_a_command_that_wants_more_is_given_up_until_the_shell_lets_go(replay: Recorded) -> None:
    replay.ended(0)
    replay.recorder.run(RunCommand(command="echo 'open"))
    replay.mark("B", 1, ";0")
    replay.recorder.printed(b"\x1b[?2004l> ")
    replay.mark("M", 1)
    for _ in range(2):
        replay.script.time += 0.1
        replay.recorder.check()
    assert replay.script.log.count("interrupt") == 2
    replay.ended(1, status=130)
    assert [(step.command, step.exit_code, step.unmet_prompt) for step in replay.steps] == [("echo 'open", 130, "> ")]
    assert replay.recorder.next_check() is None


def test_offsets_are_those_of_the_tape_where_what_was_held_back_counts(person: Recorded) -> None:
    person.ended(0)
    person.recorder.printed(b"prompt without line end")
    person.began(1, "x")
    person.recorder.printed(b"output without line end")
    person.ended(1)
    step = person.steps[0]
    assert person.script.tape[step.output_start : step.output_end] == b"output without line end"
    started = next(event for event in person.script.events if isinstance(event, StepStarted))
    assert started.output_start == step.output_start


def test_a_shell_that_is_too_old_is_said(person: Recorded) -> None:
    with pytest.raises(HostError, match=r"older than 4\.4"):
        person.mark("U", 0)
