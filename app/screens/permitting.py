"""What a replay asks of the person besides repairs: a yes to a step, and a step that is theirs to do."""

from abc import abstractmethod
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from app.attending import attend
from app.screens.dialogs import FRAME, YesOrNo
from app.screens.outgoing import Outgoing
from app.screens.reviewing import ReviewingScreen
from app.widgets.prose import Tone, content, piece
from app.workers.facts import ConfirmWanted, DoneByHand, HandedOver, SendWanted
from app.workers.stepping import Stepper
from app.workers.tasks import Refused, in_thread
from capture.errors import ReplaybookError
from replay.protocols import ByHand


class HandOver(ModalScreen[str]):
    """A step that is a person's job; answered by a letter."""

    DEFAULT_CSS = f"HandOver {{ {FRAME} #frame > Static {{ height: auto; }} #what {{ margin: 1 0; }} }}"
    KEYS: ClassVar[tuple[str, ...]] = ("s", "e", "x")

    def __init__(self, work: ByHand) -> None:
        """Hand it over.

        Args:
            work: Not yet begun.
        """
        super().__init__()
        self._work = work

    def compose(self) -> ComposeResult:
        """The command, what is looked at afterwards, and what can be done now."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(f"Step {self._work.step_index} is a person's job")])
            frame.border_subtitle = content([piece("s a shell here · e I do it elsewhere · x stop")])
            yield Static(content([piece(self._work.command.rstrip(), Tone.STRONG)]), markup=False)
            yield Static(content([piece("Afterwards the replay looks whether", Tone.DIM)]), markup=False, id="what")
            for line in self._work.expected:
                yield Static(content([piece(f"  {line}")]), markup=False)

    def on_key(self, event: events.Key) -> None:
        """Letters only."""
        event.stop()
        if event.key in self.KEYS:
            self.dismiss(event.key)


class Elsewhere(ModalScreen[bool]):
    """Waits while a person does a step in another place."""

    DEFAULT_CSS = f"Elsewhere {{ {FRAME} #frame > Static {{ height: auto; }} }}"

    def __init__(self, work: ByHand) -> None:
        """Wait.

        Args:
            work: Begun.
        """
        super().__init__()
        self._work = work

    def compose(self) -> ComposeResult:
        """What to do."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(f"Step {self._work.step_index} is in your hands")])
            frame.border_subtitle = content([piece("d it is done")])
            yield Static(content([piece(self._work.command.rstrip(), Tone.STRONG)]), markup=False)
            yield Static(content([piece("Do it in another terminal; then say so.", Tone.DIM)]), markup=False)

    def on_key(self, event: events.Key) -> None:
        """A letter, so that nothing is done by accident."""
        event.stop()
        if event.key == "d":
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
        question = f"{event.command.rstrip()}\n\nIt wants your yes ({event.why}). Run it?"
        stepper = self.stepper
        self.app.push_screen(YesOrNo(f"Step {event.step_index}", question), lambda said: stepper.say(yes=said is True))

    @on(SendWanted)
    def ask_to_send(self, event: SendWanted) -> None:
        """Something would leave this machine."""
        stepper = self.stepper
        self.app.push_screen(Outgoing(event.asking), lambda said: stepper.say(yes=said is True))

    @on(HandedOver)
    def hand_over(self, event: HandedOver) -> None:
        """A step is a person's job."""
        self.app.push_screen(HandOver(event.work), lambda key: self._taken(event.work, key))

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
