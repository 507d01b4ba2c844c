"""The settings of the program itself: in force, changed, kept in a file that people write as well."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.core.parts import Parts
from app.keymap import BY_ID, problem, read_keys, unknown_action, written
from app.settings.force import in_force, old_keys
from app.settings.reading import read_settings, typed_value
from app.settings.values import KEYS, SETTINGS, InForce, Settings
from app.settings.writing import SCHEMA_NAME, changed, schema, template, with_keys
from capture.errors import BadInputError, UnknownNameError
from capture.home import PRIVATE_FILE
from replay.library.durable import replace_file
from replay.own_files import text_of, unknown

MOVED = ".moved"
"""What the older file of keys is renamed by, once its keys are among the settings."""


class SettingsKept(Parts):
    """What can be done with them."""

    def settings(self) -> InForce:
        """What is in force: the file's, then the older file's keys, then what is built in.

        Raises:
            BadInputError: A file can't be used; the message names it and the line.
        """
        return in_force(self.home)

    def settings_stamp(self) -> object:
        """Another value whenever the files are others."""
        stamps: list[tuple[int, int] | None] = []
        for path in (self.home.settings, self.home.old_keys):
            try:
                found = path.stat()
            except OSError:
                stamps.append(None)
            else:
                stamps.append((found.st_mtime_ns, found.st_size))
        return tuple(stamps)

    def check_settings(self, file: Path) -> Settings:
        """What another file says.

        Args:
            file: TOML.

        Raises:
            BadInputError: It can't be used; the message names the line.
        """
        text = text_of(file)
        if text is None:
            raise BadInputError(f"{file} is not there; give another file")
        return read_settings(text, source=str(file)).settings

    def change_setting(self, name: str, text: str | None) -> InForce:
        """Set one, or take it out of the file; all else in it stays as it is, comments as well.

        Args:
            name: As `theme`, `record.shell`, `keys.inbox`.
            text: What a person typed; None: as built in.

        Raises:
            BadInputError: It can't be that, or the file can't be used as it is.
            UnknownNameError: There is no such setting.
        """
        before = self.settings()
        value = self._value(name, text, before.settings)
        old = {action: key for action, key in old_keys(self.home).items() if f"{KEYS}.{action}" != name}
        listed = text_of(self.home.settings)
        moved = {
            action: key for action, key in old.items() if before.where[f"{KEYS}.{action}"] == self.home.old_keys.name
        }
        made = changed(with_keys(template() if listed is None else listed, moved), name, value)
        read_settings(made, source=str(self.home.settings))
        self._store_settings(made)
        with suppress(FileNotFoundError):
            self.home.old_keys.rename(self.home.old_keys.with_name(f"{self.home.old_keys.name}{MOVED}"))
        return self.settings()

    def settings_file(self) -> Path:
        """The user's own; where there is none yet, one that says what can be set. Its schema is beside it."""
        if not self.home.settings.exists():
            self._store_settings(template())
        self._store_schema()
        return self.home.settings

    def _value(self, name: str, text: str | None, settings: Settings) -> Any:
        section, _, action = name.partition(".")
        if section != KEYS:
            told = unknown(name, (*SETTINGS, f"{KEYS}.ACTION"))
            if told:
                raise UnknownNameError(f"{told.replace('key', 'setting', 1)}; replaybook settings lists them")
            return None if text is None else typed_value(name, text)
        told = unknown_action(action)
        if told:
            raise UnknownNameError(told)
        if text is None:
            return None
        try:
            keys = read_keys(text)
        except ValueError as error:
            raise BadInputError(f"{action}: {error}") from error
        told = problem(action, {**settings.keys, action: keys}) if keys != BY_ID[action].key else None
        if told:
            raise BadInputError(f"{action}: {told}")
        return written(keys)

    def _store_settings(self, text: str) -> None:
        replace_file(self.home.settings, text.encode())
        self.home.settings.chmod(PRIVATE_FILE)
        self._store_schema()

    def _store_schema(self) -> None:
        path = self.home.path / SCHEMA_NAME
        made = json.dumps(schema(), indent=2, ensure_ascii=False).encode()
        if not path.exists() or path.read_bytes() != made:
            replace_file(path, made)
            path.chmod(PRIVATE_FILE)
