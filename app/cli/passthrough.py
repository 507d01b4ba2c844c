"""The user's own terminal, wired to a recorded session until that ends or is left running."""

import contextlib
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING

from app.cli.detaching import DetachKey
from app.cli.shared import narrate
from app.user_terminal import SignalledError, UserTerminal, held
from capture.always.beginning import begin
from capture.errors import BadInputError, HostError
from capture.home import Home
from capture.session import FINISH_S, Session
from capture.trace import RunStatus, Trace
from capture.wire import Detached, Ended, HostFailed, Message, Output, Ready, Review, SecretMasked, Stopped, Warned

if TYPE_CHECKING:
    from app.core import Core

READ_SIZE = 65536
READY = "ready"
"""What a hook is told at the first prompt."""
DRAIN_S = 0.02
"""Longest time that output is shown before the keys are looked at."""


class Parting(Enum):
    """How the terminal and the session came apart."""

    ENDED = auto()
    """The shell is gone and its run closed."""
    REVIEW = auto()
    """The shell is gone, and the run waits for somebody to look at its maskings."""
    LEFT = auto()
    """The user left it running."""
    GONE = auto()
    """The terminal was closed under us; nobody is there to be told anything."""


def record_here(  # noqa: PLR0913 - each is one thing that a person says of a recording
    core: "Core",
    key: DetachKey,
    *,
    name: str | None,
    goal: str | None,
    cwd: str,
    shell: str,
    watch: Sequence[str],
    review: bool,
) -> Trace:
    """Record this very terminal until the shell exits or is left running.

    Raises:
        BadInputError: Standard input or output is no terminal.
        HostError: The session can't be started, or its recording stopped.
    """
    _check_terminal("record needs a terminal; to record without one give --script FILE")
    size = os.get_terminal_size(sys.stdout.fileno())
    session = core.new_session(
        name=name,
        goal=goal,
        cwd=cwd,
        shell=shell,
        columns=size.columns,
        rows=size.lines,
        watch=watch,
        review=review,
        keep_on_detach=True,
    )
    leaving = f"; {key.shown} leaves it running" if key.shown else ""
    narrate(f"recording {session.spec.run_id}: exit or ctrl-D ends it{leaving}")
    return _sit(core, session, key, drawn=True)


def attach_here(core: "Core", key: DetachKey, *, run: str | None, take_over: bool) -> Trace:
    """Go on with a session in this terminal.

    Raises:
        BadInputError: Standard input or output is no terminal.
        UnknownNameError: There is no such session.
        HostError: It can't be attached to, or its recording stopped.
    """
    _check_terminal("attach needs a terminal; without one, replaybook show RUN tells what was recorded so far")
    return _sit(core, core.attach(run, take_over=take_over), key, drawn=False)


def record_always(home: Home, *, shell: str, limit: int, keep: int, tell: Callable[[str], None]) -> None:
    """Keep the last commands of this very terminal until the shell exits, or the terminal is closed.

    Args:
        home: Where they are kept.
        shell: Which shell.
        limit: Bytes that they may take.
        keep: How many ended sessions stay.
        tell: Told `ready` at the first prompt, and the shell's exit code at its end: who hears the one without the
            other knows that the recording broke off.

    Raises:
        BadInputError: Standard input or output is no terminal.
        HostError: It is recorded already, or the shell can't be started.
    """
    _check_terminal("record --always needs a terminal; it is meant for your shell's startup file")
    size = os.get_terminal_size(sys.stdout.fileno())
    session = begin(home.prepare(), shell=shell, size=size, limit=limit, keep=keep, secrets=_source_keys(home))
    try:
        with session, held() as terminal:
            talk = _Talk(session, DetachKey(shown=""), ready=lambda: tell(READY))
            talk.hold(terminal)
    except SignalledError as signalled:
        # The shell was ours alone: it has ended with this process.
        signal.signal(signalled.number, signal.SIG_DFL)
        os.kill(os.getpid(), signalled.number)
    if not session.was_ready:
        raise HostError(f"{shell} ended before its first prompt; the shell that began it goes on")
    if talk.exit_code is not None:
        tell(str(talk.exit_code))


def _sit(core: "Core", session: Session, key: DetachKey, *, drawn: bool) -> Trace:
    """Stay until the session ends or is left; a stop of this process (ctrl-Z from elsewhere) leaves and comes back."""
    run_id = session.spec.run_id
    while True:
        talk = _Talk(session, key)
        try:
            with session:
                with held() as terminal:
                    if not drawn:
                        terminal.begin_screen(core.screen(run_id, session.recorded, *terminal.size))
                        session.resize(*terminal.size)
                        session.redraw()
                    parting = talk.hold(terminal)
                if parting is Parting.REVIEW:
                    _settle(session, talk.maskings)
            break
        except SignalledError as signalled:
            if signalled.number is not signal.SIGTSTP:
                _obey(signalled, run_id)
        os.kill(os.getpid(), signal.SIGTSTP)
        if core.trace(run_id).run.status is not RunStatus.IN_PROGRESS:
            return core.trace(run_id)
        session, drawn = core.attach(run_id), False
    if parting is Parting.GONE:
        _obey(SignalledError(signal.SIGHUP), run_id)
    if talk.stopped is not None:
        raise HostError(talk.stopped)
    if parting is Parting.LEFT:
        narrate(f"{talk.farewell}; replaybook attach {run_id} goes on, replaybook end {run_id} ends it")
    return core.trace(run_id)


