"""mcp: the desk for agents, over stdin and stdout."""

from importlib.util import find_spec
from pathlib import Path

import click

from app.acting import account
from app.cli.exits import Exit
from app.cli.faults import keep_fault, where_kept
from app.cli.shared import Settings, as_json, emit, example, narrate, pass_settings
from app.teams import team_address
from capture.errors import BadInputError

INSTALL = "the server for agents wants one more package: pip install 'replaybook[mcp]'"


@click.command(
    "mcp",
    epilog=example(
        "replaybook mcp --allow ~/projects",
        "claude mcp add replaybook -- replaybook mcp --allow ~/projects",
        "replaybook mcp --tools --json | jq -r '.tools[].name'",
    ),
)
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    type=click.Path(),
    metavar="DIR",
    envvar="REPLAYBOOK_ALLOW",
    help="Where work may be done; default: $REPLAYBOOK_ALLOW, several split by colons, else only here.",
)
@click.option("--tools", is_flag=True, help="Only list the tools.")
@as_json
@pass_settings
def mcp_command(settings: Settings, *, allowed: tuple[str, ...], tools: bool, as_json: bool) -> int:
    """Serve playbooks to an agent over stdin and stdout, by the Model Context Protocol.

    It finds, describes, simulates and replays: strictly, only active versions, only steps that want no person, only in
    the directories that are allowed, one replay a workspace at a time. It records what the agent tells it, and puts
    the repairs that it proposes before a person. It approves nothing, promotes nothing and sets nothing.
    """
    if any(find_spec(name) is None for name in ("mcp", "mcp_types")):
        raise BadInputError(INSTALL)
    from app.desk.tools import TOOLS  # noqa: PLC0415 - the SDK takes a moment to import

    if tools:
        document = {"tools": [{"name": one.name, "description": one.words, "acts": one.acts} for one in TOOLS]}
        emit(document, as_json=as_json, human=lambda: [f"{one.name}: {one.words}" for one in TOOLS])
        return Exit.DONE
    if as_json:
        raise BadInputError("stdout is the connection's; --json goes with --tools")
    from app.core import Core  # noqa: PLC0415 - as above
    from app.desk.connection import serve  # noqa: PLC0415 - as above
    from app.desk.places import Places  # noqa: PLC0415 - as above

    home = settings.place().prepare()
    places = Places([str(Path(one).expanduser().absolute()) for one in allowed] or [str(Path.cwd())])

    def kept(error: Exception) -> str:
        keep_fault(error, home)
        return where_kept(error)

    serve(Core(home, actor=f"mcp ({account()})", tell=narrate, address=team_address(home)), places, kept)
    return Exit.DONE
