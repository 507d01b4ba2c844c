"""Takes the steps of a replay back where its place keeps layers: the files by the layers, the shell by a new one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from capture.errors import BadInputError
from capture.session import Session
from replay.executor import SessionExecutor
from replay.outcome import Standing
from replay.protocols import Layers


@dataclass(frozen=True)
class LayeredShell:
    """A rewinder.

    Attributes:
        layers: Of the place.
        executor: Whose shell it is.
        start: Starts a shell that stands so.
        folder: That it shares with its host; it went with the shell before.
        why_not: Why no shell can stand so; None: one can.
    """

    layers: Layers
    executor: SessionExecutor
    start: Callable[[Standing], Session]
    folder: Path
    why_not: Callable[[Standing], str | None] = lambda _: None

    def begin(self, step_index: int) -> None:
        """From here on, what is written belongs to this step."""
        # Whatever runs by then is taken for the shell's own.
        self.executor.settle()
        self.layers.begin(step_index)

    def back_to(self, step_index: int, standing: Standing, *, otherwise: Standing) -> None:
        """End the shell, take back what this step and all behind it wrote, and start a shell that stands so.

        Raises:
            BadInputError: No shell can stand so; or what they wrote can't be taken back, and the new shell stands
                where the one before did.
            HostError: No shell could be started.
        """
        if reason := self.why_not(standing):
            raise BadInputError(f"the shell can't stand before step {step_index} again: {reason}")
        refused: list[BadInputError] = []

        def start() -> Session:
            try:
                self.layers.back_to(step_index)
            except BadInputError as error:
                refused.append(error)
            self.folder.parent.mkdir(mode=0o700, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            return self.start(otherwise if refused else standing)

        self.executor.begin_again(start)
        if refused:
            raise BadInputError(f"{refused[0]}; a new shell stands where the one before did")
