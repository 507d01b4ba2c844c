"""`replay --step`: a debugger's prompt in a plain terminal, or on a pipe."""

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from app.calls import told_command
from app.cli.asking import AtTerminal, is_there
from app.cli.deciding import Deciding, Proposals
from app.cli.prompt import REPEATED, help_lines, order_of, read_line
from app.cli.shared import narrate, styled
from app.cli.standing import difference_lines, place_lines, step_lines, way_back
from app.cli.voice import Voice, Words
from capture.errors import BadInputError
from capture.printable import plain_text, printable
from capture.trace import Step
from replay.outcome import Failure, Replay, StepOutcome
from replay.playbook import Playbook
from replay.progress import ReplayEvent, StepBegan, StepChecked, StepJudged, SteppedBack, StepPrinted
from replay.protocols import Answer, ByHand
from replay.repairs.proposal import Repair
from replay.sources.asked import Asking
from replay.stand import Stand
from replay.stepping.breakpoints import Breakpoint, read_breakpoint
from replay.stepping.debugger import Debugger
from replay.stepping.orders import Go, Order, check_breakpoint, objection

PROMPT = "(replay) "


def read_breakpoints(specs: Sequence[str], playbook: Playbook) -> tuple[Breakpoint, ...]:
    """What `--break` said.

    Raises:
        BadInputError: One can't be read, or the playbook has no such step or value.
    """
    found = tuple(map(read_breakpoint, specs))
    for one in found:
        check_breakpoint(one, playbook)
    return found


def drive(
    play: "Callable[[AtPrompt], Replay]",
    *,
    breakpoints: Sequence[Breakpoint],
    core: Deciding,
    voice: Voice,
) -> tuple[Replay, bool]:
    """Replay under a person's orders, again as often as they say restart.

    Args:
        play: Replays once.
        breakpoints: To begin with.
        core: Records decisions on repairs.
        voice: How states are told.

    Returns:
        The last replay, and whether ctrl-C has ended it.
    """
    if sys.stdin.isatty() and not isinstance(voice, Words):
        # Line editing and history come with it, and a cursor that moves.
        import readline  # noqa: F401, PLC0415 - only a terminal has lines to edit
    again = True
    while again:
        seat = AtPrompt(breakpoints, core, voice)
        with seat.taking_interrupts():
            replay = play(seat)
        again, breakpoints = seat.debugger.orders.restart, seat.debugger.orders.breakpoints
    return replay, seat.left


