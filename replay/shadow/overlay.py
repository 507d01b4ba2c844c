"""Level 3: an overlay over the workspace's own path, and bubblewrap inside it: nothing is copied, steps are layers."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from capture.errors import BadInputError, HostError
from replay.place import Place
from replay.shadow.bubblewrap import EMPTIED, arguments, bounds, environment, is_visible, real
from replay.shadow.isolation import Grounds, Level

TOOLS = {"bwrap": "bubblewrap", "nsenter": "util-linux"}
"""Commands, and the packages that have them."""
KEEPER = "import sys; sys.path.append(sys.argv[1]); import keeper; keeper.main(sys.argv[2])"
"""Imported, for what is run by its path is compiled each time."""
END_S = 10.0
"""How long the kernel gets to end what ran in the shadow."""


class Overlay:
    """An overlay over the workspace, with bubblewrap inside."""

    level = Level.L3
    """How good it is."""

    def lacking(self) -> str | None:
        """What is missing."""
        if sys.platform != "linux":
            return "overlays are Linux's"
        missing = [package for command, package in TOOLS.items() if shutil.which(command) is None]
        return f"{' and '.join(missing)} not installed" if missing else None

    @contextlib.contextmanager
    def open(self, grounds: Grounds) -> Iterator[Place]:
        """A shadow in which the workspace is covered by an overlay.

        Args:
            grounds: The shadow's folders.

        Yields:
            The place; this process sees the covered workspace through the keeper's view.

        Raises:
            HostError: The kernel refuses, or something else is mounted in the workspace.
        """
        if inner := _mounted_below(grounds.origin):
            raise HostError(f"something is mounted on {inner}, which an overlay does not show")
        with _Kept(grounds) as kept:
            yield Place(
                origin=str(grounds.origin),
                workspace=str(grounds.origin),
                watched=f"/proc/{kept.pid}/root{grounds.origin}",
                wrap=(*kept.entrance, *_confined(grounds)),
                level=self.level,
                session_folder=str(grounds.session),
                environment=environment,
                network=grounds.network,
                time_s=grounds.limits.time_s,
                struck=kept.struck,
                reached=kept.reached,
                layers=kept,
            )


def _confined(grounds: Grounds) -> tuple[str, ...]:
    own = os.geteuid(), os.getegid()
    # Root has the ids of all files there already; in a namespace of its own again it would have none but its own.
    ids = ("--unshare-user", "--uid", str(own[0]), "--gid", str(own[1])) if own[0] else ()
    # One that is gone when bubblewrap comes to it would stop it: the keeper has hidden them.
    told = arguments(replace(grounds, sockets=()), grounds.origin, emptied=_written(grounds))
    return ("bwrap", *ids, *told, "--", *bounds(grounds.limits, guarded=True))


def _written(grounds: Grounds) -> Path:
    return grounds.base / "emptied"


def _mounted_below(folder: Path) -> str | None:
    prefix = f"{folder}/"
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        target = line.split(" ")[4].encode("latin-1", "replace").decode("unicode_escape")
        if target.startswith(prefix):
            return target
    return None


class _Kept:
    """A keeper that runs, and what it is asked; `Layers` in the engine's words.

    Args:
        grounds: The shadow's folders.

    Raises:
        HostError: It can't keep a shadow.
    """

    def __init__(self, grounds: Grounds) -> None:
        spec = {
            "covered": _covered(grounds),
            "hidden": [str(path) for path in grounds.sockets if is_visible(path, grounds)],
            "layers": str(_folder(grounds.base / "layers")),
            "disk": grounds.limits.disk,
            "memory": grounds.limits.memory,
            "processes": grounds.limits.processes,
            "layered": grounds.layered,
        }
        self._asking = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", KEEPER, str(Path(__file__).parent), json.dumps(spec)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            # Ctrl-C is for the replay, which ends the shadow in order.
            start_new_session=True,
        )
        answer = self._answer()
        if "pid" not in answer:
            self.end()
            raise HostError(f"the kernel refuses an overlay: {answer.get('error', 'the keeper died')}")
        self.pid = int(answer["pid"])
        """The keeper, as this process sees it."""

    @property
    def entrance(self) -> tuple[str, ...]:
        """What is put before a command line to run it among the keeper's mounts, users and processes."""
        spaces = ("--user", "--preserve-credentials", "--mount", "--pid")
        return ("nsenter", "--target", str(self.pid), *spaces, "--")

    def begin(self, step_index: int) -> None:
        """From here on, what is written belongs to this step."""
        self._ask(f"begin {step_index}")

    def back_to(self, step_index: int) -> None:
        """Drop the layers of this step and of all behind it."""
        refused = self._ask(f"back {step_index}").get("refused")
        if refused:
            raise BadInputError(refused)

    def struck(self) -> str | None:
        """Which limit was hit since the step began."""
        found = self._ask("struck").get("struck")
        return None if found is None else str(found)

    def reached(self) -> frozenset[str]:
        """Which limits no more was to be had of since the step began."""
        return frozenset(map(str, self._ask("struck").get("reached", ())))

    def end(self) -> None:
        """End everything in the shadow, and its mounts."""
        stdin = self._process.stdin
        if stdin is not None:
            with contextlib.suppress(OSError):
                stdin.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def _ask(self, words: str) -> dict[str, Any]:
        stdin = self._process.stdin
        with self._asking:
            try:
                if stdin is not None:
                    stdin.write(words.encode() + b"\n")
                    stdin.flush()
            except OSError as error:
                raise HostError("the shadow's keeper was killed, and the shadow with it; replay again") from error
            answer = self._answer()
        if not answer and self._process.poll() is not None:
            raise HostError("the shadow's keeper was killed, and the shadow with it; replay again")
        return answer

    def _answer(self) -> dict[str, Any]:
        stdout = self._process.stdout
        line = stdout.readline() if stdout else b""
        return dict(json.loads(line)) if line else {}


def _covered(grounds: Grounds) -> list[tuple[str, str]]:
    """The workspace, and the folders that begin empty, as what lies below and where the overlay is seen."""
    below = _folder(grounds.base / "below")
    for path in real(EMPTIED):
        found = below / path.relative_to("/")
        found.mkdir(parents=True, exist_ok=True)
        found.chmod(path.stat().st_mode & 0o7777)
    return [(str(grounds.origin), str(grounds.origin)), (str(below), str(_folder(_written(grounds))))]


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return path
