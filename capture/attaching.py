"""Finds the host of a session that was left running: to go on with it, or to end it, from any terminal."""

import os
import socket
import time
from pathlib import Path

from capture.errors import HostError, RefusedError
from capture.home import Home
from capture.runtime import SHARED
from capture.session import FINISH_S, LET_GO_S, Session
from capture.tape.presence import Presence
from capture.tape.reader import has_ended, host_of, is_recording, load_run
from capture.trace import Run, RunStatus
from capture.wire import Attach, Ended, HostFailed, Pause, SessionMode, SessionSpec, Standing, TakeNote

ANSWER_S = 10.0
"""How long a host that runs already gets to answer: it may be looking at many files."""


def attach(home: Home, run_id: str, *, take_over: bool = False) -> Session:
    """Go on with a session that was kept when its front end went away.

    Args:
        home: Where its run is kept.
        run_id: Whole.
        take_over: Send another front end away.

    Returns:
        The session; `Ready` comes when its shell takes a command.

    Raises:
        HostError: Its host is gone, does not answer or runs on another machine; another front end is attached.
        UnknownNameError: No such run.
    """
    session, presence = _reached(home, run_id)
    session.ask(Attach(take_over=take_over))
    return session.once_started(ANSWER_S, _unanswered(run_id, presence))


def end(home: Home, run_id: str) -> RunStatus:
    """End a kept session in an orderly way, whoever sits at it.

    Args:
        home: Where its run is kept.
        run_id: Whole.

    Returns:
        How the run ended.

    Raises:
        HostError: Its host is gone, does not answer or is not to be ended by others.
        UnknownNameError: No such run.
    """
    session, presence = _reached(home, run_id)
    session.end()
    with session.once_started(ANSWER_S, _unanswered(run_id, presence)):
        give_up = time.monotonic() + FINISH_S
        while time.monotonic() < give_up and (message := session.receive(FINISH_S)) is not None:
            match message:
                case Ended(status=status):
                    return status
                case HostFailed(message=reason):
                    raise HostError(reason)
                case _:
                    pass
    raise _unanswered(run_id, presence)


def remark(home: Home, run_id: str, request: TakeNote | Pause) -> Standing:
    """Note something in a session, or pause it, whoever sits at it.

    Args:
        home: Where its run is kept.
        run_id: Whole.
        request: What is wanted.

    Returns:
        How things stand then.

    Raises:
        HostError: Its host is gone, does not answer or takes this from its front end alone.
        UnknownNameError: No such run.
    """
    session, presence = _reached(home, run_id)
    with session:
        session.ask(request)
        match session.receive(ANSWER_S):
            case Standing() as standing:
                return standing
            case HostFailed(message=reason):
                raise HostError(reason)
            case _:
                raise _unanswered(run_id, presence)


def _reached(home: Home, run_id: str) -> tuple[Session, Presence]:
    """A connection to the host of a run."""
    run, presence = load_run(home, run_id), host_of(home, run_id)
    machine = presence.machine if presence else run.host
    if machine != os.uname().nodename:
        raise HostError(f"{run_id} is recorded on {machine}, not here; go on with it there")
    if presence is None or not is_recording(home, run_id):
        raise _gone(run_id)
    if not presence.address:
        raise RefusedError(
            f"{run_id} is recorded by the program itself (process {presence.pid}) and ends with it; "
            f"`replaybook show {run_id}` tells what it did so far"
        )
    return Session(_connected(home, run_id, presence), None, _spec(home, run, presence)), presence


def _connected(home: Home, run_id: str, presence: Presence) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        # A host that was stopped takes no one in once its queue is full: waiting for room could be for ever.
        connection.setblocking(False)
        connection.connect(presence.address)
        connection.setblocking(True)
    except BlockingIOError as error:
        connection.close()
        raise _unanswered(run_id, presence) from error
    except OSError as error:
        connection.close()
        if has_ended(home, run_id, LET_GO_S):
            raise _gone(run_id) from error
        raise HostError(
            f"{run_id} is recorded by process {presence.pid}, but its socket {presence.address} can't be reached "
            f"({error.strerror}); kill {presence.pid} ends it in order"
        ) from error
    return connection


def _spec(home: Home, run: Run, presence: Presence) -> SessionSpec:
    return SessionSpec(
        home=str(home.path),
        run_id=run.run_id,
        name=run.name,
        cwd=run.cwd,
        workspace=run.workspace,
        mode=SessionMode.TYPED,
        keep_on_detach=True,
        folder=str(Path(presence.address).parent / SHARED),
    )


def _gone(run_id: str) -> HostError:
    return HostError(f"no host records {run_id} any more; `replaybook show {run_id}` shows the run")


def _unanswered(run_id: str, presence: Presence) -> HostError:
    return HostError(
        f"the host of {run_id} (process {presence.pid}) does not answer; if it was stopped, kill -CONT {presence.pid}, "
        "then try again"
    )
