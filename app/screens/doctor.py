"""Doctor: what this machine offers, and what to do about what it doesn't."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from app.actions import Area, bindings
from app.doctor import Finding, State
from app.errands import Errand
from app.repair_rules import RepairRules
from app.screens.base import BookScreen
from app.screens.dialogs import Reading
from app.screens.endings import ending_of
from app.screens.lending import edit_file
from app.screens.probing import ask_ignored, ask_masked, ask_policy
from app.screens.upkeep import (
    ask_backup,
    ask_catalog_copy,
    ask_purge,
    ask_restore,
    ask_team,
    ask_verify_backup,
    confirm_purge,
    show_figures,
)
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.workers.facts import MachineRead, RulesListed
from app.workers.tasks import in_thread
from app.workers.telling import Answered, CatalogRebuilt, RetentionFound

SIGNS = {
    State.OK: Piece("✓ ", Tone.GOOD),
    State.MISSING: Piece("✗ ", Tone.BAD),
    State.DEGRADED: Piece("! ", Tone.WARN),
}


class DoctorScreen(BookScreen):
    """One finding a part, its advice below it."""

    AREA = Area.DOCTOR
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.DOCTOR)

    def __init__(self) -> None:
        """Begin with nothing found."""
        super().__init__()
        self.findings = Lines(id="findings")
        """All of them."""

    def compose_body(self) -> Iterator[Widget]:
        """The findings."""
        yield self.findings

    def on_mount(self) -> None:
        """Look at the machine."""
        self.findings.border_title = "This machine"
        self.title_bar.place("doctor")
        self.findings.show([row("looking …", Tone.DIM)])
        self.findings.focus()
        self.action_reload()

    def action_reload(self) -> None:
        """Look again."""
        core = self.core
        in_thread(self, lambda: MachineRead(core.doctor()), group="doctor")

    def action_edit_ignored(self) -> None:
        """Edit the rules of what is ignored."""
        self._edit(self.core.ignore_file, otherwise="replaybook ignore --edit")

    def action_edit_secrets(self) -> None:
        """Edit the rules of what is masked."""
        self._edit(self.core.secrets_file, otherwise="replaybook secrets --edit")

    def action_edit_policy(self) -> None:
        """Edit what replays may do."""
        self._edit(self.core.policy_file, otherwise="replaybook policy --edit")

    def action_check_ignored(self) -> None:
        """Ask what the rules make of a path."""
        ask_ignored(self)

    def action_check_policy(self) -> None:
        """Ask what the policy makes of a command."""
        ask_policy(self)

    def action_check_secrets(self) -> None:
        """Ask what would be masked."""
        ask_masked(self)

    @on(Answered)
    def show_answer(self, event: Answered) -> None:
        """In a window."""
        self.app.push_screen(Reading(event.title, event.rows))

    def action_rebuild(self) -> None:
        """Ask, then make the catalog again."""
        core = self.core

        def start() -> None:
            work = Errand(
                "making the catalog again", lambda _: CatalogRebuilt(core.rebuild_catalog()), ending=ending_of
            )
            self.book.send_out(work, to=self)

        self.confirm("Catalog", "Make the catalog again from the files? The old one is kept.", start)

    @on(CatalogRebuilt)
    def show_rebuilt(self, event: CatalogRebuilt) -> None:
        """What it holds now."""
        self.app.push_screen(Reading("Rebuilt", [line for said in event.rebuilt.lines() for line in rows(said)]))
        self.action_reload()

    def action_health(self) -> None:
        """Tell whether the library is in order."""
        core = self.core
        in_thread(self, lambda: Answered("Health", finding_rows(core.vitals())), group="health")

    def action_figures(self) -> None:
        """Tell what all work came to."""
        show_figures(self)

    def action_team(self) -> None:
        """Ask what is to be done with the team."""
        ask_team(self)

    def action_purge_old(self) -> None:
        """Ask which old recordings go."""
        ask_purge(self)

    @on(RetentionFound)
    def show_retention(self, event: RetentionFound) -> None:
        """What would go, before it does."""
        confirm_purge(self, event.found)

    def action_back_up(self) -> None:
        """Copy the home to a file."""
        ask_backup(self)

    def action_verify_backup(self) -> None:
        """Hold a backup against its own list."""
        ask_verify_backup(self)

    def action_restore(self) -> None:
        """Make another home of a backup."""
        ask_restore(self)

    def action_copy_catalog(self) -> None:
        """Copy what there is to another home or a team's database, or from there."""
        ask_catalog_copy(self)

    def action_sources(self) -> None:
        """Open the sources of repairs outside of this machine."""
        self.book.open_sources()

    def action_tools(self) -> None:
        """Open what carries out tool steps."""
        self.book.open_tools()

    def action_rules(self) -> None:
        """List the rules that propose repairs."""
        core = self.core
        in_thread(self, lambda: RulesListed(core.repair_rules()), group="rules")

    @on(RulesListed)
    def show_rules(self, event: RulesListed) -> None:
        """All of them, in a window."""
        self.app.push_screen(Reading("Rules of repairs", rule_rows(event.found)))

    def _edit(self, find: Callable[[], Path], *, otherwise: str) -> None:
        """Have a file edited, and look again."""
        edit_file(self, find, otherwise=otherwise)
        self.action_reload()

    @on(MachineRead)
    def show(self, event: MachineRead) -> None:
        """Show what was found."""
        lacking = sum(finding.state is not State.OK for finding in event.findings)
        self.title_bar.facts(f"{lacking} of {len(event.findings)} could be better" if lacking else "all is there")
        self.findings.show(finding_rows(event.findings))


def rule_rows(found: RepairRules) -> list[Row]:
    """Name, what was said to its proposals, and where it comes from; what it is for on a line of its own."""
    shown: list[Row] = [row(f"your own tables: {found.folder}/*.toml", Tone.DIM)]
    shown += [(Piece("! ", Tone.WARN), piece(each)) for each in found.broken]
    for one in found.rules:
        said = f"  yes {one.approved}, no {one.rejected}" if one.approved or one.rejected else ""
        shown.append((Piece(f"{one.name:<22}", Tone.STRONG), piece(one.source), piece(said)))
        shown.append((Piece("  "), piece(one.recognises, Tone.DIM)))
    return shown


def finding_rows(findings: Sequence[Finding]) -> list[Row]:
    """Sign, name, state and detail, the advice on a line of its own; what could be better comes first."""
    shown: list[Row] = []
    for finding in sorted(findings, key=lambda one: one.state is State.OK):
        sign = SIGNS[finding.state]
        label = Piece(f"{sign.text}{finding.name:<10}{finding.state:<10}", sign.tone)
        shown.append((label, piece(finding.detail)))
        if finding.advice:
            shown.append((Piece(" " * len(label.text)), piece(f"→ {finding.advice}", Tone.DIM)))
    return shown
