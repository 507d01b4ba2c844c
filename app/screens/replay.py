"""Replay: the work done again, step by step, recorded beside actual; at a divergence, repairs in place."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from app.actions import Area, bindings
from app.book import Plan, Terms
from app.screens.comparing import STATUS_PIECES, abstained_rows, ending_rows, note_rows
from app.screens.course import Course
from app.screens.dialogs import AskText
from app.screens.incident import ask_incident
from app.screens.standing import standing_rows
from app.screens.stepping import SteppingScreen
from app.screens.wanted import Wanted, wanted
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Tone, piece, rows
from app.widgets.recorded import lasted
from app.widgets.steps import Mark, StepList, columns_for
from app.widgets.timeline import Timeline
from app.workers.facts import ReplayTold, ReviewWanted, StandingChanged, Stood, ValidationEnded, WantsRead
from app.workers.replaying import MorePrinted, ReplayFeed, ReplayReturned
from app.workers.stepping import Stepper
from app.workers.tasks import Refused, in_thread
from capture.printable import plain_text
from replay.foretold import foretold
from replay.governance.permits import Permits
from replay.outcome import Mode, Replay
from replay.playbook import VersionStatus
from replay.progress import RepairsProposed, ReplayBegan, StepBegan, StepChecked, StepJudged, SteppedBack, VersionMade
from replay.repairs.proposal import Repair, RepairStatus

WAITING = (RepairStatus.REJECTED, RepairStatus.CHANGES_REQUESTED, RepairStatus.PROPOSED)
"""Where a repair stands that a replay can't go on with; PROPOSED: another person must say yes as well."""


