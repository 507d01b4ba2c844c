"""Writes a playbook as the YAML that people read and edit."""

import re
from collections.abc import Iterable, Mapping, Sequence
from unicodedata import category

import msgspec

from capture.trace import StepKind
from replay import calls
from replay.playbook import (
    NEEDS,
    Answer,
    Capture,
    ExpectedEffect,
    Parameter,
    Playbook,
    PlaybookStep,
    Requirement,
    SafetyLevel,
)

_PLAIN = re.compile(r"""(?:[^\W\d]|[./$])[\w ./@+~^=%$:<>|&;()*?!'"\\-]*|\d+(?:ms|s|m|h)""")
_LOOKS_OTHERWISE = re.compile(r"(?i)true|false|yes|no|on|off|y|n|null|[./][\d.e+_-]*|\.(?:inf|nan)")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}

_WIDTH = 100
_BASIC_PLANE = 0xFFFF
_BYTE = 0xFF

Flow = Mapping[str, str | int | bool | Sequence[str]]


def dump(playbook: Playbook) -> str:
    """A playbook as YAML.

    Args:
        playbook: Any playbook.

    Returns:
        The document; `load` makes the same playbook of it.
    """
    lines = ["replaybook: 1", *_field("name", playbook.name, 0), f"version: {playbook.version}"]
    lines += _field("goal", playbook.goal, 0)
    lines += _field("shell", playbook.shell, 0)
    lines += [f"columns: {playbook.columns}", f"rows: {playbook.rows}"]
    if playbook.parameters:
        lines.append("parameters:")
        lines += [f"  {name}: {_flow(_parameter(value))}" for name, value in playbook.parameters.items()]
    lines += _flow_list("watch", playbook.watch, 0)
    if playbook.tools:
        lines.append("tools:")
        told = {name: _flow({"size": tool.size, "sha256": tool.sha256}) for name, tool in playbook.tools.items()}
        lines += [f"  {_scalar(name)}: {shown}" for name, shown in told.items()]
    lines += _flow_list("source_runs", playbook.source_runs, 0)
    lines.append("steps:" if playbook.steps else "steps: []")
    for step in playbook.steps:
        lines += _item(_step(step), 2)
    return "\n".join(lines) + "\n"


def _step(step: PlaybookStep) -> list[str]:
    lines = [*_action(step), *_field("cwd", step.cwd, 0)]
    if step.env:
        lines.append("env:")
        lines += [line for name, value in step.env.items() for line in _field(_scalar(name), value, 2)]
    lines += _list("requires", [_flow_item(_requirement(need)) for need in step.requires], 0)
    lines += _expectation(step)
    lines += _list("answers", [_answer(answer) for answer in step.answers], 0)
    lines += _list("capture", [_capture(capture) for capture in step.capture], 0)
    lines += _flow_list("unconfirmed", step.unconfirmed, 0)
    lines += _field("timeout", step.timeout, 0)
    lines += [] if step.safety is SafetyLevel.AUTO_OK else [f"safety: {step.safety}"]
    lines += _field("note", step.note, 0)
    lines += [] if step.source_step is None else [f"source_step: {step.source_step}"]
    lines += ["skip: true"] if step.skip else []
    return [*lines, *_field("safety_reason", step.safety_reason, 0)]


def _action(step: PlaybookStep) -> list[str]:
    """What it does: shell text, a patch, or the tool and what it is given."""
    call = calls.read(step.run) if step.kind is StepKind.TOOL else None
    if call is not None:
        return [*_field("tool", call.name, 0), *([] if call.input == {} else _json("input", call.input, 0))]
    return [*_field("run", step.run, 0), *([] if step.kind is StepKind.SHELL else [f"kind: {step.kind}"])]


def _json(name: str, value: object, indent: int) -> list[str]:
    """A field with any JSON value, which `schema.json_value` reads as the same."""
    pad = " " * indent
    if isinstance(value, dict | list) and value:
        return [f"{pad}{name}:", *_json_lines(value, indent + 2)]
    if isinstance(value, str):
        return _field(name, value, indent)
    return [f"{pad}{name}: {_json_scalar(value)}"]


def _json_lines(value: dict[str, object] | list[object], indent: int) -> list[str]:
    if isinstance(value, dict):
        return [line for key, one in value.items() for line in _json(_scalar(key), one, indent)]
    return [line for one in value for line in _json_item(one, indent)]


def _json_item(value: object, indent: int) -> list[str]:
    pad = " " * indent
    if isinstance(value, dict | list) and value:
        first, *rest = _json_lines(value, indent + 2)
        return [f"{pad}- {first.removeprefix(pad + '  ')}", *rest]
    if isinstance(value, str):
        return [line.replace("-:", "-", 1) if at == 0 else line for at, line in enumerate(_field("-", value, indent))]
    return [f"{pad}- {_json_scalar(value)}"]


def _json_scalar(value: object) -> str:
    match value:
        case calls.Bare():
            return f"={{{{{value.name}}}}}"
        case dict():
            return "{}"
        case list():
            return "[]"
        case str():
            return _scalar(value)
        case _:
            return msgspec.json.encode(value).decode()


def _expectation(step: PlaybookStep) -> list[str]:
    expect = step.expect
    lines = ["expect:", f"  exit: {expect.exit}", *_field("output", expect.output, 2)]
    if expect.effects is not None:
        lines += _short_list("effects", [_effect(effect) for effect in expect.effects])
    return lines if expect.committed is None else [*lines, *_short_list("committed", map(_scalar, expect.committed))]


