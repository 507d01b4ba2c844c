"""Holds a document against the published JSON Schema, and says where it fails in words."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, cast

import msgspec

from capture.errors import BadInputError
from replay import calls
from replay.document.tree import Fields, Items, Node, Text, message, refuse, shown, suggestion

Schema = dict[str, Any]
Value = str | int | float | bool | None | calls.Bare | list["Value"] | dict[str, "Value"]

_SCALARS = {"string", "number", "integer", "boolean"}
_INTEGER = re.compile(r"-?\d{1,9}")
_TRUTHS = {"true": True, "false": False}
_BARE = re.compile(r"=\{\{([a-z_][a-z0-9_]*)\}\}")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")


@cache
def json_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a playbook document, for editors."""
    schema: Schema = json.loads(files(__package__).joinpath("schema.json").read_text(encoding="utf-8"))
    return schema


def check(node: Node, where: str) -> Value:
    """Hold a document against the schema.

    Args:
        node: The document's root.
        where: Its name in messages.

    Returns:
        Its plain value: text, but for what the schema says is a number or a truth.

    Raises:
        BadInputError: It doesn't fit; with line, column and the nearest valid word.
    """
    return _check(node, _playbook(), where)


def all_wrong(node: Node, where: str) -> Iterator[str]:
    """Every place where a document doesn't fit the schema, each as `check` would refuse it.

    Args:
        node: The document's root.
        where: Its name in messages.
    """
    return _all_wrong(node, _playbook(), where)


def _all_wrong(node: Node, rule: "_Rule", where: str) -> Iterator[str]:
    if rule.any:
        return
    if isinstance(node, Items) and rule.is_list and rule.items:
        for item in node.items:
            yield from _all_wrong(item, rule.items, where)
        return
    if isinstance(node, Fields) and rule.is_object:
        for at, problem in _key_problems(node, rule):
            yield message(where, at, problem)
        for key, value in node.fields.items():
            if rule.judges(key) and not (isinstance(value, Text) and value.empty):
                yield from _all_wrong(value, rule.of(key), where)
        return
    try:
        _check(node, rule, where)
    except BadInputError as error:
        yield str(error)


class _Rule:
    """A part of the schema, made ready once for the many places that it is held against.

    Args:
        schema: The part.
        what: What messages call a value there.
    """

    def __init__(self, schema: Schema, what: str) -> None:
        schema = _resolved(schema)
        types = schema.get("type", "string")
        self.what = what
        self.allowed = {types} if isinstance(types, str) else set(types)
        self.any = "null" in self.allowed
        self.is_object, self.is_list = "object" in self.allowed, "array" in self.allowed
        self.is_scalar = bool(self.allowed & _SCALARS)
        self.known = {key: _Rule(one, shown(key)) for key, one in schema.get("properties", {}).items()}
        self.others: Any = schema.get("additionalProperties", True)
        self.named = _pattern(schema.get("propertyNames", {}))
        one_of = tuple(key for one in schema.get("anyOf", ()) for key in one["required"])
        self.needed = [*((key,) for key in schema.get("required", ())), *([one_of] if one_of else [])]
        self.items = _Rule(schema["items"], f"an item of {what}") if "items" in schema else None
        self.choices = [str(choice) for choice in schema.get("enum", ())]
        self.pattern = _pattern(schema)
        self.examples: list[str] = schema.get("examples", [])
        self.type = schema.get("type")

    def judges(self, key: str) -> bool:
        """Whether there is a rule for a field: an unknown word has none."""
        return key in self.known or self.others is not False

    def of(self, key: str) -> "_Rule":
        """The rule of a field that has one."""
        return self.known.get(key) or _Rule(self.others, shown(key))


def _pattern(schema: Schema) -> re.Pattern[str] | None:
    return re.compile(schema["pattern"]) if "pattern" in schema else None


@cache
def _playbook() -> _Rule:
    return _Rule(json_schema(), "the playbook")


