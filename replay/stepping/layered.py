"""Takes the steps of a replay back where its place keeps layers: the files by the layers, the shell by a new one."""

from collections.abc import Callable
from dataclasses import dataclass

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
    """

    layers: Layers
    executor: SessionExecutor
    start: Callable[[Standing], Session]

    def begin(self, step_index: int) -> None:
        """From here on, what is written belongs to this step."""
        self.layers.begin(step_index)

    def back_to(self, step_index: int, standing: Standing) -> None:
        """End the shell, take back what this step and all behind it wrote, and start a shell that stands so.

        Raises:
            BadInputError: What they wrote can't be taken back.
            HostError: No shell could be started.
        """

        def start() -> Session:
            self.layers.back_to(step_index)
            return self.start(standing)

        self.executor.begin_again(start, standing.cwd)
