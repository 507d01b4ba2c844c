"""What a replay halts at: a step, what one printed, its exit code, a path that it changed, a value (pure)."""

import re
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec
import re2

from capture.errors import BadInputError
from capture.trace import Step
from replay.playbook import PlaybookStep
from replay.stand import Stand

FORMS = "STEP, output REGEX, exit CODE (or !CODE), effect GLOB, or if NAME=VALUE; each may end with if NAME=VALUE"
"""How a breakpoint is written."""
_CONDITION = re.compile(r"(?:^|\s+)if\s+(?P<name>[A-Za-z_]\w*)\s*(?P<sign>!=|==?)\s*(?P<value>.*)$")
_EXIT = re.compile(r"(!?)(\d{1,3})")


class On(StrEnum):
    """What a breakpoint waits for."""

    STEP = "step"
    """Standing before it."""
    OUTPUT = "output"
    """A step that printed this."""
    EXIT = "exit"
    """A step that ended so."""
    EFFECT = "effect"
    """A step that changed such a path."""
    ALWAYS = "if"
    """Its condition alone."""


class Condition(msgspec.Struct, frozen=True):
    """What else must be true: of a parameter, or of a captured value."""

    name: str
    value: str
    equal: bool

    def holds(self, stand: Stand) -> bool:
        """Whether it is true there; a value that is not known yet equals none."""
        return (stand.values.get(self.name) == self.value) is self.equal

    def __str__(self) -> str:
        return f"if {self.name}{'=' if self.equal else '!='}{self.value}"


class Breakpoint(msgspec.Struct, frozen=True):
    """One of them."""

    on: On
    wanted: str
    """The step's number, the regular expression, the exit code as `1` or `!0`, or the glob."""
    condition: Condition | None = None

    @property
    def step(self) -> int | None:
        """The step that it is set on."""
        return int(self.wanted) if self.on is On.STEP else None

    def hits(self, stand: Stand) -> bool:
        """Whether a replay that stands there halts."""
        return stand.before_a_step and (self.condition is None or self.condition.holds(stand)) and self._met(stand)

    def _met(self, stand: Stand) -> bool:
        match self.on:
            case On.STEP:
                return stand.step_index == self.step
            case On.ALWAYS:
                return True
            case _:
                return stand.ran is not None and self.met_by(stand.ran)

    def met_by(self, ran: Step) -> bool:
        """Whether a step that ran is what it waits for."""
        match self.on:
            case On.OUTPUT:
                return _searches(self.wanted, ran.output)
            case On.EXIT:
                return ran.exit_code is not None and self._is_exit(ran.exit_code)
            case On.EFFECT:
                return any(fnmatchcase(effect.path, self.wanted) for effect in ran.file_effects)
            case _:
                return False

    def foreseen(self, index: int, step: PlaybookStep) -> bool:
        """Whether a step that goes as recorded will make it halt."""
        expected = step.expect
        match self.on:
            case On.STEP:
                return index == self.step
            case On.OUTPUT:
                return _searches(self.wanted, expected.output or "")
            case On.EXIT:
                return self._is_exit(expected.exit)
            case On.EFFECT:
                return any(fnmatchcase(effect.path, self.wanted) for effect in expected.effects or ())
            case _:
                return False

    def _is_exit(self, code: int) -> bool:
        return (code == int(self.wanted.removeprefix("!"))) is not self.wanted.startswith("!")

    def __str__(self) -> str:
        said = "" if self.on is On.ALWAYS else f"{self.on} {self.wanted}"
        return f"{said} {self.condition or ''}".strip()


def read_breakpoint(spec: str) -> Breakpoint:
    """A breakpoint as a person writes it.

    Args:
        spec: One of `FORMS`; a colon may stand behind the first word.

    Raises:
        BadInputError: It is none; the sentence says what one looks like.
    """
    found = _CONDITION.search(spec)
    condition = Condition(found["name"], found["value"].strip(), found["sign"] != "!=") if found else None
    left = (spec[: found.start()] if found else spec).strip()
    if not left and condition:
        return Breakpoint(On.ALWAYS, "", condition)
    word, _, rest = left.replace(":", " ", 1).partition(" ") if not left.isdigit() else ("step", "", left)
    rest = rest.strip()
    match word:
        case "step" | "output" | "exit" | "effect" if rest:
            _check(On(word), rest, spec)
            return Breakpoint(On(word), rest, condition)
        case _:
            raise BadInputError(f"breakpoint {spec!r} is none; write {FORMS}")


def _check(on: On, wanted: str, spec: str) -> None:
    if on is On.STEP and not (wanted.isdigit() and int(wanted) > 0):
        raise BadInputError(f"breakpoint {spec!r}: a step is a number from 1 on")
    if on is On.EXIT and not _EXIT.fullmatch(wanted):
        raise BadInputError(f"breakpoint {spec!r}: an exit code is a number, or !0 for every other than 0")
    if on is On.OUTPUT:
        try:
            re2.compile(wanted, _silent())
        except re2.error as error:
            raise BadInputError(f"breakpoint {spec!r}: no regular expression: {error}") from None


def check_known(breakpoint_: Breakpoint, steps: int, names: frozenset[str]) -> None:
    """Refuse what can never halt a replay of this playbook.

    Args:
        breakpoint_: Which.
        steps: How many steps the playbook has.
        names: Its parameters and captures.

    Raises:
        BadInputError: It names a step or value that isn't there.
    """
    if breakpoint_.step is not None and breakpoint_.step > steps:
        raise BadInputError(f"there is no step {breakpoint_.step}; the playbook has {steps}")
    condition = breakpoint_.condition
    if condition is not None and condition.name not in names:
        known = ", ".join(sorted(names)) or "none"
        raise BadInputError(f"there is no value {condition.name!r}; the playbook has: {known}")


def _silent() -> re2.Options:
    options = re2.Options()
    # It would write its own words on the terminal.
    options.log_errors = False
    return options


def _searches(pattern: str, text: str) -> bool:
    return re2.search(f"(?m){pattern}", text) is not None
