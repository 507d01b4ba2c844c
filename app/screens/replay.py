"""Replay: the work done again, step by step, recorded beside actual; at a divergence, repairs in place."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from app.actions import Area, bindings
from app.amounts import counted
from app.book import Plan
from app.pace import left_words
from app.screens.beginning import BeginningScreen
from app.screens.comparing import STATUS_PIECES, abstained_rows, ending_rows, note_rows
from app.screens.course import Course
from app.screens.incident import ask_incident
from app.screens.left import LeftReplay, tell_left
from app.screens.standing import active_rows, halt_rows, standing_rows, value_rows
from app.screens.trying import TRIED, gone_on, tried_rows
from app.widgets.beside import Beside, Place
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, piece, rows
from app.widgets.recorded import lasted
from app.widgets.steps import Mark, StepList
from app.widgets.timeline import Timeline
from app.workers.facts import StandingChanged, ValidationEnded, VersionStood
from app.workers.replay_facts import ReplayTold, ReviewWanted, Stood
from app.workers.replaying import MorePrinted, ReplayReturned
from app.workers.tasks import Refused, in_thread
from capture.printable import plain_text
from replay.foretold import foretold
from replay.outcome import Mode, ReplayStatus
from replay.playbook import VersionStatus
from replay.progress import RepairsProposed, ReplayBegan, StepBegan, StepChecked, StepJudged, SteppedBack, VersionMade
from replay.repairs.proposal import Repair, RepairStatus

TICK_S = 1.0
"""Between the looks at the clock while a step runs."""
WAITING = (RepairStatus.REJECTED, RepairStatus.CHANGES_REQUESTED, RepairStatus.PROPOSED)
"""Where a repair stands that a replay can't go on with; PROPOSED: another person must say yes as well."""


