"""What a person may type where a stepped replay halts, and how it is read (pure)."""

from collections.abc import Sequence
from typing import NamedTuple

from capture.errors import BadInputError
from replay.protocols import Back
from replay.stand import Stand
from replay.stepping.orders import Go, Order, Until, read_value


class Word(NamedTuple):
    """A command of the prompt."""

    name: str
    short: tuple[str, ...]
    """Other names; any beginning that means one name alone does too."""
    takes: str
    does: str


WORDS = (
    Word("next", ("n",), "", "run the step, or what is left of a list, then halt"),
    Word("step", ("s", "i", "into"), "", "step into a list (a && b; c): part by part, judged as a whole"),
    Word("continue", ("c",), "", "run on to a breakpoint, a divergence or the end"),
    Word("until", ("u",), "STEP", "run on until it stands before that step"),
    Word("skip", ("k",), "", "go past the step without running it"),
    Word("back", ("<",), "[STEP]", "take steps back, in a shadow; at a step that could not begin, try it again"),
    Word("set", (), "NAME=VALUE", "go on with another value of a parameter or a captured one"),
    Word("break", ("b",), "[SPEC]", "halt at STEP, output REGEX, exit CODE, effect GLOB, if NAME=VALUE; or list them"),
    Word("delete", ("d",), "NUMBER", "clear a breakpoint"),
    Word("list", ("l",), "", "show all steps, where it stands, and what came of them"),
    Word("print", ("p",), "[NAME]", "show values"),
    Word("info", ("where",), "", "show where it stands, and the difference where it stopped"),
    Word("bt", ("backtrace",), "", "show what was run, the last first"),
    Word("restart", ("r",), "", "end the replay and begin again; a shadow begins anew"),
    Word("quit", ("q", "x", "exit"), "", "end the replay; ctrl-C and the end of input do too"),
    Word("help", ("h", "?"), "", "show this"),
)
"""All of them."""
PLAIN = {
    "next": Go.NEXT,
    "step": Go.INTO,
    "continue": Go.CONTINUE,
    "skip": Go.SKIP,
    "restart": Go.RESTART,
    "quit": Go.STOP,
}
REPEATED = frozenset({"next", "step", "continue"})
"""What an empty line does again."""


def read_line(line: str) -> tuple[str, str]:
    """A command and what stands behind it.

    Args:
        line: Not blank.

    Raises:
        BadInputError: There is no such command, or it may be several.
    """
    typed, _, rest = line.strip().partition(" ")
    exact = [word.name for word in WORDS if typed == word.name or typed in word.short]
    begun = [word.name for word in WORDS if word.name.startswith(typed)]
    found = exact or begun
    if not found:
        raise BadInputError(f"there is no {typed!r} here; help lists what there is")
    if len(found) > 1:
        raise BadInputError(f"{typed!r} may be {' or '.join(found)}")
    return found[0], rest.strip()


def order_of(name: str, rest: str, stand: Stand) -> Order | None:
    """The order that a command is; None when it only shows or sets something.

    Raises:
        BadInputError: What stands behind it is not what it takes.
    """
    if name == "until":
        return Until(_number(rest, "until wants the number of a step"))
    if name == "back":
        behind = [at for at in stand.back if at < stand.step_index or stand.failure]
        return Back(
            _number(rest, "back wants the number of a step") if rest else max(behind, default=stand.step_index - 1)
        )
    if name == "set":
        return read_value(rest)
    return PLAIN.get(name)


def help_lines() -> Sequence[str]:
    """Every command."""
    heads = [f"{word.name} {word.takes}".strip() for word in WORDS]
    width = max(map(len, heads))
    return [f"  {head:<{width}}  {word.does}{_short(word)}" for head, word in zip(heads, WORDS, strict=True)]


def _number(text: str, otherwise: str) -> int:
    if not text.isdigit():
        raise BadInputError(otherwise)
    return int(text)


def _short(word: Word) -> str:
    return f" ({', '.join(word.short)})" if word.short else ""
