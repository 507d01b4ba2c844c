"""tools: what carries out the tool steps of a replay, and what its servers offer."""

import os

import click

from app.cli.exits import Exit
from app.cli.shared import Settings, as_json, emit, example, pass_settings, table
from capture.errors import BadInputError
from capture.printable import printable
from replay.tools.listing import ListedSection, ListedTool

FORMAT = """\b
tools.toml in the home says what carries out tool steps:
  ["weather/*"]                            # an MCP server, started for a replay
  command = ["uvx", "weather-server"]
  ["notes/*"]                              # one that is there, over HTTP
  mcp = "https://notes.example.org/mcp"
  ["billing/invoice"]                      # one HTTP request
  method = "GET"
  url = "https://billing.example.org/invoices/{id}"
  ["report/*"]                             # a Python callable
  python = "mytools.reports:*"
Operations on files of the workspace (file/write, file/patch, file/move,
file/delete) are carried out without a section, and so are callables that
installed packages offer as entry points of the group replaybook.tools.
MCP servers want the extra mcp: pip install 'replaybook[mcp]'."""
_SAID = {True: "yes", False: "no", None: "-"}


@click.command(
    "tools",
    help="List the tools that replays may call, or ask servers what they offer.\n\n" + FORMAT,
    epilog=example(
        "replaybook tools",
        "replaybook tools --edit",
        "replaybook tools --probe",
        "replaybook tools 'weather/*' --probe --json",
    ),
)
@click.argument("names", nargs=-1)
@click.option(
    "--probe", is_flag=True, help="Ask servers what they offer: they are started for that; no tool is called."
)
@click.option("--edit", is_flag=True, help="Open your own file in $EDITOR first.")
@as_json
@pass_settings
def tools_command(settings: Settings, *, names: tuple[str, ...], probe: bool, edit: bool, as_json: bool) -> int:
    """List the tools, or ask what there is."""
    core = settings.core()
    if edit:
        from app.editor import edit as run_editor  # noqa: PLC0415 - a program is started only here

        problem = run_editor(core.tools_file(), os.environ)
        if problem:
            raise BadInputError(problem)
    found = core.probe_tools(*names) if probe else core.tools()
    shown = [one for one in found if not names or one.name in names]
    emit(shown, as_json=as_json, human=lambda: tool_lines(shown))
    return Exit.REFUSED if any(one.problem for one in shown) else Exit.DONE


def tool_lines(found: list[ListedSection]) -> list[str]:
    """Sections and their tools, for people."""
    rows = [(printable(one.name), one.carrier, _known(one), printable(one.address)) for one in found]
    lines = table(("NAME", "CARRIED OUT BY", "TOOLS", "WHERE"), rows)
    tools = [tool for one in found for tool in one.tools]
    if tools:
        lines += ["", *table(("TOOL", "READ ONLY", "DESTRUCTIVE", "IN ITS OWN WORDS"), map(_tool, tools))]
    lines += [f"{one.name}: {printable(one.problem)}" for one in found if one.problem]
    lines += [f"{one.name}: {', '.join(one.unset)} not set here" for one in found if one.unset]
    return lines


def _known(one: ListedSection) -> str:
    return str(len(one.tools)) if one.tools or one.asked_at else "not asked" if one.carrier.startswith("mcp") else "-"


def _tool(tool: ListedTool) -> tuple[str, ...]:
    words = printable(tool.description).partition("\n")[0]
    return printable(tool.name), _SAID[tool.read_only], _SAID[tool.destructive], words[:60]
