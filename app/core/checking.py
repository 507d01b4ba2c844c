"""The checks of a library as orders for workers, and what a worker does with one."""

import socket
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import msgspec

from app.teams import team_address
from capture.home import PRIVATE_FOLDER, Home
from capture.runtime import runtime_folder
from capture.standby import kept, standing_by
from replay.history.drift import Checked, Drift
from replay.protocols import Director
from replay.spreading.apart import spread_apart
from replay.spreading.assignment import LOCAL, Assignment
from replay.spreading.guard import Guard
from replay.spreading.processes import may_fork, spread
from replay.spreading.values import Ended, Lost, Over, Work

if TYPE_CHECKING:
    from app.core import Core


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One playbook that is to be checked."""

    name: str
    shadow: bool
    cwd: str | None
    """The workspace; None: its own."""
    allow_unknown: bool


@contextmanager
def opened(home: str, actor: str) -> Iterator[Work]:
    """What a worker needs for all its checks.

    Args:
        home: Prepared.
        actor: For whom it works.
    """
    from app.core import Core  # noqa: PLC0415 - which holds what makes the orders

    place = Home(Path(home))
    core = Core(place, actor=actor, address=team_address(place))
    with closing(core), standing_by():
        yield partial(_carried_out, core)


def _carried_out(core: "Core", order: bytes, director: Director) -> bytes:
    return msgspec.json.encode(core.checked(msgspec.json.decode(order, type=Order), director))


def found_elsewhere(
    home: Home, actor: str, orders: Sequence[Order], over: Over, director: Director | None
) -> Iterator[Checked]:
    """Have playbooks checked by workers.

    Args:
        home: Prepared.
        actor: For whom.
        orders: What is to be checked.
        over: What carries them out.
        director: Says when a person has stopped it; None: an interruption does.

    Yields:
        Each as soon as it is known.

    Raises:
        BadInputError: The cluster can't be used; the text says what it lacks.
    """
    with ExitStack() as stack:
        until = stack.enter_context(_stopping(director)) if director else None
        folder = stack.enter_context(_guarded(home, over))
        assignment = Assignment(
            orders=tuple(map(msgspec.json.encode, orders)),
            opened=f"{__name__}:{opened.__name__}",
            given={"home": str(home.path), "actor": actor},
            folder=str(folder),
            cluster=over.cluster,
            count=over.jobs,
            # A simulation takes milliseconds: the next must be there already. None may wait behind a shadow.
            ahead=0 if any(order.shadow for order in orders) else 1,
        )
        for number, answer in stack.enter_context(closing(_answers(assignment, until))):
            yield read(orders[number], answer)


def _answers(assignment: Assignment, until: socket.socket | None) -> Generator[Ended]:
    if assignment.cluster or not may_fork() or kept() is not None:
        return spread_apart(assignment, until)
    return spread(
        assignment.orders,
        partial(opened, **assignment.given),
        Guard(Path(assignment.folder)),
        count=assignment.count,
        ahead=assignment.ahead,
        until=until,
    )


@contextmanager
def _guarded(home: Home, over: Over) -> Iterator[Path]:
    """The folder of the guard: in memory where all workers are on this machine, else in the home that they share."""
    if over.cluster in ("", LOCAL):
        folder = runtime_folder()
    else:
        home.checks.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        folder = Path(mkdtemp(prefix="check-", dir=home.checks))
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


@contextmanager
def _stopping(director: Director) -> Iterator[socket.socket]:
    """Becomes readable when a person stops it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        director.running(partial(_wake, theirs))
        if director.ended:
            _wake(theirs)
        yield ours


def _wake(line: socket.socket) -> None:
    # Whoever stops it may come when it is over already.
    with suppress(OSError):
        line.send(b"x")


def read(order: Order, answer: bytes | Lost) -> Checked:
    """What was found, as a worker answered; of an order that was lost with its worker nothing is known."""
    if isinstance(answer, bytes):
        return msgspec.json.decode(answer, type=Checked)
    return Checked(
        playbook=order.name,
        found=Drift.UNKNOWN,
        reason=f"{answer.reason}; it was not checked again: run `replaybook check {order.name}`",
        passed=False,
    )