class AtPrompt(AtTerminal):
    """A replay's director and watcher: asks where it halts, shows what it does."""

    def __init__(self, breakpoints: Sequence[Breakpoint], core: Deciding, voice: Voice) -> None:
        super().__init__()
        self.debugger = Debugger(self._ask, breakpoints=breakpoints)
        """What it asks for."""
        self.left = False
        """Whether ctrl-C has ended the replay."""
        self._core = core
        self._voice = voice
        self._outcomes: dict[int, StepOutcome] = {}
        self._last = ""
        self._failed: Stand | None = None
        self._prompting = False
        self._interrupted = False

    @property
    def steps_back(self) -> bool:
        """A person may want to."""
        return True

    def running(self, interrupt: Callable[[], None]) -> None:
        """The engine says what ends the step that runs."""
        self.debugger.running(interrupt)

    def halt(self) -> None:
        """The replay ends now."""
        self.debugger.cancel()
        if self._prompting or self._asking:
            os.kill(os.getpid(), signal.SIGINT)

    def next(self, stand: Stand) -> Answer:
        """The engine asks; a line that was typed while a step ran makes it halt."""
        if sys.stdin.isatty() and select.select([sys.stdin], [], [], 0)[0]:
            self.debugger.pause()
        self._interrupted = False
        return self.debugger.next(stand)

    @contextmanager
    def taking_interrupts(self) -> Iterator[None]:
        """While it lasts, ctrl-C ends the step that runs, one more the replay, and yet another all at once."""

        def pressed(number: int, frame: object) -> None:
            del number, frame
            if self.debugger.stopped or self._prompting or self._asking:
                raise KeyboardInterrupt
            if self._interrupted:
                _at_once("\nending the replay; ctrl-C again ends all at once")
                self.left = True
                self.debugger.cancel()
            else:
                _at_once("\nending the step; ctrl-C again ends the replay")
                self._interrupted = True
                self.debugger.interrupt()

        before = signal.signal(signal.SIGINT, pressed)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def __call__(self, event: ReplayEvent) -> None:
        """What happens while it happens."""
        match event:
            case StepChecked(step_index=index, outcome=outcome):
                self._outcomes[index] = outcome
            case StepBegan(step_index=index, command=command):
                narrate(styled(self._voice.begun(index, printable(told_command(command))), bold=True))
            case StepPrinted(data=data) if is_there():
                narrate(printable(plain_text(data)).strip("\n"))
            case StepJudged(outcome=outcome, step=step):
                self._outcomes[outcome.step_index] = outcome
                if step.output and not is_there():
                    narrate(printable(step.output.rstrip("\n")))
                narrate(self._voice.judged(outcome))
            case SteppedBack(step_index=index):
                self._outcomes = {at: one for at, one in self._outcomes.items() if at < index}
                narrate(f"back before step {index}: its files, values and shell are as they were")
            case _:
                pass

    def confirm(self, step_index: int, command: str, why: str) -> bool:
        """Only a person at a terminal says yes."""
        return is_there() and super().confirm(step_index, command, why)

    @property
    def ended(self) -> bool:
        """Whether the person ended it."""
        return self.debugger.stopped

    def send(self, asking: Asking) -> bool:
        """Only a person at a terminal says yes."""
        return is_there() and super().send(asking)

    def by_hand(self, work: ByHand) -> Step | None:
        """Only a person at a terminal does it."""
        return super().by_hand(work) if is_there() else None

    def review(self, failure: Failure, repairs: tuple[Repair, ...]) -> str | None:
        """Show the proposals; a person at a terminal may approve one, by a letter and its id typed out."""
        narrate(f"stopped at step {failure.step_index}: {printable(failure.message)}")
        proposals = Proposals(self._core, self._read, self._voice, director=self)
        proposals.show(repairs)
        if not is_there():
            narrate("only a person at a terminal approves; the proposals wait: replaybook repairs")
            return None
        approved = proposals.decide()
        return approved.repair_id if approved else None

    def _ask(self, stand: Stand, hit: str) -> Order:
        """Show where it stands, and read until an order came."""
        self._show_place(stand, hit)
        while True:
            line = self._read(PROMPT)
            if line is None:
                narrate("the replay is ended")
                return Go.STOP
            try:
                order = self._do(line.strip() or self._last, stand)
            except BadInputError as error:
                narrate(printable(str(error)))
                continue
            if order is not None:
                return order

    def _do(self, line: str, stand: Stand) -> Order | None:
        if not line:
            return None
        name, rest = read_line(line)
        self._last = line if name in REPEATED else ""
        order = order_of(name, rest, stand)
        if order is None:
            self._show(name, rest, stand)
            return None
        reason = objection(order, stand)
        if reason is not None:
            raise BadInputError(reason)
        return order

    def _show(self, name: str, rest: str, stand: Stand) -> None:
        """What asks for nothing to be run."""
        match name:
            case "break" if rest:
                self._break(rest, stand)
            case "delete":
                self._delete(rest)
            case "break":
                self._tell(f"  {number} {one}" for number, one in enumerate(self._breakpoints, 1))
            case "list":
                self._tell(step_lines(stand, self._outcomes, self._breakpoints, self._voice))
            case "print":
                values = {key: value for key, value in stand.values.items() if rest in ("", key)}
                self._tell(f"  {key} = {value}" for key, value in values.items())
                if not values:
                    raise BadInputError(f"there is no value {rest!r}" if rest else "it has no values")
            case "bt":
                ran = [one for one in self._outcomes.values() if one.duration_ms is not None]
                self._tell(f"{self._voice.judged(one)}: {one.run.splitlines()[0]}" for one in reversed(ran))
            case "info":
                self._show_place(stand, "")
                self._tell([way_back(stand)])
            case _:
                self._tell(help_lines())

    @property
    def _breakpoints(self) -> tuple[Breakpoint, ...]:
        return self.debugger.orders.breakpoints

    def _break(self, spec: str, stand: Stand) -> None:
        (wanted,) = read_breakpoints([spec], stand.playbook)
        if wanted not in self._breakpoints:
            self.debugger.toggle(wanted)
        narrate(f"breakpoint {self._breakpoints.index(wanted) + 1}: {printable(str(wanted))}")

    def _delete(self, number: str) -> None:
        if not number.isdigit() or not 0 < int(number) <= len(self._breakpoints):
            raise BadInputError("delete wants the number of a breakpoint; break lists them")
        self.debugger.toggle(self._breakpoints[int(number) - 1])

    def _show_place(self, stand: Stand, hit: str) -> None:
        self._tell(place_lines(stand, hit))
        if stand.failure:
            self._failed = stand if stand.ran or self._failed is None else self._failed
            step = stand.playbook.steps[stand.step_index - 1]
            self._tell(difference_lines(stand.failure, step, self._failed.ran, self._voice))
        else:
            self._failed = None

    def _tell(self, lines: Iterator[str] | Sequence[str]) -> None:
        for line in lines:
            narrate(printable(line))

    def _read(self, prompt: str) -> str | None:
        """A line; None at the end of input."""
        self._prompting = True
        try:
            return input(prompt) if sys.stdin.isatty() else _piped(prompt)
        except EOFError:
            return None
        except KeyboardInterrupt:
            self.left = True
            self.debugger.cancel()
            return None
        finally:
            self._prompting = False


def _at_once(words: str) -> None:
    """Narrate from a signal's handler: a stream that its own thread is writing to can't be entered again."""
    os.write(sys.stderr.fileno(), f"{words}\n".encode())


def _piped(prompt: str) -> str | None:
    """A line of a pipe, shown behind the prompt as a terminal would."""
    line = sys.stdin.readline()
    narrate(f"{prompt}{printable(line.rstrip())}")
    return line or None
