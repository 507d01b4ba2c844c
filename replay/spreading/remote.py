"""What the workers of a cluster do: tell whether they can, and carry an order out that nobody has begun."""

import os
import platform
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from capture.errors import ReplaybookError
from replay.governance.freezing import Watch
from replay.library.durable import replace_file
from replay.spreading.frames import frame
from replay.spreading.guard import Guard
from replay.spreading.halting import Haltable
from replay.spreading.values import Lost, Work

SIGN = "sign"
"""The file by which a worker knows that it sees the folder of whoever spreads."""
CATALOG = "REPLAYBOOK_CATALOG"
"""Names the catalog of a team; a worker without it would look into another one."""


def own_version() -> str:
    """Of the program; empty where it is not installed."""
    with suppress(PackageNotFoundError):
        return version("replaybook")
    return ""


def unfit(folder: str, sign: str, wanted: str, *, team: bool) -> str:
    """Why this worker can't carry out orders; empty when it can.

    Args:
        folder: Of the guard.
        sign: What the file in it says.
        wanted: The version of the program.
        team: Whether there is a team's catalog.
    """
    if own_version() != wanted:
        return f"has replaybook {own_version() or 'not installed'}, not {wanted}; install the same version there"
    if team != bool(os.environ.get(CATALOG)):
        return f"has {'no ' if team else ''}{CATALOG} set; start the worker with the same one as here"
    try:
        seen = (Path(folder) / SIGN).read_text(encoding="utf-8")
    except OSError as error:
        return f"doesn't see {folder} ({error.strerror}); mount the home there at the same path"
    if seen != sign:
        return f"sees another folder as {folder}; mount the home of this machine there"
    try:
        replace_file(Path(folder) / f"{SIGN}-{platform.node()}-{os.getpid()}-{threading.get_ident()}", b"")
    except ReplaybookError as error:
        return str(error)
    return ""


def carry_out(folder: str, number: int, order: bytes, opened: str, given: dict[str, str]) -> bytes:
    """Carry an order out, if nobody has begun it.

    Args:
        folder: Of the guard.
        number: The order's place among all.
        order: It.
        opened: `module:function`; what it opens is kept for the next order.
        given: The arguments of that.

    Returns:
        A frame: the answer, that of whoever has begun it before, or why there is none.
    """
    guard = Guard(Path(folder))
    here = f"{platform.node()}, process {os.getpid()}"
    try:
        if guard.stopped.exists():
            return frame(number, Lost(reason="it was stopped before it began"))
        if not guard.take(number, here):
            known = guard.answer(number)
            by = guard.taken(number)
            return frame(number, Lost(reason=f"worker lost: it was begun on {by}") if known is None else known)
        director = Haltable()
        with _Wanted(guard, director.stop):
            answer = _work(opened, given)(order, director)
        guard.keep(number, answer)
    except ReplaybookError as error:
        return frame(number, Lost(reason=f"the worker on {here} could not do it: {error}"))
    except Exception as error:  # noqa: BLE001 - one that fails must not keep the others from being carried out
        return frame(number, Lost(reason=f"a defect of the program ended it: {type(error).__name__}: {error}"))
    return frame(number, answer)


class _Wanted(Watch):
    """Looks whether the answer is still wanted: who wants no more says so, and then takes the folder away."""

    def __init__(self, guard: Guard, stop: Callable[[], None]) -> None:
        super().__init__(guard.stopped, stop)
        self._folder = guard.folder

    @property
    def fell(self) -> bool:
        return super().fell or not os.path.lexists(self._folder)


_kept = threading.local()
"""What was opened, by what it was opened with: one of each a thread, as long as that lives."""


def _work(opened: str, given: dict[str, str]) -> Work:
    stacks: dict[tuple[object, ...], tuple[ExitStack, Work]] = vars(_kept).setdefault("stacks", {})
    key = (opened, *sorted(given.items()))
    if key not in stacks:
        stack = ExitStack()
        stacks[key] = stack, stack.enter_context(partial(named(opened), **given)())
    return stacks[key][1]


def let_go() -> None:
    """Close what was opened in this thread."""
    for stack, _ in vars(_kept).pop("stacks", {}).values():
        stack.close()


def named(path: str) -> Any:
    """What `module:function` names."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
