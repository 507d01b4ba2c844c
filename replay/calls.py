"""A tool's call with placeholders in its JSON: found, filled in so that no value leaves its place, and made (pure).

The text is that of `capture.calls`, with each of its JSON strings a template: `{"path":"{{project}}/a.txt"}`. A
placeholder outside of any string stands for a number, true, false or null as a whole: `{"count":{{count}}}`. The names
of fields hold no values.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import msgspec

from capture.calls import PREFIX, Call, read_call, result_text
from capture.errors import BadInputError
from capture.trace import Step, StepKind

TOKEN = re.compile(r"\\\{\{|\{\{([a-z_][a-z0-9_]*)\}\}")
"""A placeholder, or two braces that are text (as `replay.template`)."""
_PIECE = re.compile(
    r'"(?P<string>(?:[^"\\]|\\.)*)"(?P<colon>\s*:)?|\{\{(?P<bare>[a-z_][a-z0-9_]*)\}\}'
    r"|(?P<literal>-?\d[\d.eE+-]*|true|false|null)",
    re.DOTALL,
)
_HEAD = re.compile(r"tool:\S+ ")
_LITERAL = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
"""What JSON writes without quotes, as this program and most others write it."""
_STANDS_IN = "\ue000"
"""Begins a string that stands for a bare placeholder while the JSON is read; of a real one it is doubled."""


class Bare(msgspec.Struct, frozen=True):
    """A placeholder for a number, true, false or null."""

    name: str


class Given(msgspec.Struct, frozen=True):
    """A value in a call's input."""

    key: str
    """The field that it belongs to; of a list's item, the list's; empty outside of any."""
    text: str
    """Of a string, the template; of a number, true, false or null, how it is written; of a `Bare`, `{{name}}`."""
    string: bool
    """Whether it is a string."""


def is_call(text: str) -> bool:
    """Whether a text is a tool's call, placeholders and all."""
    return text.startswith(PREFIX) and read(text) is not None


def name_of(text: str) -> str:
    """The tool that a call's text names; empty when it is no call."""
    call = read(text)
    return call.name if call else ""


@lru_cache(maxsize=1024)
def read(text: str) -> Call | None:
    """The call that a text with placeholders tells; its strings are templates, its bare placeholders are `Bare`.

    Args:
        text: As `written`.

    Returns:
        None when it is no such text.
    """
    head = _HEAD.match(text)
    if head is None:
        return None

    def plain(found: re.Match[str]) -> str:
        if found["bare"] is not None:
            return f'"{_STANDS_IN}{found["bare"]}"'
        doubled = found["string"] is not None and found["string"].startswith(_STANDS_IN)
        return f'"{_STANDS_IN}{found[0][1:]}' if doubled else found[0]

    call = read_call(head[0] + _PIECE.sub(plain, text[head.end() :]))
    return None if call is None else Call(call.name, _with_bare(call.input))


def _with_bare(value: object) -> object:
    match value:
        case dict():
            return {_undoubled(key): _with_bare(one) for key, one in value.items()}
        case list():
            return [_with_bare(one) for one in value]
        case str() if value.startswith(_STANDS_IN):
            return _undoubled(value) if value.startswith(_STANDS_IN * 2) else Bare(value[1:])
        case _:
            return value


def _undoubled(text: str) -> str:
    return text[1:] if text.startswith(_STANDS_IN * 2) else text


def written(name: str, given: object) -> str:
    """A call as text with placeholders.

    Args:
        name: Of the tool.
        given: Its input: a JSON value whose strings are templates and that may hold `Bare`.

    Raises:
        TypeError: The input is no such value.
    """
    head = Call(name, None).text.removesuffix("null")
    return head + _written(given)


def _written(value: object) -> str:
    match value:
        case dict():
            return "{" + ",".join(f"{_encoded(str(key))}:{_written(one)}" for key, one in value.items()) + "}"
        case list():
            return "[" + ",".join(map(_written, value)) + "]"
        case Bare():
            return f"{{{{{value.name}}}}}"
        case _:
            return _encoded(value)


def _encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()


def escape(text: str) -> str:
    """A recorded call as a text that renders to it.

    Args:
        text: As `capture.calls.Call.text`, without placeholders.

    Returns:
        The same with each `{{` in it taken for text; itself where it is no call.
    """
    call = read_call(text)
    return text if call is None else written(call.name, _escaped(call.input))


def _escaped(value: object) -> object:
    match value:
        case dict():
            return {_escaped(key): _escaped(one) for key, one in value.items()}
        case list():
            return [_escaped(one) for one in value]
        case str():
            return value.replace("{{", "\\{{")
        case _:
            return value


