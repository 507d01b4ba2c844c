"""Fleets: every replay on many hosts, and how its hosts ended."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from app.actions import Area, bindings
from app.amounts import counted
from app.screens.base import BookScreen
from app.screens.hosts import SIGNS, WORST_FIRST, fleet_cells
from app.widgets.lines import Lines
from app.widgets.prose import Row, Tone, piece, row
from app.widgets.shelf import Shelf
from app.workers.fleets import FleetsListed
from app.workers.tasks import in_thread
from replay.fleet.model import Fleet

EMPTY = "Nothing was replayed on many hosts yet; on a playbook {hosts} does."


class FleetsScreen(BookScreen):
    """Fleets above, newest first; the hosts of the one under the cursor below."""

    AREA = Area.FLEETS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.FLEETS)

    def __init__(self) -> None:
        """Nothing was read yet."""
        super().__init__()
        self._fleets: dict[str, Fleet] = {}
        self.fleets = Shelf("fleet", "when", "took", "on", "came to", empty="", id="fleets")
        """All of them."""
        self.ended = Lines(id="output")
        """How the hosts of the one under the cursor ended."""

    def compose_body(self) -> Iterator[Widget]:
        """List and hosts."""
        yield self.fleets
        yield self.ended

    def on_mount(self) -> None:
        """Name the panes."""
        self.fleets.border_title, self.ended.border_title = "Fleets", "Its hosts"
        self.fleets.empty = self.book.keys.told(EMPTY)
        self.fleets.focus()

    def on_screen_resume(self) -> None:
        """More may have come since."""
        super().on_screen_resume()
        self.action_reload()

    def action_reload(self) -> None:
        """Read all of them again."""
        core = self.core
        in_thread(self, lambda: FleetsListed(core.fleets()), group="fleets")

    @on(FleetsListed)
    def show(self, event: FleetsListed) -> None:
        """Fill the list."""
        self._fleets = {one.fleet_id: one for one in event.fleets}
        now = self.book.now()
        self.title_bar.facts(counted(len(self._fleets), "fleet"))
        self.fleets.show([(key, fleet_cells(one, now)) for key, one in self._fleets.items()])
        self.follow()

    @on(Shelf.Moved)
    def follow(self) -> None:
        """Tell of the hosts of the one under the cursor."""
        fleet = later = self._fleets.get(self.fleets.key or "")
        while later is not None and later.resumed_as in self._fleets:
            later = self._fleets[later.resumed_as]
        if fleet is None or later is None:
            self.ended.show([])
        else:
            since = [] if later is fleet else [row(f"As they stand since, in fleet {later.fleet_id}:", Tone.DIM)]
            self.ended.show([*since, *ended_rows(later)])

    @on(Shelf.Chosen)
    def open_chosen(self) -> None:
        """A click opens as enter does."""
        self.action_open()

    def action_open(self) -> None:
        """Look at the one under the cursor."""
        if self.fleets.key in self._fleets:
            self.book.open_fleet(self.fleets.key)


def ended_rows(fleet: Fleet) -> list[Row]:
    """The hosts of a fleet by their state, those that passed last.

    Args:
        fleet: It.
    """
    shown: list[Row] = []
    for state in WORST_FIRST:
        hosts = [one for one in fleet.hosts if one.state is state]
        sign = SIGNS[state]
        if hosts and not state.bad:
            shown.append((piece(f"{sign.text} {state}  ", sign.tone), piece(", ".join(one.name for one in hosts))))
        elif hosts:
            words = (
                (piece(f"{sign.text} {state}  ", sign.tone), piece(f"{one.name}  "), piece(one.reason, Tone.DIM))
                for one in hosts
            )
            shown += words
    return shown
