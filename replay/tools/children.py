"""A program that a tool lives in: lines of JSON in and out, held within bounds, ended with all that it started."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from replay.tools.executing import BASIC, Around, NotDoneError

LONGEST_LINE = 8 << 20
"""Bytes of one line that are read: an answer of the largest size, with room for how JSON writes it."""
GRACE_S = 0.5
"""How long a program gets to end by itself, and then to be asked."""
FAREWELL_S = 5.0
"""How long the end of a program that prints no more may take to be told; mostly it is there already."""
_WORDS = 2048
"""Bytes kept of what it said on its standard error last."""


class Child:
    """A program that was started. Made by `start`."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self._name = name
        self._words = bytearray()
        self._listening = asyncio.ensure_future(self._listen())

    @classmethod
    async def start(cls, command: Sequence[str], *, cwd: str, environment: Mapping[str, str]) -> "Child":
        """Start one, in a session of its own: a ctrl-C is not for it.

        Raises:
            NotDoneError: It can't be started.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=LONGEST_LINE,
                cwd=cwd,
                env=dict(environment),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise NotDoneError(f"{command[0]} can't be started in {cwd}: {reason}; correct tools.toml") from None
        return cls(process, Path(command[0]).name)

    async def line(self) -> bytes | None:
        """The next line that it prints; None when it prints no more.

        Raises:
            NotDoneError: The line is longer than is read.
        """
        stdout = self._process.stdout
        if stdout is None:
            return None
        try:
            return await stdout.readuntil(b"\n")
        except asyncio.IncompleteReadError as rest:
            return rest.partial or None
        except asyncio.LimitOverrunError:
            raise NotDoneError(
                f"{self._name} printed a line of more than {LONGEST_LINE} bytes; ask the tool for less"
            ) from None
        except OSError:
            return None

    async def send(self, line: bytes) -> None:
        """Give it a line.

        Raises:
            NotDoneError: It takes none any more.
        """
        stdin = self._process.stdin
        try:
            if stdin is not None:
                stdin.write(line)
                await stdin.drain()
        except OSError:
            raise NotDoneError(await self.farewell()) from None

    async def farewell(self) -> str:
        """How it ended, with the last that it said."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), FAREWELL_S)
            await asyncio.wait_for(asyncio.shield(self._listening), GRACE_S)
        code = self._process.returncode
        how = "closed its output" if code is None else f"ended with {_told(code)}"
        words = bytes(self._words).decode(errors="replace").strip()
        said = f", and said last: {words}" if words else ""
        return f"{self._name} {how} before it answered{said}"

    async def end(self) -> None:
        """Close its input, then ask it to end, then end it; with it goes all of its session that does not leave it."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        for number in (None, signal.SIGTERM):
            if number is not None:
                self._signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), GRACE_S)
                break
        self.kill()
        self._listening.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), GRACE_S)

    def kill(self) -> None:
        """End it at once, with all of its session."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, number)

    async def _listen(self) -> None:
        stderr = self._process.stderr
        while stderr is not None and (piece := await stderr.read(_WORDS)):
            self._words += piece
            del self._words[:-_WORDS]


def surroundings(around: Around, named: Sequence[str]) -> dict[str, str]:
    """The environment of a program: what each gets, and what its section names."""
    wanted = {*BASIC, *named}
    return {name: value for name, value in around.environment.items() if name in wanted}


def directory(cwd: str | None, around: Around) -> str:
    """Where a program begins."""
    return str(Path(around.cwd, expanded(cwd, around))) if cwd else around.cwd


def expanded(path: str, around: Around) -> str:
    """A path of the settings with the home directory in it."""
    home = around.environment.get("HOME", "~")
    return f"{home}{path[1:]}" if path == "~" or path.startswith("~/") else path


def _told(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
