"""What is told of the settings: facts in the past tense."""

from textual.message import Message

from app.settings.values import InForce


class SettingsRead(Message):
    """The settings were read, because they are others than they were."""

    def __init__(self, in_force: InForce | None, problem: str | None = None) -> None:
        """Carry them.

        Args:
            in_force: They; None when they can't be used.
            problem: Why they can't.
        """
        super().__init__()
        self.in_force, self.problem = in_force, problem
