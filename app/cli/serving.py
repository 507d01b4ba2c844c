"""serve: the screen in a browser on this machine."""

import asyncio
import signal
import socket
import sys
from importlib.util import find_spec
from ipaddress import ip_address

import click

from app.cli.exits import Exit
from app.cli.shared import Settings, as_json, emit, example, narrate, pass_settings
from capture.errors import BadInputError

NEEDS = ("aiohttp", "textual_serve")
"""What the extra brings."""
INSTALL = "the screen in a browser wants one more package: pip install 'replaybook[serve]'"
RISK = "whoever reaches {host} and has the link, or reads it on its way (this is plain http), can run commands as you; "
TUNNEL = "safer: leave --host out, and on the other machine run ssh -L {port}:127.0.0.1:{port} THIS-MACHINE"


@click.command(
    "serve",
    epilog=example(
        "replaybook serve",
        "replaybook serve --port 0",
        "replaybook serve --host 192.168.1.20 --expose",
    ),
)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any that is free.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where it can be reached.")
@click.option("--expose", is_flag=True, help="Yes, a --host that other machines reach.")
@click.option("--name", "names", multiple=True, metavar="NAME", help="With --expose: what browsers may call it, too.")
@as_json
@pass_settings
def serve_command(
    settings: Settings, *, port: int, host: str, expose: bool, names: tuple[str, ...], as_json: bool
) -> int:
    """Show the screen in a browser on this machine, until ctrl-C.

    It prints a link that works once; the browser that opens it stays in by a cookie, until this command ends. Enter
    prints another link. Only this machine is answered, only under its own names, and pages from elsewhere are
    refused. Each window is a screen of its own. A session that is open when its window is closed goes on being
    recorded; Home opens it again.
    """
    if any(find_spec(name) is None for name in NEEDS):
        raise BadInputError(INSTALL)
    _check_reach(host, port, expose=expose)
    from app.serving.door import Door  # noqa: PLC0415 - the server takes a moment to import
    from app.serving.server import Reception, address_of, listening, serve  # noqa: PLC0415 - as above

    home = settings.place().prepare()
    argv = (sys.executable, "-P", "-m", "app.serving.screen", str(home.path))
    # The link of a wildcard bears this machine's own name.
    own = [] if _is_address(host) and not ip_address(host).is_unspecified else [host, socket.gethostname()]
    known = {name.lower() for name in (*names, *own)}
    door = Door()
    with listening(host, port) as bound:
        address = address_of(bound, host)
        document = {"url": door.link(address), "host": host, "port": bound.getsockname()[1]}
        emit(document, as_json=as_json, human=lambda: [document["url"]])
        sys.stdout.flush()
        narrate("open it in a browser here: it works once; enter prints another, ctrl-C ends it all")
        ended = asyncio.run(
            serve(
                Reception(argv, door, names=frozenset(known)),
                bound,
                enter=lambda: narrate(door.link(address)),
                told=narrate,
            )
        )
    return Exit.INTERRUPTED if ended == signal.SIGINT else Exit.DONE


def _check_reach(host: str, port: int, *, expose: bool) -> None:
    """Let other machines in only where that was said in so many words.

    Raises:
        BadInputError: It was not.
    """
    if host == "localhost" or (_is_address(host) and ip_address(host).is_loopback):
        return
    risk, tunnel = RISK.format(host=host), TUNNEL.format(port=port)
    if not expose:
        raise BadInputError(f"{risk}--expose says yes to that; {tunnel}")
    narrate(f"careful: {risk}{tunnel}")


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
