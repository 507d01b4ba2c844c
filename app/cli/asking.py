"""The person at a terminal: asked before a step that wants a yes, and handed the steps that are a person's job."""

import os
import select
import signal
import sys
import termios
from collections.abc import Callable

import click

from app.attending import attend
from app.calls import whole_command
from app.cli.shared import narrate, styled, voice
from capture.printable import printable
from capture.trace import Step
from replay.protocols import ByHand, Headless
from replay.sources.asked import Asking
from replay.wanting import WantedSecret

_LOOKS_EACH_S = 0.1
_LONGEST_LINE = 4096
"""Bytes of a line that a terminal takes (termios(3), canonical mode)."""


def is_there() -> bool:
    """Whether somebody sits at this command's input, and sees what it asks."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_secret(secret: WantedSecret) -> str | None:
    """Ask for a secret; what is typed is not shown, and stored nowhere.

    Raises:
        KeyboardInterrupt: ctrl-C, or the end of the input.
    """
    try:
        return str(click.prompt(f"{printable(secret.question)} (hidden)", hide_input=True, err=True))
    except click.Abort:
        raise KeyboardInterrupt from None


def ask_until(text: str, *, hidden: bool, over: Callable[[], bool], terminal: int = 0) -> str | None:
    """Ask for a line from any thread, and come back without one as soon as it is wanted no more.

    Args:
        text: The question.
        hidden: What is typed is not shown.
        over: Whether the answer is wanted no more.
        terminal: Where it is typed, a descriptor.

    Returns:
        The line; None: it is over, or the input is closed.
    """
    before = termios.tcgetattr(terminal)
    quiet = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    # Before the question: what is typed behind that is its answer, however late it is read.
    termios.tcsetattr(terminal, termios.TCSAFLUSH, quiet if hidden else before)
    try:
        click.echo(f"{text} ", nl=False, err=True)
        while not over():
            if select.select([terminal], [], [], _LOOKS_EACH_S)[0]:
                typed = os.read(terminal, _LONGEST_LINE)
                return typed.decode(errors="surrogateescape").rstrip("\r\n") if typed else None
        return None
    finally:
        # What was half typed is thrown away with it: the shell behind must not get it.
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        if hidden or over():
            narrate("")


class AtTerminal(Headless):
    """Goes on by itself, and asks the person at the terminal what only a person may say or do."""

    def __init__(self) -> None:
        self._asking = False

    def halt(self) -> None:
        """Come back from a question; what is done in a shell ends with that."""
        if self._asking:
            os.kill(os.getpid(), signal.SIGINT)

    def _asked(self, question: str, choices: tuple[str, ...], otherwise: str) -> str:
        self._asking = True
        try:
            return _answer(question, choices, otherwise)
        finally:
            self._asking = False

    def confirm(self, step_index: int, command: str, why: str) -> bool:
        """Ask for a yes to this very step; anything else is a no."""
        narrate(styled(voice().asked(step_index, printable(whole_command(command))), bold=True))
        return self._asked(f"  it wants your yes ({printable(why)}); run it?", ("y", "n"), "n") == "y"

    def send(self, asking: Asking) -> bool:
        """Show what would be sent, and ask; anything but y is a no."""
        for line in asking_lines(asking):
            narrate(line)
        return self._asked("  send this, and the like from now on?", ("y", "n"), "n") == "y"

    def by_hand(self, work: ByHand) -> Step | None:
        """Hand a step over: in a shell right here, or to be done elsewhere."""
        narrate(styled(voice().asked(work.step_index, printable(whole_command(work.command))), bold=True))
        narrate("  a person's job. Afterwards the replay looks whether this has come about:")
        for line in work.expected:
            narrate(f"    {printable(line)}")
        shell = ("s",) if sys.stdout.isatty() else ()
        offered = "s takes a shell here, " if shell else ""
        match self._asked(f"  {offered}e does it elsewhere, x stops", (*shell, "e", "x"), "x"):
            case "s":
                narrate("  do it, then leave the shell with exit or ctrl-D")
                return attend(work)
            case "e":
                work.begin(in_shell=False)
                self._asked("  enter when it is done", ("",), "")
                return work.done()
            case _:
                return None


def asking_lines(asking: Asking) -> list[str]:
    """What would be sent to a source, and where to."""
    return [
        styled(f"{asking.source} at {printable(asking.url)} would be sent", bold=True),
        *(f"  {line}" for line in printable(asking.body).splitlines()),
        f"  (a yes is for this address and the form of what is sent: {asking.digest[:19]}…)",
    ]


def _answer(question: str, choices: tuple[str, ...], otherwise: str) -> str:
    """One of some answers; the end of input means the last resort.

    Raises:
        KeyboardInterrupt: ctrl-C.
    """
    offered = f" [{'/'.join(choices)}]" if any(choices) else ""
    while True:
        try:
            given = click.prompt(f"{question}{offered}", default="", show_default=False, prompt_suffix=" ", err=True)
        except click.Abort:
            if sys.stdin.isatty() and not _at_end():
                raise KeyboardInterrupt from None
            return otherwise
        answer = str(given).strip().lower()[:1]
        if answer in choices:
            return answer


def _at_end() -> bool:
    """Whether the input is closed: nobody will answer."""
    try:
        return os.get_terminal_size(sys.stdin.fileno()) is None
    except OSError:
        return True
