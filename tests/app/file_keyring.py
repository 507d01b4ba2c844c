"""A keyring of one file, for tests: where a machine has none of its own."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.compat import properties
from keyring.errors import PasswordDeleteError


class FileKeyring(KeyringBackend):
    """Keeps what it is given in the file that `TEST_KEYRING` names."""

    @properties.classproperty
    def priority(self) -> float:
        """Chosen only where its file is named: importing it must not make it everybody's."""
        if "TEST_KEYRING" not in os.environ:
            raise RuntimeError("TEST_KEYRING names no file")
        return 1

    @property
    def _held(self) -> dict[str, str]:
        place = Path(os.environ["TEST_KEYRING"])
        return json.loads(place.read_text()) if place.exists() else {}

    def _keep(self, held: dict[str, str]) -> None:
        Path(os.environ["TEST_KEYRING"]).write_text(json.dumps(held))

    def get_password(self, service: str, username: str) -> str | None:
        return self._held.get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._keep({**self._held, f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        held = self._held
        if held.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError(username)
        self._keep(held)
