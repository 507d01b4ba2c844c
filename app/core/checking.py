"""The checks of a library as orders for workers, and what a worker does with one."""

import socket
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

import msgspec

from capture.home import Home
from capture.runtime import runtime_folder
from capture.standby import kept, standing_by
from replay.history.drift import Checked, Drift
from replay.protocols import Director
from replay.spreading.apart import Assignment, spread_apart
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

    core = Core(Home(Path(home)), actor=actor)
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
    """
    texts = tuple(map(msgspec.json.encode, orders))
    given = {"home": str(home.path), "actor": actor}
    with ExitStack() as stack:
        until = stack.enter_context(_stopping(director)) if director else None
        folder = runtime_folder()
        stack.callback(rmtree, folder, ignore_errors=True)
        # A simulation takes milliseconds: the next must be there already. None may wait behind a shadow.
        ahead = 0 if any(order.shadow for order in orders) else 1
        answers = stack.enter_context(closing(_answers(texts, given, folder, over.jobs, ahead, until)))
        for number, answer in answers:
            yield read(orders[number], answer)


def _answers(
    orders: tuple[bytes, ...], given: dict[str, str], folder: Path, count: int, ahead: int, until: socket.socket | None
) -> Generator[Ended]:
    if may_fork() and kept() is None:
        return spread(orders, partial(opened, **given), Guard(folder), count=count, ahead=ahead, until=until)
    assignment = Assignment(
        orders=orders,
        opened=f"{__name__}:{opened.__name__}",
        given=given,
        folder=str(folder),
        count=count,
        ahead=ahead,
    )
    return spread_apart(assignment, until)


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
