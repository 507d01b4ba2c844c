"""Lends the shell of a replay to a person for one step, so that what they do is recorded and judged like any other."""

from collections.abc import Callable
from shlex import quote

from capture.errors import HostError
from capture.session import Session
from capture.shells import fish_text
from capture.trace import Step
from capture.wire import Ended, HostFailed, Message, StepBegan, StepEnded

END_OF_FILE = b"\x04"
WAITING = "cat > /dev/null"
"""What runs while a person works elsewhere: it ends at the end of its input."""


class HandedOver:
    """One step in a person's hands.

    Args:
        session: The replay's, ready for a command.
        step_index: Which step.
        command: As it may be shown.
        expected: What must have come about afterwards, a line each.
        in_place: Puts a command into the step's directory.
        ended: Told of the step when it has ended.
    """

    def __init__(
        self,
        session: Session,
        *,
        step_index: int,
        command: str,
        expected: tuple[str, ...],
        in_place: Callable[[str], str],
        ended: Callable[[Step], None],
    ) -> None:
        self._session = session
        self.step_index = step_index
        """Which step, counted from 1."""
        self.command = command
        """What was recorded, secrets masked."""
        self.expected = expected
        """What must have come about afterwards, a line each."""
        self._in_place = in_place
        self._ended = ended

    def begin(self, *, in_shell: bool, columns: int = 0, rows: int = 0) -> None:
        """Open the step: with a shell for the person in its directory, or only to see what they do elsewhere."""
        shell = self._session.spec.shell
        if columns and rows:
            self._session.resize(columns, rows)
        what = f"by hand: {self.command.strip()}"
        noted = fish_text.quoted(what) if shell == "fish" else quote(what)
        runs = shell if in_shell else WAITING
        self._session.run(self._in_place(f": {noted}; {runs}"), attended=True)
        # Until then the end of input would be the shell's own.
        while not in_shell and not isinstance(self._heard(), StepBegan):
            pass

    def done(self) -> Step:
        """The person is done elsewhere: close the step.

        Raises:
            HostError: The replay's shell is gone.
        """
        self.send_keys(END_OF_FILE)
        while not isinstance(message := self._heard(), StepEnded):
            pass
        return message.step

    def _heard(self) -> Message:
        match self.receive():
            case HostFailed(message=reason):
                raise HostError(reason)
            case None | Ended():
                raise HostError(f"the replay's shell ended; `replaybook show {self._session.spec.run_id}` tells more")
            case message:
                return message

    def fileno(self) -> int:
        """Readable when `receive` has something."""
        return self._session.fileno()

    def receive(self, timeout: float | None = None) -> Message | None:
        """The next message: `Output`, and `StepEnded` at the end."""
        message = self._session.receive(timeout)
        if isinstance(message, StepEnded):
            self._ended(message.step)
        return message

    def send_keys(self, data: bytes) -> None:
        """Type into the person's shell."""
        self._session.send_keys(data)

    def resize(self, columns: int, rows: int) -> None:
        """Give it another size."""
        self._session.resize(columns, rows)
