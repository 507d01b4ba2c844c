"""A command that a script hands over: from its first key until the shell runs it, or has run nothing."""

import re
from dataclasses import dataclass

from capture.deadlines import Deadline, soonest
from capture.printable import plain_text
from capture.protocols import Clock, Terminal
from capture.shells import Shell
from capture.wire import RunCommand

GIVE_UP_S = 0.05
"""Between the attempts to leave a prompt for more text."""
PROMPT_S = 0.2
"""How long the mark of a prompt may come behind the line editor's own beginning of it."""
_JOINED = re.compile(r"\\\n")
_TAKEN = b"\x1b[?2004l"
"""What the line editor prints when it hands a line over to the shell."""
_TURNED = re.compile(rb"\r(\r\n)?")
"""Behind it, how an editor goes on to the next line."""
_ASKED = b"\x1b[?2004h"
"""What it prints before a prompt."""
_ECHO_LIMIT = 1 << 20


@dataclass(frozen=True)
class Refusal:
    """The shell took a text and ran nothing: a comment, a syntax error, an unfinished command."""

    command: str
    """The text."""
    output: bytes
    """What the shell said of it."""
    nothing: bool
    """Whether there was nothing to run: comments and blank lines only."""
    unfinished: str | None
    """The prompt at which the rest of it was missing."""


class Handing:
    """At most one command at a time.

    Args:
        terminal: Where it is typed.
        shell: Knows the keys.
        clock: Tells the time.
    """

    def __init__(self, terminal: Terminal, shell: Shell, clock: Clock) -> None:
        self._terminal = terminal
        self._shell = shell
        self._job: RunCommand | None = None
        self._echo: bytearray | None = None
        self._unfinished: str | None = None
        self._give_up = Deadline(clock)
        self._asked = Deadline(clock)

    def take(self, job: RunCommand) -> None:
        """Keep it until the shell takes one."""
        self._job = job

    @property
    def waiting(self) -> RunCommand | None:
        """The command that was not handed over yet."""
        return None if self.typed else self._job

    @property
    def typed(self) -> bool:
        """Whether it was typed, and the shell has not said yet what became of it."""
        return self._echo is not None

    @property
    def taken(self) -> bool:
        """Whether the line editor has handed what was typed to the shell."""
        return self._echo is not None and _TAKEN in self._echo

    def type(self, job: RunCommand) -> None:
        """Type it at the prompt."""
        self._echo = bytearray()
        self._terminal.write(self._shell.keystrokes(job.command, job.environment))

    def printed(self, data: bytes) -> None:
        """The terminal shows something while no step runs: what was typed, and what the shell says of it."""
        if self._echo is None:
            if _ASKED in data:
                self._asked.set(PROMPT_S)
        elif len(self._echo) < _ECHO_LIMIT:
            self._echo += data

    @property
    def asks(self) -> bool:
        """Whether the line editor reads, though its prompt's mark never came.

        A line editor that scrolls sideways (a dumb terminal, `horizontal-scroll-mode`) leaves out of a prompt what is
        wider than the window, and the mark with it.
        """
        return self._asked.passed

    def asked(self) -> None:
        """The shell is known to take a command."""
        self._asked.clear()

    def more(self) -> None:
        """The shell asks for the rest: nobody will type it."""
        if self._echo is not None:
            self._unfinished = plain_text(bytes(self._echo)).rpartition("\n")[2]
            self._give_up.set(GIVE_UP_S)

    def text(self, remembered: str | None) -> str:
        """A script's own text, unless the shell has made another command of it (history expansion).

        Args:
            remembered: What the shell runs, as it tells it.
        """
        if self._echo is None or self._job is None:
            return remembered or ""
        if self._job.told is not None:
            return self._job.told
        typed = self._job.command
        if remembered is None or f"{_joined(typed)}\n".startswith(f"{_joined(remembered)}\n"):
            return typed
        return remembered

    def refused(self) -> Refusal | None:
        """What the shell made of a text that it did not run; None when none was handed over."""
        if self._job is None:
            return None
        command, echo = self._job.command, bytes(self._echo or b"")
        lines = [line.strip() for line in command.splitlines()]
        unfinished, self._unfinished = self._unfinished, None
        return Refusal(
            command=command if self._job.told is None else self._job.told,
            output=_TURNED.sub(b"", echo.rpartition(_TAKEN)[2], count=1).partition(_ASKED)[0],
            nothing=all(not line or line.startswith("#") for line in lines),
            unfinished=unfinished,
        )

    def begun(self) -> RunCommand | None:
        """A step begins.

        Returns:
            The command that it is; None when nobody has handed one over.
        """
        job = self._job
        self._job = self._echo = None
        self._give_up.clear()
        self._asked.clear()
        return job

    def next_check(self) -> float | None:
        """Seconds until `check` wants to be called; None for never."""
        return soonest(self._give_up.left_s, self._asked.left_s)

    def check(self) -> None:
        """Leave the prompt for more text."""
        if self._give_up.passed:
            # Repeated: the line editor loses a signal that comes while it draws its prompt.
            self._give_up.set(GIVE_UP_S)
            self._terminal.interrupt()


def _joined(command: str) -> str:
    """What bash remembers: it keeps a line that goes on behind a backslash as one line."""
    return _JOINED.sub("", command).strip()