def _settle(session: Session, maskings: Sequence[SecretMasked]) -> None:
    """Let the person say what was no secret, and wait until the run is closed."""
    session.unmask(_no_secrets(maskings))
    session.settle()
    while (message := session.receive(FINISH_S)) is not None and not isinstance(message, Ended):
        if isinstance(message, HostFailed):
            raise HostError(message.message)


def _no_secrets(maskings: Sequence[SecretMasked]) -> list[int]:
    """Ask of each secret whether it was one; no answer keeps it masked."""
    asked: dict[int, SecretMasked] = {}
    for one in maskings:
        if one.secret:
            asked.setdefault(one.secret, one)
    narrate(f"masked: {len(asked)}; answer n for what was no secret, enter keeps it masked")
    shown: list[int] = []
    for number, one in asked.items():
        where = f"step {one.step_index}" if one.step_index else "the environment at the start"
        try:
            answer = input(f"  {one.rule} in {one.field} of {where}: a secret? [Y/n] ")
        except EOFError:
            break
        if answer.strip().lower() in ("n", "no"):
            shown.append(number)
    return shown


def _obey(signalled: SignalledError, run_id: str) -> None:
    """End as the signal says; the session goes on."""
    with contextlib.suppress(OSError):
        narrate(f"{run_id} goes on without this terminal; replaybook attach {run_id} takes it up again")
    if signalled.number is signal.SIGINT:
        raise KeyboardInterrupt
    signal.signal(signalled.number, signal.SIG_DFL)
    os.kill(os.getpid(), signalled.number)


class _Talk:
    """What goes on between one terminal and one session."""

    def __init__(self, session: Session, key: DetachKey, *, ready: Callable[[], None] = lambda: None) -> None:
        self._session = session
        self._key = key
        self._ready = ready
        self.exit_code: int | None = None
        """The shell's, once it has ended."""
        self._unsaid: list[str] = []
        # What came together with the greeting has been read already, and wakes nobody.
        self._more = True
        self.maskings: list[SecretMasked] = []
        """What was masked so far, as long as this terminal looks on."""
        self.stopped: str | None = None
        """Why nothing is recorded any more."""
        self.farewell = "detached"
        """How the session was left."""

    def hold(self, terminal: UserTerminal) -> Parting:
        """Carry keys in and output out until they part."""
        with selectors.DefaultSelector() as selector:
            for source in (terminal.keys, terminal.bell, self._session):
                selector.register(source, selectors.EVENT_READ, source)
            while True:
                sources = [ready.data for ready, _ in selector.select(0 if self._more else None)]
                for source in (*sources, *([self._session] if self._more and self._session not in sources else [])):
                    parting = self._serve(terminal, source)
                    if parting is not None:
                        return parting

    def _serve(self, terminal: UserTerminal, source: object) -> Parting | None:
        if source is self._session:
            return self._show(terminal)
        if source is terminal.bell:
            if terminal.woken():
                self._session.redraw()
            self._session.resize(*terminal.size)
            return None
        typed = terminal.typed(READ_SIZE)
        if not typed:
            return Parting.GONE
        at = self._key.within(typed)
        self._session.send_keys(typed[:at])
        return None if at is None else Parting.LEFT

    def _show(self, terminal: UserTerminal) -> Parting | None:
        """Show what came, for so long that the keys are not kept waiting."""
        until = time.monotonic() + DRAIN_S
        self._more = False
        while (message := self._session.receive(timeout=0)) is not None:
            parting = self._take(message, terminal)
            if parting is not None:
                return parting
            if time.monotonic() > until:
                self._more = True
                break
        while self._unsaid and not terminal.full_screen:
            terminal.say(f"replaybook: {self._unsaid.pop(0)}")
        return None

    def _take(self, message: Message, terminal: UserTerminal) -> Parting | None:
        match message:
            case Output(data=data):
                terminal.show(data)
            case Stopped(message=reason):
                self.stopped = reason
                self._unsaid.append(reason)
            case Warned(message=reason):
                self._unsaid.append(reason)
            case SecretMasked():
                self.maskings.append(message)
            case Detached(message=reason):
                self.farewell = reason
                return Parting.LEFT
            case Ready():
                self._ready()
            case Ended() | Review():
                terminal.ended = True
                self.exit_code = message.exit_code if isinstance(message, Ended) else None
                return Parting.REVIEW if isinstance(message, Review) else Parting.ENDED
            case HostFailed(message=reason):
                raise HostError(reason)
            case _:
                pass
        return None


def _check_terminal(otherwise: str) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadInputError(otherwise)


def _source_keys(home: Home) -> tuple[str, ...]:
    """What no recording may hold beside what the rules tell: the keys of sources of repairs."""
    if not home.sources.exists():
        return ()
    # It stands before every first prompt: only who has switched one on waits for it.
    from replay.sources.settings import keys_in  # noqa: PLC0415

    return keys_in(home, os.environ)
