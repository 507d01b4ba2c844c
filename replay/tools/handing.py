"""Hands tool steps to a replay's shell: the replay's end of the folder in which they are asked for."""

import contextlib
import os
import select
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from capture.calls import read_call
from capture.errors import BadInputError
from capture.home import PRIVATE_FILE, PRIVATE_FOLDER
from capture.runtime import runtime_folder
from replay.tools.answers import NOT_DONE
from replay.tools.executing import BASIC
from replay.tools.lane import (
    ALIVE,
    ANEW,
    ANSWER,
    ASK,
    CALL,
    CODE,
    GONE,
    LIFE,
    SETUP,
    SHELL,
    Asked,
    Setup,
    call_text,
    shell_text,
)
from replay.tools.settings import SERVERS, ToolSettings

START_S = 30.0
"""How long the process may take until it listens: it is started with the shell, and imports what it needs."""
END_S = 6.0
"""How long it gets to end what it has started."""
SLACK_S = 5.0
"""What it waits longer than the step's own time limit, which the shell keeps."""


class ToolHand:
    """Hands calls over, one at a time; first `begin`, at the end `close`.

    Args:
        settings: What carries calls out.
        shell: Name of the replay's shell.
        workspace: As the shell names it.
        network: Whether the host's network is reached from there.
        called: The tools that are going to be called, by name; another one may be, too.
        beside: A folder that the shell can reach too; None: any will do.
    """

    def __init__(
        self,
        settings: ToolSettings,
        *,
        shell: str,
        workspace: str,
        network: bool,
        called: Iterable[str] = (),
        beside: str | None = None,
    ) -> None:
        self._settings = settings
        self._shell = shell
        chosen = [settings.choose(name) for name in called]
        servers = any(one is not None and one.section.carrier in SERVERS for one in chosen)
        self._setup = Setup(sections=settings.sections, workspace=workspace, network=network, servers=servers)
        self._beside = beside
        self._folder: Path | None = None
        self._watch: _Watch | None = None
        self._held: list[int] = []
        self._number = 0
        self._begun = 0

    def begin(self) -> str:
        """Make a folder anew, and whatever was there before end.

        Returns:
            What the replay's shell must run before its first prompt.
        """
        self.close()
        self._begun += 1
        base = Path(self._beside) if self._beside else runtime_folder()
        folder = self._folder = base / f"tools-{self._begun}"
        folder.mkdir(mode=PRIVATE_FOLDER)
        for name in (ASK, LIFE, ALIVE):
            os.mkfifo(folder / name, PRIVATE_FILE)
        _write(folder / SETUP, msgspec.json.encode(self._setup))
        # Open for both: a shell that writes a number never waits for a process that is gone.
        self._held = [os.open(folder / name, os.O_RDWR | os.O_NONBLOCK) for name in (LIFE, ASK)]
        self._watch = _Watch(folder / ALIVE, self._speak_for_it)
        return shell_text(self._shell, str(folder), process_of(folder))

    def hand(self, text: str, timeout_s: float | None) -> str:
        """What the shell runs for a call.

        Args:
            text: The call, as `capture.calls` writes it.
            timeout_s: Time limit that the step itself names.

        Raises:
            BadInputError: It is no call.
        """
        call, folder, watch = read_call(text), self._folder, self._watch
        if call is None:
            raise BadInputError(f"a tool step is written as `tool:NAME JSON`, and this one is not: {text[:80]}")
        if folder is None or watch is None:
            raise BadInputError("the replay's shell was started without tools")
        self._forget(folder)
        self._number += 1
        number = self._number
        limit = None if timeout_s is None else timeout_s + SLACK_S
        _write(folder / f"{number}{CALL}", msgspec.json.encode(Asked(call=text, timeout_s=limit)))
        os.mkfifo(folder / f"{number}{ANSWER}", PRIVATE_FILE)
        anew = watch.expect()
        chosen = self._settings.choose(call.name)
        named = chosen.section.variables if chosen else ()
        variables = sorted({*BASIC, *named})
        return call_text(self._shell, number, call.name, variables, anew=anew)

    def end(self) -> None:
        """Have everything end that calls have started; returns at once."""
        for descriptor in self._held:
            os.close(descriptor)
        self._held = []

    def close(self) -> None:
        """Wait until it has ended, and remove the folder."""
        self.end()
        if self._watch is not None:
            self._watch.close(END_S)
        self._watch = None
        if self._folder is not None:
            gone = self._folder if self._beside else self._folder.parent
            shutil.rmtree(gone, ignore_errors=True)
        self._folder = None

    def _forget(self, folder: Path) -> None:
        """The call before has ended: what was written for it goes."""
        for end in (CALL, SHELL, ANSWER, CODE):
            (folder / f"{self._number}{end}").unlink(missing_ok=True)

    def _speak_for_it(self, why: str) -> None:
        """The process is gone: the shell is told instead of waiting on."""
        if self._folder is None:
            return
        with contextlib.suppress(OSError):
            descriptor = os.open(self._folder / f"{self._number}{ANSWER}", os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(descriptor, f"{NOT_DONE} {why}\n".encode())
            finally:
                os.close(descriptor)


class _Watch:
    """Looks after the process in a thread of its own, from when a call is expected to reach it."""

    def __init__(self, alive: Path, speak: Callable[[str], None]) -> None:
        self._path = alive
        self._speak = speak
        self._wake, self._woken = os.pipe()
        self._deadline: float | None = None
        self._closing = False
        self._started = False
        self._gone = False
        self._alive = -1
        self._thread: threading.Thread | None = None
        self._open()

    def expect(self) -> bool:
        """A call is about to be handed over.

        Returns:
            Whether the process is gone and must be started anew.
        """
        anew = self._gone or self._has_hung_up()
        if anew:
            self._join()
            os.close(self._alive)
            self._open()
        if not self._started:
            self._deadline = time.monotonic() + START_S
            os.write(self._woken, b".")
        return anew

    def close(self, patience_s: float) -> None:
        """Wait until the process is gone; one that never came is not waited for."""
        self._closing = True
        self._deadline = time.monotonic() + (patience_s if self._started or self._deadline else 0.0)
        os.write(self._woken, b".")
        self._join()
        for descriptor in (self._alive, self._wake, self._woken):
            os.close(descriptor)

    def _open(self) -> None:
        self._started = self._gone = False
        self._deadline = None
        self._alive = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        self._thread = threading.Thread(target=self._look, name="tools", daemon=True)
        self._thread.start()

    def _has_hung_up(self) -> bool:
        """Whether it is gone, seen or not yet: the shell that waited for it may hear of that before the thread does."""
        poll = select.poll()
        poll.register(self._alive, 0)
        return any(event & select.POLLHUP for _, event in poll.poll(0))

    def _join(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def _look(self) -> None:
        poll = select.poll()
        poll.register(self._alive, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            deadline = None if self._started and not self._closing else self._deadline
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            heard = dict(poll.poll(None if left is None else left * 1000 + 1))
            if self._wake in heard:
                os.read(self._wake, 512)
            if heard.get(self._alive, 0) & select.POLLIN and os.read(self._alive, 512):
                self._started = True
            elif heard.get(self._alive, 0) & select.POLLHUP:
                break
            if not heard and left == 0:
                break
        self._gone = True
        if not self._closing:
            how = "ended" if self._started else f"did not start within {START_S:.0f} s"
            self._speak(f"{GONE} {how}; {ANEW}")


def process_of(folder: Path) -> tuple[str, ...]:
    """The command line of the process: never an accidental module of the directory that the shell stands in."""
    package = Path(__file__).resolve().parents[2]
    return ("/usr/bin/env", f"PYTHONPATH={package}", sys.executable, "-P", "-m", "replay.tools.runner", str(folder))


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
