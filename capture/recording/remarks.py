"""What a person says of a recording while it goes on: notes, bookmarks, and that some of it is nobody's business."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from capture import events
from capture.pauses import Unrecorded
from capture.protocols import Clock
from capture.recording.masked_tape import MaskedTape
from capture.recording.shell_state import ShellState, environment_change
from capture.secrets.noting import Noted
from capture.trace import EnvEffects, Note
from capture.wire import NoteKept, Paused

LONGEST_NOTE = 2_000
"""Characters of a note that are kept."""
_LOOKED_BEHIND = 4_096
"""Characters behind those that are looked at with them: half of a secret would not be seen as one."""


class _Begun(NamedTuple):
    """How things stood when a pause began."""

    at: datetime
    elapsed: float
    state: ShellState | None
    cwd: str

    def over(
        self, noted: Noted, *, after_step: int, lasted_s: float, commands: int, state: ShellState | None, cwd: str
    ) -> Unrecorded:
        """What a pause was that ends now; secrets that were set in it are learned, and no value is kept."""
        known = self.state is not None and state is not None
        change = environment_change(self.state or ShellState(), state or ShellState(), noted) if known else EnvEffects()
        return Unrecorded(
            after_step=after_step,
            at=self.at,
            duration_ms=round(lasted_s * 1000, 3),
            commands=commands,
            set=tuple(sorted(change.set)),
            unset=change.unset,
            options=tuple(sorted(change.options)),
            defined=tuple(sorted({*change.aliases, *change.functions})),
            cwd_after=None if cwd == self.cwd else noted.of("path").text(cwd)[0],
        )


class Remarks:
    """Writes remarks down. A pause begins and ends between commands, so that no step is recorded by half.

    Args:
        tape: Where they are written.
        clock: Tells the time.
        told: Told of each.
    """

    def __init__(self, tape: MaskedTape, clock: Clock, told: Callable[[NoteKept | Paused], None]) -> None:
        self._tape, self._clock, self._told = tape, clock, told
        self._wanted = self._paused = False
        self._unseen = False
        self._begun: _Begun | None = None
        self._commands = 0

    @property
    def paused(self) -> bool:
        """Whether what happens now is recorded nowhere."""
        return self._paused

    @property
    def wanted(self) -> bool:
        """Whether a person wants nothing recorded; `paused` follows."""
        return self._wanted

    def note(self, text: str, after_step: int) -> None:
        """Keep a note.

        Args:
            text: Anything; secrets in it are masked. Empty: a bookmark.
            after_step: The step that runs, or ended last; 0 before the first.
        """
        now, looked_at = self._clock.now(), text.strip()[: LONGEST_NOTE + _LOOKED_BEHIND]
        kept = self._tape.event(
            lambda noted: events.NoteTaken(
                note=Note(after_step=after_step, at=now, text=noted.of("note").text(looked_at)[0][:LONGEST_NOTE])
            )
        )
        self._tape.sync()
        self._told(NoteKept(note=kept.note))

    def pause(self, *, on: bool) -> None:
        """Ask for a pause, or for its end; `settle` says when it may be."""
        self._wanted = on

    def began(self) -> bool:
        """A command begins; returns whether nothing of it is recorded."""
        self._unseen = self._paused
        self._commands += self._unseen
        return self._unseen

    def ended(self) -> None:
        """The command that was not recorded is over."""
        self._unseen = False

    @property
    def due(self) -> bool:
        """Whether a pause is to begin or end as soon as no command runs."""
        return self._wanted is not self._paused and not self._unseen

    @property
    def unseen(self) -> bool:
        """Whether a command runs that is recorded nowhere."""
        return self._unseen

    def settle(self, after_step: int, state: ShellState | None, cwd: str) -> None:
        """No command runs: begin or end the pause that was asked for.

        Args:
            after_step: The step that ended last.
            state: What the shell says of itself now; None: nothing yet.
            cwd: Where it stands.
        """
        self._tape.settled()
        self._paused = self._wanted
        if self._paused:
            self._begun, self._commands = _Begun(self._clock.now(), self._clock.elapsed(), state, cwd), 0
            at = self._begun.at
            self._tape.event(lambda _: events.RecordingPaused(on=True, at=at, after_step=after_step))
        else:
            self._over(after_step, state, cwd)
        self._tape.sync()
        self._told(Paused(on=self._paused))

    def close(self, after_step: int, state: ShellState | None, cwd: str) -> None:
        """The run ends, and a pause with it; as `settle`, and nobody is told."""
        if self._paused:
            self._paused = self._wanted = False
            self._over(after_step, state, cwd)

    def _over(self, after_step: int, state: ShellState | None, cwd: str) -> None:
        begun, self._begun = self._begun, None
        if begun is None:
            return
        at, lasted, commands = self._clock.now(), self._clock.elapsed() - begun.elapsed, self._commands
        self._tape.event(
            lambda noted: events.RecordingPaused(
                on=False,
                at=at,
                after_step=after_step,
                pause=begun.over(
                    noted, after_step=after_step, lasted_s=lasted, commands=commands, state=state, cwd=cwd
                ),
            )
        )

    def tell(self) -> None:
        """Somebody new looks on."""
        if self._paused:
            self._told(Paused(on=True))
