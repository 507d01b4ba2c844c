"""A desk over a home of its own, and a client of the SDK at it, both in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.types import CallToolResult, TextContent

from app.core import Core
from app.desk.desk import Desk
from app.desk.places import Places
from app.desk.serving import server_of
from capture.home import Home
from replay.library.rows import VersionRow
from replay.playbook import Playbook, PlaybookStep, VersionStatus


def keep(core: Core, name: str, *runs: str, active: bool = True, **more: Any) -> VersionRow:
    """A playbook with these steps."""
    steps = tuple(PlaybookStep(run=run) for run in runs or ("true",))
    _, row = core._register.add(Playbook(**{"name": name, "goal": name, "steps": steps, **more}))
    return core._catalog.update(VersionRow, row.id, status=VersionStatus.ACTIVE) if active else row


def told(result: CallToolResult) -> str:
    """What an answer says."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def refused(result: CallToolResult) -> str:
    """What an answer says that is an error."""
    assert result.is_error, told(result)
    return told(result)


def done(result: CallToolResult) -> dict[str, Any]:
    """The document of an answer that is none."""
    assert not result.is_error, told(result)
    found: dict[str, Any] = result.structured_content
    return found


@contextmanager
def desk_over(folder: Path) -> Iterator[tuple[Core, Client]]:
    """A core with its workspace at `folder / "work"`, and a client that is not connected yet."""
    (folder / "work").mkdir(exist_ok=True)
    core = Core(Home(folder / "replaybook").prepare(), actor="mcp (tester)")
    desk = Desk(core, Places([str(folder / "work")]))
    try:
        yield core, Client(server_of(desk, lambda error: f"unexpected: {error!r}"), mode="legacy")
    finally:
        desk.close()
