"""What a home's tools are, for people and programs: sections, what carries them out, what they are known to offer."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec

from capture.errors import UnknownNameError
from capture.home import Home
from replay.tools.callables import package_tools
from replay.tools.filing import PREFIX, WORDS
from replay.tools.offered import HomeTools, OfferedBy, keep_offered, load_offered
from replay.tools.probing import Probed, probe
from replay.tools.settings import SERVERS, Carrier, Section, load_tools


class ListedTool(msgspec.Struct, frozen=True, kw_only=True):
    """One tool that can be called."""

    name: str
    """As steps call it."""
    description: str = ""
    """In its server's own words, which nobody has checked."""
    read_only: bool | None = None
    """Whether the user or its server says that it changes nothing; None: neither does."""
    destructive: bool | None = None
    """Whether its server says that it may delete or overwrite; None: it does not say."""


class ListedSection(msgspec.Struct, frozen=True, kw_only=True):
    """One section of `tools.toml`, a callable of a package, or the operations on files."""

    name: str
    """Of one tool, or with a `*` at the end."""
    carrier: Carrier
    """What carries its calls out."""
    address: str
    """Command line, address or callable."""
    timeout_s: float
    """Of one call, in seconds."""
    variables: tuple[str, ...] = ()
    """Of the environment, that it wants."""
    unset: tuple[str, ...] = ()
    """Those of them that are not set here."""
    asked_at: str | None = None
    """When its server said what it offers, UTC; None: it did not yet, or is no server."""
    tools: tuple[ListedTool, ...] = ()
    """What is known to be there."""
    problem: str = ""
    """Why its server did not say just now."""


def listed(home: Home, environment: Mapping[str, str]) -> tuple[ListedSection, ...]:
    """All that can be called from a home; nothing is started or asked.

    Args:
        home: Whose `tools.toml` counts.
        environment: In which variables are looked for.

    Raises:
        BadInputError: `tools.toml` can't be used; the message names the line.
    """
    return tuple(_rows(home, environment, {}))


def probed(
    home: Home, names: tuple[str, ...], *, cwd: str, environment: Mapping[str, str], now: Callable[[], datetime]
) -> tuple[ListedSection, ...]:
    """Ask servers what they offer, remember it, and list all.

    Args:
        home: Whose `tools.toml` counts.
        names: Sections to ask; none: every server.
        cwd: Where those begin that are started.
        environment: What their variables are taken from.
        now: UTC.

    Raises:
        BadInputError: `tools.toml` can't be used.
        UnknownNameError: There is no such section.
    """
    sections = load_tools(home).sections
    unknown = next((name for name in names if name not in sections), None)
    if unknown is not None:
        raise UnknownNameError(f"tools.toml has no section {unknown!r}; replaybook tools lists them")
    asked = {name: section for name, section in sections.items() if not names or name in names}
    found = probe(asked, cwd=cwd, environment=environment, now=now)
    keep_offered(home, {name: one.said for name, one in found.items() if one.said is not None})
    return tuple(_rows(home, environment, found))


def _rows(home: Home, environment: Mapping[str, str], found: Mapping[str, Probed]) -> Iterator[ListedSection]:
    settings, offered, packages = load_tools(home), load_offered(home), package_tools()
    known = HomeTools(settings, offered, packages)
    for name, section in settings.sections.items():
        said = offered.by(name, section) if section.carrier in SERVERS else None
        yield msgspec.structs.replace(
            _row(name, section, environment),
            asked_at=None if said is None else said.at,
            tools=tuple(_tools(name, section, said, known)),
            problem=found[name].problem if name in found else "",
        )
    for name, section in packages.items():
        if settings.choose(name) is None:
            yield msgspec.structs.replace(_row(name, section, environment), tools=(ListedTool(name=name),))
    operations = tuple(
        ListedTool(name=f"{PREFIX}{one}", description=words, read_only=False, destructive=True)
        for one, words in WORDS.items()
    )
    yield msgspec.structs.replace(_row(f"{PREFIX}*", Section(), environment), tools=operations)


def _row(name: str, section: Section, environment: Mapping[str, str]) -> ListedSection:
    return ListedSection(
        name=name,
        carrier=section.carrier,
        address=section.address,
        timeout_s=section.timeout_s,
        variables=section.variables,
        unset=tuple(one for one in section.variables if one not in environment),
    )


def _tools(name: str, section: Section, said: OfferedBy | None, known: HomeTools) -> Iterator[ListedTool]:
    if said is not None:
        for tool, one in said.tools.items():
            yield _tool(f"{name[:-1]}{tool}", one.description, known)
    elif section.carrier not in SERVERS and not name.endswith("*"):
        yield _tool(name, "", known)


def _tool(name: str, description: str, known: HomeTools) -> ListedTool:
    found = known.known(name)
    return ListedTool(
        name=name,
        description=description,
        read_only=found.read_only if found else None,
        destructive=found.destructive if found else None,
    )