def json_value(node: Node) -> Value:
    """What a node says as JSON: what stands in quotes or in a block is a string, else it is what it looks like.

    Args:
        node: Of a document.

    Returns:
        `={{name}}` without quotes as `calls.Bare`.
    """
    match node:
        case Fields():
            return {key: json_value(value) for key, value in node.fields.items()}
        case Items():
            return [json_value(item) for item in node.items]
        case Text(plain=True):
            return _plain(node.value)
        case _:
            return node.value if isinstance(node, Text) else None


def _plain(text: str) -> Value:
    """A scalar without quotes."""
    if found := _BARE.fullmatch(text):
        return calls.Bare(found[1])
    if text in {"", "null"}:
        return None
    if _NUMBER.fullmatch(text):
        return cast("Value", msgspec.json.decode(text))
    return _TRUTHS.get(text, text)


def _check(node: Node, rule: _Rule, where: str) -> Value:
    if rule.any:
        return json_value(node)
    if isinstance(node, Text):
        if rule.is_scalar:
            return _check_text(node, rule, where)
    elif isinstance(node, Fields):
        if rule.is_object:
            return _check_fields(node, rule, where)
    elif isinstance(node, Items) and rule.is_list and rule.items:
        items = rule.items
        return [_check(item, items, where) for item in node.items]
    return refuse(where, node, f"{rule.what} must be {_spoken(rule.allowed)}")


def _check_fields(node: Fields, rule: _Rule, where: str) -> Value:
    for at, problem in _key_problems(node, rule):
        refuse(where, at, problem)
    return {key: _check(value, rule.of(key), where) for key, value in node.fields.items()}


def _key_problems(node: Fields, rule: _Rule) -> Iterator[tuple[Node, str]]:
    meant = ""
    if rule.others is False and not rule.known.keys() >= node.keys.keys():
        for key, at in node.keys.items():
            if key not in rule.known:
                meant += (near := suggestion(key, list(rule.known)))
                yield at, f"unknown word {shown(key)}{near}"
    for key, at in node.keys.items() if rule.named else ():
        if rule.named and not rule.named.search(key):
            yield at, f"{shown(key)} is no name; use lower-case letters, digits and _"
    for keys in rule.needed:
        if not any(key in node.keys or shown(key) in meant for key in keys):
            yield node, f"{rule.what} needs {' or '.join(map(shown, keys))}"
    for key, value in node.fields.items():
        if isinstance(value, Text) and value.empty and rule.judges(key) and not rule.of(key).any:
            yield node.keys[key], f'{shown(key)} is empty; give it a value (or ""), or leave it out'


def _check_text(node: Text, rule: _Rule, where: str) -> Value:
    if rule.choices and node.value not in rule.choices:
        refuse(where, node, f"{shown(node.value)} is no value of {rule.what}{suggestion(node.value, rule.choices)}")
    if rule.pattern and not rule.pattern.search(node.value):
        *first, last = rule.examples
        form = f"{', '.join(first)} or {last}" if first else last
        refuse(where, node, f"{shown(node.value)} does not have the form of {rule.what}; write it as {form}")
    if rule.type == "integer":
        if not _INTEGER.fullmatch(node.value):
            refuse(where, node, f"{rule.what} must be a whole number, not {shown(node.value)}")
        return int(node.value)
    if rule.type == "boolean":
        if node.value not in _TRUTHS:
            refuse(where, node, f"{rule.what} must be true or false, not {shown(node.value)}")
        return _TRUTHS[node.value]
    return node.value


def _resolved(schema: Schema) -> Schema:
    """The schema that a `$ref` leads to."""
    if "$ref" not in schema:
        return schema
    found: Schema = json_schema()["$defs"][schema["$ref"].rpartition("/")[2]]
    return found


def _spoken(allowed: set[str]) -> str:
    words = {"object": "a mapping", "array": "a list"}
    return " or ".join(sorted({words.get(one, "a text") for one in allowed}))
