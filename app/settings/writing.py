"""Changes of the file's text: what a person wrote there, comments and order, stays as it is (pure)."""

import re
from collections.abc import Mapping
from json import dumps
from tomllib import TOMLDecodeError, loads
from typing import Any

from app.keymap import BY_ID, written
from app.settings.values import KEYS, SECTIONS, SETTINGS, Setting
from capture.errors import BadInputError

SCHEMA_NAME = "settings.schema.json"
"""Beside the file: what editors check it by."""
HEADING = re.compile(r"(# ?)?\[([a-z]+)\]\s*$")
"""Begins a section, commented out or not."""


def template() -> str:
    """What a new file begins with: every setting, commented out, with a word on each."""
    lines = [
        f"#:schema ./{SCHEMA_NAME}",
        "# Settings of replaybook. What is commented out holds without this file; an open screen follows a change.",
        "# `replaybook settings` lists what is in force; the schema named above tells editors what may stand in it.",
        *(line for one in SETTINGS.values() if "." not in one.name for line in _lines(one)),
    ]
    for section in SECTIONS:
        inside = (one for one in SETTINGS.values() if one.name.startswith(f"{section}."))
        lines += ["", f"# [{section}]", *(line for one in inside for line in _lines(one)[1:])]
    lines += [
        "",
        "# [keys]",
        "# Keys of your own, by action; `replaybook settings keys` lists them. Several in a list.",
    ]
    return "\n".join([*lines, '# jump-to = ["f2", ";"]']) + "\n"


def changed(text: str, name: str, value: Any) -> str:
    """The text with one setting as wanted.

    Args:
        text: TOML.
        name: As `theme`, `record.shell`, `keys.inbox`.
        value: What TOML can hold; None takes it out.
    """
    plain, said = _rewritten(text, name, value), _in_place(text, name, value)
    return said if said is not None and _says(said) == _says(plain) else plain


def with_keys(text: str, keys: Mapping[str, str]) -> str:
    """The text with keys of the older file, where it says nothing of those actions itself.

    Args:
        text: TOML.
        keys: Textual's names by action id.
    """
    for action, key in keys.items():
        text = changed(text, f"{KEYS}.{action}", written(key))
    return text


def schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    # It takes a while to import what makes it.
    from msgspec.json import schema_components  # noqa: PLC0415

    from app.settings.values import Settings  # noqa: PLC0415 - as above

    (_,), parts = schema_components([Settings], ref_template="#/$defs/{name}")
    whole = parts.pop("Settings")
    key = {"type": "string", "minLength": 1}
    parts["Key"] = {"oneOf": [key, {"type": "array", "items": key, "minItems": 1, "uniqueItems": True}]}
    whole["properties"][KEYS] = {
        "description": "Keys of your own, by action; several in a list.",
        "type": "object",
        "additionalProperties": False,
        "default": {},
        "properties": {
            action.id: {
                "description": f"{action.tooltip} ({', '.join(action.areas)}; without this: {action.shown_key})",
                "$ref": "#/$defs/Key",
            }
            for action in BY_ID.values()
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of replaybook",
        **whole,
        "$defs": parts,
    }


def _lines(setting: Setting) -> list[str]:
    """A blank line, what it is, and its line."""
    choices = f" One of {', '.join(setting.choices)}." if isinstance(setting.default, str) and setting.choices else ""
    return ["", f"# {setting.about}{choices}", f"# {setting.name.rpartition('.')[2]} = {_toml(setting.default)}"]


def _toml(value: Any) -> str:
    """A value as TOML writes it; its texts and lists are JSON's."""
    return dumps(value, ensure_ascii=False)


def _rewritten(text: str, name: str, value: Any) -> str:
    """By a writer of TOML: right whatever the file looks like; what is new stands at the end."""
    # A quarter of what it takes to start a command; only a change needs it.
    import tomlkit  # noqa: PLC0415
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    section, _, key = name.rpartition(".")
    try:
        document = tomlkit.parse(text)
        if section and section not in document:
            document[section] = tomlkit.table()
        table: Any = document[section] if section else document
        if value is not None:
            table[key] = value
        elif key in table:
            del table[key]
        return tomlkit.dumps(document)
    except TOMLKitError as error:
        raise BadInputError(
            f"the file can't be changed as long as it is no TOML: {error}; correct that first"
        ) from error


def _in_place(text: str, name: str, value: Any) -> str | None:
    """The line of the setting itself, commented out or taken back, or a new one in its section; None without one."""
    section, _, key = name.rpartition(".")
    lines, within, head, last = text.splitlines(keepends=True), "", None, None
    for at, line in enumerate(lines):
        heading = HEADING.match(line)
        if heading:
            within = heading[2]
        if within != section:
            continue
        head, last = (at if heading else head), (at if line.strip() else last)
        own = re.match(rf"(# ?)?{re.escape(key)} = [^\n]*?(\s+# [^\n]*)?\n", line)
        if own and (value is not None or not own[1]):
            lines[at] = f"# {line}" if value is None else f"{key} = {_toml(value)}{own[2] or ''}\n"
            break
    else:
        if value is None or head is None or last is None or not section:
            return None
        lines.insert(last + 1, f"{key} = {_toml(value)}\n")
    if head is not None and value is not None:
        lines[head] = lines[head].lstrip("# ")
    return "".join(lines)


def _says(text: str) -> dict[str, Any] | None:
    """What a text says, but for sections that hold nothing; None when it is no TOML."""
    try:
        return {name: value for name, value in loads(text).items() if value != {}}
    except TOMLDecodeError:
        return None
