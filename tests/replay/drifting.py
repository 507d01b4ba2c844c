"""Makes worlds of `tests.replay.drifts`: records a work, lets its start drift, says what a correct run leaves."""

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE, S_ISDIR, S_ISLNK, S_ISREG

import pytest

from app.core import Core
from capture.home import Home
from capture.scripted import ScriptEntry
from replay.outcome import Mode, Replay, ReplayStatus
from tests.replay.drifts import VARIABLES, Drift, Work

THEN = "2026-01-05T10:00:00Z"
_OWNER = 0o700
_HASH = re.compile(r"\b[0-9a-f]{7,40}\b")
_PLACE = re.compile(r"^bash: line \d+: ")


@dataclass(frozen=True)
class End:
    """What a run leaves, and what it printed.

    Attributes:
        files: Path to type, permission bits and content; what git would tell, by `git` and its name there.
        printed: Output of each command.
    """

    files: Mapping[str, tuple[str, int, str]]
    printed: tuple[str, ...] = ()


class World:
    """A work's start at one place, where it is made anew as often as it is wanted.

    Args:
        work: What is done there.
        root: A folder that isn't there yet; `work`, `home` and `bin` in it are the world.
        patched: Sets the environment.
    """

    def __init__(self, work: Work, root: Path, patched: pytest.MonkeyPatch) -> None:
        self._work, self._root, self._patched = work, root, patched
        self._kept = root.with_name(f"{root.name}.kept")
        self.workspace = root / "work"
        self._path = os.environ["PATH"]
        for folder in ("work", "home", "bin"):
            (root / folder).mkdir(parents=True)
        self._settle({})
        self._bash(work.setup)
        shutil.copytree(root, self._kept, symlinks=True)
        self.core = Core(Home(root.with_name(f"{root.name}.program")).prepare())
        self.before = self._end()
        self.correct = self._correctly()

    def compiled(self) -> list[int]:
        """Record the work as typed and compile it as `work`; returns the recorded step of each of its steps."""
        self._begin(Drift("none"))
        entries = [ScriptEntry(command=command) for command in self._work.commands]
        trace = self.core.record_entries(entries, name="work", cwd=str(self.workspace))
        playbook = self.core.compile([trace.run.run_id], name="work").playbook
        return [step.source_step or 0 for step in playbook.steps]

    def drifted(self, drift: Drift) -> End:
        """Make the start anew, with a drift in it; returns it."""
        self._begin(drift)
        return self._end()

    def replayed(self, mode: Mode = Mode.STRICT) -> tuple[Replay, End]:
        """Replay in the start as it is now; the replay, and what it left."""
        replay = self.core.replay("work", mode=mode, cwd=str(self.workspace), draft=True)
        steps = self.core.trace(replay.run_id).steps if replay.run_id else ()
        return replay, self._end(tuple(step.output for step in steps))

    def _begin(self, drift: Drift) -> None:
        shutil.rmtree(self._root)
        shutil.copytree(self._kept, self._root, symlinks=True)
        self._settle({})
        self._bash(drift.text)
        self._settle(drift.environment)

    def _settle(self, changes: Mapping[str, str | None]) -> None:
        world = {
            **VARIABLES,
            "ROOT": str(self._root),
            "HOME": str(self._root / "home"),
            "PATH": f"{self._root}/bin:{self._path}",
            "GIT_AUTHOR_DATE": THEN,
            "GIT_COMMITTER_DATE": THEN,
            **{
                f"GIT_{role}_{what}": "dev@example.org"
                for role in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        }
        for name, value in {**world, **changes}.items():
            if value is None:
                self._patched.delenv(name, raising=False)
            else:
                self._patched.setenv(name, value)

    def _bash(self, text: str) -> str:
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=self.workspace,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.stderr or not done.returncode, (text, done.stderr)
        return done.stdout

    def _correctly(self) -> End:
        """The oracle: a plain bash does the same from the undrifted start."""
        out = self._root / "out"
        out.mkdir()
        lines = [f"{{\n{text}\n}} > {out}/{at} 2>&1" for at, text in enumerate(self._work.commands)]
        subprocess.run(["bash", "-s"], cwd=self.workspace, input="\n".join(lines), text=True, check=False)
        return self._end(tuple((out / str(at)).read_text(errors="replace") for at in range(len(lines))))

    def _end(self, printed: tuple[str, ...] = ()) -> End:
        found = sorted(self.workspace.rglob("*"))
        files = {str(path.relative_to(self.workspace)): _seen(path) for path in found}
        files = {path: seen for path, seen in files.items() if path.split("/")[0] != ".git"}
        return End(files={**files, **self._told_by_git()}, printed=printed)

    def _told_by_git(self) -> dict[str, tuple[str, int, str]]:
        """What is committed, the branches, the tags and what is staged, each by its name."""
        if not self._work.repository:
            return {}
        asked = {
            "tree": "git ls-tree -r HEAD --format='%(path)\t%(objectmode) %(objectname)'",
            "branch": "git branch --format='%(refname:short)\t%(HEAD)'",
            "tag": "git tag",
            "staged": "git diff --cached --raw --no-abbrev | awk -F'\t' '{print $2 FS $1}'",
        }
        rows = ((kind, *line.partition("\t")) for kind, text in asked.items() for line in self._bash(text).splitlines())
        return {f"git {kind} {name}": ("git", 0, told) for kind, name, _, told in rows}


def differences(world: World, start: End, end: End, kept: list[int]) -> list[str]:
    """Where a replay that began in `start` left something else than a correct run would have.

    Args:
        world: Whose oracle counts.
        start: The drifted start.
        end: What the replay left and printed.
        kept: The recorded step of each step of the playbook.

    Returns:
        A sentence each. What neither run touches is none: that is the drift itself.
    """
    before, right = world.before, world.correct
    found = []
    for path in sorted(before.files.keys() | right.files.keys() | start.files.keys() | end.files.keys()):
        ways = zip(*(_aspects(one.files.get(path)) for one in (before, right, start, end)), strict=True)
        found += [f"{path}: {way[1]!r} would be right, {way[3]!r} is there" for way in ways if _wrong(*way)]
    for at, step in enumerate(kept):
        right_text, text = world.correct.printed[step - 1], end.printed[at] if at < len(end.printed) else None
        if text is None or _lines(text) != _lines(right_text):
            found.append(f"step {at + 1} printed {text!r}, and {right_text!r} would be right")
    return found


def passed(replay: Replay) -> bool:
    """Whether it says that all is well."""
    return replay.status is ReplayStatus.SUCCESS


def _aspects(seen: tuple[str, int, str] | None) -> tuple[tuple[str, str] | None, int | None]:
    """What a path holds, and its mode: a work may touch one without the other."""
    return (None, None) if seen is None else ((seen[0], seen[2]), seen[1])


def _wrong(before: object, right: object, start: object, end: object) -> bool:
    """Whether something is not as it should be; what a correct run does not touch and this one did not is the drift."""
    return end != right and (before != right or start != end)


def _lines(text: str) -> list[str]:
    """A commit's name says what came before it, and the oracle in which line of its script a command stood."""
    return [_PLACE.sub("bash: ", _HASH.sub("HASH", line.rstrip())) for line in text.strip().splitlines()]


def _seen(path: Path) -> tuple[str, int, str]:
    status = path.lstat()
    mode = S_IMODE(status.st_mode)
    if S_ISLNK(status.st_mode):
        return "link", 0, str(path.readlink())
    if S_ISDIR(status.st_mode):
        return "directory", mode & _OWNER, ""
    if not S_ISREG(status.st_mode):
        return "other", mode, ""
    if path.suffix == ".tar" and tarfile.is_tarfile(path):
        return "file", mode, _packed(path)
    return "file", mode, path.read_bytes().decode("latin-1")


def _packed(path: Path) -> str:
    """What an archive holds, but for the times."""
    with tarfile.open(path) as archive:
        files = [(one, archive.extractfile(one) if one.isreg() else None) for one in archive]
        return repr([(one.name, one.type, one.linkname, file.read() if file else b"") for one, file in files])
