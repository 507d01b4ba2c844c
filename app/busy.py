"""What goes on whatever screen is left: begun, told of on every screen, stopped, and told when it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import App

from app.screens.base import BookScreen
from app.workers.jobs import ErrandEnded, ErrandTold, Jobs, JobState

if TYPE_CHECKING:
    from textual.message import Message
    from textual.screen import Screen

    from app.book import Plan
    from app.errands import Errand
    from app.keymap import Keys
    from app.workers.jobs import Job


class Busy(App[None], inherit_bindings=False):
    """Holds the jobs."""

    jobs: Jobs
    """All that goes on, and what has ended lately."""

    if TYPE_CHECKING:

        @property
        def keys(self) -> Keys:
            """Which key does what."""

    @property
    def going_on(self) -> tuple[str, ...]:
        """What goes on wherever one is, in words, most important first; none when nothing does."""
        return self.jobs.words(self.keys)

    @property
    def shown_screen(self) -> BookScreen:
        """The screen that is shown, or the one under a dialog."""
        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, BookScreen))

    @property
    def is_ending(self) -> bool:
        """Whether no screen is left to be told of anything."""
        return not self.screen_stack

    def send_out(self, errand: Errand, *, to: object = None) -> bool:
        """Begin an errand; the app hears of it, so that it goes on whatever screen is left.

        Args:
            errand: What is to be done; one of the same title is not begun twice.
            to: Hears the fact by itself while it is the screen that is shown; any other is told by `take_fact`.
        """
        if self.jobs.find(errand.title):
            self.notify(
                f"{errand.title} goes on; {self.keys.first('stop-errand')} stops it", severity="warning", markup=False
            )
            return False
        self.jobs.add(errand)
        errand.to = to
        self.run_worker(lambda: errand.run(self.hear), thread=True, group="errand")
        self.show_going_on()
        return True

    def open_replay(self, plan: Plan) -> None:
        """Replay; where one that was left keeps a second one out, offer to go there."""
        from app.screens.dialogs import Confirm
        from app.screens.left import left_there
        from app.screens.replay import ReplayScreen

        left = left_there(self.jobs, plan)
        if left is None:
            self.push_screen(ReplayScreen(plan))
            return
        question = f"{left.here}. Go there? Another one can begin when it has ended."
        asked = Confirm("Replay", question)
        self.push_screen(asked, lambda sure: self.come_back(left.screen, left) if sure else None)

    def leave_behind(self, screen: Screen[None], job: Job) -> None:
        """Go back to the screen before; what this one shows goes on, listed as a job."""
        # Textual removes a screen that is left, unless it is installed under a name.
        self.install_screen(screen, _name(screen))
        self.pop_screen()
        self.jobs.add(job)
        self.show_going_on()

    def come_back(self, screen: Screen[None], job: Job) -> None:
        """Show a screen again that was left while it went on."""
        if self.is_screen_installed(screen):
            self.uninstall_screen(_name(screen))
            self.jobs.remove(job)
            self.push_screen(screen)
            self.show_going_on()

    def hear(self, message: Message) -> None:
        """Take what an errand tells, from any thread: facts are for the screen that is shown."""
        if isinstance(message, ErrandTold | ErrandEnded):
            self.post_message(message)
        elif not self.is_ending:
            self.shown_screen.post_message(message)

    @on(ErrandTold)
    def show_errand(self) -> None:
        """Say how far it is."""
        self.show_going_on()

    @on(ErrandEnded)
    def end_errand(self, event: ErrandEnded) -> None:
        """Tell the screen that is shown, or the one under a dialog."""
        if self.is_ending:
            return
        shown = self.shown_screen
        self.show_going_on()
        if event.fact is None:
            if event.refusal:
                shown.say(event.refusal, severity="warning" if event.job.state is JobState.STOPPED else "error")
        elif event.to is not None and self.screen is event.to:
            self.screen.post_message(event.fact)
        else:
            shown.take_fact(event.fact)

    def show_going_on(self) -> None:
        """Say on every screen what goes on."""
        if self.is_ending:
            return
        for screen in self.screen_stack:
            if isinstance(screen, BookScreen):
                screen.tell_going_on(*self.going_on)
        self.screen.refresh_bindings()

    def action_stop_errand(self) -> None:
        """End what goes on; of several, the person chooses."""
        still = self.jobs.going_on
        if len(still) == 1:
            still[0].stop()
        elif still:
            self.action_jobs()

    def action_jobs(self) -> None:
        """What goes on, and what has ended lately."""
        from app.screens.jobs import JobsScreen

        if not isinstance(self.screen, JobsScreen):
            self.push_screen(JobsScreen())


def _name(screen: Screen[None]) -> str:
    return f"left-{id(screen)}"
