"""Which tools of an agent replays may call, and how, read from one file of the user's."""

import re
from collections.abc import Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from capture.errors import BadInputError
from capture.home import Home
from replay.own_files import SectionedFile, tables_in, text_of

TEMPLATE = """\
# What carries out the tool steps of a replay. A section is named after the tools that it stands for: one by its whole
# name, or all that begin alike with a * at the end. The longest name that fits counts.
# Nothing is started before a replay with such steps runs, and simulate starts nothing at all; what servers offer is
# known from when replaybook tools --probe asked them last.

# An MCP server that is started here; weather/forecast is its tool `forecast`:
# ["weather/*"]
# command = ["uvx", "weather-server"]
# cwd = "~/work"            # else where the replay's shell stands at the first call
# env = ["WEATHER_KEY"]     # variables that it gets beside PATH, HOME and the like, from the replay's shell
# timeout = "30s"           # for each call
# read_only = ["get_*"]     # tools of it that change nothing; or true: none does

# An MCP server elsewhere, over streamable HTTP:
# ["notes/*"]
# mcp = "https://notes.example.org/mcp"
# headers = {Authorization = "Bearer ${NOTES_TOKEN}"}   # ${NAME}: a variable of the replay's shell

# One HTTP request; {id} is taken from the input, what is left of it goes into the query, or as JSON into the body:
# ["billing/invoice"]
# method = "GET"
# url = "https://billing.example.org/invoices/{id}"
# headers = {Authorization = "Bearer ${BILLING_TOKEN}"}
# read_only = true

# A Python callable, called with the input's fields as keywords, in a process of its own:
# ["report/*"]
# python = "mytools.reports:*"  # the * is what the * of the name stands for
# path = "~/tools"              # searched for the module first
"""
"""What the file begins with."""
USUAL_S = 60.0
"""Time limit of a call, in seconds, where no section says another."""
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LIMIT = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPENED_BY = "replaybook tools --edit"


class Carrier(StrEnum):
    """What carries a call out."""

    STDIO = "mcp-stdio"
    """An MCP server that is started for the replay."""
    STREAMABLE = "mcp-http"
    """An MCP server that is there already, over streamable HTTP."""
    HTTP = "http"
    """One HTTP request."""
    PYTHON = "python"
    """A Python callable."""
    FILES = "files"
    """An operation on a file of the workspace (`replay.tools.filing`)."""


SERVERS = (Carrier.STDIO, Carrier.STREAMABLE)
"""Those that say themselves what they offer."""
INSTALL = "MCP servers want the extra mcp: pip install 'replaybook[mcp]'"
"""What is said where they can't be spoken to."""


class Method(StrEnum):
    """Of an HTTP request."""

    GET = "GET"
    HEAD = "HEAD"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """What stands for the tools of one name or of one pattern; exactly one of the first four is set."""

    command: Annotated[tuple[str, ...], Meta(min_length=1)] | None = None
    """Command line of an MCP server."""
    mcp: str | None = None
    """Address of an MCP server."""
    url: str | None = None
    """Address of an HTTP request; `{field}` is taken from the input."""
    python: str | None = None
    """`module:callable`."""
    method: Method = Method.POST
    """Of the HTTP request."""
    headers: dict[str, str] = {}
    """Sent with each request; `${NAME}` is a variable of the replay's shell."""
    env: tuple[str, ...] = ()
    """Variables that a server or a callable gets from the replay's shell."""
    cwd: str | None = None
    """Where a server or a callable begins; None: where the replay's shell stands at the first call."""
    path: str | None = None
    """Searched for the module before all else."""
    timeout: str | None = None
    """Of one call, as `30s`, `500ms`, `2m`."""
    read_only: bool | tuple[str, ...] = False
    """Whether its tools change nothing; or patterns of those that don't, by what `*` stands for."""

    @property
    def carrier(self) -> Carrier:
        """What carries its calls out."""
        named = {"command": Carrier.STDIO, "mcp": Carrier.STREAMABLE, "url": Carrier.HTTP, "python": Carrier.PYTHON}
        return next((carrier for key, carrier in named.items() if getattr(self, key) is not None), Carrier.FILES)

    @property
    def timeout_s(self) -> float:
        """Time limit of one call in seconds."""
        found = _LIMIT.fullmatch(self.timeout or "")
        return float(found[1]) * UNITS[found[2]] if found else USUAL_S

    @property
    def variables(self) -> tuple[str, ...]:
        """What it wants of the shell's environment, sorted."""
        return tuple(sorted({*self.env, *(name for value in self.headers.values() for name in variables_in(value))}))

    @property
    def address(self) -> str:
        """Where its calls go, on one line, for people."""
        return " ".join(self.command or ()) or self.mcp or self.url or self.python or "this program itself"


class Chosen(msgspec.Struct, frozen=True):
    """What carries out the tool of some name."""

    pattern: str
    """Its section's name."""
    section: Section
    """What it says."""
    rest: str
    """What the `*` of the pattern stands for; the whole name without one."""

    @property
    def read_only(self) -> bool:
        """Whether the user says that the tool changes nothing."""
        said = self.section.read_only
        return said if isinstance(said, bool) else any(fnmatchcase(self.rest, one) for one in said)


