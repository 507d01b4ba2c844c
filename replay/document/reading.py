"""Makes a playbook of a document, and finds what a schema can't: unknown names, patterns that are none."""

import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import cast

import msgspec

from capture.errors import BadInputError
from capture.trace import EffectOp, StepKind
from replay import calls
from replay.document import schema
from replay.document.patterns import captured_often, flaws, place_in
from replay.document.schema import Value, check
from replay.document.tree import Fields, Items, Node, Text, message, refuse, shown, suggestion
from replay.edits import is_patch, read_patch
from replay.matching import masks
from replay.playbook import NEEDS, Playbook
from replay.syntax.served import port_of
from replay.uncollected import uncollected

BUILTINS = ("branch", "cwd", "home", "host", "kernel", "today", "tomorrow", "user", "yesterday")
"""What a parameter's default may name, besides the parameters before it."""
_SAID_OF_EFFECTS = frozenset({"directory", "content", "optional", "replaces", "mode"})
_GOES_WITH = {"sha256": ("command", "file"), "ref": ("git",), "clean": ("git",), "commit": ("revision",)}
"""Fields of a requirement that say more about some of them."""
_OF_SHELLS = ("run", "env", "answers")
"""Fields of a step that a tool has no use for."""


@uncollected()
def load(text: str, *, where: str) -> Playbook:
    """Read a playbook document.

    Args:
        text: YAML.
        where: Its name in messages: a path, or `NAME@V`.

    Returns:
        The playbook.

    Raises:
        BadInputError: It is none; the message says line and column, and the nearest valid word.
    """
    from replay.document.quick import quick  # noqa: PLC0415 - a version whose reading is kept needs no parser

    root = quick(text)
    if root is not None:
        try:
            return _playbook(root, "", where)
        except BadInputError:
            # The other parser says it again, with its place.
            pass
    from replay.document.parsing import parse  # noqa: PLC0415 - most documents are read by the other one

    return _playbook(parse(text, where), text, where)


def _playbook(root: Node, text: str, where: str) -> Playbook:
    value = cast("dict[str, Value]", check(root, where))
    _Meaning(text.splitlines(), lambda node, problem: refuse(where, node, problem)).look_over(root)
    value.pop("replaybook")
    value["steps"] = [_step(step) for step in cast("list[dict[str, Value]]", value["steps"])]
    try:
        return msgspec.convert(value, Playbook)
    except msgspec.ValidationError as error:
        raise BadInputError(f"{where}: {error}") from None


def all_wrong(text: str, *, where: str) -> tuple[str, ...]:
    """Everything that is wrong with a document, each as `load` would refuse it; what YAML can't read hides the rest.

    Args:
        text: YAML.
        where: Its name in messages.

    Returns:
        None for a document that holds.
    """
    from replay.document.parsing import parse  # noqa: PLC0415 - as above

    try:
        root = parse(text, where)
    except BadInputError as error:
        return (str(error),)
    found = list(schema.all_wrong(root, where))
    if not found:
        _Meaning(text.splitlines(), lambda node, problem: found.append(message(where, node, problem))).look_over(root)
    return tuple(dict.fromkeys(found))


def _step(step: dict[str, Value]) -> dict[str, Value]:
    """A step of the document in the form of the value."""
    if "tool" in step:
        step["run"] = calls.written(str(step.pop("tool")), step.pop("input", {}))
        step["kind"] = StepKind.TOOL
    expect = step.get("expect")
    if isinstance(expect, dict) and "effects" in expect:
        effects = cast("list[str | dict[str, Value]]", expect["effects"])
        expect["effects"] = [_effect(effect) for effect in effects]
    return step


def _effect(effect: str | dict[str, Value]) -> Value:
    if isinstance(effect, str):
        op, _, path = effect.partition(" ")
        return {"op": op, "path": path.removesuffix("/"), "directory": path.endswith("/")}
    op = next(op for op in EffectOp if op in effect)
    fields = {key: value for key, value in effect.items() if key in _SAID_OF_EFFECTS}
    origin = {"moved_from": effect["from"]} if "from" in effect else {}
    return {"op": op, "path": effect[op], **fields, **origin}


