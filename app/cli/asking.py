"""The person at a terminal: asked before a step that wants a yes, and handed the steps that are a person's job."""

import os
import selectors
import sys

import click

from app.cli.shared import narrate, styled
from app.cli.user_terminal import UserTerminal, held
from capture.errors import HostError
from capture.printable import printable
from capture.trace import Step
from capture.wire import Ended, HostFailed, Output, StepEnded
from replay.protocols import ByHand, Headless

READ_SIZE = 65536


def is_there() -> bool:
    """Whether somebody sits at this command's input, and sees what it asks."""
    return sys.stdin.isatty() and sys.stderr.isatty()


class AtTerminal(Headless):
    """Goes on by itself, and asks the person at the terminal what only a person may say or do."""

    def confirm(self, step_index: int, command: str, why: str) -> bool:
        """Ask for a yes to this very step; anything else is a no."""
        narrate(styled(f"● {step_index} {printable(command.rstrip())}", bold=True))
        return _answer(f"  it wants your yes ({printable(why)}); run it?", ("y", "n"), "n") == "y"

    def by_hand(self, work: ByHand) -> Step | None:
        """Hand a step over: in a shell right here, or to be done elsewhere."""
        narrate(styled(f"● {work.step_index} {printable(work.command.rstrip())}", bold=True))
        narrate("  a person's job. Afterwards the replay looks whether this has come about:")
        for line in work.expected:
            narrate(f"    {printable(line)}")
        shell = ("s",) if sys.stdout.isatty() else ()
        offered = "s takes a shell here, " if shell else ""
        match _answer(f"  {offered}e does it elsewhere, x stops", (*shell, "e", "x"), "x"):
            case "s":
                narrate("  do it, then leave the shell with exit or ctrl-D")
                return attend(work)
            case "e":
                work.begin(in_shell=False)
                _answer("  enter when it is done", ("",), "")
                return work.done()
            case _:
                return None


def attend(work: ByHand) -> Step:
    """Give this terminal to the person's shell until they leave it.

    Args:
        work: Not yet begun.

    Returns:
        What came of it.

    Raises:
        HostError: The replay's shell is gone.
    """
    with held() as terminal, selectors.DefaultSelector() as selector:
        columns, rows = terminal.size
        work.begin(in_shell=True, columns=columns, rows=rows)
        for source in (terminal.keys, terminal.bell, work):
            selector.register(source, selectors.EVENT_READ, source)
        step = None
        while step is None:
            # What came together with an earlier message wakes nobody.
            step = _shown(work, terminal)
            for ready, _ in selector.select() if step is None else ():
                _serve(work, terminal, ready.data)
        terminal.ended = True
    return step


def _serve(work: ByHand, terminal: UserTerminal, source: object) -> None:
    if source is terminal.bell:
        terminal.woken()
        work.resize(*terminal.size)
    elif source is not work:
        # At the end of input the person is gone: so is their shell.
        work.send_keys(terminal.typed(READ_SIZE) or b"\x04")


def _shown(work: ByHand, terminal: UserTerminal) -> Step | None:
    while (message := work.receive(timeout=0)) is not None:
        match message:
            case Output(data=data):
                terminal.show(data)
            case StepEnded(step=step):
                return step
            case HostFailed(message=reason):
                raise HostError(reason)
            case Ended():
                raise HostError("the replay's shell ended while the step was done by hand")
            case _:
                pass
    return None


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
