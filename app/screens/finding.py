"""Finding a text in all that a recording's steps printed: from hit to hit, through the steps."""

from abc import abstractmethod

from textual import on

from app.found import Found
from app.screens.base import BookScreen
from app.screens.dialogs import AskText
from app.widgets.lines import Lines
from app.widgets.prose import content, piece
from app.widgets.recorded import row_of
from app.widgets.steps import StepList
from app.workers.seeing import SearchEnded
from app.workers.tasks import in_thread
from capture.tape.searching import Hit, Needle
from capture.trace import Trace

QUESTION = "In all commands and outputs; without a capital letter, capitals don't matter. Empty: no more."


class Finding(BookScreen):
    """A screen over a recording in which a text can be found."""

    def __init__(self) -> None:
        """Begin with nothing to find."""
        super().__init__()
        self._hits: tuple[Hit, ...] = ()
        self._hit = 0
        self._found: Found | None = None
        self._wanted: tuple[int, int, int] | None = None
        self.needle: Needle | None = None
        """What stands out in outputs."""
        self.steps = StepList(id="steps", gutter=True)
        """What was done, and what is to be kept or dropped."""
        self.output = Lines(id="output")
        """The command and what it printed."""

    @property
    @abstractmethod
    def trace(self) -> Trace | None:
        """What is searched; None before it was read."""

    @abstractmethod
    def show_step(self) -> None:
        """Show the step under the cursor anew."""

    @property
    def hit(self) -> Hit | None:
        """The one that was gone to."""
        return self._hits[self._hit] if self._hits else None

    def action_find(self) -> None:
        """Ask what for."""
        if self.trace is not None:
            text = self.needle.text if self.needle else ""
            self.app.push_screen(AskText("Find", QUESTION, value=text, optional=True), self._begin)

    def _begin(self, text: str | None) -> None:
        if text is not None and text.strip():
            self.find(text.strip())
        elif text is not None:
            self.needle, self._hits, self._found = None, (), None
            self.show_step()

    def find(self, text: str, at: tuple[int, int, int] | None = None) -> None:
        """Search, and go to the first hit from the cursor on.

        Args:
            text: Of one line.
            at: `Hit.place` to go to instead.
        """
        if self.trace is None:
            return
        core, run_id = self.core, self.trace.run.run_id
        self._wanted = at
        self.output.border_subtitle = content([piece(f"searching {text} …")])
        in_thread(self, lambda: SearchEnded(core.search(text, run_id)), group="search")

    @on(SearchEnded)
    def show_found(self, event: SearchEnded) -> None:
        """Go there, or say that there is nothing."""
        self.needle, self._found = Needle(event.found.query), event.found
        self._hits = event.found.runs[0].hits if event.found.runs else ()
        here = self._wanted or self.here
        ahead = (number for number, hit in enumerate(self._hits) if hit.place >= here)
        self._hit = next(ahead, 0)
        if self._hits:
            self._go()
        else:
            self.show_step()
            self.say(f"{event.found.query}: {event.found.words}", severity="warning")

    def action_next_hit(self) -> None:
        """To the next line that holds it."""
        self._turn(1)

    def action_previous_hit(self) -> None:
        """To the one before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        if self._hits:
            self._hit = (self._hit + by) % len(self._hits)
            self._go()
        else:
            self.say(self.book.keys.told("find something first: {find} asks for it"))

    def _go(self) -> None:
        hit = self.hit
        if hit is None:
            return
        at = row_number(hit)
        self.reveal(at)
        if self.steps.step == at:
            self.show_step()
        else:
            self.steps.go_to(at)

    @property
    def here(self) -> tuple[int, int, int]:
        """Where the cursor is, as `Hit.place`."""
        return (self.steps.step or 1, 0, 0)

    def reveal(self, at: int) -> None:
        """A row of the list is to be gone to; those that leave some out show it."""

    def tell_hit(self) -> None:
        """Bring the hit into sight when its step is shown, and say which of how many it is."""
        hit, trace = self.hit, self.trace
        self.output.border_subtitle = content([piece(self.found_words)])
        if hit and trace and row_number(hit) == self.steps.step:
            self.output.go_to(hit.line if hit.note else row_of(trace.steps[hit.step_index - 1], hit))

    @property
    def found_words(self) -> str:
        """What was found, for a border; empty when nothing is searched for."""
        if self.needle is None:
            return ""
        if not self._hits:
            return f"{self.needle.text}: nothing"
        next_key = self.book.keys.first("next-hit")
        more = "" if self._found is None or self._found.runs[0].complete else "+"
        return f"{self.needle.text}: {self._hit + 1} of {len(self._hits)}{more} · {next_key} next"


def row_number(hit: Hit) -> int:
    """The number of the row in the list of steps that a hit is in; below 0 for what was said."""
    return -hit.note if hit.note else hit.step_index