def _short_list(name: str, items: Iterable[str]) -> list[str]:
    """On one line where that is short enough and holds no braces."""
    shown = list(items)
    flow = f"  {name}: [{', '.join(shown)}]"
    if len(flow) <= _WIDTH and not any(text.startswith("{") for text in shown):
        return [flow]
    return _list(name, [[text] for text in shown], 2)


def _effect(effect: ExpectedEffect) -> str:
    """The short form where it says all, else a mapping."""
    ambiguous = effect.path.endswith("/") or not effect.path
    told = (effect.content, effect.moved_from, effect.replaces, effect.mode)
    plain = told == (None,) * len(told) and not effect.optional
    if plain and not ambiguous:
        return _scalar(f"{effect.op} {effect.path}{'/' if effect.directory else ''}")
    fields: dict[str, str | int | bool] = {str(effect.op): effect.path}
    if effect.moved_from is not None:
        fields["from"] = effect.moved_from
    if effect.replaces is not None:
        fields["replaces"] = effect.replaces
    if effect.directory:
        fields["directory"] = True
    if effect.content is not None:
        fields["content"] = effect.content
    if effect.mode is not None:
        fields["mode"] = effect.mode
    if effect.optional:
        fields["optional"] = True
    return _flow(fields)


def _requirement(need: Requirement) -> Flow:
    fields = {name: getattr(need, name) for name in (*NEEDS, "sha256", "commit", "ref", "clean")}
    return {name: value for name, value in fields.items() if value not in {None, False}}


def _answer(answer: Answer) -> list[str]:
    lines = [f"prompt: {_quoted(answer.prompt)}"]
    lines += [] if answer.send is None else [f"send: {_quoted(answer.send)}"]
    lines += ["secret: true"] if answer.secret else []
    return [*lines, *([] if answer.name is None else [f"name: {_scalar(answer.name)}"])]


def _capture(capture: Capture) -> list[str]:
    return [
        f"name: {_scalar(capture.name)}",
        f"recorded: {_scalar(capture.recorded)}",
        f"pattern: {_scalar(capture.pattern)}",
    ]


def _parameter(parameter: Parameter) -> Flow:
    fields: dict[str, str | int | bool | Sequence[str]] = {"type": str(parameter.type)}
    if parameter.default is not None:
        fields["default"] = parameter.default
    fields["source"] = str(parameter.source)
    if parameter.recorded is not None:
        fields["recorded"] = parameter.recorded
    if parameter.choices:
        fields["choices"] = parameter.choices
    return fields


def _field(name: str, text: str | None, indent: int) -> list[str]:
    """`name: text`, as a literal block when it has lines and nothing that a block can't hold; nothing for None."""
    if text is None:
        return []
    pad = " " * indent
    if "\n" not in text or not all(_printable(character) or character in "\n\t" for character in text):
        return [f"{pad}{name}: {_scalar(text)}"]
    body = text.removesuffix("\n")
    needs_width = body[:1] in (" ", "\t", "\n", "")
    chomp = "+" if not body or body.endswith("\n") else "" if text.endswith("\n") else "-"
    head = f"{pad}{name}: |{'2' if needs_width else ''}{chomp}"
    return [head, *(f"{pad}  {line}" if line else "" for line in body.split("\n"))]


def _list(name: str, items: Sequence[Sequence[str]], indent: int) -> list[str]:
    """A block list of items, each some lines."""
    if not items:
        return []
    return [f"{' ' * indent}{name}:", *(line for item in items for line in _item(item, indent + 2))]


def _item(lines: Sequence[str], indent: int) -> list[str]:
    pad = " " * indent
    return [f"{pad}- {lines[0]}", *(f"{pad}  {line}" if line else "" for line in lines[1:])]


def _flow_list(name: str, texts: Sequence[str], indent: int) -> list[str]:
    return [f"{' ' * indent}{name}: [{', '.join(map(_scalar, texts))}]"] if texts else []


def _flow_item(fields: Flow) -> list[str]:
    """One field as `name: value`, more in braces."""
    if len(fields) == 1:
        return [f"{name}: {_value(value)}" for name, value in fields.items()]
    return [_flow(fields)] if fields else ["{}"]


def _flow(fields: Flow) -> str:
    return "{" + ", ".join(f"{name}: {_value(value)}" for name, value in fields.items()) + "}"


def _value(value: str | int | bool | Sequence[str]) -> str:  # noqa: FBT001 - it is the value
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _scalar(value)
        case int():
            return str(value)
        case _:
            return f"[{', '.join(map(_scalar, value))}]"


def _scalar(text: str) -> str:
    """Text on one line: as it is where every YAML reader takes it for that text, else in double quotes."""
    plain = _PLAIN.fullmatch(text) and not _LOOKS_OTHERWISE.fullmatch(text)
    if plain and not text.endswith((" ", ":")) and ": " not in text and " #" not in text:
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(character) or _escape(character) for character in text) + '"'


def _escape(character: str) -> str:
    if _printable(character):
        return character
    code = ord(character)
    if code <= _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _BASIC_PLANE else f"\\U{code:08x}"


def _printable(character: str) -> bool:
    """Whether YAML lets it stand unescaped, and a person sees it."""
    return character.isprintable() or (category(character) == "Zs")
