"""Tools: what carries out the tool steps of replays, and what its servers said that they offer."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from app.actions import Area, bindings
from app.amounts import counted
from app.errands import Errand
from app.screens.base import BookScreen
from app.screens.endings import ending_of
from app.screens.lending import edit_file
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.widgets.shelf import Shelf
from app.workers.tasks import in_thread
from app.workers.telling import ToolsListed
from replay.tools.listing import ListedSection, ListedTool
from replay.tools.settings import SERVERS

EMPTY = "Looking …"
ABOUT = (
    "{edit-tools} opens tools.toml: MCP servers, HTTP requests and Python callables; file/… works without it.",
    "{probe-tool} asks the server under the cursor what it offers, {probe-tools} all of them; no tool is called.",
    "What a server says of itself is not checked; a tool that nothing carries out is unknown to simulate.",
)
MOST = 200
"""Tools of one server that are told."""
LABEL = 12


class ToolsScreen(BookScreen):
    """Sections above, the one under the cursor with its tools below."""

    AREA = Area.TOOLS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.TOOLS)

    def __init__(self) -> None:
        """Begin with nothing read."""
        super().__init__()
        self._sections: dict[str, ListedSection] = {}
        self.shelf = Shelf("tools", "carried out by", "known", "where", empty=EMPTY, id="sources")
        """What carries them out."""
        self.about = Lines(id="about")
        """The one under the cursor."""

    def compose_body(self) -> Iterator[Widget]:
        """List and detail."""
        with Vertical():
            yield self.shelf
            yield self.about

    def on_mount(self) -> None:
        """Look at them."""
        self.shelf.border_title, self.about.border_title = "Tools", "About"
        self.shelf.focus()
        self.action_reload()

    def action_reload(self) -> None:
        """Read the settings again; nothing is asked."""
        core = self.core
        in_thread(self, lambda: ToolsListed(core.tools()), group="tools")

    @on(ToolsListed)
    def show(self, event: ToolsListed) -> None:
        """Fill the list."""
        self._sections = {one.name: one for one in event.sections}
        known = sum(len(one.tools) for one in event.sections)
        self.title_bar.facts(counted(known, "tool"))
        self.shelf.show([(key, _cells(one)) for key, one in self._sections.items()])
        self._explain()

    @on(Shelf.Moved)
    def follow(self) -> None:
        """The one under the cursor."""
        self._explain()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only servers can be asked."""
        if action == "probe_tool":
            chosen = self._sections.get(self.shelf.key or "")
            return chosen is not None and chosen.carrier in SERVERS
        if action == "probe_tools":
            return any(one.carrier in SERVERS for one in self._sections.values())
        return super().check_action(action, parameters)

    def action_probe_tool(self) -> None:
        """Ask the server under the cursor."""
        if self.shelf.key is not None:
            self._probe(self.shelf.key)

    def action_probe_tools(self) -> None:
        """Ask all servers."""
        self._probe()

    def action_edit_tools(self) -> None:
        """Lend the terminal to the user's editor."""
        edit_file(self, self.core.tools_file, otherwise="replaybook tools --edit")
        self.action_reload()

    def _probe(self, *names: str) -> None:
        core = self.core
        asked = names[0] if names else "all servers"
        title = f"asking {asked} for tools"
        self.book.send_out(
            Errand(title, lambda _: ToolsListed(core.probe_tools(*names), asked=asked), ending=ending_of), to=self
        )

    def _explain(self) -> None:
        chosen = self._sections.get(self.shelf.key or "")
        told = section_rows(chosen) if chosen else []
        self.about.show([*told, *(row(self.book.keys.told(one), Tone.DIM) for one in ABOUT)])
        self.refresh_bindings()


def section_rows(section: ListedSection) -> list[Row]:
    """What is known of a section, and its tools."""
    facts = [("where", section.address), ("time limit", f"{section.timeout_s:g} s a call")]
    facts += [("variables", ", ".join(section.variables))] if section.variables else []
    facts += [("asked", section.asked_at)] if section.asked_at else []
    shown: list[Row] = [(piece(f"{name:<{LABEL}}", Tone.DIM), piece(text)) for name, text in facts]
    if section.unset:
        shown += rows(f"not set here: {', '.join(section.unset)}", Tone.WARN, first="! ", rest="  ")
    if section.problem:
        shown += rows(section.problem, Tone.BAD, first="✗ ", rest="  ")
    if section.tools:
        shown += [(), row("Tools", Tone.HEAD), *map(_tool_row, section.tools[:MOST])]
    more = len(section.tools) - MOST
    return [*shown, *([row(f"⋯ {more} more", Tone.DIM)] if more > 0 else []), ()]


def _tool_row(tool: ListedTool) -> Row:
    """Name, what it may do as its server says, and the first line of its own words."""
    said = "reads only" if tool.read_only else "may delete or overwrite" if tool.destructive else ""
    words = tool.description.strip().partition("\n")[0]
    return (
        piece(f"  {tool.name}", Tone.STRONG),
        piece(f"  {said}" if said else "", Tone.WARN if tool.destructive and not tool.read_only else Tone.GOOD),
        piece(f"  {words}", Tone.DIM),
    )


def _cells(section: ListedSection) -> Sequence[Piece]:
    asked = section.carrier not in SERVERS or section.asked_at is not None
    sign = Piece("✓", Tone.GOOD) if asked else Piece("·", Tone.DIM)
    if section.problem or section.unset:
        sign = Piece("!", Tone.WARN)
    return [
        sign,
        piece(section.name, Tone.STRONG),
        piece(section.carrier),
        piece(str(len(section.tools)) if section.tools or section.asked_at else "not asked" if not asked else "-"),
        piece(section.address, Tone.DIM),
    ]
