"""What a person says of a recording while it goes on: notes, bookmarks, and that some of it is nobody's business."""

from collections.abc import Callable

from capture import events
from capture.protocols import Clock
from capture.recording.masked_tape import MaskedTape
from capture.trace import Note
from capture.wire import NoteKept, Paused

LONGEST_NOTE = 2_000
"""Characters of a note that are kept."""


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

    @property
    def paused(self) -> bool:
        """Whether what happens now is recorded nowhere."""
        return self._paused

    def note(self, text: str, after_step: int) -> None:
        """Keep a note.

        Args:
            text: Anything; secrets in it are masked. Empty: a bookmark.
            after_step: The step that runs, or ended last; 0 before the first.
        """
        now, shown = self._clock.now(), text.strip()[:LONGEST_NOTE]
        kept = self._tape.event(
            lambda noted: events.NoteTaken(
                note=Note(after_step=after_step, at=now, text=noted.of("note").text(shown)[0])
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
        return self._unseen

    def ended(self) -> None:
        """The command that was not recorded is over."""
        self._unseen = False

    @property
    def due(self) -> bool:
        """Whether a pause is to begin or end as soon as no command runs."""
        return self._wanted is not self._paused and not self._unseen

    def settle(self, after_step: int) -> None:
        """No command runs: begin or end the pause that was asked for.

        Args:
            after_step: The step that ended last.
        """
        self._tape.settled()
        self._paused = self._wanted
        on, at = self._paused, self._clock.now()
        self._tape.event(lambda _: events.RecordingPaused(on=on, at=at, after_step=after_step))
        self._tape.sync()
        self._told(Paused(on=on))

    def tell(self) -> None:
        """Somebody new looks on."""
        if self._paused:
            self._told(Paused(on=True))
