"""What a person tells the debugger to do, and where it halts next (pure)."""

from enum import StrEnum

import msgspec

from capture.errors import BadInputError
from replay import binding
from replay.playbook import ParameterType, Playbook
from replay.protocols import Answer, Back, Move, SetValues
from replay.stand import Stand
from replay.stepping.breakpoints import Breakpoint, check_known
from replay.stepping.parts import why_whole


class Go(StrEnum):
    """An order without more to say."""

    NEXT = "next"
    """Run the step, or what is left of a list, then halt."""
    INTO = "into"
    """Step into a list, or run its next part, then halt."""
    CONTINUE = "continue"
    """Run on to a breakpoint, a divergence or the end."""
    SKIP = "skip"
    """Go past the step without running it."""
    STOP = "stop"
    """End the replay."""
    RESTART = "restart"
    """End it, and begin another from the first step."""


class Until(msgspec.Struct, frozen=True):
    """Run on until it stands before a step."""

    step_index: int


Order = Go | Until | Back | SetValues
"""What may be told where it halts."""
MOVES = {Go.INTO: Move.INTO, Go.SKIP: Move.SKIP, Go.STOP: Move.STOP, Go.RESTART: Move.STOP}


class Orders(msgspec.Struct, frozen=True):
    """What it was told so far."""

    breakpoints: tuple[Breakpoint, ...] = ()
    """In the order in which they were set."""
    until: int | None = 0
    """Halt before this step or one behind it; None: at a breakpoint only."""
    into: bool = False
    """Halt before each part of the list that is stepped into."""
    restart: bool = False
    """Begin again when this replay has ended."""
    interrupted: bool = False
    """The step that runs was ended by a person, who wants to see where it stands."""

    def halts(self, stand: Stand) -> str | None:
        """Whether it halts there, and the breakpoint that makes it; empty: for another reason."""
        if stand.failure or stand.over:
            return "" if stand.back or (stand.failure and self.interrupted) else None
        if stand.part:
            return "" if self.into else None
        hit = next((one for one in self.breakpoints if one.hits(stand)), None)
        if hit is not None:
            return str(hit)
        return "" if self.until is not None and stand.step_index >= self.until else None

    def obey(self, order: Order) -> tuple["Orders", Answer]:
        """What it was told with this order too, and what the engine does of it."""
        until: int | None = 0
        match order:
            case Until(step_index=step_index):
                until = step_index
            case Go.CONTINUE:
                until = None
            case _:
                pass
        obeyed = msgspec.structs.replace(
            self,
            until=until,
            into=order is Go.INTO,
            restart=self.restart or order is Go.RESTART,
            interrupted=False,
        )
        if isinstance(order, Back | SetValues):
            return obeyed, order
        return obeyed, MOVES.get(order, Move.RUN) if isinstance(order, Go) else Move.RUN

    def toggled(self, breakpoint_: Breakpoint) -> "Orders":
        """With one breakpoint more, or less where it was set already."""
        left = tuple(one for one in self.breakpoints if one != breakpoint_)
        kept = left if len(left) < len(self.breakpoints) else (*left, breakpoint_)
        return msgspec.structs.replace(self, breakpoints=kept)


def objection(order: Order, stand: Stand) -> str | None:  # noqa: PLR0911 - one for each order
    """Why an order can't be obeyed there, and what can; None when it can."""
    match order:
        case Back(to=to) if to not in stand.back:
            return _no_way(to, stand)
        case SetValues(values=values):
            return _not_settable(values, stand)
        case Until(step_index=to) if not stand.step_index <= to <= len(stand.playbook.steps):
            return f"step {to} does not lie ahead"
        case Go.NEXT | Go.INTO | Go.CONTINUE | Go.SKIP | Until() if stand.failure:
            return f"it stopped at step {stand.step_index} and goes no further; go back, restart or stop"
        case Go.NEXT | Go.INTO | Go.SKIP if stand.over:
            return "there is no step left; continue ends the replay"
        case Go.SKIP if stand.part:
            return "a part of a list can't be skipped; next runs the rest of it"
        case Go.INTO if stand.before_a_step:
            whole = why_whole(stand.playbook.steps[stand.step_index - 1], stand.playbook.shell)
            return f"step {stand.step_index} can't be stepped into: {whole}" if whole else None
        case _:
            return None


def check_breakpoint(breakpoint_: Breakpoint, playbook: Playbook) -> None:
    """Refuse a breakpoint that names what the playbook has not.

    Raises:
        BadInputError: It does.
    """
    check_known(breakpoint_, len(playbook.steps), frozenset(value_names(playbook)))


def value_names(playbook: Playbook) -> tuple[str, ...]:
    """Parameters, then captured values."""
    return (*playbook.parameters, *(capture.name for step in playbook.steps for capture in step.capture))


def read_value(text: str) -> SetValues:
    """`NAME=VALUE` as an order.

    Raises:
        BadInputError: It is none.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise BadInputError(f"set wants NAME=VALUE, not {text!r}")
    return SetValues({name.strip(): value.strip()})


def _no_way(to: int, stand: Stand) -> str:
    if not 0 < to <= stand.step_index:
        return f"step {to} does not lie behind" if to else "nothing lies behind the first step"
    return stand.no_way_back or f"step {to} was not stood at in this replay"


def _not_settable(values: dict[str, str], stand: Stand) -> str | None:
    if stand.part:
        return "in the middle of a list its values are in already; next runs the rest of it"
    known = value_names(stand.playbook)
    for name, value in values.items():
        if name not in known:
            return f"there is no value {name!r}; the playbook has: {', '.join(known) or 'none'}"
        parameter = stand.playbook.parameters.get(name)
        if parameter and parameter.type is ParameterType.SECRET:
            return f"{name} is secret: it must be known before the recording begins to be masked in it; restart"
        wanted = parameter and binding.unlike(parameter, value)
        if wanted:
            return f"{name} wants {wanted}, not {value!r}"
    return None