class ReplayScreen(SteppingScreen):
    """Drives one replay through a `Stepper` and shows what it tells."""

    AREA = Area.REPLAY
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.REVIEW, Area.REPLAY)

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
        self._shadow: str | None = None
        self.recorded, self.actual = Lines(id="recorded"), Lines(id="actual", follow=False)
        """What was, and what is."""
        self.timeline = Timeline(id="timeline")
        """How long it took."""

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
        """Whether it has ended."""
        return self._ended is not None

    @property
    def terms(self) -> Terms:
        """Of its plan."""
        return self._plan.terms

    @property
    def ref(self) -> str | None:
        """The version that runs, or that an approval made; none while a proposal is open: it is no version yet."""
        return None if self.repair else self._version

    @property
    def _version(self) -> str:
        playbook = self._course.playbook if self._course else None
        return f"{playbook.name}@{playbook.version}" if playbook else self._plan.ref

    @property
    def busy(self) -> str | None:
        """A replay that has begun and not ended."""
        begun = self._course is not None and bool(self._course.marks) and self._ended is None
        return "A replay is going on. Stop it and quit?" if begun else None

    def compose_body(self) -> Iterator[Widget]:
        """Steps; recorded beside actual, what to decide below; time."""
        with Horizontal():
            yield self.steps
            with Vertical(id="stage"):
                with Horizontal(id="comparison"):
                    yield self.recorded
                    yield self.actual
                yield self.proposal
        yield self.timeline

    def on_mount(self) -> None:
        """Read the version, then ask for what has no value."""
        self.steps.border_title = "Steps"
        self.recorded.border_title, self.actual.border_title = "Recorded", "Actual"
        self.steps.focus()
        core, ref = self.core, self._plan.ref
        in_thread(self, lambda: WantsRead(core.version(ref), core.secrets_wanted(ref)), group="version")

    def on_unmount(self) -> None:
        """Leaving ends the replay; its thread comes back at once."""
        self._stepper.stop()

    @on(WantsRead)
    def begin(self, event: WantsRead) -> None:
        """Show the steps as they are, then start."""
        event.stop()
        self._known = {(one.key, one.answer) for one in event.secrets if one.source is not None}
        self._course, self._status = Course(event.stored.playbook), event.stored.status
        self.steps.styles.width = columns_for(self._course.step_rows(()), least=22, most=34)
        self.show_rows(1)
        self._ask_values()

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
            self.app.pop_screen()
            return
        (self._secrets if asked.answer else self._values)[asked.name] = value
        self._ask_values()

    def _start(self) -> None:
        """Run the replay in a thread, from the first step."""
        plan, core, values, secrets = self._plan, self.core, dict(self._values), dict(self._secrets)
        stepper, feed, ref = self._stepper, self._feed, self._version
        draft = self._status is not VersionStatus.ACTIVE
        in_thread(
            self,
            lambda: ReplayReturned(
                core.replay(
                    ref,
                    mode=plan.mode,
                    cwd=plan.cwd,
                    values=values,
                    shadow=plan.shadow,
                    draft=draft,
                    director=stepper,
                    watcher=feed,
                    secrets=secrets,
                    network=plan.terms.network,
                    permits=Permits(ask=plan.terms.ask, yes_to=plan.terms.yes_to, hands=plan.mode is not Mode.SIMULATE),
                )
            ),
            group="replay",
        )

    @on(ReplayTold)
    def note(self, event: ReplayTold) -> None:
        """Show a fact."""
        course, told = self._course, event.event
        if course is None:
            return
        match told:
            case ReplayBegan(shadow=shadow):
                self._shadow = shadow
            case StepChecked():
                course.checked(told)
                self._stand(course)
            case StepBegan():
                course.began(told)
                self._stand(course)
            case StepJudged(outcome=outcome):
                course.judged(told)
                self.show_row(outcome.step_index)
                self._show_comparison(outcome.step_index)
            case RepairsProposed(failure=failure, repairs=(), abstained=abstained, notes=notes):
                self.proposal.explain([*abstained_rows(failure, abstained), *note_rows(notes)])
            case VersionMade(playbook=playbook):
                self._status = VersionStatus.DRAFT
                course.mended(playbook)
                self.say(f"✓ the replay goes on with it; its end makes {playbook.name}@{playbook.version}, a draft")
                self.show_rows(course.here)
            case SteppedBack(step_index=step_index):
                course.went_back(step_index)
                self.show_rows(step_index)
            case _:
                pass
        self._show_standing()

    @on(MorePrinted)
    def show_printed(self) -> None:
        """The running step printed more."""
        if self._course and self._course.running:
            self._course.printed(plain_text(self._feed.printed))
            self._show_comparison(self._course.here)

    @on(Stood)
    def halt(self, event: Stood) -> None:
        """The replay stands before a step, or where it would end."""
        self._stood, stand = event, event.stand
        if self._course:
            if stand.failure is None and not stand.over:
                self._course.stand(stand.step_index, Mark.CURRENT)
            self._stand(self._course)
        self.explain_standing()
        self._show_standing()

    def explain_standing(self) -> None:
        """Say where it stands, what made it halt, and what is set."""
        if self._stood and self._course:
            self.proposal.explain(standing_rows(self._stood.stand, self._stood.hit, self._stepper.breakpoints))

    @on(ReviewWanted)
    def open_proposals(self, event: ReviewWanted) -> None:
        """The replay stopped; its proposals open in place."""
        self._stood = None
        if self._course:
            self._course.stand(event.failure.step_index, Mark.FAILED)
            self._stand(self._course)
        self.propose(event.repairs, event.failure)
        self.set_class(True, "-reviewing")
        self.proposal.focus()
        self._show_standing()

    @on(ReplayReturned)
    def finish(self, event: ReplayReturned) -> None:
        """The replay is over."""
        self._ended, self._stood = event.replay, None
        self._close_proposals()
        if self._course:
            self._course.ended(event.replay)
            for outcome in event.replay.steps:
                self.show_row(outcome.step_index)
        found = foretold(event.replay.steps) if self._plan.mode is Mode.SIMULATE else ()
        if event.replay.failure:
            self.steps.go_to(event.replay.failure.step_index)
        elif found:
            self.steps.go_to(found[0].steps[0])
        self.proposal.explain(ending_rows(event.replay))
        if self._stepper.restarts:
            self.begin_again()
        self._show_standing()

    @on(Refused)
    def explain_refusal(self, event: Refused) -> None:
        """What can't begin, says why, where the person looks."""
        if self._course is None or not self._course.marks:
            self.proposal.explain(rows(event.reason, Tone.BAD, first="✗ ", rest="  "))

    @on(ValidationEnded)
    def note_verdict(self) -> None:
        """The title says again how the replay stands."""
        self._show_standing()

    @on(StandingChanged)
    def note_standing(self, event: StandingChanged) -> None:
        """The title says what the version is now."""
        self._status = event.stored.status
        self._show_standing()

    @on(StepList.Moved)
    def follow(self, event: StepList.Moved) -> None:
        """Show the step under the cursor."""
        self._show_comparison(event.index)

    def decided(self, repair: Repair) -> None:
        """Go on with an approved repair; after a rejection look at the next one, or let the replay end."""
        if repair.status in WAITING and self._open:
            self._look()
            return
        approved = repair.status not in WAITING
        self._close_proposals()
        self._stepper.answer(repair.repair_id if approved else None)

    def recorded_command(self, repair: Repair) -> str:
        """The step that it stands at, as it is in the playbook; a repair counts the steps of its base."""
        del repair
        return self._course.playbook.steps[self._course.here - 1].run if self._course else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A version can be validated and promoted once it was seen to the end; the one of an approval is made then."""
        if action in ("validate", "promote"):
            return self.repair is not None or self._ended is not None
        if action == "compare":
            return bool(self._ended and self._ended.run_id)
        if action == "incident":
            return self._ended is not None
        return super().check_action(action, parameters)

    def action_incident(self) -> None:
        """Write a report of it."""
        if self._ended is not None:
            ask_incident(self, self._ended.replay_id)

    def action_compare(self) -> None:
        """Hold it against its recording."""
        if self._ended is not None:
            self.compare_with_recording(self._ended.replay_id)

    def begin_again(self) -> None:
        """Start the replay from its first step, with the same breakpoints."""
        if self._course is None:
            return
        self._stepper = Stepper(self.post_message, breakpoints=self._stepper.breakpoints)
        self._course, self._ended = Course(self._course.playbook), None
        self.show_rows(1)
        self._start()

    def _close_proposals(self) -> None:
        if self._open:
            self.propose(())
        if self.has_class("-reviewing"):
            self.set_class(False, "-reviewing")
            self.steps.focus()

    def _stand(self, course: Course) -> None:
        """The cursor follows the replay."""
        self.show_row(course.here)
        self.steps.go_to(course.here)
        self._show_comparison(course.here)

    def _show_comparison(self, index: int) -> None:
        if self._course and index <= self._course.count and self.steps.step in (index, None):
            self.recorded.show(self._course.recorded(index))
            self.actual.show(self._course.actual(index))

    def _show_standing(self) -> None:
        course = self._course
        if course is None:
            return
        playbook, here, count = course.playbook, course.here, course.count
        self.set_class(self._ended is not None, "-ended")
        self.title_bar.place(playbook.name)
        self.title_bar.facts(
            self._state_piece(),
            self._plan.mode,
            f"{here}/{count}" if here else f"{count} steps",
            f"v{playbook.version} {self._status or ''}".strip(),
            f"shadow {self._shadow}" if self._shadow else f"in {Path(self._plan.cwd).name}",
        )
        total = sum(course.durations.values())
        words = f"step {here} of {count} · {lasted(total)}" if here else f"{count} steps"
        self.timeline.show(course.durations, count=count, here=here, words=words)
        self.refresh_bindings()

    def _state_piece(self) -> Piece:
        if self._ended:
            return STATUS_PIECES[self._ended.status]
        if self.repair:
            return piece("● your decision", Tone.WARN)
        return piece("▸ stands", Tone.HEAD) if self._stood else piece("… running", Tone.HEAD)
