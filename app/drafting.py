"""What the screens ask of the core where a person writes a version, as a Protocol of its own."""

from typing import Protocol

from app.stored import Stored


class Drafting(Protocol):
    """Documents as text."""

    def text(self, ref: str) -> tuple[str, str]:
        """`NAME@V`, and its document as the file holds it, right or wrong."""
        ...

    def write(self, ref: str, text: str, *, where: str) -> Stored:
        """Store what a person made of a version as the next draft."""
        ...
