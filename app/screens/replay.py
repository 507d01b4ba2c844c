"""Replay: the work done again, step by step, recorded beside actual; at a divergence, repairs in place."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from app.actions import Area, actions_in, bindings
from app.ports import Plan
from app.screens.comparing import (
    STATE_MARKS,
    STATUS_PIECES,
    abstained_rows,
    actual_rows,
    check_rows,
    ending_rows,
    recorded_rows,
    running_rows,
)
from app.screens.dialogs import AskText
from app.screens.reviewing import ReviewingScreen
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.widgets.recorded import lasted
from app.widgets.steps import Mark, StepList, StepRow, columns_for
from app.widgets.timeline import Timeline
from app.workers.facts import ReplayTold, ReviewWanted, StandingChanged, Stood, ValidationEnded, VersionRead
from app.workers.replaying import MorePrinted, ReplayFeed, ReplayReturned
from app.workers.stepping import Stepper
from app.workers.tasks import Refused, in_thread
from capture.printable import plain_text
from replay.outcome import Mode, Replay, StepOutcome
from replay.playbook import ParameterType, Playbook, VersionStatus
from replay.progress import RepairsProposed, ReplayBegan, StepBegan, StepChecked, StepJudged, VersionMade
from replay.repairs.proposal import Repair, RepairStatus

STEPPING = frozenset(action.method for action in actions_in(Area.REPLAY)) - {"validate", "promote"}


class _Wanted(NamedTuple):
    """A value to ask for."""

    name: str
    question: str
    suggestion: str
    kept_in: dict[str, str]
    secret: bool


class ReplayScreen(ReviewingScreen):
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
        self._values: dict[str, str] = {}
        self._secrets: dict[str, str] = {}
        self._playbook: Playbook | None = None
        self._status: VersionStatus | None = None
        self._stepper = Stepper(self.post_message)
        self._feed = ReplayFeed(self.post_message)
        self._marks: dict[int, Mark] = {}
        self._actual: dict[int, list[Row]] = {}
        self._durations: dict[int, float] = {}
        self._here = 0
        self._waiting = False
        self._ended: Replay | None = None
        self._shadow: str | None = None
        self._mended = False
        self.steps = StepList(id="steps", gutter=True)
        """Steps with breakpoints."""
        self.recorded, self.actual = Lines(id="recorded"), Lines(id="actual", follow=False)
        """What was, and what is."""
        self.timeline = Timeline(id="timeline")
        """How long it took."""

    @property
    def ref(self) -> str | None:
        """The version that runs, or that an approval made; none while a proposal is open: it is no version yet."""
        return None if self.repair else self._version

    @property
    def _version(self) -> str:
        return f"{self._playbook.name}@{self._playbook.version}" if self._playbook else self._plan.ref

    @property
    def busy(self) -> str | None:
        """A replay that has begun and not ended."""
        begun = bool(self._marks) and self._ended is None
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
        in_thread(self, lambda: VersionRead(core.version(ref), ()), group="version")

    def on_unmount(self) -> None:
        """Leaving ends the replay; its thread comes back at once."""
        self._stepper.stop()

    @on(VersionRead)
    def begin(self, event: VersionRead) -> None:
        """Show the steps as they are, then start."""
        event.stop()
        self._playbook, self._status = event.stored.playbook, event.stored.status
        self.steps.styles.width = columns_for(self._step_rows(), least=22, most=34)
        self._show_steps(1)
        self._ask_values()

    def _ask_values(self) -> None:
        """Ask for the next value that the document doesn't hold; start when there is none left."""
        wanted = next(self._wanted(), None)
        if wanted is None:
            self._start()
            return
        asked = AskText("Before it starts", wanted.question, value=wanted.suggestion, secret=wanted.secret)
        self.app.push_screen(asked, partial(self._take_value, wanted))

    def _wanted(self) -> Iterator[_Wanted]:
        """Parameters without a default, then answers that were secret."""
        if self._playbook is None or self._plan.mode is Mode.SIMULATE:
            return
        for name, parameter in self._playbook.parameters.items():
            secret = parameter.type is ParameterType.SECRET
            if parameter.default is None and name not in self._values:
                question = f"A value for {name}; it has no default." + (" It is stored nowhere." if secret else "")
                yield _Wanted(name, question, parameter.recorded or "", self._values, secret=secret)
        for answer in (answer for step in self._playbook.steps for answer in step.answers):
            if answer.secret and answer.prompt not in self._secrets:
                question = f"The answer to {answer.prompt.strip()!r}; it is stored nowhere."
                yield _Wanted(answer.prompt, question, "", self._secrets, secret=True)

    def _take_value(self, wanted: _Wanted, value: str | None) -> None:
        if value is None:
            self.app.pop_screen()
            return
        wanted.kept_in[wanted.name] = value
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
                    draft=draft,
                    director=stepper,
                    watcher=feed,
                    secrets=secrets,
                )
            ),
            group="replay",
        )

    @on(ReplayTold)
    def note(self, event: ReplayTold) -> None:
        """Show a fact."""
        match event.event:
            case ReplayBegan(shadow=shadow):
                self._shadow = shadow
            case StepChecked(outcome=outcome):
                self._note_checked(outcome)
            case StepBegan(step_index=index, command=command):
                self._stand(index, Mark.RUNNING)
                self._actual[index] = running_rows(command, "")
                self._show_comparison(index)
            case StepJudged(outcome=outcome, step=step, failure=failure):
                self._actual[outcome.step_index] = actual_rows(step, failure)
                self._durations[outcome.step_index] = step.duration_ms
                self._mark(outcome.step_index, Mark.FAILED if failure else Mark.SUCCESS)
                self._show_comparison(outcome.step_index)
            case RepairsProposed(failure=failure, repairs=(), abstained=abstained):
                self.proposal.explain(abstained_rows(failure, abstained))
            case VersionMade(playbook=playbook):
                self._playbook, self._status, self._mended = playbook, VersionStatus.DRAFT, True
                self._actual.pop(self._here, None)
                self.say(f"✓ {playbook.name}@{playbook.version} is a draft; the replay goes on with it")
                self._show_steps(self._here)
            case _:
                pass
        self._show_standing()

    def _note_checked(self, outcome: StepOutcome) -> None:
        self._actual[outcome.step_index] = check_rows(outcome)
        self._stand(outcome.step_index, STATE_MARKS[outcome.status])
        self._show_comparison(outcome.step_index)

    @on(MorePrinted)
    def show_printed(self) -> None:
        """The running step printed more."""
        if self._playbook and self._marks.get(self._here) is Mark.RUNNING:
            command = self._playbook.steps[self._here - 1].run
            self._actual[self._here] = running_rows(command, plain_text(self._feed.printed))
            self._show_comparison(self._here)

    @on(Stood)
    def halt(self, event: Stood) -> None:
        """The replay stands before a step."""
        self._waiting = True
        self._stand(event.step_index, Mark.CURRENT)
        self.proposal.explain(self._standing_rows(event.step_index))
        self._show_standing()

    @on(ReviewWanted)
    def open_proposals(self, event: ReviewWanted) -> None:
        """The replay stopped; its proposals open in place."""
        self._waiting = False
        self._stand(event.failure.step_index, Mark.FAILED)
        self.propose(event.repairs, event.failure)
        self.set_class(True, "-reviewing")
        self.proposal.focus()
        self._show_standing()

    @on(ReplayReturned)
    def finish(self, event: ReplayReturned) -> None:
        """The replay is over."""
        self._ended, self._waiting = event.replay, False
        self._close_proposals()
        for outcome in event.replay.steps:
            self._mark(outcome.step_index, STATE_MARKS[outcome.status])
        if event.replay.failure:
            self.steps.go_to(event.replay.failure.step_index)
        self.proposal.explain(ending_rows(event.replay))
        self._show_standing()

    @on(Refused)
    def explain_refusal(self, event: Refused) -> None:
        """What can't begin, says why, where the person looks."""
        if self._here == 0 and not self._marks:
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
        if repair.status is RepairStatus.REJECTED and self._open:
            self._look()
            return
        approved = repair.status not in (RepairStatus.REJECTED, RepairStatus.CHANGES_REQUESTED)
        self._close_proposals()
        self._stepper.answer(repair.repair_id if approved else None)

    def recorded_command(self, repair: Repair) -> str:
        """The step as it is in the playbook."""
        return self._playbook.steps[repair.step_index - 1].run if self._playbook else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Stepping keys live while no proposal is open and the replay stands; `n` and `c` are then theirs."""
        if action in ("validate", "promote"):
            return self.repair is not None or self._ended is not None or self._mended
        if action not in STEPPING:
            return super().check_action(action, parameters)
        if self.repair is not None:
            return False
        if action == "restart":
            return self._ended is not None
        if action == "stop":
            return self._ended is None
        return self._waiting or action == "breakpoint"

    def action_next(self) -> None:
        """Run one step."""
        self._order(self._stepper.step)

    def action_continue(self) -> None:
        """Run on."""
        self._order(self._stepper.go_on)

    def action_run_to_cursor(self) -> None:
        """Run until before the step under the cursor."""
        self._order(partial(self._stepper.run_to, self.steps.step or 1))

    def action_skip(self) -> None:
        """Go past the step."""
        self._mark(self._here, Mark.SKIPPED)
        self._order(self._stepper.skip)

    def action_stop(self) -> None:
        """End it."""
        self._stepper.stop()

    def action_breakpoint(self) -> None:
        """Set or clear a breakpoint under the cursor."""
        if self.steps.step is not None:
            self._stepper.toggle(self.steps.step)
            self._update_row(self.steps.step)

    def action_restart(self) -> None:
        """Begin again, with the same breakpoints."""
        if self._ended is None:
            return
        self._stepper = Stepper(self.post_message, breakpoints=self._stepper.breakpoints)
        self._marks, self._actual, self._durations = {}, {}, {}
        self._here, self._ended = 0, None
        self._show_steps(1)
        self._start()

    def _order(self, order: Callable[[], None]) -> None:
        self._waiting = False
        self.proposal.explain([])
        order()
        self.refresh_bindings()

    def _close_proposals(self) -> None:
        if self._open:
            self.propose(())
        if self.has_class("-reviewing"):
            self.set_class(False, "-reviewing")
            self.steps.focus()

    def _stand(self, index: int, mark: Mark) -> None:
        self._here = index
        self._mark(index, mark)
        self.steps.go_to(index)

    def _mark(self, index: int, mark: Mark) -> None:
        self._marks[index] = mark
        self._update_row(index)

    def _update_row(self, index: int) -> None:
        found = next((line for line in self._step_rows() if line.index == index), None)
        if found:
            self.steps.update(found)

    def _step_rows(self) -> list[StepRow]:
        steps = self._playbook.steps if self._playbook else ()
        return [
            StepRow(
                index=index,
                command=step.run,
                mark=self._marks.get(index, Mark.PENDING),
                breakpoint=index in self._stepper.breakpoints,
            )
            for index, step in enumerate(steps, 1)
        ]

    def _show_steps(self, cursor: int) -> None:
        self.steps.show(self._step_rows(), cursor=cursor)

    def _show_comparison(self, index: int) -> None:
        if self._playbook and index <= len(self._playbook.steps) and self.steps.step in (index, None):
            self.recorded.show(recorded_rows(self._playbook.steps[index - 1]))
            self.actual.show(self._actual.get(index, [row("not run yet", Tone.DIM)]))

    def _show_standing(self) -> None:
        playbook = self._playbook
        if playbook is None:
            return
        count = len(playbook.steps)
        self.title_bar.place(playbook.name)
        self.title_bar.facts(
            self._state_piece(),
            self._plan.mode,
            f"{self._here}/{count}" if self._here else f"{count} steps",
            f"v{playbook.version} {self._status or ''}".strip(),
            f"shadow {self._shadow}" if self._shadow else f"in {Path(self._plan.cwd).name}",
        )
        total = sum(self._durations.values())
        words = f"step {self._here} of {count} · {lasted(total)}" if self._here else f"{count} steps"
        self.timeline.show(self._durations, count=count, here=self._here, words=words)
        self.refresh_bindings()

    def _state_piece(self) -> Piece:
        if self._ended:
            return STATUS_PIECES[self._ended.status]
        if self.repair:
            return piece("● your decision", Tone.WARN)
        return piece("▸ stands", Tone.HEAD) if self._waiting else piece("… running", Tone.HEAD)

    def _standing_rows(self, index: int) -> list[Row]:
        step = self._playbook.steps[index - 1] if self._playbook else None
        said = [row(f"Stands before step {index}. n runs it, c runs on, b sets a breakpoint.", Tone.DIM)]
        return said + (rows(step.note, Tone.PLAIN) if step and step.note else [])
