"""What a person orders on the Replay screen: moves, breakpoints, values, the way back."""

from abc import abstractmethod
from collections.abc import Callable

from app.actions import Area, actions_in
from app.book import Plan
from app.screens.breaking import ADD, BreakpointList
from app.screens.choosing import Form, Given
from app.screens.course import Course
from app.screens.dialogs import AskText
from app.screens.permitting import PermittingScreen
from app.screens.wanted import value_fields
from app.widgets.steps import Mark, StepList
from app.workers.replay_facts import Stood
from capture.errors import BadInputError
from replay.outcome import Replay
from replay.protocols import Back, SetValues
from replay.repairs.proposal import RepairStatus
from replay.stand import Stand
from replay.stepping.breakpoints import FORMS, Breakpoint, On, read_breakpoint
from replay.stepping.orders import Go, Order, Until, check_breakpoint, objection

STEPPING = frozenset(action.method for action in actions_in(Area.REPLAY)) - {"validate", "promote"}
ANYTIME = frozenset({"breakpoint", "break_on", "breakpoints"})
"""Orders that need no halt."""
HALTING = "It halts before the next step: one that runs can't be held without harm. {stop} ends it."


class SteppingScreen(PermittingScreen):
    """Tells a `Stepper` what to do; a screen shows what comes of it."""

    def __init__(self) -> None:
        """Nothing stands yet."""
        super().__init__()
        self._stood: Stood | None = None
        self.steps = StepList(id="steps", gutter=True)
        """Steps with breakpoints."""

    @property
    @abstractmethod
    def course(self) -> Course | None:
        """How the replay goes; None before its version was read."""

    @property
    @abstractmethod
    def version(self) -> str:
        """NAME@V of what runs, as far as it is known."""

    @property
    @abstractmethod
    def plan(self) -> Plan:
        """What is replayed, and where."""

    @property
    @abstractmethod
    def ended(self) -> Replay | None:
        """How it ended; None before."""

    @property
    def waits(self) -> bool:
        """Whether it goes on only when a person has decided something."""
        return not self.over and (self._stood is not None or self.repair is not None or bool(self._asks))

    @property
    @abstractmethod
    def over(self) -> bool:
        """Whether the replay has ended."""

    @abstractmethod
    def begin_again(self, from_step: int | None = None) -> None:
        """Start the replay from its first step, or from another, with the same breakpoints."""

    @abstractmethod
    def explain_standing(self) -> None:
        """Show where it stands."""

    @abstractmethod
    def show_values(self) -> None:
        """Show the values, and what it halts at."""

    @property
    def stands(self) -> Stand | None:
        """Where the replay waits for the person; None while it doesn't."""
        return self._stood.stand if self._stood else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Stepping keys live while no proposal is open and the replay stands; else some of them are its own."""
        if action not in STEPPING:
            return super().check_action(action, parameters)
        if self.repair is not None:
            # What somebody else decided on leaves nothing to decide here but the end.
            return action == "stop" and self.repair.status is not RepairStatus.PROPOSED and not self.over
        return self._live(action)

    def _live(self, action: str) -> bool:
        """Whether a stepping key does something now."""
        stand = self.stands
        match action:
            case "restart":
                return self.over or stand is not None
            case "replay_from":
                return self.over and self.plan.step is None
            case "stop":
                return not self.over
            case "pause":
                return stand is None and not self.over and self.course is not None and bool(self.course.marks)
            case "step_back":
                return stand is not None and (stand.step_index > 1 or bool(stand.back))
            case _:
                return stand is not None or action in ANYTIME

    def action_next(self) -> None:
        """Run one step."""
        self._order(Go.NEXT)

    def action_into(self) -> None:
        """Step into a list."""
        self._order(Go.INTO)

    def action_continue(self) -> None:
        """Run on."""
        self._order(Go.CONTINUE)

    def action_run_to_cursor(self) -> None:
        """Run until before the step under the cursor."""
        self._order(Until(self.steps.step or 1))

    def action_skip(self) -> None:
        """Go past the step."""
        if self._order(Go.SKIP) and self.course:
            self.course.stand(self.course.here, Mark.SKIPPED)
            self.show_row(self.course.here)

    def action_stop(self) -> None:
        """End it."""
        self.stepper.stop()

    def action_pause(self) -> None:
        """Halt before the next step."""
        self.stepper.pause()
        self.say(self.book.keys.told(HALTING))

    def action_step_back(self) -> None:
        """Stand before the step under the cursor again where it lies behind, else before the last one."""
        stand, cursor = self.stands, self.steps.step
        if stand is None:
            return
        last = next((at for at in reversed(stand.back) if at < stand.step_index or stand.failure), stand.step_index - 1)
        self._order(Back(cursor if cursor in stand.back and cursor != stand.step_index else last))

    def action_restart(self) -> None:
        """Begin again, with the same breakpoints."""
        if self.over:
            self.begin_again()
        else:
            self._order(Go.RESTART)

    def action_replay_from(self) -> None:
        """Begin at the step under the cursor, with the same breakpoints."""
        if self.steps.step is not None:
            self.begin_again(self.steps.step)

    def action_breakpoint(self) -> None:
        """Set or clear a breakpoint under the cursor; one with a condition is cleared too."""
        if self.steps.step is None:
            return
        plain = Breakpoint(On.STEP, str(self.steps.step))
        there = [one for one in self.stepper.breakpoints if one.step == self.steps.step]
        for one in there or [plain]:
            self.stepper.toggle(one)
        self.show_row(self.steps.step)
        self.show_values()

    def action_break_on(self) -> None:
        """Ask what to halt at; saying it again clears it."""
        course = self.course
        if course is None:
            return
        held = ", ".join(f"“{one}”" for one in self.stepper.breakpoints)
        question = f"Halt at: {FORMS}. {f'Set: {held}; one written again is cleared.' if held else ''}"

        def given(spec: str | None) -> None:
            if spec is not None:
                self.stepper.toggle(read_breakpoint(spec))
                self.show_rows()
                self.show_values()

        self.app.push_screen(AskText("Break on", question, problem=_problem_of(course)), given)

    def action_breakpoints(self) -> None:
        """List them; one is gone to, cleared or added there."""
        course = self.course
        if course is None:
            return

        def clear(one: Breakpoint) -> None:
            self.stepper.toggle(one)
            self.show_rows()
            self.show_values()

        key = self.book.keys.first("breakpoint")

        def wanted(said: int | str | None) -> None:
            if said == ADD:
                self.action_break_on()
            elif isinstance(said, int):
                self.steps.go_to(said)

        self.app.push_screen(BreakpointList(course.playbook, lambda: self.stepper.breakpoints, clear, key), wanted)

    def action_edit_values(self) -> None:
        """Ask for the values that the next steps go on with."""
        stand = self.stands
        if stand is None:
            return
        shown = value_fields(stand.playbook, stand.values)
        if not shown:
            self.say("it has no value that can be edited")
            return

        def given(values: Given | None) -> None:
            changed = {name: value for name, value in (values or {}).items() if stand.values.get(name) != value}
            if changed and self.stands is stand:
                self._order(SetValues(changed))

        self.app.push_screen(Form("Values from here on", shown), given)

    def show_row(self, index: int) -> None:
        """Draw one step of the list anew."""
        if self.course and 0 < index <= self.course.count:
            self.steps.update(self.course.step_row(index, self.stepper.breakpoints))

    def show_rows(self, cursor: int | None = None) -> None:
        """Draw the list of steps anew."""
        if self.course:
            self.steps.show(self.course.step_rows(self.stepper.breakpoints), cursor=cursor)

    def _order(self, order: Order) -> bool:
        """Give an order; where it can't be obeyed, say why."""
        stand = self.stands
        if stand is None:
            return False
        reason = objection(order, stand)
        if reason is not None:
            self.say(reason, severity="warning")
            return False
        self._stood = None
        self.proposal.explain([])
        self.stepper.order(order)
        self.refresh_bindings()
        return True


def _problem_of(course: Course) -> Callable[[str], str | None]:
    def problem(spec: str) -> str | None:
        try:
            check_breakpoint(read_breakpoint(spec), course.playbook)
        except BadInputError as error:
            return str(error)
        return None

    return problem
