"""What the screens ask of whoever keeps the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from app.settings.values import InForce


class SettingsPort(Protocol):
    """Keeps the settings; each call may block."""

    def settings(self) -> InForce:
        """What is in force; raises `BadInputError`, with the line, where the file can't be used."""
        ...

    def settings_stamp(self) -> object:
        """Another value whenever the file is another."""
        ...

    def change_setting(self, name: str, text: str | None) -> InForce:
        """Set one, or take it out of the file."""
        ...

    def settings_file(self) -> Path:
        """The user's own, written with a word on each setting when it was not there."""
        ...
