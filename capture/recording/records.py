"""What the shell said of each mark, through its side channel; it may be ahead of the marks, or have been torn."""

from collections.abc import Mapping
from typing import TypeVar

from capture.prompts import Mark
from capture.protocols import Clock
from capture.shells import CommandBegan, CommandEnded, Shell

Told = TypeVar("Told", CommandBegan, CommandEnded)


class Records:
    """Records that came, and are not asked for yet.

    Args:
        shell: Tells them.
        clock: Stands in for the time in one that never came.
    """

    def __init__(self, shell: Shell, clock: Clock) -> None:
        self._shell = shell
        self._clock = clock
        self._told: list[CommandBegan | CommandEnded] = []

    def hear(self) -> None:
        """Take what the shell has told by now."""
        self._told.extend(self._shell.told())

    def began(self, mark: Mark, cwd: str) -> CommandBegan:
        """The record of a command that begins.

        Args:
            mark: Says so.
            cwd: Working directory, if there is no record.
        """
        record = self._record(CommandBegan, mark.seq)
        at = self._clock.now().timestamp() if mark.at is None else mark.at
        return record or CommandBegan(seq=mark.seq, at=at, cwd=cwd, command=None)

    def ended(self, mark: Mark, cwd: str, environment: Mapping[str, str]) -> CommandEnded:
        """The record of a command that has ended.

        Args:
            mark: Says so.
            cwd: Working directory, if there is no record.
            environment: Exported variables, if there is none.
        """
        record = self._record(CommandEnded, mark.seq)
        return record or CommandEnded(
            seq=mark.seq,
            at=self._clock.now().timestamp(),
            status=mark.status or 0,
            cwd=cwd,
            environment=dict(environment),
        )

    def _record(self, kind: type[Told], seq: int) -> Told | None:
        for at, record in enumerate(self._told):
            if isinstance(record, kind) and record.seq == seq:
                del self._told[: at + 1]
                return record
        return None
