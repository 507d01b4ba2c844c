"""The versions of a playbook: where each comes from, what it changed in steps, and which one is looked at."""

from collections.abc import Sequence
from datetime import datetime

from textual import on

from app.lineage import Descent
from app.moments import ago
from app.screens.changing import change_rows
from app.screens.dialogs import Reading
from app.screens.listing import VERSION_MARKS
from app.screens.running import RunningScreen
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Tone, diff_rows, piece, row, rows
from app.widgets.shelf import Shelf
from app.workers.facts import DiffRead
from app.workers.tasks import in_thread
from app.workers.telling import VersionChanges

SHOWN = " ◂"
"""Stands behind the version that the screen is about."""


class VersionsScreen(RunningScreen):
    """A list of versions over what the one under the cursor changed."""

    def __init__(self, ref: str, *, cwd: str | None) -> None:
        """Nothing was read yet.

        Args:
            ref: NAME or NAME@V.
            cwd: Where it would be replayed; None: where the program was started.
        """
        super().__init__(ref, cwd=cwd)
        self.versions = Shelf("version", "status", "made", "how", empty="no versions", id="versions")
        """All versions; enter opens one."""
        self.changed = Lines(id="changed")
        """What the one under the cursor changed."""
        self._lineage: dict[str, Descent] = {}

    def show_versions(self, found: Sequence[Descent]) -> None:
        """List them, the one that is shown told apart."""
        name = (self.ref or self._ref).partition("@")[0]
        self._lineage = {f"{name}@{one.version}": one for one in found}
        now, before = self.book.now(), self.versions.keys
        listed = [(key, _cells(one, now, shown=key == self.ref)) for key, one in self._lineage.items()]
        # What a version changed is read once: it stays so while others move it.
        self.versions.show(listed, tell=not before)

    @on(Shelf.Chosen)
    def open_version(self, event: Shelf.Chosen) -> None:
        """Show another version."""
        self._ref = event.key
        self.read_again()

    @on(Shelf.Moved)
    def read_changes(self, event: Shelf.Moved) -> None:
        """What did that one change?"""
        made, core, ref = self._lineage.get(event.key), self.core, event.key
        if made is None or event.shelf is not self.versions:
            return
        if made.problem is not None:
            self.changed.show(rows(made.problem, Tone.BAD, first="✗ ", rest="  "))
            return
        if made.base is None:
            said = f"The first version, of {made.steps} step{'s' if made.steps != 1 else ''}: there is none before it."
            self.changed.show([row(said, Tone.DIM)])
            return
        base = f"{ref.partition('@')[0]}@{made.base}"
        in_thread(self, lambda: VersionChanges(ref, base, core.changes(base, ref)), group="changes")

    @on(VersionChanges)
    def show_changes(self, event: VersionChanges) -> None:
        """In the words of its steps; one that comes too late is of no use."""
        if event.ref == self.versions.key:
            lines = self.book.keys.told("{diff} shows the lines as well")
            head = row(f"against v{event.base.rpartition('@')[2]}; {lines}", Tone.DIM)
            self.changed.show([head, (), *change_rows(event.changes)])

    def action_diff(self) -> None:
        """What this version changed; in the list of versions, against the one under the cursor."""
        stored, core = self._stored, self.core
        if stored is None:
            return
        name, version = stored.playbook.name, stored.playbook.version
        chosen = int((self.versions.key or "").rpartition("@")[2] or 0) if self.versions.has_focus else 0
        made = self._lineage.get(f"{name}@{version}")
        before_it = made.base if made and made.base else version - 1
        first, last = sorted((chosen, version)) if chosen not in (0, version) else (before_it, version)
        if first < 1:
            self.say("version 1 has none before it", severity="warning")
            return
        before, after = f"{name}@{first}", f"{name}@{last}"

        def read() -> DiffRead:
            return DiffRead(f"{before} → {after}", core.diff(before, after), core.changes(before, after))

        in_thread(self, read, group="diff")

    @on(DiffRead)
    def show_diff(self, event: DiffRead) -> None:
        """Over the screen."""
        self.app.push_screen(Reading(event.title, [*change_rows(event.changes), (), *diff_rows(event.diff)]))


def _cells(made: Descent, now: datetime, *, shown: bool) -> list[Piece]:
    mark = Piece("✗", Tone.BAD) if made.problem else VERSION_MARKS[made.status]
    return [
        mark,
        piece(f"v{made.version}{SHOWN if shown else ''}", Tone.HEAD if shown else Tone.STRONG),
        piece("wrong" if made.problem else made.status),
        piece(ago(datetime.fromisoformat(made.created_at), now) if made.created_at else ""),
        piece(made.how, Tone.DIM),
    ]
