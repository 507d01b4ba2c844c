"""Which literal ports a command listens on."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

import msgspec

from replay.syntax.values import CommandUse, Span, Word
from replay.syntax.wrappers import base_name

HIGHEST = 65535
ADDRESS = re.compile(r"(?:(?P<host>[^\s:/]*|\[[^\]]*\]):)?(?P<port>\d{1,5})")


class Port(msgspec.Struct, frozen=True, kw_only=True):
    """A port that a command listens on."""

    number: int
    """1 to 65535."""
    host: str = ""
    """The address that it binds; empty for all."""
    span: Span
    """Where the number stands, or the command when the port is its default."""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where a serving command says its port."""

    subcommand: str = ""
    """Words that make it a server, separated by blanks: `-m http.server`."""
    options: str = ""
    """Options whose value is a port or an address with one."""
    operand: bool = False
    """The first plain word behind the subcommand is one."""
    default: int | None = None
    """Where it listens when it isn't told."""


SERVERS: Mapping[str, tuple[Server, ...]] = {
    "flask": (Server(subcommand="run", options="-p --port", default=5000),),
    "gunicorn": (Server(options="-b --bind", default=8000),),
    "http-server": (Server(options="-p --port", default=8080),),
    "hugo": (Server(subcommand="server", options="-p --port", default=1313),),
    "jekyll": (Server(subcommand="serve", options="-P --port", default=4000),),
    "mkdocs": (Server(subcommand="serve", options="-a --dev-addr", default=8000),),
    "nc": (Server(subcommand="-l", options="-p -l", operand=True), Server(subcommand="-lp", options="-lp")),
    "ncat": (Server(subcommand="-l", options="-p -l", operand=True),),
    "php": (Server(subcommand="-S", options="-S"),),
    "python": (Server(subcommand="-m http.server", operand=True, default=8000),),
    "python3": (Server(subcommand="-m http.server", operand=True, default=8000),),
    "rails": (Server(subcommand="server", options="-p --port", default=3000),),
    "redis-server": (Server(options="--port", default=6379),),
    "serve": (Server(options="-l -p --listen --port", default=3000),),
    "uvicorn": (Server(options="--port", default=8000),),
    "vite": (Server(options="--port", default=5173),),
}


def served_ports(use: CommandUse) -> tuple[Port, ...]:
    """The ports that a command listens on, as far as its words say.

    Args:
        use: The command.

    Returns:
        Empty when it is no server that we know, or only a run can tell.
    """
    servers = SERVERS.get(base_name(use.name) or "", ())
    if any(word.value is None for word in use.words):
        return ()
    return tuple(port for server in servers for port in _ports(use, server))


def port_of(text: str) -> tuple[int, str] | None:
    """A port and the address before it, as `8000` or `127.0.0.1:8000`.

    Args:
        text: As a person writes it.

    Returns:
        The number and the address, empty for all; None when it is no such text.
    """
    found = ADDRESS.fullmatch(text)
    return (int(found["port"]), found["host"] or "") if found and 0 < int(found["port"]) <= HIGHEST else None


def _ports(use: CommandUse, server: Server) -> Iterator[Port]:
    words = use.words[1:]
    values = [word.value or "" for word in words]
    wanted = server.subcommand.split()
    start = next((at for at in range(len(values)) if values[at : at + len(wanted)] == wanted), None) if wanted else 0
    if start is None:
        return
    host = next((after for option, after in pairwise(values) if option in {"--bind", "-b"}), "")
    said = _said(words, server, start + len(wanted))
    found = said and ADDRESS.fullmatch((said.value or "").partition("=")[2] or said.value or "")
    if said and found and 0 < int(found["port"]) <= HIGHEST:
        yield Port(number=int(found["port"]), host=found["host"] or ("" if ":" in host else host), span=said.span)
    elif said is None and server.default is not None:
        yield Port(number=server.default, host=host, span=use.span)


def _said(words: tuple[Word, ...], server: Server, start: int) -> Word | None:
    """The word that names the port."""
    options = server.options.split()
    for at, word in enumerate(words):
        value = word.value or ""
        if value in options and at + 1 < len(words) and ADDRESS.fullmatch(words[at + 1].value or ""):
            return words[at + 1]
        if value.partition("=")[0] in options and "=" in value:
            return word
    plain = [word for word in words[start:] if ADDRESS.fullmatch(word.value or "")]
    return plain[0] if server.operand and plain else None
