"""Settings from the text of the file: every mistake named with its line (pure)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from app.keymap import differing, problems, read_keys, unknown_action
from app.settings.addresses import SETTING as TEAM
from app.settings.addresses import wrong_address
from app.settings.values import KEYS, SECTIONS, SETTINGS, Settings
from capture.errors import BadInputError
from replay.own_files import tables_in, unknown

OPENED_BY = "replaybook settings --edit"
"""The command that opens the file."""
YES, NO = frozenset({"yes", "true", "on"}), frozenset({"no", "false", "off"})


class Mistake(NamedTuple):
    """One thing that is wrong in the file."""

    line: int
    """Counts from 1."""
    message: str


class Read(NamedTuple):
    """What a file says."""

    settings: Settings
    lines: Mapping[str, int]
    """Where each setting, and each action's key as `keys.inbox`, is written."""


def read_settings(text: str, *, source: str, keys: Mapping[str, str] | None = None) -> Read:
    """Settings from their text.

    Args:
        text: TOML.
        source: The file's path, for messages.
        keys: Keys of the older file; those of this one count before them.

    Raises:
        BadInputError: Something in it is wrong; the message names the line of the first mistake, and how many more.
    """
    tables = tables_in(text, source=source, opened_by=OPENED_BY)
    found = sorted(mistakes(text, tables, keys or {}))
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise BadInputError(f"{source}:{found[0].line}: {found[0].message}{more}")
    plain = {name: value for name, value in tables.items() if name != KEYS}
    own = differing({**(keys or {}), **_keys(tables)})
    settings: Settings = msgspec.convert({**plain, KEYS: own}, Settings)
    return Read(settings, {name: line_of(text, name) for name in _names(tables)})


def read_old_keys(text: str, *, source: str) -> dict[str, str]:
    """Keys from the older file.

    Args:
        text: JSON, as `{"inbox": "f2"}`.
        source: The file's path, for messages.

    Raises:
        BadInputError: It is something else, or names an action or a key that there is not.
    """
    try:
        listed = msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError as error:
        raise BadInputError(f'{source}: {error}; it should be like {{"inbox": "f2"}}') from error
    for action, key in listed.items():
        told = unknown_action(action)
        if told:
            raise BadInputError(f"{source}: {told}")
        try:
            listed[action] = read_keys(key)
        except ValueError as error:
            raise BadInputError(f"{source}: {action}: {error}") from error
    wrong = next(iter(problems(differing(listed)).items()), None)
    if wrong:
        raise BadInputError(f"{source}: {wrong[0]}: {wrong[1]}")
    return listed


def mistakes(text: str, tables: Mapping[str, Any], keys: Mapping[str, str]) -> Iterator[Mistake]:
    """What is wrong in a file that is TOML.

    Args:
        text: The file.
        tables: The same, parsed.
        keys: Keys of the older file.
    """
    for key, value in tables.items():
        if key in (*SECTIONS, KEYS) and not isinstance(value, dict):
            yield Mistake(line_of(text, key), f"{key} is a section: write [{key}], and what belongs to it below")
    for name in _names(tables):
        told = _wrong(name, _value(tables, name)) if not name.startswith(f"{KEYS}.") else _wrong_keys(tables, name)
        if told:
            yield Mistake(line_of(text, name), told)
    if not any(_wrong_keys(tables, name) for name in _names(tables) if name.startswith(f"{KEYS}.")):
        for action, told in problems(differing({**keys, **_keys(tables)})).items():
            yield Mistake(line_of(text, f"{KEYS}.{action}"), f"{action}: {told}")


def wrong_value(name: str, value: object) -> str | None:
    """What is wrong with a value of a setting, in a clause that says what it may be; None when nothing is.

    Args:
        name: Of a setting that there is.
        value: As TOML gives it.
    """
    setting = SETTINGS[name]
    if name == TEAM and (told := wrong_address(value)):
        return f"{name}: {told}"
    try:
        msgspec.convert(value, setting.kind)
    except msgspec.ValidationError:
        return f"{name}: {_shown(value)} can't be; it is {setting.range}"
    if name == "jump_letters" and len(set(str(value))) < len(str(value)):
        return f"{name}: a letter is there twice; each once"
    return None


def typed_value(name: str, text: str) -> Any:
    """A value from what a person typed.

    Args:
        name: Of the setting.
        text: As `yes`, `2.5`, `dark`.

    Raises:
        BadInputError: It can't be that; the message says what it may be.
    """
    default, text = SETTINGS[name].default, text.strip()
    value: Any = text
    if isinstance(default, bool):
        value = True if text.lower() in YES else False if text.lower() in NO else text
    elif isinstance(default, float | int):
        try:
            value = float(text)
        except ValueError:
            raise BadInputError(f"{name}: {_shown(text)} is no number; write one as 2 or 0.5") from None
        value = int(value) if value.is_integer() else value
    told = wrong_value(name, value)
    if told:
        raise BadInputError(told)
    return value


def line_of(text: str, name: str) -> int:
    """The line that a setting is written on; the first one when it is nowhere.

    Args:
        text: TOML.
        name: As `theme`, `record.shell`, `keys.inbox`, or a section.
    """
    section, _, key = name.rpartition(".")
    bare, within = rf"[\"']?{re.escape(key)}[\"']?\s*", ""
    inside = re.compile(rf"\s*{bare}=")
    dotted = re.compile(rf"\s*{re.escape(section)}\s*(\.\s*{bare})?=")
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[+\s*([^\]]*?)\s*\]", line)
        within = head[1] if head else within
        looked = within == name if head else within == section and inside.match(line)
        if looked or (section and not within and dotted.match(line)):
            return number
    return 1


def _names(tables: Mapping[str, Any]) -> Iterator[str]:
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from (f"{key}.{inner}" for inner in value)
        elif key not in (*SECTIONS, KEYS):
            yield key


def _value(tables: Mapping[str, Any], name: str) -> Any:
    section, _, key = name.rpartition(".")
    return tables[section][key] if section else tables[key]


def _wrong(name: str, value: object) -> str | None:
    if name in SETTINGS:
        return wrong_value(name, value)
    section, _, key = name.rpartition(".")
    if section and section not in SECTIONS:
        return unknown(section, (*(one for one in SETTINGS if "." not in one), *SECTIONS, KEYS))
    inside = [one.rpartition(".")[2] for one in SETTINGS if one.rpartition(".")[0] == section]
    return unknown(key, inside if section else (*inside, *SECTIONS, KEYS))


def _wrong_keys(tables: Mapping[str, Any], name: str) -> str | None:
    action = name.removeprefix(f"{KEYS}.")
    told = unknown_action(action)
    if told:
        return told
    try:
        read_keys(tables[KEYS][action])
    except ValueError as error:
        return f"{action}: {error}"
    return None


def _keys(tables: Mapping[str, Any]) -> dict[str, str]:
    written = tables.get(KEYS)
    return {action: read_keys(value) for action, value in written.items()} if isinstance(written, dict) else {}


def _shown(value: object) -> str:
    return "yes" if value is True else "no" if value is False else repr(value)
