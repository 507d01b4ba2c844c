"""How a replay begins on the Replay screen: its version is read, what has no value is asked for, then it runs."""

from functools import partial
from pathlib import Path

import msgspec
from textual import on

from app.book import Plan, Terms
from app.screens.course import Course
from app.screens.dialogs import AskText
from app.screens.left import tell_left
from app.screens.stepping import SteppingScreen
from app.screens.wanted import Wanted, wanted
from app.widgets.prose import Piece
from app.widgets.steps import columns_for
from app.workers.facts import WantsRead
from app.workers.pacing import PaceRead, read_pace
from app.workers.replaying import ReplayFeed, ReplayReturned
from app.workers.stepping import Stepper
from app.workers.tasks import in_thread
from replay.governance.permits import Permits
from replay.outcome import Mode, Replay
from replay.playbook import VersionStatus
from replay.stepping.trying import trying


class BeginningScreen(SteppingScreen):
    """Starts one replay, as often as the person says again."""

    def __init__(self, plan: Plan) -> None:
        """Replay a version.

        Args:
            plan: Which, where, how.
        """
        super().__init__()
        self._plan = plan
        self._values: dict[str, str] = dict(plan.values)
        self._secrets: dict[str, str] = {}
        self._known: set[tuple[str, bool]] = set()
        self._course: Course | None = None
        self._status: VersionStatus | None = None
        self._stepper = Stepper(self.post_message)
        self._feed = ReplayFeed(self.post_message)
        self._ended: Replay | None = None
        self._refused = False

    @property
    def stepper(self) -> Stepper:
        """Who drives the replay."""
        return self._stepper

    @property
    def course(self) -> Course | None:
        """How the replay goes."""
        return self._course

    @property
    def over(self) -> bool:
        """Whether it has ended, or could not begin."""
        return self._ended is not None or self._refused

    @property
    def ended(self) -> Replay | None:
        """How it ended; None before."""
        return self._ended

    def note_unseen(self) -> None:
        """Whatever screen is shown says that it waits."""
        tell_left(self)

    @property
    def plan(self) -> Plan:
        """What is replayed, and where."""
        return self._plan

    @property
    def terms(self) -> Terms:
        """Of its plan."""
        return self._plan.terms

    @property
    def version(self) -> str:
        """NAME@V of what runs, as far as it is known."""
        playbook = self._course.playbook if self._course else None
        return f"{playbook.name}@{playbook.version}" if playbook else self._plan.ref

    def on_mount(self) -> None:
        """Read the version, then ask for what has no value."""
        core, ref = self.core, self._plan.ref
        self.title_bar.place(ref)
        self.say_standing("getting ready …")

        def read() -> WantsRead:
            stored = core.version(ref)
            active = core.active_versions().get(stored.playbook.name, 0)
            return WantsRead(stored, core.secrets_wanted(ref), active)

        in_thread(self, read, group="version")

    def on_unmount(self) -> None:
        """Leaving ends the replay; its thread comes back at once."""
        self._stepper.stop()

    def say_standing(self, fact: str | Piece) -> None:
        """How it stands before its first step, in the title."""
        self.title_bar.facts(fact, self._plan.mode, f"in {Path(self._plan.cwd).name}")

    @on(WantsRead)
    def begin(self, event: WantsRead) -> None:
        """Show the steps as they are, then start."""
        event.stop()
        self._known = {(one.key, one.answer) for one in event.secrets if one.source is not None}
        self._course, self._status = Course(event.stored.playbook), event.stored.status
        self.actives[event.stored.playbook.name] = event.active
        self._stepper = self._new_stepper(self._course)
        self.query_one("#course").styles.width = columns_for(
            self._course.step_rows(()), least=22, most=max(34, self.size.width // 4)
        )
        self.show_rows(self._plan.from_step or 1)
        if self._plan.mode is not Mode.SIMULATE:
            core, playbook = self.core, event.stored.playbook
            in_thread(self, lambda: read_pace(core, playbook), group="pace")
        self._ask_values()

    @on(PaceRead)
    def keep_pace(self, event: PaceRead) -> None:
        """How long steps take is known."""
        if self._course:
            self._course.pace = event.pace

    def _ask_values(self) -> None:
        """Ask for the next value that the document doesn't hold; start when there is none left."""
        simulated = self._course is None or self._plan.mode is Mode.SIMULATE
        lacking = (
            ()
            if simulated or self._course is None
            else wanted(self._course.playbook, self._values, self._secrets, self._known)
        )
        first = next(iter(lacking), None)
        if first is None:
            self._start()
            return
        asked = AskText(
            "Before it starts", first.question, value=first.suggestion, secret=first.secret, problem=first.problem
        )
        self.app.push_screen(asked, partial(self._take_value, first))

    def _take_value(self, asked: Wanted, value: str | None) -> None:
        if value is None:
            self.leave_it()
            return
        (self._secrets if asked.answer else self._values)[asked.name] = value
        self._ask_values()

    def _start(self) -> None:
        """Run the replay in a thread, from the step that its plan says."""
        self._refused = False
        self.say_standing("getting ready …")
        plan, core, values, secrets = self._plan, self.core, dict(self._values), dict(self._secrets)
        stepper, feed, ref = self._stepper, self._feed, self.version
        draft = self._status is not VersionStatus.ACTIVE
        permits = Permits(ask=plan.terms.ask, yes_to=plan.terms.yes_to, hands=plan.mode is not Mode.SIMULATE)

        def one(step: int) -> Replay:
            return core.try_step(
                ref,
                step,
                cwd=plan.cwd,
                alone=plan.alone,
                values=values,
                director=stepper,
                watcher=feed,
                secrets=secrets,
                network=plan.terms.network,
                permits=permits,
            )

        def every() -> Replay:
            return core.replay(
                ref,
                mode=plan.mode,
                cwd=plan.cwd,
                values=values,
                from_step=plan.from_step,
                shadow=plan.shadow,
                draft=draft,
                director=stepper,
                watcher=feed,
                secrets=secrets,
                network=plan.terms.network,
                permits=permits,
            )

        in_thread(self, lambda: ReplayReturned(every() if plan.step is None else one(plan.step)), group="replay")

    def _new_stepper(self, course: Course) -> Stepper:
        """Stands before the first step; where one step is tried, it asks from there on."""
        plan, breakpoints = self._plan, self._stepper.breakpoints
        if plan.step is None:
            return Stepper(self.post_message, breakpoints=breakpoints)
        ahead = trying(course.playbook, plan.step, alone=plan.alone)
        return Stepper(self.post_message, breakpoints=breakpoints, ahead=ahead)

    def begin_again(self, from_step: int | None = None) -> None:
        """Start the replay from its first step, or from another, with the same breakpoints."""
        if self._course is None:
            return
        self._plan = msgspec.structs.replace(self._plan, from_step=from_step)
        self._stepper = self._new_stepper(self._course)
        pace = self._course.pace
        self._course, self._ended = Course(self._course.playbook), None
        self._course.pace = pace
        self.show_rows(from_step or 1)
        self._start()
