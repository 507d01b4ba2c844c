"""What every dialog is: one that is closed once."""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A key that came behind the one that closed it closes nothing else."""

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close it, where it is what is shown.

        Args:
            result: For whoever asked.
        """
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()
