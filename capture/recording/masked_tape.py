"""The tape behind the mask: nothing reaches it unmasked, and a masking can be undone while the run is open."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from capture import events
from capture.protocols import Clock, Tape
from capture.secrets.masked import masked_head, summed
from capture.secrets.noting import Noted
from capture.secrets.redaction import Redactor
from capture.secrets.streaming import Mask, StreamRedactor
from capture.secrets.undoing import Kept, numbered
from capture.wire import SecretMasked

Written = TypeVar("Written", bound=events.Event)


class MaskedTape:
    """Writes a run down, and tells of each masking.

    Args:
        tape: Takes what is left.
        redactor: Knows secrets.
        clock: Tells the time.
        told: Told of each masking.
    """

    def __init__(self, tape: Tape, redactor: Redactor, clock: Clock, told: Callable[[SecretMasked], None]) -> None:
        self._tape = tape
        self._redactor = redactor
        self._clock = clock
        self._told = told
        self._stream = StreamRedactor(redactor)
        self._kept = Kept()
        self._shown: frozenset[int] = frozenset()
        self._step_index: int | None = None

    def begin(self, head: events.RunStarted) -> None:
        """Write the head.

        Args:
            head: Not yet masked.
        """
        self.event(lambda noted: masked_head(head, noted))
        self._tape.resize(head.run.columns, head.run.rows, 0)

    def output(self, data: bytes) -> None:
        """Take output of the terminal; the line that isn't ended yet may be held back."""
        self._tape.write(self._stream.feed(data), self._now_us())

    def pause(self) -> None:
        """The terminal is silent: what was held back may be written, unless a secret is being typed."""
        self._tape.write(self._stream.pause(), self._now_us())

    def settled(self) -> int:
        """Where the tape stands once everything that came so far is on it."""
        self._tape.write(self._stream.flush(), self._now_us())
        return self._tape.offset

    def resized(self, columns: int, rows: int) -> None:
        """The screen has another size."""
        at_us = self._now_us()
        self._tape.resize(columns, rows, at_us)
        self.event(lambda _: events.Resized(columns=columns, rows=rows, at_us=at_us))

    def event(self, build: Callable[[Noted], Written]) -> Written:
        """Write one event down.

        Args:
            build: Makes it from what really was; called again once somebody has said what was no secret.

        Returns:
            The event as it was written.
        """
        noted = Noted(self._redactor).of("environment")
        event = build(noted)
        self._tape.event(event)
        maskings = event.step.maskings if isinstance(event, events.StepEnded) else summed(noted.found)
        self._kept.note(event, build, masked=bool(maskings))
        if isinstance(event, events.StepStarted):
            self._step_index = event.step_index
        for one in maskings:
            self._told(
                SecretMasked(
                    secret=one.secret, rule=one.rule, field=one.field, step_index=self._step_index, count=one.count
                )
            )
        return event

    def sync(self) -> None:
        """From here on what was written outlives the machine."""
        self._tape.sync()

    @property
    def masked(self) -> bool:
        """Whether something was masked that can be shown again."""
        return self._kept.any

    def unmask(self, secrets: frozenset[int]) -> None:
        """These are no secrets."""
        self._redactor.show(secrets)
        self._shown |= secrets

    def undone(self) -> tuple[list[Mask], Mapping[int, events.Event]]:
        """What has to be written anew once the run is closed: masks of the tape, and lines of the trace."""
        if not self._shown:
            return [], {}
        masks = [mask for mask in numbered(self._stream.masks, self._redactor) if mask.number in self._shown]
        return masks, self._kept.rebuilt(self._redactor)

    def _now_us(self) -> int:
        return int(self._clock.elapsed() * 1_000_000)
