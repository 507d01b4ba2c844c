"""Tools that are Python callables, each in a process of its own that is kept for the replay."""

import asyncio
import sys
from importlib.metadata import entry_points
from pathlib import Path

import msgspec

from replay.tools.answers import Answer, answered, not_done
from replay.tools.children import Child, directory, expanded, surroundings
from replay.tools.executing import Around, NotDoneError
from replay.tools.settings import Section

GROUP = "replaybook.tools"
"""The group of entry points under which packages offer callables, each by its tool's name."""

_PACKAGE = Path(__file__).resolve().parents[2]


class Reply(msgspec.Struct, frozen=True):
    """What the process answers, as one line of JSON."""

    result: object = None
    """What the callable returned."""
    error: str | None = None
    """The exception that it raised, as `ValueError: no such city`."""
    broken: str | None = None
    """Why it could not be called, or what it returned is no JSON value."""


class PythonCallable:
    """The callables of one section.

    Args:
        section: Where they are.
    """

    def __init__(self, section: Section) -> None:
        self._section = section
        self._children: dict[str, Child] = {}
        self._turn = asyncio.Lock()

    async def call(self, tool: str, given: object, around: Around) -> Answer:
        """Call one."""
        target = (self._section.python or "").replace("*", tool)
        async with self._turn:
            child = await self._started(target, around)
            whole = False
            try:
                await child.send(msgspec.json.encode(given) + b"\n")
                line = await child.line()
                whole = line is not None and line.endswith(b"\n")
            finally:
                if not whole:
                    # Nothing but its end stops a callable that runs.
                    del self._children[target]
                    child.kill()
            return _read(line) if whole and line else not_done(tool, await child.farewell())

    async def close(self) -> None:
        """End all of them."""
        children, self._children = self._children, {}
        await asyncio.gather(*(child.end() for child in children.values()))

    async def _started(self, target: str, around: Around) -> Child:
        if target not in self._children:
            path = [expanded(self._section.path, around)] if self._section.path else []
            self._children[target] = await Child.start(
                [sys.executable, "-P", "-m", "replay.tools.worker", target, *path],
                cwd=directory(self._section.cwd, around),
                # Where this very package lies: what is called must not be needed to have it installed.
                environment={**surroundings(around, self._section.env), "PYTHONPATH": str(_PACKAGE)},
            )
        return self._children[target]


def _read(line: bytes) -> Answer:
    try:
        reply = msgspec.json.decode(line, type=Reply)
    except msgspec.MsgspecError as error:
        raise NotDoneError(f"its process answered what is no JSON: {error}") from None
    if reply.broken is not None:
        raise NotDoneError(reply.broken)
    return answered(reply.result if reply.error is None else reply.error, error=reply.error is not None)


def offered_by_packages(name: str) -> Section | None:
    """The callable that an installed package offers under a tool's name; None: none does."""
    found = next(iter(entry_points(group=GROUP, name=name)), None)
    return None if found is None else Section(python=found.value.partition(" ")[0])


def package_tools() -> dict[str, Section]:
    """All that installed packages offer, by name."""
    return {one.name: Section(python=one.value.partition(" ")[0]) for one in entry_points(group=GROUP)}
