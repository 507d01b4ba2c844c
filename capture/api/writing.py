"""Writes the steps of a recording down: masked, numbered, and never half of one."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from capture import events
from capture.api.action import Action, Begun
from capture.api.said import masked_hints, texts_of
from capture.api.shared_tape import SharedTape
from capture.calls import Call
from capture.errors import BadInputError
from capture.files.effects import KEEP_LIMIT
from capture.home import Home
from capture.hosting.starting import keeper, remedy
from capture.printable import plain_text, printable
from capture.provenance import Hints, Speaker
from capture.recording.steps import KEPT_TEXT, Ending, OpenStep
from capture.secrets.masked import masked_effects, masked_head, summed
from capture.secrets.noting import Noted
from capture.secrets.redaction import Redactor
from capture.secrets.streaming import StreamRedactor
from capture.secrets.values import masked_value
from capture.tape.contents import Keeping
from capture.trace import EnvEffects, FileEffect, LateEffects, Masked, Note, RunStatus, Step, StepKind, StepStatus
from capture.usage import ModelCall

Value = TypeVar("Value")
_MICROSECONDS = 1_000_000
_RUN_STATUSES = {None: RunStatus.SUCCESS, StepStatus.SUCCESS: RunStatus.SUCCESS, StepStatus.SKIPPED: RunStatus.SUCCESS}


class Writer:
    """Writes one run.

    A disk that says no stops it: from then on nothing is written, `stopped` says why, and whoever is recorded goes on.

    Args:
        home: Where the run is kept.
        run_id: Of the run.
        redactor: Masks before anything is written.
        started_at: When the run began, UTC.
    """

    def __init__(self, home: Home, run_id: str, redactor: Redactor, started_at: datetime) -> None:
        self.stopped: str | None = None
        """Why nothing is written any more, and what to do; None: all is well."""
        self._home, self._run_id = home, run_id
        self._redactor = redactor
        self._started_at = started_at
        self._tape = SharedTape(home.run_folder(run_id))
        self._masking, self._pid = threading.Lock(), os.getpid()

    def begin(self, head: events.RunStarted) -> None:
        """Write the head of a new run.

        Raises:
            OSError: The disk says no.
        """
        masked = masked_head(head, Noted(self._redactor).of("environment"))
        goal = None if head.run.goal is None else self._redactor.command(head.run.goal)[0]
        name = self._redactor.command(head.run.name)[0]
        masked = msgspec.structs.replace(masked, run=msgspec.structs.replace(masked.run, goal=goal, name=name))
        with self._tape.turn() as tape:
            tape.event(masked)
            tape.resize(head.run.columns, head.run.rows, 0)
        self._tape.sync()

    def is_over(self) -> bool:
        """Whether the run has ended.

        Raises:
            OSError: It can't be read.
        """
        with self._tape.turn() as tape:
            return tape.standing.over

    def start(self, begun: Begun) -> None:
        """Write that a step has begun, and give it its number: 0 when nothing is written any more.

        Raises:
            RunOverError: The run has ended.
        """
        opened = begun.step
        # The call of a tool is masked already, and its directory is the run's, which is masked nowhere else either.
        command, cwd = opened.command, opened.cwd
        if opened.kind is not StepKind.TOOL:
            command, cwd = self._masked(lambda noted: _begun(opened, noted))

        def write(tape: SharedTape) -> int:
            number = tape.standing.steps + 1
            tape.event(
                events.StepStarted(
                    step_index=number,
                    command=command,
                    cwd=cwd,
                    at=opened.started_at(),
                    output_start=tape.offset,
                    kind=msgspec.UNSET if opened.kind is StepKind.SHELL else opened.kind,
                    part_of=msgspec.UNSET if begun.part_of is None else begun.part_of,
                )
            )
            return number

        opened.step_index = self._write(write) or 0

    def end(self, action: Action, text: str, ending: Ending) -> None:
        """Write a step down; one that is told in one piece gets its number now.

        Args:
            action: The step.
            text: What it answered, where no terminal printed anything.
            ending: How it ended.

        Raises:
            RunOverError: The run has ended.
        """
        begun = action.begun
        if self.stopped is not None or (not begun.whole and begun.step.step_index == 0):
            return
        hints = action.hints
        step, printed, fields = self._masked(lambda noted: self._step(action, text, ending, hints, noted))

        def write(tape: SharedTape) -> int:
            standing = tape.standing
            number = standing.steps + 1 if begun.whole else step.step_index
            apart = standing.will_be_apart(begun.part_of) if begun.whole else standing.is_apart(number)
            start = tape.offset
            tape.write(printed, self._now_us())
            told = msgspec.structs.replace(
                step,
                step_index=number,
                output_start=start,
                output_end=start + len(printed),
                apart=True if apart else msgspec.UNSET,
                **fields,
            )
            if action.dropped:
                tape.event(events.OutputDropped(step_index=number, dropped_bytes=action.dropped))
            tape.event(events.StepEnded(step=told))
            return number

        begun.step.step_index = self._write(write) or 0

    def call(self, name: str, given: object) -> tuple[str, tuple[Masked, ...]]:
        """A tool call as it is written down, and what is masked in it.

        Args:
            name: Of the tool.
            given: What it is given.

        Raises:
            BadInputError: That is no JSON value.
        """

        def mask(noted: Noted) -> tuple[str, tuple[Masked, ...]]:
            text = Call(name, masked_value(given, noted)).text
            return text, summed(noted.found) if noted.found else ()

        try:
            return self._masked(mask)
        except (TypeError, ValueError, RecursionError) as error:
            raise BadInputError(
                f"the input of {printable(name)} is no JSON value: {error}; give objects, arrays and texts"
            ) from error

    @contextmanager
    def keeping(self, contents: Iterable[bytes]) -> Iterator[None]:
        """Store what files hold, where no secret is in it; it is safe from being cleared away until the block ends."""
        with Keeping(self._home) as keeping:
            keep = keeper(keeping.store, self._redactor, self.warn)
            for content in contents:
                if len(content) <= KEEP_LIMIT:
                    keep(content)
            yield

    def between(self, changed: tuple[FileEffect, ...], at: datetime) -> None:
        """Write what changed while no step ran.

        Args:
            changed: Paths, sorted.
            at: When it was found, UTC.
        """
        effects = self._masked(lambda noted: masked_effects(changed, noted.of("path")))
        self._write(
            lambda tape: tape.event(
                events.FilesChanged(effects=LateEffects(after_step=tape.standing.steps, at=at, file_effects=effects))
            )
        )

    def note(self, text: str, speaker: Speaker | None) -> None:
        """Write what was said."""
        masked, at = self._masked(lambda noted: noted.command(text)[0]), datetime.now(UTC)
        self._write(
            lambda tape: tape.event(
                events.NoteTaken(note=Note(after_step=tape.standing.steps, at=at, text=masked, speaker=speaker))
            )
        )

    def model_call(self, call: ModelCall) -> None:
        """Write what a model took; its number of the last step is set here."""
        self._write(
            lambda tape: tape.event(
                events.ModelCalled(call=msgspec.structs.replace(call, after_step=tape.standing.steps))
            )
        )

    def close(self, status: RunStatus | None) -> RunStatus:
        """Write the end of the run, which is tried on a disk that said no as well.

        Args:
            status: None: how its last step ended.

        Returns:
            The status as it was written; `partial` where steps are open or some are missing.
        """
        ended = RunStatus.PARTIAL
        try:
            with self._tape.turn() as tape:
                standing = tape.standing
                ended = _RUN_STATUSES.get(standing.last, RunStatus.FAILED) if status is None else status
                if self.stopped is not None or standing.open or standing.last is StepStatus.PARTIAL:
                    ended = RunStatus.PARTIAL if ended is RunStatus.SUCCESS or status is None else ended
                tape.event(events.RunEnded(status=ended, at=datetime.now(UTC), agent=standing.agent))
            self._tape.sync()
        except OSError as error:
            self._stop(error)
        return ended

    def sync(self) -> None:
        """From here on what was written outlives the machine."""
        if self.stopped is None:
            try:
                self._tape.sync()
            except OSError as error:
                self._stop(error)

    def warn(self, what: str) -> None:
        """Contents that steps write are not kept any more: said as a note, for nothing else is lost."""
        self.note(what, None)

    def leave(self) -> None:
        """Write no more; the run goes on."""
        self._tape.close()

    def _write(self, write: Callable[[SharedTape], Value]) -> Value | None:
        if self.stopped is not None:
            return None
        try:
            with self._tape.turn() as tape:
                return write(tape)
        except OSError as error:
            self._stop(error)
            return None

    def _stop(self, error: OSError) -> None:
        if self.stopped is None:
            self.stopped = (
                f"the recording of {self._run_id} stopped: {error.strerror or error}; "
                f"{remedy(error, str(self._home.path))}, and record again"
            )

    def _masked(self, mask: Callable[[Noted], Value]) -> Value:
        if os.getpid() != self._pid:
            # In a forked child: a thread that isn't there may have held it.
            self._masking, self._pid = threading.Lock(), os.getpid()
            self._redactor.number_no_more()
        with self._masking:
            return mask(Noted(self._redactor).of("command"))

    def _step(
        self, action: Action, text: str, ending: Ending, hints: Hints | msgspec.UnsetType, noted: Noted
    ) -> tuple[Step, bytes, dict[str, Any]]:
        """The step but for what only the tape knows, what its terminal printed, and the fields that are otherwise."""
        begun, step = action.begun, action.begun.step
        told = text.encode("utf-8", "replace")
        if action.printed is None and not (begun.env or ending.file_effects or ending.committed or step.tools):
            said = () if hints is msgspec.UNSET else texts_of(hints)
            text = plain_text(told)
            if len(text) <= KEPT_TEXT and not step.refs and noted.is_plain((step.command, text, step.cwd, *said)):
                return step.plain(ending, text), _lines(text), _fields(action, hints, begun.maskings, len(told))
        step.printed(told if action.printed is None else action.printed)
        whole = step.end(ending, self._redactor, None if begun.env is None else _env(begun.env))
        hints = masked_hints(hints, noted.of("input"))
        maskings = (*begun.maskings, *whole.maskings, *summed(noted.found))
        fields = _fields(action, hints, maskings, whole.output_bytes + action.dropped)
        if action.printed is None:
            return whole, _lines(whole.output), fields
        stream = StreamRedactor(self._redactor)
        return whole, stream.feed(action.printed) + stream.flush(), fields

    def _now_us(self) -> int:
        return max(0, int((datetime.now(UTC) - self._started_at).total_seconds() * _MICROSECONDS))


def _env(effects: EnvEffects) -> Callable[[Noted], EnvEffects]:
    return lambda noted: msgspec.structs.replace(effects, set=noted.environment(effects.set)[0])


def _begun(opened: OpenStep, noted: Noted) -> tuple[str, str]:
    if noted.is_plain((opened.command, opened.cwd)):
        return opened.command, opened.cwd
    return noted.command(opened.command)[0], noted.text(opened.cwd)[0]


def _fields(
    action: Action, hints: Hints | msgspec.UnsetType, maskings: tuple[Masked, ...], output_bytes: int
) -> dict[str, Any]:
    """What an action knows of its step; put in once, together with what the tape knows."""
    part_of = action.begun.part_of
    return {
        "status": action.status,
        "hints": hints,
        "part_of": msgspec.UNSET if part_of is None else part_of,
        "maskings": maskings,
        "output_bytes": output_bytes,
    }


def _lines(output: str) -> bytes:
    """An output as a terminal prints it."""
    return output.replace("\n", "\r\n").encode("utf-8", "replace")
