"""Jobs: what goes on wherever one is, what it came to, and the sessions that were left running."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on

from app.actions import Area, bindings
from app.screens.base import BookScreen
from app.widgets.prose import Piece, Tone, piece
from app.widgets.recorded import lasted
from app.widgets.shelf import Shelf
from app.workers.jobs import OPEN, JobState
from app.workers.tasks import in_thread
from app.workers.telling import SessionsRead

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from textual.binding import BindingType
    from textual.message import Message
    from textual.widget import Widget

    from app.workers.jobs import Job
    from capture.tape.presence import Presence

EMPTY = "Nothing goes on. What takes a while is listed here until it has ended, whatever screen is left meanwhile."
TICK_S = 1.0
"""Between two looks at how long something takes."""
SIGNS = {
    JobState.GOING_ON: Piece("…", Tone.HEAD),
    JobState.WAITING: Piece("●", Tone.WARN),
    JobState.DONE: Piece("✓", Tone.GOOD),
    JobState.FAILED: Piece("✗", Tone.BAD),
    JobState.STOPPED: Piece("-", Tone.DIM),
}
SESSION = "session:"
"""Stands before the run of a session that was left running."""


class JobsScreen(BookScreen):
    """One row a job, what goes on above what has ended."""

    AREA = Area.JOBS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.JOBS)

    def __init__(self) -> None:
        """Begin with an empty list."""
        super().__init__()
        self.shelf = Shelf("job", "state", "took", "how far", empty=EMPTY, id="jobs")
        """All of them."""
        self._jobs: dict[str, Job] = {}
        self._live: Mapping[str, Presence] = {}

    def compose_body(self) -> Iterator[Widget]:
        """The list."""
        yield self.shelf

    def on_mount(self) -> None:
        """Name it, and look at it again and again."""
        self.shelf.border_title = "Jobs"
        self.shelf.focus()
        self.set_interval(TICK_S, self.show)

    def on_screen_resume(self) -> None:
        """What has changed elsewhere shows."""
        super().on_screen_resume()
        core = self.core
        in_thread(self, lambda: SessionsRead(core.live()), group="sessions")

    def tell_going_on(self, *words: str) -> None:
        """Its rows say that."""
        del words
        self.show()

    @on(SessionsRead)
    def take_sessions(self, event: SessionsRead) -> None:
        """Sessions that were left running are listed too."""
        self._live = {run: one for run, one in event.live.items() if one.kept}
        self.show()

    def take_fact(self, fact: Message) -> None:
        """Its row says it; so does a line that passes."""
        super().take_fact(fact)
        self.show()

    def show(self) -> None:
        """Fill the list."""
        jobs = self.book.jobs.all
        self._jobs = {f"{number}": job for number, job in enumerate(jobs)}
        opens = self.book.keys.first("open")
        sessions = [(f"{SESSION}{run}", _session_cells(run, one, opens)) for run, one in self._live.items()]
        self.shelf.show([*sessions, *((key, _cells(job)) for key, job in self._jobs.items())])
        still = len(self.book.jobs.going_on) + len(sessions)
        self.title_bar.facts(f"{still} not ended" if still else "nothing goes on")
        self.refresh_bindings()

    @property
    def chosen(self) -> Job | None:
        """The job under the cursor; None for a session."""
        return self._jobs.get(self.shelf.key or "")

    @on(Shelf.Moved)
    def follow(self) -> None:
        """The footer follows the cursor."""
        self.refresh_bindings()

    @on(Shelf.Chosen)
    def open_chosen(self) -> None:
        """A click opens as enter does."""
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what goes on can be stopped, and only what came to something opened."""
        job, key = self.chosen, self.shelf.key or ""
        if action == "stop_job":
            return job is not None and job.state in OPEN
        if action == "open":
            return key.startswith(SESSION) or (job is not None and job.opens is not None)
        return super().check_action(action, parameters)

    def action_open(self) -> None:
        """Go to what it is, or what it came to."""
        job, key = self.chosen, self.shelf.key or ""
        if key.startswith(SESSION):
            self.book.open_live(key.removeprefix(SESSION))
        elif job is not None and job.opens is not None:
            job.opens(self.book)

    def action_stop_job(self) -> None:
        """End the one under the cursor."""
        if self.chosen is not None:
            self.chosen.stop()
            self.show()


def _cells(job: Job) -> list[Piece]:
    going = job.state in OPEN
    return [
        SIGNS[job.state],
        piece(job.title, Tone.STRONG if going else Tone.PLAIN),
        piece(job.state),
        piece(lasted(job.seconds * 1000)),
        piece(job.said, Tone.PLAIN if going else Tone.DIM),
    ]


def _session_cells(run: str, presence: Presence, opens: str) -> list[Piece]:
    state = "attached elsewhere" if presence.attached else "left running"
    state += ", paused" if presence.paused else ""
    return [
        Piece("▸", Tone.HEAD),
        piece(f"recording {run}", Tone.STRONG),
        piece(state),
        Piece(""),
        piece(f"{opens} goes back", Tone.DIM),
    ]
