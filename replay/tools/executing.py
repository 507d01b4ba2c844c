"""What carries out calls, and what it is told of the replay that makes them."""

from typing import Protocol

import msgspec

from replay.tools.answers import Answer
from replay.tools.settings import Section, filled

BASIC = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER")
"""Variables that every server and callable gets from the replay's shell, as MCP's own clients do."""


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """The shell of the replay as it stands at a call."""

    cwd: str
    """Its directory, absolute."""
    workspace: str
    """The replay's workspace, absolute."""
    environment: dict[str, str]
    """Of its variables those that the tool's section names, and `BASIC`; only exported ones."""
    network: bool = True
    """Whether the host's network is reached from there."""


class ToolExecutor(Protocol):
    """Carries out the calls of one section; what it has opened stays open until `close`."""

    async def call(self, tool: str, given: object, around: Around) -> Answer:
        """Carry a call out; cancelled when nobody waits for it any more.

        Args:
            tool: What the section's `*` stands for, else the whole name.
            given: Its input, a JSON value.
            around: Where it is called from.

        Raises:
            NotDoneError: There is no answer; its text says why.
        """
        ...

    async def close(self) -> None:
        """End whatever was started or opened."""
        ...


class NotDoneError(Exception):
    """A call that came to no answer; its text says why, and what to do next."""


def headers_of(section: Section, around: Around) -> dict[str, str]:
    """The headers of a section with their variables in.

    Raises:
        NotDoneError: A variable is not set.
    """
    try:
        return {name: filled(text, around.environment) for name, text in section.headers.items()}
    except KeyError as name:
        raise NotDoneError(f"variable {name.args[0]} is not set; its header wants it: export it first") from None
