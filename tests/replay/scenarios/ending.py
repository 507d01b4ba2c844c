"""Holds where a repaired replay ended against where the undrifted one did."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

Place = Mapping[str, str]
"""What a folder holds: path to what it is, without what git keeps for itself."""
_DIRECTORY = "a directory"


def seen(folder: Path) -> Place:
    """What a folder holds now."""
    return dict(_entries(folder))


def _entries(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if ".git" in inside.parts or "__pycache__" in inside.parts:
            continue
        if path.is_symlink():
            yield str(inside), f"a link to {path.readlink()}"
        elif path.is_dir():
            yield str(inside), _DIRECTORY
        elif path.is_file():
            yield str(inside), hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            yield str(inside), "something else"


def unlike(*, before: Place, twin: Place, drifted: Place, end: Place) -> list[str]:
    """What is not as it should be at the end of a repaired replay.

    Whatever the twin made must have been made, at its place or, where that was moved, under its name elsewhere;
    whatever the drifted world held must be there still, unless the twin changed it.

    Args:
        before: Where both began, before the drift.
        twin: Where the undrifted twin ended.
        drifted: Where the repaired replay began.
        end: Where it ended.

    Returns:
        A sentence for each difference.
    """
    made = {path: what for path, what in twin.items() if before.get(path) != what}
    gone = before.keys() - twin.keys()
    wrong = [f"{path} was not made as the twin makes it" for path, what in made.items() if not _made(path, what, end)]
    wrong += [f"{path} should be gone" for path in gone if path in end]
    touched = {Path(path).name for path in (*made, *gone)}
    for path, what in drifted.items():
        if Path(path).name not in touched and end.get(path) != what:
            wrong.append(f"{path} was changed or lost")
    for path, what in end.items():
        if path not in drifted and Path(path).name not in touched and what != _DIRECTORY:
            wrong.append(f"{path} was made, which no twin makes")
    return wrong


def _made(path: str, what: str, end: Place) -> bool:
    if path in end:
        return end[path] == what
    name = Path(path).name
    return any(found == what and Path(other).name == name for other, found in end.items())
