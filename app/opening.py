"""Where the app goes: each screen is imported when it is opened, so that none of them is waited for at the start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.library_search import LibrarySearch
    from app.stored import Stored
    from replay.fleet.model import FleetRequest
    from replay.history.drift import Watch


class Opening(App[None], inherit_bindings=False):
    """Puts screens on the stack."""

    library_search: LibrarySearch | None = None
    """What was searched for last in all recordings; it may go on."""

    def open_record(self, *, name: str | None = None, goal: str | None = None, watch: Sequence[str] = ()) -> None:
        """Record here."""
        from app.screens.record import RecordScreen

        self.push_screen(RecordScreen(cwd=str(Path.cwd()), name=name, goal=goal, watch=watch))

    def open_live(self, run: str, *, take_over: bool = False) -> None:
        """Go on with a session that was left running."""
        from app.screens.record import RecordScreen

        self.push_screen(RecordScreen(cwd=str(Path.cwd()), run=run, take_over=take_over))

    def open_trace(self, run: str, *, find: str | None = None, at: tuple[int, int, int] | None = None) -> None:
        """Look at a recording."""
        from app.screens.trace import TraceScreen

        self.push_screen(TraceScreen(run, find=find, at=at))

    def open_search(self) -> None:
        """Find a text in all recordings."""
        from app.screens.search import SearchScreen

        if not isinstance(self.screen, SearchScreen):
            self.push_screen(SearchScreen())

    def open_player(self, run: str, *, step: int = 1) -> None:
        """Play a recording."""
        from app.screens.player import PlayerScreen

        self.push_screen(PlayerScreen(run, step=step))

    def replace_with_trace(self, run: str) -> None:
        """A session ended: its trace takes its place."""
        from app.screens.trace import TraceScreen

        self.switch_screen(TraceScreen(run))

    def open_playbook(self, ref: str, *, cwd: str | None = None) -> None:
        """Look at a playbook."""
        from app.screens.playbook import PlaybookScreen

        self.push_screen(PlaybookScreen(ref, cwd=cwd))

    def open_editor(
        self, ref: str, *, saved: Callable[[Stored], None], step: int | None = None, written: str | None = None
    ) -> None:
        """Edit a playbook's document."""
        from app.screens.editing import EditScreen

        self.push_screen(EditScreen(ref, saved=saved, step=step, written=written))

    def open_history(self, name: str) -> None:
        """Look at the replays of a playbook."""
        from app.screens.history import HistoryScreen

        self.push_screen(HistoryScreen(name))

    def open_tools(self) -> None:
        """Look at what carries out tool steps."""
        from app.screens.tools import ToolsScreen

        self.push_screen(ToolsScreen())

    def open_seeking(self) -> None:
        """Find a playbook for a task."""
        from app.screens.seeking import SeekScreen

        self.push_screen(SeekScreen())

    def open_ledger(self, name: str | None = None) -> None:
        """See what replaying has saved."""
        from app.screens.ledger import LedgerScreen

        self.push_screen(LedgerScreen(name))

    def open_comparison(self, one: str, two: str) -> None:
        """Hold two runs or replays against each other."""
        from app.screens.compare import CompareScreen

        self.push_screen(CompareScreen(one, two))

    def open_check(self, found: Watch | None = None) -> None:
        """See whether the playbooks would still pass, or what a check found."""
        from app.screens.checking import CheckScreen

        self.push_screen(CheckScreen(found))

    def open_fleet(self, wanted: FleetRequest | str) -> None:
        """Replay on many hosts, or look at one such replay by its id."""
        from app.screens.fleet import FleetScreen

        self.push_screen(FleetScreen(wanted))

    def open_fleets(self) -> None:
        """Look at all replays on many hosts."""
        from app.screens.fleets import FleetsScreen

        self.push_screen(FleetsScreen())

    def open_inbox(self) -> None:
        """Decide on repairs."""
        from app.screens.inbox import InboxScreen

        self.push_screen(InboxScreen())

    def open_audit(self) -> None:
        """Look at the decisions."""
        from app.screens.audit import AuditScreen

        self.push_screen(AuditScreen())

    def open_doctor(self) -> None:
        """Look at the machine."""
        from app.screens.doctor import DoctorScreen

        self.push_screen(DoctorScreen())

    def open_sources(self) -> None:
        """Look at the sources of repairs outside of this machine."""
        from app.screens.sources import SourcesScreen

        self.push_screen(SourcesScreen())
