"""A tool invocation as one text: what the command of a `tool` step is, whoever made the call (pure)."""

import re
from urllib.parse import quote, unquote

import msgspec

from capture.printable import printable

PREFIX = "tool:"
_CALL = re.compile(r"tool:(?P<name>\S+) (?P<input>.*)\n?", re.DOTALL)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_PLAIN = bytes((*b"\t\n", *range(0x20, 0x7F)))
_KEPT = "/:.,_-+@#*()[]<>=!?$&'~"
"""Of a tool's name; blanks, control characters and the like are written as percent signs and hex digits."""


class Call(msgspec.Struct, frozen=True):
    """One invocation."""

    name: str
    """As `server/tool` where a server offers it, else the bare name."""
    input: object
    """What it was given: a JSON value, most often an object."""

    @property
    def text(self) -> str:
        """`tool:NAME JSON` on one line; keys stay in the order in which they were given.

        Raises:
            TypeError: The input is no JSON value.
        """
        return f"{PREFIX}{quote(self.name, safe=_KEPT) or '%'} {msgspec.json.encode(self.input).decode()}"


def read_call(text: str) -> Call | None:
    """The invocation that a text tells.

    Args:
        text: As `Call.text`; other blanks and more lines in its JSON are fine.

    Returns:
        None when it is no such text.
    """
    found = _CALL.fullmatch(text.strip())
    if found is None:
        return None
    try:
        given = msgspec.json.decode(found["input"])
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return Call("" if found["name"] == "%" else unquote(found["name"]), given)


def result_text(result: object) -> str:
    """What a tool answered as it is printed, recorded and compared: a text as it is, else JSON with one value a line.

    What a terminal would act on is shown instead: a text's controls as pictures, its line ends as line feeds.

    Args:
        result: A JSON value; None: it answered nothing.

    Returns:
        Ends with a line end unless it is empty; an object's keys are in order of their names.

    Raises:
        TypeError: It is no JSON value.
    """
    if result is None or result == "":
        return ""
    text = (
        _shown(result)
        if isinstance(result, str)
        else msgspec.json.format(msgspec.json.encode(result, order="deterministic"), indent=2).decode()
    )
    return text if text.endswith("\n") else f"{text}\n"


def _shown(text: str) -> str:
    # Nearly all text is that of ASCII without controls, which is seen at once.
    if text.isascii() and not text.encode().translate(None, _PLAIN):
        return text
    return _CONTROLS.sub(lambda found: printable(found[0]), text.replace("\r\n", "\n"))
