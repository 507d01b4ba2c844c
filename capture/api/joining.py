"""How a subprocess finds the run that it belongs to: one variable in its environment."""

from pathlib import Path

from capture.errors import UnknownNameError

RUN_VARIABLE = "REPLAYBOOK_RUN"
"""Holds the run's folder, and behind `#` the number of the step that the process is a part of; 0: none."""


def address(folder: Path, part_of: int | None) -> str:
    """What the variable holds.

    Args:
        folder: Of the run, absolute.
        part_of: The step that the process is a part of.
    """
    return f"{folder}#{part_of or 0}"


def read_address(text: str) -> tuple[Path, int | None]:
    """The folder of the run, and the step that the process is a part of.

    Args:
        text: As `address`.

    Raises:
        UnknownNameError: It is no such text.
    """
    folder, _, number = text.rpartition("#")
    if not folder.startswith("/") or not number.isdigit():
        raise UnknownNameError(
            f"{RUN_VARIABLE} names no run ({text!r}); start this process with the environment of the recording"
        )
    return Path(folder), int(number) or None
