"""Agents' own records become runs: the part that all of their formats share.

A reader of a format gives an `AgentRecord`: its head, and `tell`, which says what happened, in order, to a `Telling`:
`said` for a prompt, an answer or a thought, `did` for a call with all that is known of its end. Steps are numbered in
the order in which `did` is called: that of the calls, so a call that has parts comes before them.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

import msgspec

from capture import events
from capture.importers.foreign import LONGEST_US, LeftOut
from capture.importers.told import AgentHead, Changed, Hearer, Told
from capture.printable import plain_text
from capture.protocols import Tape
from capture.provenance import AgentUse, Hints, Imported, Speaker, StepSource
from capture.recording.steps import KEPT_TEXT, signal_name
from capture.secrets.masked import masked_input, summed, with_paths
from capture.secrets.noting import Noted
from capture.secrets.redaction import Redactor
from capture.trace import LEFT_OUT, FileEffect, FileType, Note, Run, RunStatus, Step, StepKind, StepStatus

LONGEST_NOTE = 64 << 10
"""Characters that are kept of one thing that was said."""
_LOOKED_BEHIND = 8 << 10
"""Characters behind those in which a secret may end that begins before."""
LONGEST_GOAL = 500
"""Characters of a run's goal."""
LARGEST_CONTENT = 1 << 20
"""Bytes of the largest file content that is kept, as while recording."""
_STATUSES = {StepStatus.SUCCESS: RunStatus.SUCCESS, StepStatus.FAILED: RunStatus.FAILED}
_PLAIN = bytes(code for code in range(0x100) if code in b"\t\r\n" or (code >= 0x20 and code != 0x7F))  # noqa: PLR2004 - of ASCII
_LATER_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
"""The controls behind ASCII, in UTF-8."""
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = timedelta(microseconds=LONGEST_US)
_MOST_PATHS = 10_000
_LINE_END = re.compile(r"(?<!\r)\n")


class AgentRecord(Protocol):
    """An agent's record of one run, as a reader of its format found it."""

    head: AgentHead
    left_out: LeftOut
    """Filled at the latest when `tell` is over."""

    def tell(self, telling: Hearer) -> AgentUse:
        """Say all of it, in order.

        Args:
            telling: Hears it.

        Returns:
            What the run took, as the record says.
        """
        ...


def agent_run(head: AgentHead, *, run_id: str, name: str, otherwise: datetime, redactor: Redactor) -> Run:
    """The head of the run that an agent's record becomes.

    Args:
        head: What it says.
        run_id: Of the run.
        name: Of the run.
        otherwise: When the record tells no time.
        redactor: Masks.

    Returns:
        The head; what no record tells is empty.
    """
    cwd = redactor.text(head.cwd)[0]
    goal = redactor.command(" ".join((head.goal or "").split()))[0]
    return Run(
        run_id=run_id,
        name=name,
        goal=f"{goal[: LONGEST_GOAL - 1]}…" if len(goal) > LONGEST_GOAL else goal or None,
        status=RunStatus.IN_PROGRESS,
        started_at=head.started_at or otherwise,
        shell="",
        cwd=cwd,
        host="",
        workspace=cwd,
        imported=Imported(format=head.format, steps_from=StepSource.CALLS),
    )


