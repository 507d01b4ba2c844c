"""Holds a document against the published JSON Schema, and says where it fails in words."""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from replay.document.tree import Fields, Items, Node, Text, refuse, shown, suggestion

Schema = dict[str, Any]
Value = str | int | bool | list["Value"] | dict[str, "Value"]

_SCALARS = {"string", "number", "integer", "boolean"}
_INTEGER = re.compile(r"-?\d{1,9}")
_TRUTHS = {"true": True, "false": False}


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
    return _check(node, json_schema(), where, "the playbook")


def _check(node: Node, schema: Schema, where: str, what: str) -> Value:
    schema = _resolved(schema)
    types = schema.get("type", "string")
    allowed = {types} if isinstance(types, str) else set(types)
    match node:
        case Fields() if "object" in allowed:
            return _check_fields(node, schema, where, what)
        case Items() if "array" in allowed:
            return [_check(item, schema["items"], where, f"an item of {what}") for item in node.items]
        case Text() if allowed & _SCALARS:
            return _check_text(node, schema, where, what)
        case _:
            pass
    return refuse(where, node, f"{what} must be {_spoken(allowed)}")


def _check_fields(node: Fields, schema: Schema, where: str, what: str) -> Value:
    known: dict[str, Schema] = schema.get("properties", {})
    others: Any = schema.get("additionalProperties", True)
    names = schema.get("propertyNames", {}).get("pattern")
    for key, key_node in node.keys.items():
        if key not in known and others is False:
            refuse(where, key_node, f"unknown word {shown(key)}{suggestion(key, list(known))}")
        if names and not re.search(names, key):
            refuse(where, key_node, f"{shown(key)} is no name; use lower-case letters, digits and _")
    for key in schema.get("required", ()):
        if key not in node.keys:
            refuse(where, node, f'{what} needs "{key}"')
    for key, value in node.fields.items():
        if isinstance(value, Text) and value.empty:
            refuse(where, node.keys[key], f'{shown(key)} is empty; give it a value (or ""), or leave it out')
    fields = {**dict.fromkeys(node.fields, others), **known}
    return {key: _check(value, fields[key], where, shown(key)) for key, value in node.fields.items()}


def _check_text(node: Text, schema: Schema, where: str, what: str) -> Value:
    choices = [str(choice) for choice in schema.get("enum", ())]
    if choices and node.value not in choices:
        refuse(where, node, f"{shown(node.value)} is no value of {what}{suggestion(node.value, choices)}")
    if "pattern" in schema and not re.search(schema["pattern"], node.value):
        *first, last = schema["examples"]
        form = f"{', '.join(first)} or {last}" if first else last
        refuse(where, node, f"{shown(node.value)} does not have the form of {what}; write it as {form}")
    if schema.get("type") == "integer":
        if not _INTEGER.fullmatch(node.value):
            refuse(where, node, f"{what} must be a whole number, not {shown(node.value)}")
        return int(node.value)
    if schema.get("type") == "boolean":
        if node.value not in _TRUTHS:
            refuse(where, node, f"{what} must be true or false, not {shown(node.value)}")
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