def render(text: str, values: Mapping[str, str]) -> str:
    """Fill a call in.

    Args:
        text: A call with placeholders.
        values: By name.

    Returns:
        The call as `capture.calls` reads it; each value is data in its own string, whatever it holds.

    Raises:
        BadInputError: A placeholder has no value, or stands for a number and its value is none.
    """

    def filled(found: re.Match[str]) -> str:
        if found["bare"] is not None:
            return _as_literal(found["bare"], _value(found["bare"], values))
        if found["string"] is None or "{{" not in found["string"]:
            return found[0]
        return _encoded(_filled(_decoded(found), values)) + (found["colon"] or "")

    return _sub(text, filled)


def _filled(template: str, values: Mapping[str, str]) -> str:
    return TOKEN.sub(lambda found: _value(found[1], values) if found[1] else "{{", template)


def _value(name: str, values: Mapping[str, str]) -> str:
    if name not in values:
        known = ", ".join(sorted(values)) or "none"
        raise BadInputError(f"{{{{{name}}}}} has no value; set it with --set {name}=VALUE (known here: {known})")
    return values[name]


def _as_literal(name: str, value: str) -> str:
    # While nothing runs, a name stands in for what an earlier step prints.
    if _LITERAL.fullmatch(value):
        return value
    if re.fullmatch(rf"{re.escape(name)}_from_step_\d+", value):
        return _encoded(value)
    raise BadInputError(f"the value of {{{{{name}}}}} stands where a tool takes a number, true or false; give it one")


def given(text: str) -> Iterator[Given]:
    """The values in a call's input, in order, those in lists and fields of fields too.

    Args:
        text: A call, with placeholders or without.
    """
    call = read(text)
    if call is not None:
        yield from _given("", call.input)


def _given(key: str, value: object) -> Iterator[Given]:
    match value:
        case dict():
            for name, one in value.items():
                yield from _given(str(name), one)
        case list():
            for one in value:
                yield from _given(key, one)
        case Bare():
            yield Given(key, f"{{{{{value.name}}}}}", string=False)
        case str():
            yield Given(key, value, string=True)
        case _:
            yield Given(key, _encoded(value), string=False)


class Held(msgspec.Struct, frozen=True):
    """A value in a call's input, and which one it is."""

    index: int
    """Counts from 0, in the order of `given`."""
    key: str
    """As `Given.key`."""
    text: str
    """As `Given.text`."""


def lifted(text: str, in_string: Callable[[Held], str], whole: Callable[[Held], str | None]) -> str:
    """Put placeholders into a call.

    Args:
        text: A call, which may hold placeholders already.
        in_string: The new template of a string.
        whole: The name of a placeholder for a number, true, false or null; None: it stays.
    """
    rows = iter(enumerate(given(text)))

    def put(found: re.Match[str]) -> str:
        if found["colon"] is not None:
            return found[0]
        index, value = next(rows)
        held = Held(index, value.key, value.text)
        if found["string"] is not None:
            return _encoded(in_string(held))
        name = whole(held) if found["literal"] is not None else None
        return found[0] if name is None else f"{{{{{name}}}}}"

    return _sub(text, put)


def plain_answer(output: str) -> str:
    """What a tool answered, in the one form in which answers are compared, whoever wrote it down.

    Transcripts hold the text of an answer, in which JSON may stand in any layout; servers send it structured as well,
    and MCP's SDKs put what is no object under the one name `result`.

    Args:
        output: What its step printed.

    Returns:
        JSON as `capture.calls.result_text` writes it, without that name; any other text as it is.
    """
    if not output.lstrip().startswith(("{", "[")):
        return output
    try:
        value = msgspec.json.decode(output)
        if isinstance(value, dict) and value.keys() == {"result"}:
            value = value["result"]
        return result_text(value)
    except (msgspec.DecodeError, RecursionError):
        return output


def as_compared(step: Step) -> Step:
    """A recorded step as it is compared: of a tool, with its answer in its one form."""
    if step.kind is not StepKind.TOOL or (output := plain_answer(step.output)) == step.output:
        return step
    return msgspec.structs.replace(step, output=output)


def _decoded(found: re.Match[str]) -> str:
    return str(msgspec.json.decode(f'"{found["string"]}"'))


def _sub(text: str, put: Callable[[re.Match[str]], str]) -> str:
    head = _HEAD.match(text)
    return head[0] + _PIECE.sub(put, text[head.end() :]) if head else text
