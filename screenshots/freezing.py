"""Replaces what differs from machine to machine where it leaves the core: paths, ids of runs, times, durations."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from app.core import Core
from capture.tape.glance import Glance
from capture.trace import Step

RECORDED_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LOOKED_AT = RECORDED_AT + timedelta(hours=3)
BETWEEN, LASTED = timedelta(seconds=3), timedelta(seconds=20)
"""Between two steps, and from a recording's start to its end."""
SHOWN_HOME = "/home/ada"
MILLISECONDS = (8.0, 41.0, 64.0, 27.0, 12.0)
"""What steps took, by their place, again and again."""
DURATION = re.compile(r"\bin \d+ ms\b")
RUN_ID = re.compile(r"\b\d{8}-\d{9}-[a-z0-9]{4}\b")


class FrozenGlance(Glance):
    """An opened recording in whose outputs nothing varies."""

    text: Callable[[str], str]
    """Replaces what varies."""

    def output(self, step: Step) -> str:
        """What a step printed."""
        return self.text(super().output(step))


class FrozenCore:
    """The core with everything that varies replaced in what it returns and tells."""

    def __init__(self, core: Core, place: Path) -> None:
        """Wrap a core.

        Args:
            core: The real one.
            place: The throw-away folder; shown as a home.
        """
        self._core, self._place = core, str(place)
        self._ids: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        """Every call goes to the real core; its values come back frozen."""
        found = getattr(self._core, name)
        if name == "new_session" or not callable(found):
            return found

        def call(*args: Any, **named: Any) -> Any:
            if tell := named.get("watcher"):
                named["watcher"] = lambda event: tell(self._frozen(event))
            if director := named.get("director"):
                named["director"] = FrozenDirector(director, self._frozen)
            given = {key: self._meant(one) for key, one in named.items()}
            return self._frozen(found(*map(self._meant, args), **given))

        return call

    def _frozen(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self._frozen(one) for one in value)
        if isinstance(value, Glance):
            glance = FrozenGlance(value._path, self._frozen(value.trace), value._places)  # noqa: SLF001 - the same file
            glance.text = self._text
            return glance
        if not isinstance(value, msgspec.Struct):
            return value
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        place = int(fields.get("step_index") or 1) - 1
        return msgspec.structs.replace(
            value, **{name: self._field(name, found, place) for name, found in fields.items()}
        )

    def _field(self, name: str, value: Any, place: int) -> Any:
        if name == "duration_ms" and value is not None:
            return MILLISECONDS[place % len(MILLISECONDS)]
        if isinstance(value, datetime):
            return RECORDED_AT + (name == "ended_at") * LASTED + place * BETWEEN
        if isinstance(value, str) and type(value) is str:
            return self._text(value)
        if isinstance(value, dict):
            return {key: self._field("", one, place) for key, one in value.items()}
        return self._frozen(value)

    def _text(self, text: str) -> str:
        text = DURATION.sub("in 12 ms", text.replace(self._place, SHOWN_HOME))
        return RUN_ID.sub(self._shown_id, text)

    def _shown_id(self, found: re.Match[str]) -> str:
        """Always the same id for a run, by the order in which runs are seen."""
        return self._ids.setdefault(found[0], f"20260301-093000000-x7k{len(self._ids) + 2}")

    def _meant(self, argument: Any) -> Any:
        """A run's own id for the shown one, and a path as it is."""
        if isinstance(argument, list):
            return [self._meant(one) for one in argument]
        if isinstance(argument, str) and argument.startswith(SHOWN_HOME):
            return argument.replace(SHOWN_HOME, self._place, 1)
        return next((real for real, shown in self._ids.items() if shown == argument), argument)


class FrozenDirector:
    """A director that is told of frozen values."""

    def __init__(self, director: Any, frozen: Callable[[Any], Any]) -> None:
        """Wrap one."""
        self._director, self._freeze = director, frozen

    def __getattr__(self, name: str) -> Any:
        """All but where a replay stands goes to the real one."""
        return getattr(self._director, name)

    def next(self, stand: Any) -> Any:
        """What to do there."""
        return self._director.next(self._freeze(stand))
