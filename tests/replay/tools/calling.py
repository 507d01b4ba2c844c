"""Calls tools through the process of a replay, in the place of its shell: for what needs no shell to be seen."""

import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from capture.calls import Call
from replay.tools.answers import Answer
from replay.tools.handing import SLACK_S, ToolHand, process_of
from replay.tools.lane import ANSWER, ASK, SHELL
from replay.tools.settings import ToolSettings


class Caller:
    """One process, and everything that it keeps.

    Args:
        settings: What there is.
        workspace: Where it is called from.
        environment: What the shell exports.
        network: Whether there is one.
    """

    def __init__(
        self, settings: ToolSettings, workspace: Path, environment: Mapping[str, str], *, network: bool = True
    ) -> None:
        self._cwd, self._environment = workspace, environment
        self._hand = ToolHand(settings, shell="bash", workspace=str(workspace), network=network)
        self._folder = Path(self._hand.begin().partition("\n")[0].partition("=")[2])
        self._process = subprocess.Popen(process_of(self._folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self._process.stdout
        os.set_blocking(self._process.stdout.fileno(), False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._hand.close()
        assert self._process.wait(60) == 0
        assert self._process.stdout
        self._process.stdout.close()

    def __call__(self, name: str, given: object = None, *, timeout_s: float | None = None) -> Answer:
        """One call, and its answer; `timeout_s` is when the process itself gives up."""
        with self.begun(name, given, timeout_s=timeout_s) as answer:
            code, _, said = answer.readline().strip().decode().partition(" ")
        assert self._process.stdout
        pieces = []
        with suppress(BlockingIOError):
            while piece := os.read(self._process.stdout.fileno(), 1 << 16):
                pieces.append(piece)
        return Answer(int(code), b"".join(pieces).decode() or said)

    def begun(self, name: str, given: object, *, timeout_s: float | None = None) -> FileIO:
        """What waits for an answer; who closes it gives the call up."""
        limit = None if timeout_s is None else timeout_s - SLACK_S
        number = self._hand.hand(Call(name, given).text, limit).split()[1]
        fields = (str(self._cwd), *(f"{key}={value}" for key, value in self._environment.items()))
        (self._folder / f"{number}{SHELL}").write_text("".join(f"{field}\0" for field in fields))
        (self._folder / ASK).write_text(f"{number}\n")
        return (self._folder / f"{number}{ANSWER}").open("rb", buffering=0)
