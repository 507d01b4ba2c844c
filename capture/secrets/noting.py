"""Masks secrets in the fields of a step, and notes in which field each one stood."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from capture.secrets.redaction import Masking, Redactor

Text = TypeVar("Text", str, dict[str, str])


class Noted:
    """A redactor that notes what it masked, and in which field.

    Args:
        redactor: Masks.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.field = ""
        """What is being masked."""
        self.found: list[tuple[str, Masking]] = []
        """Field and masking, in order."""

    def of(self, field: str) -> "Noted":
        """The same, at another field."""
        self.field = field
        return self

    def is_plain(self, texts: Iterable[str]) -> bool:
        """As `Redactor.is_plain`."""
        return self._redactor.is_plain(texts)

    def names_secret(self, name: str, value: str) -> bool:
        """As `Redactor.names_secret`."""
        return self._redactor.names_secret(name, value)

    def text(self, text: str) -> tuple[str, tuple[Masking, ...]]:
        """As `Redactor.text`."""
        return self._noting(self._redactor.text(text))

    def command(self, text: str) -> tuple[str, tuple[Masking, ...]]:
        """As `Redactor.command`."""
        return self._noting(self._redactor.command(text))

    def environment(self, variables: Mapping[str, str]) -> tuple[dict[str, str], tuple[Masking, ...]]:
        """As `Redactor.environment`."""
        return self._noting(self._redactor.environment(variables))

    def paths(self, paths: Iterable[str]) -> dict[str, str]:
        """Mask paths, most of which hold no secret.

        Args:
            paths: Any number.

        Returns:
            Those that do, and what is written in their place.
        """
        together = "\n".join(paths)
        if not self._redactor.text(together)[1]:
            return {}
        return {path: masked for path in together.split("\n") if (masked := self.text(path)[0]) != path}

    def _noting(self, told: tuple[Text, tuple[Masking, ...]]) -> tuple[Text, tuple[Masking, ...]]:
        self.found.extend((self.field, masking) for masking in told[1])
        return told
