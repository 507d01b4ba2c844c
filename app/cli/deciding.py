"""Open proposals on lines: shown with their diffs, decided one by one by a person at a terminal."""

import sys
import termios
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from app.cli.reviewing import again_lines, repair_lines
from app.cli.shared import narrate
from app.cli.voice import Voice
from app.outside import AskedAgain
from capture.errors import ReplaybookError
from capture.printable import printable
from replay.governance.bound import Seen, text_digest
from replay.inbox import Decision
from replay.protocols import Director
from replay.repairs.proposal import Repair, RepairStatus

ANSWERS = {
    "y": "approve",
    "n": "reject",
    "c": "changes",
    "e": "edit",
    **{word: word for word in ("approve", "reject", "changes", "edit")},
}
"""What a person may answer, by a letter or in full."""


class Deciding(Protocol):
    """What decisions are recorded by."""

    def review(
        self,
        repair_id: str,
        decision: Decision,
        *,
        note: str | None = None,
        edited: str | None = None,
        seen: Seen | None = None,
    ) -> Repair:
        """The repair as it stands then."""
        ...

    def ask_again(self, repair_id: str, *, director: Director | None = None) -> AskedAgain:
        """Another one from the source of one that was sent back."""
        ...


class Proposals:
    """Those for one step, or of the inbox; the first that is approved ends it."""

    def __init__(
        self, core: Deciding, ask: Callable[[str], str | None], voice: Voice, *, director: Director | None = None
    ) -> None:
        """Begin with none.

        Args:
            core: Records what is decided.
            ask: Reads a line; None at the end of input.
            voice: How states are told.
            director: Asked before anything is sent to a source of repairs.
        """
        self._core, self._ask, self._voice, self._director = core, ask, voice, director
        self._waiting: list[Repair] = []
        self._shown_at = 0.0

    def show(self, repairs: Sequence[Repair]) -> None:
        """Each with its diff; these are open now."""
        self._waiting, self._shown_at = list(repairs), time.monotonic()
        for number, repair in enumerate(self._waiting, 1):
            narrate(f"proposal {number} of {len(self._waiting)}")
            for line in repair_lines(repair)[:-1]:
                narrate(f"  {line}")

    def decide(self) -> Repair | None:
        """Ask until one is approved, none waits, or the person leaves them waiting; the approved one."""
        while self._waiting:
            line = self._ask(self._voice.decision(len(self._waiting)))
            word, _, rest = (line or "").strip().partition(" ")
            if not word:
                return None
            answer, at = ANSWERS.get(word.lower()), int(rest) - 1 if rest.isdecimal() else 0
            if answer is None or not 0 <= at < len(self._waiting) or (rest and not rest.isdecimal()):
                narrate(f"there is no such answer; numbers go from 1 to {len(self._waiting)}")
                continue
            try:
                done = self._do(answer, self._waiting[at])
            except ReplaybookError as error:
                narrate(printable(str(error)))
                continue
            if done is not None and self._settled(answer, done, at):
                return done
        return None

    def _do(self, answer: str, repair: Repair) -> Repair | None:
        match answer:
            case "approve":
                return self._review(repair, Decision.APPROVE) if self._meant(repair) else None
            case "reject":
                return self._review(repair, Decision.REJECT)
            case "edit":
                return self._edited(repair)
            case _:
                note = (self._ask("what should be different? ") or "").strip()
                return self._review(repair, Decision.REQUEST_CHANGES, note=note) if note else None

    def _settled(self, answer: str, done: Repair, at: int) -> bool:
        """Whether that ends it."""
        if done.status is RepairStatus.PROPOSED:
            narrate(f"your approval is kept: {printable(done.wants or '')}")
        elif answer in ("approve", "edit"):
            return True
        del self._waiting[at]
        if answer == "changes":
            again = self._core.ask_again(done.repair_id, director=self._director)
            for line in again_lines(again):
                narrate(line)
            if again.repairs:
                self.show([*again.repairs, *self._waiting])
        return False

    def _edited(self, repair: Repair) -> Repair | None:
        command = (self._ask("your own command for this step: ") or "").strip()
        if not command:
            narrate("not approved")
            return None
        narrate(f"step {repair.step_index} would be: {printable(command)}")
        return self._review(repair, Decision.APPROVE, edited=command) if self._meant(repair) else None

    def _review(
        self, repair: Repair, decision: Decision, *, note: str | None = None, edited: str | None = None
    ) -> Repair:
        seen = Seen(shown=text_digest(repair.diff), ms=int((time.monotonic() - self._shown_at) * 1000))
        return self._core.review(repair.repair_id, decision, note=note, edited=edited, seen=seen)

    def _meant(self, repair: Repair) -> bool:
        """Whether the person means it, after they have said so."""
        meant = typed_out(self._voice.word(repair), "approve it", self._ask)
        if not meant:
            narrate("not approved")
        return meant


def forget_typed() -> None:
    """What was typed before a question is no answer to it."""
    with suppress(termios.error, OSError, ValueError):
        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def typed_out(word: str, what: str, ask: Callable[[str], str | None]) -> bool:
    """Whether a word is typed out, behind the question and not before it.

    Args:
        word: Which.
        what: What that does.
        ask: Reads a line; None at the end of input.
    """
    forget_typed()
    return (ask(f"type {word} to {what}: ") or "").strip() == word
