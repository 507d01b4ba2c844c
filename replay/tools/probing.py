"""Asks the servers of `tools.toml` what they offer; only when the user says so, and no tool is called."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from replay.library.ids import stamp
from replay.tools.executing import Around, NotDoneError
from replay.tools.offered import OfferedBy, OfferedTool
from replay.tools.settings import INSTALL, SERVERS, Section

_LONGEST = 2000
"""Characters of a description."""


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking one server."""

    said: OfferedBy | None = None
    """None: it gave no answer."""
    problem: str = ""
    """Why not, and what to do."""


def probe(
    sections: Mapping[str, Section], *, cwd: str, environment: Mapping[str, str], now: Callable[[], datetime]
) -> dict[str, Probed]:
    """Ask servers what they offer, all at once, each within its time.

    Args:
        sections: By name; those that are no server are left out.
        cwd: Where those begin that are started, unless they say where.
        environment: What their variables are taken from.
        now: UTC.

    Returns:
        What came of each, by name.
    """
    servers = {name: section for name, section in sections.items() if section.carrier in SERVERS}
    around = Around(cwd=cwd, workspace=cwd, environment=dict(environment))
    return asyncio.run(_all(servers, around, now)) if servers else {}


async def _all(servers: Mapping[str, Section], around: Around, now: Callable[[], datetime]) -> dict[str, Probed]:
    try:
        from replay.tools.mcp_servers import McpServer  # noqa: PLC0415 - a second, and an extra
    except ModuleNotFoundError:
        return {name: Probed(problem=INSTALL) for name in servers}

    async def one(section: Section) -> Probed:
        server = McpServer(section)
        try:
            async with asyncio.timeout(section.timeout_s):
                tools = await server.offers(around)
        except TimeoutError:
            return Probed(problem=f"no answer within {section.timeout_s:g} s; timeout in tools.toml allows more")
        except NotDoneError as error:
            return Probed(problem=str(error))
        finally:
            await server.close()
        said = {
            tool.name: OfferedTool(
                description=(tool.description or "")[:_LONGEST],
                read_only=tool.annotations.read_only_hint if tool.annotations else None,
                destructive=tool.annotations.destructive_hint if tool.annotations else None,
                input_schema=dict(tool.input_schema),
            )
            for tool in tools
        }
        return Probed(said=OfferedBy(address=section.address, at=stamp(now()), tools=said))

    found = await asyncio.gather(*(one(section) for section in servers.values()))
    return dict(zip(servers, found, strict=True))
