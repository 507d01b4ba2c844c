"""What a replay asks of the person besides repairs: a yes to a step, and a step that is theirs to do."""

from abc import abstractmethod
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Vertical

from app.attending import attend
from app.screens.dialogs import FITTED, Deliberate, YesOrNo
from app.screens.outgoing import Outgoing
from app.screens.reviewing import ReviewingScreen
from app.widgets.prose import Tone, content, piece, row, rows
from app.widgets.recorded import call_rows, done_rows
from app.workers.replay_facts import ConfirmWanted, DoneByHand, HandedOver, SendWanted
from app.workers.stepping import Stepper
from app.workers.tasks import Refused, in_thread
from capture.errors import ReplaybookError
from replay.protocols import ByHand


class HandOver(Deliberate[str]):
    """A step that is a person's job; answered by a letter."""

    DEFAULT_CSS = f"HandOver {{ {FITTED} }}"
    KEYS: ClassVar[tuple[str, ...]] = ("s", "e", "x")

    def __init__(self, work: ByHand) -> None:
        """Hand it over.

        Args:
            work: Not yet begun.
        """
        asked = [
            *(call_rows(work.command) or rows(work.command.rstrip(), Tone.STRONG)),
            (),
            row("Afterwards the replay looks whether", Tone.DIM),
            *(row(f"  {line}") for line in work.expected),
        ]
        super().__init__(f"Step {work.step_index} is a person's job", asked, sudden=True)

    def compose(self) -> ComposeResult:
        """The command, what is looked at afterwards, and what can be done now."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("s a shell here · e I do it elsewhere · x stop")])
            yield self.lines

    def on_key(self, event: events.Key) -> None:
        """Letters only; all others scroll."""
        if event.key not in self.KEYS:
            return
        event.stop()
        if self.meant(self._book.when(event)):
            self.dismiss(event.key)


class Elsewhere(Deliberate[bool]):
    """Waits while a person does a step in another place."""

    DEFAULT_CSS = f"Elsewhere {{ {FITTED} }}"

    def __init__(self, work: ByHand) -> None:
        """Wait.

        Args:
            work: Begun.
        """
        command = call_rows(work.command) or rows(work.command.rstrip(), Tone.STRONG)
        asked = [*command, row("Do it in another terminal; then say so.", Tone.DIM)]
        super().__init__(f"Step {work.step_index} is in your hands", asked)

    def compose(self) -> ComposeResult:
        """What to do."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("d it is done")])
            yield self.lines

    def on_key(self, event: events.Key) -> None:
        """A letter, so that nothing is done by accident; all others scroll."""
        if event.key != "d":
            return
        event.stop()
        if self.meant(self._book.when(event)):
            self.dismiss(True)


class PermittingScreen(ReviewingScreen):
    """A screen whose replay may want a person."""

    @property
    @abstractmethod
    def stepper(self) -> Stepper:
        """Who drives the replay."""

    @on(ConfirmWanted)
    def ask_for_yes(self, event: ConfirmWanted) -> None:
        """A step wants a yes of its own."""
        asked = [
            *done_rows(event.command.rstrip()),
            (),
            *rows(f"It wants your yes ({event.why}). Run it?", Tone.WARN),
        ]
        stepper = self.stepper
        question = YesOrNo(f"Step {event.step_index}", asked, sudden=True)
        self.when_shown(lambda: self.app.push_screen(question, lambda said: stepper.say(yes=said is True)))

    @on(SendWanted)
    def ask_to_send(self, event: SendWanted) -> None:
        """Something would leave this machine."""
        stepper = self.stepper
        question = Outgoing(event.asking, sudden=True)
        self.when_shown(lambda: self.app.push_screen(question, lambda said: stepper.say(yes=said is True)))

    @on(HandedOver)
    def hand_over(self, event: HandedOver) -> None:
        """A step is a person's job."""
        dialog = HandOver(event.work)
        self.when_shown(lambda: self.app.push_screen(dialog, lambda key: self._taken(event.work, key)))

    @on(DoneByHand)
    def give_back(self, event: DoneByHand) -> None:
        """The replay judges what came of it."""
        self.stepper.give_back(event.step)

    def _taken(self, work: ByHand, key: str | None) -> None:
        if key == "s":
            self._lend_terminal(work)
        elif key == "e":
            work.begin(in_shell=False)
            done = self._done_elsewhere
            self.app.push_screen(Elsewhere(work), lambda _: done(work))
        else:
            self.stepper.give_back(None)

    def _lend_terminal(self, work: ByHand) -> None:
        """Give the terminal to the person's shell until they leave it."""
        try:
            with self.app.suspend():
                self.stepper.give_back(attend(work))
        except (SuspendNotSupported, ReplaybookError) as error:
            self.say(str(error) or "this terminal can't be lent to a shell; do it elsewhere", severity="error")
            self.stepper.give_back(None)

    def _done_elsewhere(self, work: ByHand) -> None:
        in_thread(self, lambda: DoneByHand(work.done()), group="by-hand")

    @on(Refused)
    def stop_waiting(self) -> None:
        """What went wrong is told by others; nobody waits for it."""
        self.stepper.give_back(None)
