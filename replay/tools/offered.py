"""What can be called here, as far as it is known without calling it: the settings, and what servers said last."""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

import msgspec

from capture.home import Home
from capture.trace import StepKind
from replay.library.durable import replace_file
from replay.protocols import NoTools, Offered, Toolbox
from replay.tools.callables import package_tools
from replay.tools.filing import OPERATIONS, PREFIX
from replay.tools.settings import INSTALL, SERVERS, Carrier, Chosen, Section, ToolSettings, load_tools

_HOW = {
    Carrier.STDIO: "MCP server {pattern}, started here",
    Carrier.STREAMABLE: "MCP server {pattern} at {address}",
    Carrier.HTTP: "{method} {address}",
    Carrier.PYTHON: "Python callable {address}",
    Carrier.FILES: "operation on a file of the workspace",
}


class OfferedTool(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One tool of a server, as it said."""

    description: str = ""
    """For people; what a server says of itself is not to be trusted."""
    read_only: bool | None = None
    """Of its annotations; None: it does not say."""
    destructive: bool | None = None
    """Of its annotations; None: it does not say."""
    input_schema: dict[str, Any] | None = None
    """JSON Schema."""


class OfferedBy(msgspec.Struct, frozen=True, kw_only=True):
    """What one server offered when it was asked last."""

    address: str
    """Of the section then: another one makes this void."""
    at: str
    """When, UTC."""
    tools: dict[str, OfferedTool]
    """By the name that the server uses."""


class OfferedTools(msgspec.Struct, frozen=True):
    """The file `tools.json` in the home."""

    servers: dict[str, OfferedBy] = {}
    """By the section's name."""

    def by(self, name: str, section: Section) -> OfferedBy | None:
        """What the server of a section said last, as long as it is the same server; None: nobody knows.

        Args:
            name: The section's.
            section: As it is now.
        """
        said = self.servers.get(name)
        return said if said is not None and said.address == section.address else None


class HomeTools:
    """The tools of a home. Reads two files once; nothing runs.

    Args:
        settings: What carries tools out.
        offered: What servers said last.
        packages: What installed packages offer, by name.
    """

    def __init__(
        self, settings: ToolSettings, offered: OfferedTools | None = None, packages: Mapping[str, Section] | None = None
    ) -> None:
        self._settings = settings
        self._offered = offered or OfferedTools()
        self._packages = packages or {}

    def known(self, name: str) -> Offered | None:
        """What is known of a tool; None: nothing carries it out, or its server said that it has no such tool."""
        chosen = self._settings.choose(name)
        if chosen is None and name in self._packages:
            chosen = Chosen(name, self._packages[name], name)
        if chosen is not None:
            return self._of(chosen)
        kind = OPERATIONS.get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
        if kind is None:
            return None
        how = _HOW[Carrier.FILES]
        schema = msgspec.json.schema(kind)["$defs"][kind.__name__]
        return Offered(how=how, read_only=False, destructive=True, input_schema=schema)

    def names(self) -> tuple[str, ...]:
        """All that are known by name, sorted."""
        whole = (name for name in self._settings.sections if not name.endswith("*"))
        served = (
            f"{pattern[:-1]}{tool}"
            for pattern, section in self._settings.sections.items()
            if (said := self._offered.by(pattern, section)) is not None
            for tool in said.tools
        )
        return tuple(sorted({*whole, *served, *self._packages, *(PREFIX + one for one in OPERATIONS)}))

    def _of(self, chosen: Chosen) -> Offered | None:
        section = chosen.section
        how = _HOW[section.carrier].format(
            pattern=chosen.pattern.removesuffix("/*"), address=section.address, method=section.method
        )
        wants = INSTALL if section.carrier in SERVERS and find_spec("mcp") is None else None
        said = self._offered.by(chosen.pattern, section)
        if said is None:
            return Offered(how=how, read_only=chosen.read_only or None, wants=wants)
        tool = said.tools.get(chosen.rest)
        if tool is None:
            return None
        read_only, destructive = (True, False) if chosen.read_only else _believed(tool)
        return Offered(
            how=how, read_only=read_only, destructive=destructive, input_schema=tool.input_schema, wants=wants
        )


def _believed(said: OfferedTool) -> tuple[bool | None, bool | None]:
    """Of a server's word that it only reads, and that it destroys: what makes a caller more careful, nothing else.

    Annotations are untrusted (modelcontextprotocol.io, specification of tools): whoever trusts one says so in the
    settings.
    """
    return False if said.read_only is False else None, True if said.destructive else None


def tools_of(home: Home) -> HomeTools:
    """The tools of a home.

    Raises:
        BadInputError: `tools.toml` can't be used; the message names the line.
    """
    return HomeTools(load_tools(home), load_offered(home), package_tools())


def tools_for(home: Home, kinds: Iterable[StepKind]) -> Toolbox:
    """The tools of a home for steps of these kinds; where none of them calls one, none, and nothing is read.

    Raises:
        BadInputError: As `tools_of`.
    """
    return tools_of(home) if StepKind.TOOL in kinds else NoTools()


def load_offered(home: Home) -> OfferedTools:
    """What servers said last; nothing where nobody asked yet, or the file can't be read: it can be asked anew."""
    try:
        return msgspec.json.decode(home.offered.read_bytes(), type=OfferedTools)
    except (OSError, msgspec.MsgspecError):
        return OfferedTools()


def keep_offered(home: Home, said: Mapping[str, OfferedBy]) -> None:
    """Remember what servers said, beside what others said before; those without a section go.

    Raises:
        HostError: The file can't be written.
    """
    sections = load_tools(home).sections
    kept = {name: one for name, one in {**load_offered(home).servers, **said}.items() if name in sections}
    replace_file(home.offered, msgspec.json.encode(OfferedTools(kept)))
