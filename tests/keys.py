"""Which actions of the table the tests have done by key, over all processes of a run: who adds one must press it."""

import sys
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).with_name("app")
NOTES = "tests.app.pressed"
"""Notes what is pressed, in the processes where an app is driven."""


class Coverage:
    """What a run has pressed; a run of some tests only says nothing of the others."""

    def __init__(self, *, picked: bool) -> None:
        self.collected: set[Path] = set()
        self.pressed: set[tuple[str, str]] = set()
        self._picked = picked

    @property
    def whole(self) -> bool:
        """Whether every test of the app was there to be run."""
        return not self._picked and set(APP.glob("test_*.py")) <= self.collected

    def take_own(self) -> None:
        """What was pressed in this process."""
        notes = sys.modules.get(NOTES)
        self.pressed |= {(str(area), action) for area, action in notes.PRESSED} if notes else set()

    def told(self) -> dict[str, Any]:
        """For the process that has started this one."""
        return {"pressed": sorted(self.pressed), "collected": sorted(map(str, self.collected))}

    def take(self, told: dict[str, Any] | None) -> None:
        """What another process has told."""
        if told:
            self.pressed |= {(area, action) for area, action in told["pressed"]}
            self.collected |= set(map(Path, told["collected"]))

    def missing(self) -> list[tuple[str, str]]:
        """What no test has done by key; nothing where not all of them ran."""
        if not self.whole:
            return []
        from tests.app.pressed import unpressed  # noqa: PLC0415 - imports the screen

        return sorted(unpressed(self.pressed))


KEY = pytest.StashKey[Coverage]()


def coverage_of(config: pytest.Config) -> Coverage:
    """The one of a run."""
    if KEY not in config.stash:
        picked = bool(config.option.keyword or config.option.markexpr or getattr(config.option, "deselect", None))
        config.stash[KEY] = Coverage(picked=picked)
    return config.stash[KEY]