class ToolSettings(msgspec.Struct, frozen=True):
    """The whole file."""

    sections: dict[str, Section] = {}
    """By name or pattern."""

    def choose(self, name: str) -> Chosen | None:
        """What carries out a tool.

        Args:
            name: As `server/tool`.

        Returns:
            The section whose name fits best; None: none fits.
        """
        fitting = (pattern for pattern in self.sections if fits(pattern, name))
        found = max(fitting, key=lambda pattern: (not pattern.endswith("*"), len(pattern)), default=None)
        return None if found is None else Chosen(found, self.sections[found], rest_of(found, name))

    @property
    def variables(self) -> tuple[str, ...]:
        """All that its sections want of the environment, sorted."""
        return tuple(sorted({name for section in self.sections.values() for name in section.variables}))


def fits(pattern: str, name: str) -> bool:
    """Whether a section's name stands for a tool."""
    return name.startswith(pattern[:-1]) and len(name) > len(pattern) - 1 if pattern.endswith("*") else pattern == name


def rest_of(pattern: str, name: str) -> str:
    """What the `*` at the end of a pattern stands for in a name that fits; the whole name without one."""
    return name[len(pattern) - 1 :] if pattern.endswith("*") else name


def variables_in(text: str) -> tuple[str, ...]:
    """The variables that a header's text is made of."""
    return tuple(_VARIABLE.findall(text))


def filled(text: str, environment: Mapping[str, str]) -> str:
    """A header's text with its variables in.

    Raises:
        KeyError: One is not set; its name.
    """
    return _VARIABLE.sub(lambda found: environment[found[1]], text)


def load_tools(home: Home) -> ToolSettings:
    """The settings in a home; without a file there are none.

    Args:
        home: Whose `tools.toml` counts.

    Raises:
        BadInputError: The file can't be used; the message names the line.
    """
    text = text_of(home.tools)
    return ToolSettings() if text is None else read_tools(text, source=str(home.tools))


def read_tools(text: str, *, source: str) -> ToolSettings:
    """Settings from their text.

    Args:
        text: TOML.
        source: The file's path, for messages.

    Raises:
        BadInputError: It is none; the message names the line, and the nearest key where one is unknown.
    """
    tables = tables_in(text, source=source, opened_by=_OPENED_BY)
    file = SectionedFile(text, source, f"; {_OPENED_BY} opens it")
    return ToolSettings({name: _section(file, name, table) for name, table in tables.items()})


def secrets_in(home: Home, environment: Mapping[str, str]) -> tuple[str, ...]:
    """What headers are filled with, as far as it is in an environment: it is written nowhere.

    Args:
        home: Whose `tools.toml` names the variables; one that can't be used names none.
        environment: Where they are looked for.
    """
    try:
        settings = load_tools(home)
    except BadInputError:
        return ()
    texts = (value for section in settings.sections.values() for value in section.headers.values())
    named = dict.fromkeys(name for text in texts for name in variables_in(text))
    return tuple(filter(None, map(environment.get, named)))


def own_tools_file(home: Home) -> Path:
    """The user's file, written with a word on its format where there was none."""
    if not home.tools.exists():
        home.tools.write_text(TEMPLATE, encoding="utf-8")
        home.tools.chmod(0o600)
    return home.tools


_KINDS = ("command", "mcp", "url", "python")
_ONLY_FOR: dict[str, tuple[str, ...]] = {
    "method": ("url",),
    "headers": ("mcp", "url"),
    "env": ("command", "python"),
    "cwd": ("command", "python"),
    "path": ("python",),
}


def _section(file: SectionedFile, name: str, table: object) -> Section:
    if not isinstance(table, dict):
        raise file.error(name, f'{name} is a section: write ["{name}/*"], and what carries it out below')
    fields = {field.name: field for field in msgspec.structs.fields(Section)}
    for key, value in table.items():
        file.known(key, tuple(fields), name)
        file.fits(key, value, fields[key].type, name)
    problem = _problem(name, table)
    if problem is not None:
        raise file.error(problem[0], problem[1], name)
    return msgspec.convert(table, Section)


def _problem(name: str, table: Mapping[str, Any]) -> tuple[str, str] | None:
    """What speaks against a section whose values have the right types: the key that it stands at, and why."""
    kinds = [key for key in _KINDS if key in table]
    if len(kinds) != 1:
        told = f"has {' and '.join(kinds)}; leave one of them" if kinds else f"has none of {', '.join(_KINDS)}"
        return (kinds[1] if kinds else name), f'["{name}"] {told}'
    kind = kinds[0]
    if "*" in name[:-1] or not name.strip("*"):
        return name, f'["{name}"]: one * may stand at the end, behind the name that they all begin with'
    if kind in ("command", "mcp") and not name.endswith("*"):
        return name, f'["{name}"] names one tool, and a server has many; write ["{name}/*"]'
    alien = next((key for key in table if key in _ONLY_FOR and kind not in _ONLY_FOR[key]), None)
    if alien is not None:
        return alien, f"{alien} is for {' or '.join(_ONLY_FOR[alien])}, and this section has {kind}"
    return _value_problem(kind, table)


def _value_problem(kind: str, table: Mapping[str, Any]) -> tuple[str, str] | None:
    if kind in ("mcp", "url") and not re.match(r"https?://[^\s/@{}]+(/|$)", table[kind]):
        return kind, f"{kind} is no address; write it as https://HOST/PATH, a key goes into headers"
    if kind == "python" and not re.fullmatch(r"[\w.]+:[\w.*]+", table[kind]):
        return kind, "python is written as module:callable"
    if "timeout" in table and not _LIMIT.fullmatch(table["timeout"]):
        return "timeout", f"timeout {table['timeout']!r} is not a number with ms, s or m, as in 30s"
    wrong = next((one for one in table.get("env", ()) if not _NAME.fullmatch(one)), None)
    if wrong is not None:
        return "env", f"env lists names of variables, never their values; {len(wrong)} characters of it are no name"
    return None