class Telling:
    """An agent's record on its way to the tape: masked, numbered, on one line of time.

    Args:
        tape: Where it goes.
        run: Its head.
        redactor: Masks before anything is written.
        store: Keeps a content that holds no secret; gives `sha256:…`.
        left_out: Hears of what can't be taken as it is told.
        progress: Told again and again how many things were told; what it raises ends the import.
    """

    def __init__(
        self,
        tape: Tape,
        run: Run,
        redactor: Redactor,
        *,
        store: Callable[[bytes], str],
        left_out: LeftOut,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._tape = tape
        self.run = run
        """The head."""
        self._redactor = redactor
        self._store = store
        self._left_out = left_out
        self._progress = progress or (lambda _: None)
        self._now = run.started_at
        self._at_us = 0
        self._secret: dict[str, bool] = {}
        self._clean: set[str] = set()
        self._learned = redactor.learned
        self._last: StepStatus | None = None
        self._cut = False
        self.steps = 0
        """How many calls were told."""
        self.notes = 0
        """How much was said."""

    def begin(self) -> None:
        """Write the head; before all else."""
        self._tape.event(events.RunStarted(run=self.run, workspace_complete=False))
        self._tape.resize(self.run.columns, self.run.rows, 0)

    def said(self, speaker: Speaker, text: str, at: datetime | None = None) -> None:
        """Something was said; blank text is passed over.

        Args:
            speaker: By whom.
            text: What.
            at: UTC; None: the record does not say.
        """
        if not text.strip():
            return
        # Masked first: half of a secret would not be seen as one.
        masked = self._redactor.text(text[: LONGEST_NOTE + _LOOKED_BEHIND])[0]
        kept = masked if len(masked) <= LONGEST_NOTE else f"{masked[:LONGEST_NOTE]}{LEFT_OUT}"
        note = Note(after_step=self.steps, at=self._time(at), text=kept, speaker=speaker)
        self._tape.event(events.NoteTaken(note=note))
        self.notes += 1
        self._progress(self.steps + self.notes)

    def did(self, told: Told) -> int:
        """A call was made, and this is all that is known of it.

        Args:
            told: From its beginning to its end.

        Returns:
            Its number, for the calls that are parts of it.
        """
        noted = Noted(self._redactor)
        command = self._command(told, noted)
        number = self._begin(told, command)
        self._end(number, told, command, noted)
        return number

    def began(self, told: Told) -> int:
        """A call was made; nothing is known of its end yet.

        Args:
            told: As far as it is known.

        Returns:
            Its number, for `ended`.
        """
        return self._begin(told, self._command(told, Noted(self._redactor)))

    def _begin(self, told: Told, command: str) -> int:
        self.steps += 1
        cwd = self._paths((told.cwd,), Noted(self._redactor)).get(told.cwd, told.cwd)
        begun = events.StepStarted(
            step_index=self.steps,
            command=command,
            cwd=cwd,
            at=self._time(told.at),
            output_start=self._tape.offset,
            kind=msgspec.UNSET if told.kind is StepKind.SHELL else told.kind,
            part_of=told.part_of or msgspec.UNSET,
        )
        self._tape.event(begun)
        return self.steps

    def ended(self, number: int, told: Told) -> None:
        """A call that had begun has ended.

        Args:
            number: Of the call.
            told: From its beginning to its end.
        """
        noted = Noted(self._redactor)
        self._end(number, told, self._command(told, noted), noted)

    def _end(self, number: int, told: Told, command: str, noted: Noted) -> None:
        at = self._time(told.at)
        until = max(at, told.until or at)
        output, data, truncated = self._output(told, noted.of("output"))
        start = self._tape.offset
        self._tape.write(data, self._us(until))
        effects = tuple(sorted((self._effect(one) for one in told.changed), key=lambda one: one.path))
        cwd_after = told.cwd if told.cwd_after is None else told.cwd_after
        paths = self._paths((told.cwd, cwd_after, *(one.path for one in effects)), noted.of("path"))
        step = Step(
            step_index=number,
            kind=told.kind,
            command=command,
            cwd=paths.get(told.cwd, told.cwd),
            cwd_after=paths.get(cwd_after, cwd_after),
            status=told.status or _status(told.exit_code),
            exit_code=told.exit_code,
            signal=signal_name(told.exit_code) if told.kind is StepKind.SHELL else None,
            started_at=at,
            duration_ms=round((until - at).total_seconds() * 1000, 3),
            output=output,
            output_bytes=len(data),
            output_truncated=truncated,
            output_start=start,
            output_end=self._tape.offset,
            timed_out=told.timed_out,
            inputs=tuple(masked_input(one, noted.of("input")) for one in told.inputs),
            file_effects=with_paths(effects, paths) if paths else effects,
            effects_seen=told.kind is StepKind.FILE,
            maskings=summed(noted.found) if noted.found else (),
            apart=told.apart or msgspec.UNSET,
            part_of=told.part_of or msgspec.UNSET,
            hints=msgspec.UNSET if told.hints is None else _masked_hints(told.hints, self._redactor),
        )
        self._tape.event(events.StepEnded(step=step))
        if told.part_of is None and step.status is not StepStatus.SKIPPED:
            self._last = step.status
        self._progress(self.steps + self.notes)

    def _command(self, told: Told, noted: Noted) -> str:
        # A patch is a file's content: what looks like a secret there has given none away.
        masking = noted.of("command").text if told.kind is StepKind.FILE else noted.of("command").command
        return masking(told.command)[0]

    def goes_on(self, steps: int, last: StepStatus | None) -> None:
        """The run has begun already, and others told of it.

        Args:
            steps: The highest number of a call.
            last: How the call ended that ended last; None: none has.
        """
        self.steps, self._last = steps, last

    def cut(self) -> None:
        """The record ends before the run did: that is partial, however its last step ended."""
        self._cut = True

    def close(self, agent: AgentUse | None) -> None:
        """Write the end; after all else.

        Args:
            agent: What the run took; None: nobody knows.
        """
        ended = RunStatus.SUCCESS if self._last is None else _STATUSES.get(self._last, RunStatus.PARTIAL)
        ended = RunStatus.PARTIAL if self._cut else ended
        imported = self.run.imported and msgspec.structs.replace(self.run.imported, left_out=self._left_out.sentences())
        self._tape.event(events.RunEnded(status=ended, at=self._now, imported=imported, agent=agent))
        self._tape.sync()

    def _time(self, at: datetime | None) -> datetime:
        """A time that can be one; the tape's own clock goes on to it."""
        if at is None:
            self._left_out.note("what tells no time stands at the time of what came before it")
            return self._now
        if abs(at - self.run.started_at) > _LONGEST:
            self._left_out.note("times more than ten years away from the first one are taken as standing still")
            return self._now
        self._now = max(self._now, at)
        return at

    def _us(self, at: datetime) -> int:
        self._now = max(self._now, at)
        self._at_us = max(self._at_us, (at - self.run.started_at) // _MICROSECOND)
        return self._at_us

    def _output(self, told: Told, noted: Noted) -> tuple[str, bytes, bool]:
        """Of what it printed: what is kept as text, what goes to the tape, and whether the text is cut."""
        whole = noted.text(told.output)[0]
        ended = _LINE_END.sub("\r\n", whole) if "\r" in whole else whole.replace("\n", "\r\n")
        data = ended.encode("utf-8", "replace")
        text = plain_text(data) if _moves(whole, data) else whole
        if len(text) <= KEPT_TEXT:
            return text, data, told.output_truncated
        half = KEPT_TEXT // 2
        return f"{text[:half]}{LEFT_OUT}{text[-half:]}", data, True

    def _paths(self, paths: Iterable[str], noted: Noted) -> dict[str, str]:
        """As `Noted.paths`; most are met again and again."""
        if self._redactor.learned is not self._learned:
            self._learned = self._redactor.learned
            self._clean.clear()
        fresh = {*paths} - self._clean
        if not fresh:
            return {}
        masked = noted.paths(sorted(fresh))
        if len(self._clean) < _MOST_PATHS:
            self._clean |= fresh - masked.keys()
        return masked

    def _effect(self, changed: Changed) -> FileEffect:
        return FileEffect(
            path=changed.path,
            op=changed.op,
            type=FileType.FILE,
            before=self._digest(changed.before),
            after=self._digest(changed.after),
            size=None if changed.after is None else len(changed.after),
            moved_from=changed.moved_from,
        )

    def _digest(self, content: bytes | None) -> str | None:
        """Of a content, which is stored as well unless it is too large or holds a secret."""
        if content is None:
            return None
        digest = f"sha256:{sha256(content).hexdigest()}"
        if digest not in self._secret and len(content) <= LARGEST_CONTENT:
            self._secret[digest] = self._redactor.holds_secret(content)
            if not self._secret[digest]:
                self._store(content)
        return digest


def _moves(text: str, data: bytes) -> bool:
    """Whether a terminal may show something else than the lines that stand there, of a text and its bytes."""
    return (
        bool(data.translate(None, _PLAIN))
        or ("\r" in text and "\r" in text.replace("\r\n", ""))
        or (not text.isascii() and _LATER_CONTROL.search(data) is not None)
    )


def _status(exit_code: int | None) -> StepStatus:
    if exit_code is None:
        return StepStatus.PARTIAL
    return StepStatus.FAILED if exit_code else StepStatus.SUCCESS


def _masked_hints(hints: Hints, redactor: Redactor) -> Hints:
    def masked(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(redactor.text(text)[0] for text in texts)

    return msgspec.structs.replace(
        hints,
        preconditions=masked(hints.preconditions),
        postconditions=masked(hints.postconditions),
        artifact_refs=masked(hints.artifact_refs),
    )