class _Meaning:
    """Looks over a document that fits the schema for what it means."""

    def __init__(self, source: list[str], wrong: Callable[[Node, str], object]) -> None:
        self._source, self._wrong = source, wrong
        self._names: set[str] = set()

    def look_over(self, root: Node) -> None:
        """Every name is known where it stands, every pattern is one."""
        parameters = _field(root, "parameters")
        for name, parameter in _fields(parameters).items():
            self._placeholders(_field(parameter, "default"), self._names | set(BUILTINS))
            self._names.add(name)
        for node in _texts(_field(root, "watch")):
            self._placeholders(node, self._names)
        for step in _items(_field(root, "steps")):
            self._step(step)

    def _step(self, step: Node) -> None:
        said = (_field(step, name) for name in ("run", "cwd", "env", "requires", "tool", "input"))
        for node in _texts(*said):
            self._placeholders(node, self._names)
        self._patch(_field(step, "run"), _field(step, "kind"))
        self._call(step)
        for need in _items(_field(step, "requires")):
            self._need(need)
        for answer in _items(_field(step, "answers")):
            self._answer(answer)
        self._expectation(step)

    def _need(self, need: Node) -> None:
        fields = _fields(need)
        if sum(kind in fields for kind in NEEDS) != 1:
            self._wrong(need, f"a requirement is one of {', '.join(NEEDS)}")
        for name, owners in _GOES_WITH.items():
            if name in fields and not any(owner in fields for owner in owners):
                self._wrong(fields[name], f'"{name}" goes with {" or ".join(owners)}')
        port = fields.get("port")
        if isinstance(port, Text) and not _names(port.value) and port_of(port.value) is None:
            self._wrong(port, f'"{port.value}" is no port; write it as 8000 or 127.0.0.1:8000')

    def _patch(self, run: Node | None, kind: Node | None) -> None:
        """Only a file step's text is a patch, and a patch can be read."""
        if not (isinstance(run, Text) and is_patch(run.value)):
            return
        if not (isinstance(kind, Text) and kind.value == StepKind.FILE):
            self._wrong(run, 'a patch wants "kind: file" beside it')
        try:
            read_patch(run.value)
        except BadInputError as error:
            self._wrong(run, str(error))

    def _call(self, step: Node) -> None:
        """What a tool is given goes with the tool, and what only a shell knows doesn't."""
        tool, kind = _field(step, "tool"), _field(step, "kind")
        of_kind = isinstance(kind, Text) and kind.value == StepKind.TOOL
        if tool is None:
            if of_kind:
                self._wrong(kind or step, 'a step of kind tool names its tool: write "tool" and "input" and no "run"')
            if given := _field(step, "input"):
                self._wrong(given, '"input" goes with "tool"')
            return
        if kind is not None and not of_kind:
            self._wrong(kind, 'a step that calls a tool is of kind tool; leave "kind" out')
        for name in _OF_SHELLS:
            if (node := _field(step, name)) is not None:
                self._wrong(node, f'"{name}" goes with "run", not with "tool"')
        if isinstance(tool, Text) and (not tool.value.strip() or "{{" in tool.value):
            self._wrong(tool, "a tool is called by its name as it is, as files/write")

    def _answer(self, answer: Node) -> None:
        self._pattern(_field(answer, "prompt"), set())
        self._placeholders(_field(answer, "send"), self._names)
        secret = _field(answer, "secret")
        if not (isinstance(secret, Text) and secret.value == "true") and "send" not in _fields(answer):
            self._wrong(answer, 'an answer needs "send", or "secret: true"')

    def _expectation(self, step: Node) -> None:
        expect = _field(step, "expect")
        output = _field(expect, "output")
        captured = {name for capture in _items(_field(step, "capture")) for name in self._capture(capture, output)}
        self._names |= captured
        self._pattern(output, captured, of_lines=True)
        for effect in _items(_field(expect, "effects")):
            ops = [op for op in EffectOp if op in _fields(effect)]
            if isinstance(effect, Fields) and len(ops) != 1:
                self._wrong(effect, f"an effect is one of {', '.join(EffectOp)}")
            for node in _texts(effect):
                self._pattern(node, captured)
        for entry in _items(_field(expect, "committed")):
            self._pattern(entry, captured)

    def _capture(self, capture: Node, output: Node | None) -> Iterator[str]:
        """The capture's name, once its pattern and its place in the output were found good."""
        name, pattern = _fields(capture)["name"], _fields(capture)["pattern"]
        if not (isinstance(name, Text) and isinstance(pattern, Text)):
            return
        try:
            re.compile(pattern.value)
        except (re.error, RecursionError, OverflowError) as error:
            self._wrong(pattern, f"{shown(pattern.value)} is no regular expression: {error}")
        if not isinstance(output, Text) or name.value not in _names(output.value):
            self._wrong(name, f"{{{{{name.value}}}}} stands nowhere in the step's expected output")
        yield name.value

    def _pattern(self, node: Node | None, captured: set[str], *, of_lines: bool = False) -> None:
        if not isinstance(node, Text):
            return
        wrong = list(flaws(node.value, self._names, of_lines=of_lines))
        wrong += captured_often(node.value, captured) if of_lines and captured else ()
        for flaw in wrong:
            self._wrong(place_in(self._source, node, flaw), flaw.problem)

    def _placeholders(self, node: Node | None, known: AbstractSet[str]) -> None:
        if isinstance(node, Text):
            for name in _names(node.value):
                if name not in known:
                    self._wrong(node, f"unknown name {{{{{name}}}}}{suggestion(name, list(known))}")


def _names(text: str) -> list[str]:
    if "{{" not in text:
        return []
    return [piece.text for piece in masks.pieces(text) if piece.is_name]


def _fields(node: Node | None) -> dict[str, Node]:
    return node.fields if isinstance(node, Fields) else {}


def _field(node: Node | None, name: str) -> Node | None:
    return _fields(node).get(name)


def _items(node: Node | None) -> list[Node]:
    return node.items if isinstance(node, Items) else []


def _texts(*nodes: Node | None) -> Iterator[Text]:
    """Every text below these nodes, keys left out."""
    for node in nodes:
        if isinstance(node, Text):
            yield node
        yield from _texts(*_items(node), *_fields(node).values())