class ReplayScreen(BeginningScreen):
    """Drives one replay through a `Stepper` and shows what it tells."""

    AREA = Area.REPLAY
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.REVIEW, Area.REPLAY)

    def __init__(self, plan: Plan) -> None:
        """Replay a version.

        Args:
            plan: Which, where, how.
        """
        super().__init__(plan)
        self._shadow: str | None = None
        self._mended = False
        """Whether it goes on with something that was approved in it."""
        self.comparison = Beside(id="comparison")
        """What was, and what is."""
        self.values = Lines(id="values")
        """Current values, and what it halts at."""
        self.timeline = Timeline(id="timeline")
        """How long it took."""

    @property
    def ref(self) -> str | None:
        """The version that runs, or that an approval made; none while a proposal is open: it is no version yet."""
        return None if self.repair else self.version

    @property
    def no_version(self) -> str:
        """What an approval made is a version when the replay has ended: all of its approvals make one."""
        if not self._mended:
            return super().no_version
        first = self.book.keys.told("{approve} or {reject} decides on this proposal first")
        return f"{self.version} is made when the replay ends: {first}"

    @property
    def busy(self) -> str | None:
        """A replay that has begun and not ended."""
        begun = self._course is not None and bool(self._course.marks) and self._ended is None
        return "A replay is going on. Stop it and quit?" if begun else None

    def go_back(self) -> None:
        """What has begun to run goes on, as a job; what has not begun, or has ended, is left for good."""
        course = self._course
        if self._ended is None and course is not None and (course.running or course.durations):
            self.book.leave_behind(self, LeftReplay(self))
        else:
            super().go_back()

    def compose_body(self) -> Iterator[Widget]:
        """Steps and values; recorded beside actual, what to decide below; time."""
        with Horizontal():
            with Vertical(id="course"):
                yield self.steps
                yield self.values
            with Vertical(id="stage"):
                yield self.comparison
                yield self.proposal
        yield self.timeline

    def on_mount(self) -> None:
        """Name the panes."""
        self.steps.border_title = "Steps"
        self.comparison.recorded.border_title, self.comparison.actual.border_title = "Recorded", "Actual"
        self.steps.focus()
        self._ticking = self.set_interval(TICK_S, self._show_standing, pause=True)

    @on(ReplayTold)
    def note(self, event: ReplayTold) -> None:
        """Show a fact."""
        course, told = self._course, event.event
        if course is None:
            return
        match told:
            case ReplayBegan(shadow=shadow, bindings=values):
                self._shadow, self._mended = shadow, False
                course.now(values)
                self.show_values()
                if self._plan.from_step:
                    course.goes_on_at(self._plan.from_step)
                    self.show_rows(self._plan.from_step)
            case StepChecked():
                course.checked(told)
                self._stand(course)
            case StepBegan():
                course.began(told)
                course.began_at = self.book.clock()
                self._ticking.resume()
                self._stand(course)
            case StepJudged(outcome=outcome):
                course.judged(told)
                self._ticking.pause()
                self.show_row(outcome.step_index)
                self._show_comparison(outcome.step_index)
            case RepairsProposed(failure=failure, repairs=(), abstained=abstained, notes=notes):
                self.proposal.explain([*abstained_rows(failure, abstained), *note_rows(notes)])
            case VersionMade(playbook=playbook):
                self._status, self._mended = VersionStatus.DRAFT, True
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
        self._ticking.pause()
        if self._course:
            self._course.now(stand.values)
            self.show_values()
            if stand.failure is None and not stand.over:
                self._course.stand(stand.step_index, Mark.CURRENT)
            self._stand(self._course)
            self._show_tried()
        self.explain_standing()
        self._show_standing()

    def explain_standing(self) -> None:
        """Say where it stands, what made it halt, and what is set."""
        if self._stood and self._course:
            keys = self.book.keys
            told = standing_rows(self._stood.stand, self._stood.hit, keys)
            self.proposal.explain([*tried_rows(self._course, self._plan.step, keys), *told])

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
        self._ticking.pause()
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
        self._show_tried()
        keys = self.book.keys
        trial = tried_rows(self._course, self._plan.step, keys, event.replay) if self._course else []
        self.proposal.explain(trial or ending_rows(event.replay, keys))
        if self._stepper.restarts:
            self.begin_again()
        self._show_standing()

    @on(Timeline.Chosen)
    def show_chosen(self, event: Timeline.Chosen) -> None:
        """The step that was chosen below is the one under the cursor."""
        self.steps.focus()
        self.steps.go_to(event.step)

    @on(Refused)
    def explain_refusal(self, event: Refused) -> None:
        """What can't begin, says why, where the person looks."""
        if self._course is None or not self._course.marks:
            self._refused = True
            self.refresh_bindings()
            self.say_standing(piece("✗ can't begin", Tone.BAD))
            self.proposal.explain(rows(event.reason, Tone.BAD, first="✗ ", rest="  "))

    @on(ValidationEnded)
    def note_verdict(self, event: ValidationEnded) -> None:
        """The title says again how the replay stands, and what the version is by now."""
        if event.ref == self.version:
            self._status = event.validated.status
        self._show_standing()

    def take_news(self) -> None:
        """Others may have moved the version that runs, or decided on what is open."""
        super().take_news()
        core, ref = self.core, self.version
        if self._course is None or self._mended:
            # What an approval made here is no version yet.
            return

        def read() -> VersionStood:
            stored = core.version(ref)
            return VersionStood(stored, core.active_versions().get(stored.playbook.name, 0))

        in_thread(self, read, group="standing")

    @on(VersionStood)
    def take_standing(self, event: VersionStood) -> None:
        """The title says what the version is by now; a key that is pressed is about that."""
        playbook, status = event.stored.playbook, event.stored.status
        ref, before = f"{playbook.name}@{playbook.version}", self.actives.get(playbook.name)
        if ref != self.version:
            return
        self.actives[playbook.name] = event.active
        if event.active not in (before, 0):
            self.say(f"● {playbook.name}@{event.active} is the active version by now")
        elif status is not self._status:
            self.say(f"● {ref} is {status} by now")
        self._status = status
        self._show_standing()

    @on(StandingChanged)
    def note_standing(self, event: StandingChanged) -> None:
        """The title says what the version is now, and what was said of its way there is past."""
        self._status = event.stored.status
        if self._status is VersionStatus.ACTIVE and self._ended and self._ended.status is ReplayStatus.SUCCESS:
            self.proposal.explain(active_rows(event.stored.playbook))
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

    def renewed(self) -> None:
        """The title says so."""
        self._show_standing()

    def about(self, repair: Repair) -> list[Row]:
        """What is left to do here where somebody else has decided on it."""
        told = "Nothing of it is left to decide here: {stop} ends this replay, as far as it has come."
        return [] if repair.status is RepairStatus.PROPOSED else rows(self.book.keys.told(told), Tone.DIM)

    def recorded_command(self, repair: Repair) -> str:
        """The step that it stands at, as it is in the playbook; a repair counts the steps of its base."""
        del repair
        return self._course.playbook.steps[self._course.here - 1].run if self._course else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A version can be validated and promoted once it was seen to the end; the one of an approval is made then."""
        if action in ("validate", "promote"):
            waits = self.repair is not None and self.repair.status is RepairStatus.PROPOSED
            return waits or self._ended is not None
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

    def _show_tried(self) -> None:
        """The cursor stays on the step that was to be tried, once something came of it."""
        step, course = self._plan.step, self._course
        if step is None or course is None:
            return
        for left_out in set(range(1, min(step, course.here))) - course.marks.keys():
            course.marks[left_out] = Mark.SKIPPED
            self.show_row(left_out)
        if course.marks.get(step) in TRIED and not gone_on(course, step):
            self.steps.go_to(step)
            self._show_comparison(step)

    def _show_comparison(self, index: int) -> None:
        if self._course and index <= self._course.count and self.steps.step in (index, None):
            running = self._course.running and index == self._course.here
            self.comparison.show(self._course.pairs(index), at=Place.END if running else Place.DIFFERENCE)

    def show_values(self) -> None:
        """Show the values as they are now, and what it halts at."""
        if self._course is None:
            return
        known, halts = value_rows(self._course), halt_rows(self._stepper.breakpoints)
        self.values.border_title = " · ".join([*(["Values"] if known else []), *(["Breakpoints"] if halts else [])])
        self.values.set_class(not known and not halts, "-empty")
        self.values.show([*known, *halts])

    def _show_standing(self) -> None:
        course = self._course
        if course is None:
            return
        playbook, here, count = course.playbook, course.here, course.count
        self.set_class(self._ended is not None, "-ended")
        self.title_bar.place(playbook.name)
        left = left_words(course.left(self.book.clock())) if self._ended is None else ""
        self.title_bar.facts(
            self._state_piece(),
            f"{here}/{count}" if here else counted(count, "step"),
            left,
            self._plan.mode if self._plan.step is None else f"trial of step {self._plan.step}",
            f"v{playbook.version} {self._status or ''}".strip(),
            f"shadow {self._shadow}" if self._shadow else f"in {Path(self._plan.cwd).name}",
        )
        total = sum(course.durations.values())
        total += (self.book.clock() - course.began_at) * 1_000 if course.running and self._ended is None else 0
        facts = [f"step {min(here, count)} of {count}", lasted(total), left] if here else [counted(count, "step"), left]
        words = " · ".join(fact for fact in facts if fact)
        tell_left(self)
        self.timeline.show(course.durations, count=count, here=here, words=words, expected=course.pace)
        self.refresh_bindings()

    def _state_piece(self) -> Piece:
        if self._ended:
            return STATUS_PIECES[self._ended.status]
        if self.repair:
            waits = self.repair.status is RepairStatus.PROPOSED
            return piece("● your decision" if waits else "● decided elsewhere", Tone.WARN)
        return piece("▸ stands", Tone.HEAD) if self._stood else piece("… running", Tone.HEAD)
