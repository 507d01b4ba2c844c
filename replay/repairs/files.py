"""Answers the rules' questions about the real machine; reads only, and runs no command but git's readers."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from itertools import islice
from pathlib import Path, PurePath
from posixpath import basename

from capture.tools import identity
from replay.repairs import asking
from replay.repairs.proposal import GitState

ENTRIES = 20_000
HASHED_BYTES = 64 * 1024 * 1024
SECONDS = 10
SYSTEM = ("/usr/bin/", "/bin/")
"""Where programs lie that can be asked for their version."""
UNASKED = frozenset({"halt", "init", "poweroff", "reboot", "runlevel", "shutdown", "telinit", "yes"})
"""Programs that are asked nothing, not even that."""
PORTS_TRIED = 50
HIGHEST_PORT = 65536
GIT_COMMITS = 2_000
GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false")
REFS = "%(refname)%09%(objectname)%09%(*objectname)%09%(symref)"


class WorkspaceFiles:
    """`Files` of a real workspace.

    Args:
        cwd: The failed step's directory; relative paths are meant from here.
        workspace: Its workspace.
        environment: Whose PATH counts, and what git is run with.
        ignored: Says of a path relative to the workspace whether it is left out of `workspace_files`.
    """

    def __init__(
        self, *, cwd: str, workspace: str, environment: Mapping[str, str], ignored: Callable[[str], bool]
    ) -> None:
        self._cwd = Path(cwd)
        self._workspace = Path(workspace)
        self._environment = dict(environment)
        self._ignored = ignored

    def exists(self, path: str) -> bool:
        """Whether the path is there, links not followed."""
        return os.path.lexists(self._at(path))

    def is_dir(self, path: str) -> bool:
        """Whether it is a directory."""
        return self._at(path).is_dir()

    def is_executable(self, path: str) -> bool:
        """Whether it is a file with an execute bit for us."""
        at = self._at(path)
        return at.is_file() and os.access(at, os.X_OK)

    def sha256(self, path: str) -> str | None:
        """`sha256:…` of a file's content; None when there is none, or it is over the limit."""
        at = self._at(path)
        try:
            if not at.is_file() or at.stat().st_size > HASHED_BYTES:
                return None
            return f"sha256:{sha256(at.read_bytes()).hexdigest()}"
        except OSError:
            return None

    def read_text(self, path: str, limit: int = 65536) -> str | None:
        """The beginning of a text file; None when it can't be read as UTF-8."""
        at = self._at(path)
        try:
            if not at.is_file():
                return None
            with at.open("rb") as file:
                data = file.read(limit + 1)
            return data.decode() if len(data) <= limit else data[:limit].decode(errors="ignore")
        except (OSError, UnicodeDecodeError):
            return None

    def workspace_files(self) -> tuple[PurePath, ...]:
        """Files and directories below the workspace, relative to it, ignored ones left out, bounded."""
        return self._entries

    def commands(self) -> tuple[str, ...]:
        """Names of the executables on PATH."""
        return self._commands

    def which(self, command: str) -> str | None:
        """The executable that a bare name on PATH stands for, absolute."""
        return shutil.which(command, path=self._environment.get("PATH", ""))

    def same_program(self, size: int, sha256: str) -> tuple[str, ...]:
        """Names on PATH of the program of that size (bytes) and beginning (`capture.tools.identity`)."""
        places = ((name, self.which(name)) for name in self._commands)
        alike = ((name, place) for name, place in places if place and _size(place) == size)
        return tuple(name for name, place in alike if identity(place) == (size, sha256))

    def version_of(self, command: str) -> str | None:
        """What a command that a system package brought says to `--version`; None of any other: it is not asked."""
        place = self.which(command)
        if place is None or not place.startswith(SYSTEM) or basename(command) in UNASKED:
            return None
        return self._said(place, "--version", cwd="/").strip() or None

    def packages(self) -> tuple[str, ...]:
        """Names of the packages that pkg-config knows."""
        place = self.which("pkg-config")
        listed = self._said(place, "--list-all", cwd="/") if place else ""
        return tuple(line.split()[0] for line in listed.splitlines() if line.strip())

    def package_folders(self, package: str, option: str) -> tuple[str, ...]:
        """Directories that pkg-config names for a package: of headers for `-I`, of libraries for `-L`."""
        place = self.which("pkg-config")
        asked = ("--cflags-only-I",) if option == "-I" else ("--libs-only-L",)
        said = self._said(place, *asked, package, cwd="/") if place else ""
        return tuple(word[2:] for word in said.split() if word.startswith(option))

    def names_in(self, path: str) -> tuple[str, ...]:
        """Names of a directory's entries, sorted and bounded; empty when it is none."""
        try:
            with os.scandir(self._at(path)) as entries:
                return tuple(sorted(entry.name for entry in islice(entries, ENTRIES)))
        except OSError:
            return ()

    def link_target(self, path: str) -> str | None:
        """What a symbolic link points at; None when it is none."""
        at = self._at(path)
        return str(at.readlink()) if at.is_symlink() else None

    def help_of(self, command: str) -> str | None:
        """What a tool prints for `--help`; None where it is not known to be harmless to ask, or nothing comes."""
        path = str(self._at(command)) if "/" in command else self.which(command)
        return asking.help_of(path, self._environment) if path else None

    def free_port(self, port: int) -> int | None:
        """The next port above this one that nobody listens at; None when there is none near."""
        near = range(port + 1, min(port + 1 + PORTS_TRIED, HIGHEST_PORT))
        return next((number for number in near if _is_free(number)), None)

    def git_renames(self) -> dict[str, str]:
        """Renames in history and in the index: old path to newest path, relative to the workspace."""
        options = ("-z", "--relative", "-M", "--diff-filter=R", "--name-status")
        log = self._git("log", "--reverse", "--format=", f"-n{GIT_COMMITS}", *options, cwd=self._workspace)
        staged = self._git("diff", "--cached", *options, cwd=self._workspace)
        newest: dict[str, str] = {}
        for old, new in [*_renames(log), *_renames(staged)]:
            newest = {first: new if last == old else last for first, last in newest.items()} | {old: new}
        return newest

    def git(self, directory: str = ".") -> GitState:
        """The refs of the repository that the directory is in; empty when there is none."""
        at = self._at(directory)
        rows = [line.split("\t") for line in self._git("for-each-ref", f"--format={REFS}", cwd=at).splitlines()]
        commits = {row[0]: row[2] or row[1] for row in rows}
        default = {row[0]: row[3] for row in rows}.get("refs/remotes/origin/HEAD", "")
        urls = self._git("config", "--get-regexp", r"^remote\..*\.url$", cwd=at).splitlines()
        return GitState(
            branches=_below("refs/heads/", commits),
            tags=_below("refs/tags/", commits),
            remote_branches=_below("refs/remotes/", commits),
            remotes={key[len("remote.") : -len(".url")]: url for key, _, url in (line.partition(" ") for line in urls)},
            head=self._git("rev-parse", "--verify", "--quiet", "HEAD", cwd=at).strip() or None,
            branch=self._git("symbolic-ref", "--quiet", "--short", "HEAD", cwd=at).strip() or None,
            default_branch=default.removeprefix("refs/remotes/origin/") or None,
        )

    def _at(self, path: str) -> Path:
        """The real path behind what a command says; a leading tilde is the user's home."""
        home = self._environment.get("HOME")
        if home and (path == "~" or path.startswith("~/")):
            path = home + path[1:]
        return self._cwd / path

    @cached_property
    def _entries(self) -> tuple[PurePath, ...]:
        entries: list[PurePath] = []
        for entry in self._walk():
            entries.append(entry)
            if len(entries) >= ENTRIES:
                break
        return tuple(sorted(entries))

    def _walk(self) -> Iterator[PurePath]:
        for folder, directories, files in os.walk(self._workspace):
            here = PurePath(folder).relative_to(self._workspace)
            directories[:] = sorted(name for name in directories if not self._ignored(str(here / name)))
            yield from (here / name for name in directories)
            yield from (here / name for name in sorted(files) if not self._ignored(str(here / name)))

    @cached_property
    def _commands(self) -> tuple[str, ...]:
        found: set[str] = set()
        for folder in filter(None, self._environment.get("PATH", "").split(os.pathsep)):
            found.update(name for name in self.names_in(folder) if self.is_executable(str(Path(folder) / name)))
        return tuple(sorted(found))

    def _git(self, *arguments: str, cwd: Path) -> str:
        """What git prints; nothing when it is not there, takes too long or fails."""
        return self._said(*GIT, *arguments, cwd=cwd)

    def _said(self, *words: str, cwd: Path | str) -> str:
        """What a command that only tells prints; nothing when it is not there, takes too long or fails."""
        environment = self._environment | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        try:
            done = subprocess.run(
                words,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def _size(place: str) -> int | None:
    try:
        return Path(place).stat().st_size
    except OSError:
        return None


def _is_free(port: int) -> bool:
    """Whether a server could listen there, on this machine alone and for all others."""
    for host in ("127.0.0.1", ""):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def _renames(listing: str) -> Iterator[tuple[str, str]]:
    """Pairs out of `git … -z --name-status`: status, old and new path, each ended by NUL."""
    fields = [field.strip("\n") for field in listing.split("\0")]
    for status, old, new in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        if status.startswith("R"):
            yield old, new


def _below(prefix: str, commits: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(prefix): commit
        for name, commit in commits.items()
        if name.startswith(prefix) and not name.endswith("/HEAD")
    }
