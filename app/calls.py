"""A call of a tool, or a patch, as people read it: in one line, or its input with one value a line (pure)."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from capture.calls import PREFIX, Call, read_call
from capture.errors import BadInputError
from capture.patches import FileEdit, is_patch, read_patch
from replay import calls

LONGEST_CALL = 1 << 16
"""Characters of a call that is read for one line; of a longer one only the name is told."""
LONGEST_ANSWER = 1 << 20
"""Characters of an answer that is laid out."""
LONGEST_VALUE = 48
"""Characters of a value in one line."""
_TEXT = re.compile(r'(?P<before> *+(?:"(?:[^"\\]++|\\.)*+": )?+)(?P<text>"(?:[^"\\]++|\\.)*+")(?P<behind>,?)')
_BAR = "│ "
_BARE = "\ue001"
_BARE_OR_TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+"|\{\{[a-z_][a-z0-9_]*\}\}')


def call_name(text: str) -> str | None:
    """The tool that a step's text calls; None when it is no call."""
    return text[len(PREFIX) :].partition(" ")[0] or None if text.startswith(PREFIX) else None


def call_words(text: str) -> str | None:
    """A call in one line: its name, and what it is given in short.

    Args:
        text: Of a step, recorded or with placeholders; not yet made printable.

    Returns:
        None when it is no call.
    """
    name = call_name(text)
    if name is None:
        return None
    call = _read(text) if len(text) <= LONGEST_CALL else None
    if call is None:
        return f"{name} …"
    given = call.input
    if isinstance(given, dict):
        return " ".join([call.name, *(f"{key}={_short(value)}" for key, value in given.items())])
    return call.name if given is None else f"{call.name} {_short(given)}"


def _short(value: object) -> str:
    word = isinstance(value, str) and not re.search(r"\s", value)
    text = _unmarked(str(value) if word else msgspec.json.encode(value).decode())
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def patch_words(text: str) -> str | None:
    """A patch in one line: what it does to which files; None when it is none, or too long to be read for that."""
    if not is_patch(text) or len(text) > LONGEST_CALL:
        return None
    try:
        return "; ".join(" ".join(edit_words(edit)) for edit in read_patch(text))
    except BadInputError:
        return None


def edit_words(edit: FileEdit) -> tuple[str, str]:
    """What is done to a file, and to which."""
    if edit.old is None:
        return "create", edit.path
    if edit.new is None:
        return "delete", edit.path
    return ("edit", edit.path) if edit.old == edit.new else ("move", f"{edit.old} to {edit.new}")


def input_lines(given: object) -> Iterator[str]:
    """JSON with one value a line; a text of several lines stands below its name as it is, behind bars."""
    for line in _unmarked(msgspec.json.format(msgspec.json.encode(given), indent=2).decode()).split("\n"):
        found = _TEXT.fullmatch(line) if "\\n" in line else None
        text: Any = msgspec.json.decode(found["text"]) if found else ""
        if found is None or "\n" not in text:
            yield line
            continue
        yield f"{found['before']}{_BAR}".rstrip()
        margin = " " * (len(line) - len(line.lstrip()) + 2)
        yield from (f"{margin}{_BAR}{part}" for part in text.split("\n"))


def call_lines(text: str, most: int | None = None) -> list[str] | None:
    """A call over several lines: its name, then its input.

    Args:
        text: Of a step, recorded or with placeholders; not yet made printable.
        most: Lines of the input that are wanted; None: all.

    Returns:
        None when it is no call; with one line more than `most` where there is more.
    """
    call = _read(text)
    if call is None:
        return None
    if call.input in (None, {}):
        return [call.name]
    return [call.name, *islice(input_lines(call.input), None if most is None else most + 1)]


def laid_out(text: str) -> str:
    """An answer that is JSON on one line, with one value a line; any other text as it is.

    Args:
        text: Recorded, or expected with placeholders.
    """
    line = text.strip()
    if not line.startswith(("{", "[")) or "\n" in line or len(line) > LONGEST_ANSWER:
        return text
    try:
        told = msgspec.json.format(_BARE_OR_TEXT.sub(_quoted, line).encode(), indent=2)
        msgspec.json.decode(told)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return text
    return f"{_unmarked(told.decode())}\n"


def _quoted(found: re.Match[str]) -> str:
    return f'"{_BARE}{found[0]}"' if found[0].startswith("{") else found[0]


def told_command(text: str) -> str:
    """What a step does, in a list: a call or a patch in short, anything else as it is."""
    return call_words(text) or patch_words(text) or text.rstrip()


def whole_command(text: str) -> str:
    """What a step does, for who is asked about it: a call with all of its input, anything else as it is."""
    called = call_lines(text)
    return text.rstrip() if called is None else "\n".join(called)


def _read(text: str) -> Call | None:
    """A call, of a recording or of a playbook."""
    recorded = read_call(text)
    if recorded is not None:
        return recorded
    written = calls.read(text)
    return None if written is None else Call(written.name, _marked(written.input))


def _marked(value: object) -> object:
    """With placeholders for numbers as strings, until the text is laid out."""
    match value:
        case dict():
            return {key: _marked(one) for key, one in value.items()}
        case list():
            return [_marked(one) for one in value]
        case calls.Bare():
            return f"{_BARE}{{{{{value.name}}}}}"
        case _:
            return value


def _unmarked(text: str) -> str:
    return re.sub(f'"?{_BARE}({{{{[a-z_0-9]*}}}})"?', r"\1", text)
