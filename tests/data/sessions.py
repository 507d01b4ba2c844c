"""The corpus: recorded real sessions, what each began with, and what a careful reader would make of it."""

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from ruamel.yaml import YAML

from capture.home import Home
from capture.scripted import read_script
from capture.tape.reader import read_trace, run_ids
from capture.trace import Trace

ROOT = Path(__file__).with_name("sessions")
PATH = os.pathsep.join(("/usr/local/bin", "/usr/bin", "/bin"))
"""Where sessions find their tools, but for those that `record.py --path` adds."""
THEN = "2026-01-05T10:00:00Z"
"""The moment of every commit in a start, and in a recording: the hashes that are typed there stay true."""
PROMPT = "dev: "
"""What the shells show when they wait; no machine's name is in it."""
_COPIED = re.compile(r"@(\w+)@")
_IDENTITY = "[user]\n\tname = Dev\n\temail = dev@example.org\n[init]\n\tdefaultBranch = main\n"


class ReaderParameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that may be another one next time."""

    value: str
    type: str


class ReaderLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that surely flows from one recorded step to another."""

    from_step: int
    to_step: int
    value: str


class ReaderQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that only a person can tell about: it was printed, and recorded step `uses` holds it too."""

    uses: int
    value: str
    answer: bool = True
    """What a person who knows the work would answer."""


class Reader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a careful reader of the session wrote down before it was compiled; steps are recorded ones."""

    story: str
    """One sentence."""
    needs: tuple[str, ...]
    """Commands without which the session can't be played."""
    dropped: dict[int, str]
    """Step to why it is left out."""
    parameters: tuple[ReaderParameter, ...]
    """All but the workspace."""
    links: tuple[ReaderLink, ...]
    questions: tuple[ReaderQuestion, ...]
    shell: str = "bash"
    learned: bool = False
    """What varies in it shows only when it is done again: it is compiled with `--verify`, in a copy of its start."""


@dataclass(frozen=True)
class Session:
    """One folder of the corpus."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def script(self) -> Path:
        """What was typed."""
        return next(path for path in (self.folder / "session.sh", self.folder / "session.jsonl") if path.exists())

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The commands, each with what was typed into it."""
        if self.script.suffix == ".jsonl":
            return [json.loads(line) for line in self.script.read_text(encoding="utf-8").splitlines()]
        return [{"command": entry.command} for entry in read_script(self.script, self.reader.shell)]

    @property
    def tape(self) -> Path:
        """The run as it was recorded, and the contents that it wrote."""
        return self.folder / "tape.tar.xz"

    @property
    def reader(self) -> Reader:
        text = (self.folder / "reader.yaml").read_text(encoding="utf-8")
        return msgspec.convert(YAML(typ="safe", pure=True).load(text), Reader, strict=False)

    def missing(self, path: str = PATH) -> tuple[str, ...]:
        """The commands that it needs and this machine lacks."""
        return tuple(tool for tool in (*self.reader.needs, self.reader.shell) if not shutil.which(tool, path=path))

    def begin(self, root: Path, path: str = PATH) -> tuple[Path, dict[str, str]]:
        """Build the start.

        Args:
            root: A fresh folder, made if it isn't there.
            path: Where its tools are found.

        Returns:
            The workspace, and the environment to work in.
        """
        work, home = root / "work", root / "home"
        work.mkdir(parents=True)
        # Where it is missing, fish reads all manuals of the machine in the background.
        (home / ".local" / "share" / "fish" / "generated_completions").mkdir(parents=True)
        (home / ".gitconfig").write_text(_IDENTITY, encoding="utf-8")
        prompts = {
            ".bashrc": f"PS1='{PROMPT}'\n",
            ".zshrc": f"PS1='{PROMPT}'\n",
            ".config/fish/config.fish": f"function fish_prompt; echo -n '{PROMPT}'; end\n",
        }
        for name, text in prompts.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text, encoding="utf-8")
        world = environment(home, path)
        subprocess.run(
            ["bash", "-eu", self.folder / "start.sh"],
            cwd=work,
            env={**world, **commit_moment()},
            check=True,
            timeout=60,
        )
        return work, world

    def unpack(self, root: Path) -> Home:
        """A replaybook home that holds the tape."""
        home = Home(root)
        with tarfile.open(self.tape) as packed:
            packed.extraction_filter = getattr(tarfile, "data_filter", None)  # not in each 3.11
            packed.extractall(root)  # noqa: S202 - made by our own script
        return home

    def copied(self, trace: Trace) -> dict[str, str]:
        """The values that were typed from what had been printed, by the names that the session has for them."""
        found: dict[str, str] = {}
        for entry, step in zip(self.entries, trace.steps, strict=True):
            parts = _COPIED.split(entry["command"])
            pattern = "".join(f"(?P<{part}>.+?)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts))
            typed = re.fullmatch(_once(pattern), step.command, re.DOTALL)
            if typed is None or any(found.setdefault(name, text) != text for name, text in typed.groupdict().items()):
                raise ValueError(f"{self.name}: {step.command!r} was recorded where {entry['command']!r} is typed")
        return found

    def trace(self, home: Home) -> Trace:
        """The recorded run in an unpacked home."""
        (run,) = run_ids(home)
        return read_trace(home.run_folder(run))

    def recorded(self) -> Trace:
        """The recorded run, without a home to stay in."""
        with TemporaryDirectory() as scratch:
            return self.trace(self.unpack(Path(scratch)))


def _once(pattern: str) -> str:
    """A name that stands in a pattern twice means the same text twice."""
    once: set[str] = set()

    def again(group: re.Match[str]) -> str:
        name = group[1]
        if name in once:
            return f"(?P={name})"
        once.add(name)
        return group[0]

    return re.sub(r"\(\?P<(\w+)>\.\+\?\)", again, pattern)


def environment(home: Path, path: str = PATH) -> dict[str, str]:
    """The variables that sessions are recorded and replayed with."""
    return {
        "PATH": path,
        "HOME": str(home),
        "USER": "dev",
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        # Whether npm has heard of a newer one by the time it ends is the network's affair.
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
    }


def commit_moment() -> Mapping[str, str]:
    """Variables that make git's hashes the same each time."""
    return {"GIT_AUTHOR_DATE": THEN, "GIT_COMMITTER_DATE": THEN}


def all_sessions() -> Iterator[Session]:
    """Every session, by name."""
    yield from (Session(folder) for folder in sorted(ROOT.iterdir()) if folder.is_dir())


def pack(home: Path, run: str, into: Path) -> None:
    """Pack a run and the contents that it wrote into one file; the same ones give the same bytes."""
    files = [*(home / "runs" / run).iterdir(), *(home / "blobs").glob("*")]
    with tarfile.open(into, "w:xz", preset=9) as packed:
        for path in sorted(one for one in files if one.suffix != ".lock" and one.is_file()):
            content = path.read_bytes()
            entry = tarfile.TarInfo(str(path.relative_to(home)))
            entry.size, entry.mode = len(content), 0o600
            packed.addfile(entry, io.BytesIO(content))
