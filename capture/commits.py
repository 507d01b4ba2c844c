"""Tells what a step has committed to git: which paths the tree that is checked out holds otherwise than before."""

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

MOST_COMMITTED = 60
"""Paths of one step that are told."""
DETACHED = "detached"
"""Told of a commit that no branch holds."""
MOST_WORDS = 32
"""Words of a command that are looked up as refs."""
_GIT = re.compile(r"\bgit\b")
_REF_WORD = re.compile(r"(?<![\w./-])\w[\w./-]*")
PATIENCE_S = 5.0
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_REFERS = "ref: "
_GONE = "000000"


class Commits:
    """What is checked out in the repositories that a shell comes by.

    Args:
        real: Where a directory that the shell names is found by this process; another place in a shadow.
    """

    def __init__(self, real: Callable[[str], str] = str) -> None:
        self._real = real
        self._known: dict[Path, str | None] = {}
        self._without: set[Path] = set()
        self._moved = False

    def enter(self, directory: str) -> None:
        """Look for the first time where a step is about to begin."""
        place = Path(self._real(directory))
        found = repository(place)
        if found is None:
            self._without.add(place)
        elif found not in self._known:
            self._known[found] = head(found)

    def since(self, directory: str) -> tuple[str, ...] | None:
        """What was committed since the last call.

        Args:
            directory: Where the step ended.

        Returns:
            Each path with its new mode and what happened to it, as `A 100644 notes.md`, `M 100755 run.sh`, `D old.txt`,
            sorted, and `detached` behind them where no branch holds the commit; None where there is no repository or it
            can't be told.
        """
        self._moved = False
        found = repository(Path(self._real(directory)))
        if found is None:
            return None
        seen, now = found in self._known or found in self._without, head(found)
        before = self._known.get(found)
        self._known[found] = now
        if not seen:
            return None
        if before == now:
            return ()
        self._moved = now is not None
        changed = None if now is None else _changed(found, before or _EMPTY_TREE, now)
        return (*changed, DETACHED) if changed and not _on_a_branch(found) else changed

    def message(self, directory: str) -> str | None:
        """What the commit that is checked out says.

        Args:
            directory: As in the last call of `since`.

        Returns:
            None where it was checked out before that call already, or it can't be told.
        """
        found = repository(Path(self._real(directory)))
        return None if found is None or not self._moved else _asked(found, "log", "-1", "--format=%B")


def refs_in(command: str, directory: str) -> dict[str, str]:
    """What the names of refs in a git command mean.

    Args:
        command: Shell text.
        directory: Where it begins.

    Returns:
        Branches, tags and remote branches by the words of the command, each with the hash that git's files hold for it.
    """
    found = repository(Path(directory)) if _GIT.search(command) else None
    if found is None:
        return {}
    folder = _git_folder(found)
    words = dict.fromkeys(_REF_WORD.findall(command))
    try:
        shared = folder / (folder / "commondir").read_text().strip() if (folder / "commondir").exists() else folder
        packed = (shared / "packed-refs").read_text() if (shared / "packed-refs").exists() else ""
    except (OSError, UnicodeDecodeError):
        return {}
    rows = (line.split(" ", 1) for line in packed.splitlines() if " " in line and line[0] not in "#^")
    stored = {name: commit for commit, name in rows}
    meant = ((word, _meant(word, shared, stored)) for word in [*words][:MOST_WORDS])
    return {word: commit for word, commit in meant if commit is not None}


def _meant(word: str, shared: Path, stored: Mapping[str, str]) -> str | None:
    for kind in ("tags", "heads", "remotes"):
        name = f"refs/{kind}/{word}"
        try:
            return (shared / name).read_text().strip()
        except (OSError, UnicodeDecodeError):
            if name in stored:
                return stored[name]
    return None


def repository(directory: Path) -> Path | None:
    """The working tree that a directory lies in."""
    # Looked for before and behind each step: text is quicker than a path for each folder.
    return next((folder for folder in (directory, *directory.parents) if os.path.exists(f"{folder}/.git")), None)  # noqa: PTH110


def head(tree: Path) -> str | None:
    """The commit that is checked out, read from git's files; None when there is none yet, or they are others."""
    folder = _git_folder(tree)
    shared = folder
    try:
        text = (folder / "HEAD").read_text().strip()
        if not text.startswith(_REFERS):
            return text
        if (folder / "commondir").exists():
            shared = folder / (folder / "commondir").read_text().strip()
        return _of_ref(shared, text.removeprefix(_REFERS))
    except (OSError, UnicodeDecodeError):
        return None


def _on_a_branch(tree: Path) -> bool:
    try:
        return (_git_folder(tree) / "HEAD").read_text().startswith(_REFERS)
    except (OSError, UnicodeDecodeError):
        return True


def _of_ref(folder: Path, name: str) -> str | None:
    try:
        return (folder / name).read_text().strip()
    except OSError:
        packed = (folder / "packed-refs").read_text().splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), None)


def _git_folder(tree: Path) -> Path:
    """A linked working tree only has a file that names it."""
    place = tree / ".git"
    if place.is_dir():
        return place
    try:
        return tree / place.read_text().strip().removeprefix("gitdir: ")
    except (OSError, UnicodeDecodeError):
        return place


def _changed(tree: Path, before: str, now: str) -> tuple[str, ...] | None:
    """Asks git, without locks, hooks or anything written."""
    told = _asked(tree, "diff-tree", "-r", "-z", "--raw", "--no-renames", before, now)
    if told is None:
        return None
    fields = told.split("\0")
    found = [_told(head, path) for head, path in zip(fields[::2], fields[1::2], strict=False)]
    return tuple(sorted(found)) if len(found) <= MOST_COMMITTED else None


def _asked(tree: Path, *words: str) -> str | None:
    asked = ["git", "-C", str(tree), "--no-optional-locks", *words]
    try:
        told = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.decode("utf-8", "backslashreplace")


def _told(record: str, path: str) -> str:
    _, mode, *_, what = record.split(" ")
    return f"{what} {path}" if mode == _GONE else f"{what} {mode} {path}"
