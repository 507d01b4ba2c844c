"""Gives the user's own terminal to a person for one step, which the replay's shell looks on at."""

import selectors

from app.user_terminal import UserTerminal, held
from capture.errors import HostError
from capture.trace import Step
from capture.wire import Ended, HostFailed, Output, StepEnded
from replay.protocols import ByHand

READ_SIZE = 65536


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
