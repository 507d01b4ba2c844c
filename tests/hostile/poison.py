"""A core whose every word is hostile: what was recorded, imported or proposed comes with a payload."""

import dataclasses
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import msgspec

from replay.outcome import Failure
from replay.protocols import Answer, Director
from replay.repairs.proposal import Repair
from replay.stand import Stand

PAYLOAD = (
    "[/] [@click=app.quit]x[/] [b]$name[/b] \x1b]52;c;aGFja2Vk\x07\x1b[31m\x1b[2J\x9b31m\x90dcs\x9c\x00\x7f"
    "\u202e\u2066\u200b\ufeff\u2028\u00ad \ud800\udfff "
    "e" + "\u0301" * 100 + "日本🏳️‍🌈" * 4 + "\tx\r\nsecond [/line]\x0b\x0c{{duration}}"
)
"""Escapes, C1, bidi, zero width, markup, lone surrogates, a flood of combining signs, wide signs, line ends."""
HUGE = "\n" + "0123456789abcdef" * 4_000 + "\u0301" * 4_000 + "日" * 4_000
"""One line behind the payload of what a step prints."""
KEPT = frozenset(
    {
        # What is parsed or looked up again, and can hold no such text where it is made.
        *("run_id", "replay_id", "repair_id", "name", "playbook", "version", "digest", "base_digest", "hash", "prev"),
        *("head", "at", "created_at", "started_at", "ended_at", "pattern", "shell", "kind", "timeout", "default"),
        # Names of parameters: a dictionary has them as keys too.
        "proposed",
        # A document and a diff are lines with a meaning.
        *("text", "key", "wanted", "on", "state", "query"),
    }
)
"""Fields that stay as they are."""


RAW = frozenset({"new_session", "attach", "playback", "screen", "text", "settings"})
"""Calls that return bytes for an emulator, a document that must hold, or what the person has set."""
ASKED = {"find": "task", "dispatch": "goal"}
"""Calls whose answers tell what was asked, and the field; a screen knows its own question by it."""


def poisoned(value: Any, field: str = "") -> Any:
    """The same value, every free text in it with the payload behind it."""
    if isinstance(value, Enum) or field in KEPT:
        return value
    if isinstance(value, str):
        return value and value + PAYLOAD + (HUGE if field == "output" else "")
    if isinstance(value, Mapping):
        return {name: poisoned(one) for name, one in value.items()}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return type(value)(poisoned(one) for one in value)
    fields = {name: poisoned(getattr(value, name), name) for name in _fields(value)}
    return _replaced(value, fields) if fields else value


def _fields(value: Any) -> tuple[str, ...]:
    if isinstance(value, msgspec.Struct):
        return value.__struct_fields__
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return tuple(one.name for one in dataclasses.fields(value) if one.init)
    return getattr(value, "_fields", ())


def _replaced(value: Any, fields: Mapping[str, Any]) -> Any:
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **fields)
    return value._replace(**fields) if hasattr(value, "_fields") else dataclasses.replace(value, **fields)


def cured(value: Any) -> Any:
    """What the core was told, as it would have been told without the payload."""
    return value.replace(PAYLOAD, "") if isinstance(value, str) and not isinstance(value, Enum) else value


class Poisoned:
    """Wraps a core: everything that it returns or tells is poisoned."""

    def __init__(self, core: Any) -> None:
        self.core = core

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.core, name)
        if not callable(found) or name in RAW:
            return found

        def call(*given: Any, **named: Any) -> Any:
            named = {key: cured(one) for key, one in named.items()}
            named |= {key: _telling(named[key]) for key in ("watcher", "told", "progress") if named.get(key)}
            if name == "replay":
                named["director"] = _Deceived(named["director"])
            answer = found(*map(cured, given), **named)
            asked = {ASKED[name]: getattr(answer, ASKED[name])} if name in ASKED else {}
            return msgspec.structs.replace(poisoned(answer), **asked) if asked else poisoned(answer)

        return call


def _telling(watcher: Callable[[Any], None]) -> Callable[[Any], None]:
    return lambda event: watcher(poisoned(event))


class _Deceived:
    """A director who sees and is asked what is poisoned."""

    def __init__(self, director: Director) -> None:
        self._director = director

    def __getattr__(self, name: str) -> Any:
        return getattr(self._director, name)

    def next(self, stand: Stand) -> Answer:
        return self._director.next(poisoned(stand))

    def review(self, failure: Failure, repairs: tuple[Repair, ...]) -> str | None:
        return self._director.review(poisoned(failure), poisoned(repairs))
