"""Settings kept in memory, so that screens are tested without a disk; they are read and written as those on it."""

from dataclasses import dataclass
from pathlib import Path

from app.keymap import read_keys
from app.settings.reading import read_settings, typed_value
from app.settings.values import InForce
from app.settings.writing import changed

FILE = "settings.toml"


@dataclass
class StandInSettings:
    """The file as text."""

    toml: str | None = None

    def settings(self) -> InForce:
        read = read_settings(self.toml or "", source=FILE)
        where = {name: f"{FILE}:{line}" for name, line in read.lines.items()}
        return InForce(settings=read.settings, file=FILE, written=self.toml is not None, where=where)

    def settings_stamp(self) -> object:
        return self.toml

    def change_setting(self, name: str, text: str | None) -> InForce:
        value = None if text is None else read_keys(text) if name.startswith("keys.") else typed_value(name, text)
        made = changed(self.toml or "", name, value)
        read_settings(made, source=FILE)
        self.toml = made
        return self.settings()

    def settings_file(self) -> Path:
        return Path(FILE)
