"""The palette: every action of the table by its words, the themes with them."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider

from app.actions import Action, Area, actions_in
from app.screens.base import BookScreen

DELIBERATE = frozenset({"approve"})
"""Never done from a list, where enter chooses."""


class Entry(NamedTuple):
    """One line of the palette."""

    words: str
    tooltip: str
    run: Callable[[], object]


class ActionProvider(Provider):
    """Offers what the screen below can do now."""

    def entries(self) -> Iterator[Entry]:
        """All lines, in the table's order."""
        screen = self.screen
        areas = screen.areas if isinstance(screen, BookScreen) else (Area.ANYWHERE,)
        for action in actions_in(*areas):
            yield Entry(f"{action.words}  ({action.shown_key})", action.tooltip, self._runner(action))
        for theme in sorted(self.app.available_themes):
            yield Entry(f"theme: {theme}", "Change the colours.", partial(setattr, self.app, "theme", theme))

    async def discover(self) -> Hits:
        """Everything, before a word is typed."""
        for entry in self.entries():
            yield DiscoveryHit(entry.words, entry.run, help=entry.tooltip)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for entry in self.entries():
            score = matcher.match(f"{entry.words} {entry.tooltip}")
            if score > 0:
                yield Hit(score, matcher.highlight(entry.words), entry.run, help=entry.tooltip)

    def _runner(self, action: Action) -> Callable[[], object]:
        if action.id in DELIBERATE:
            return partial(
                self.app.notify, f"press {action.shown_key} where the change is shown", severity="warning", markup=False
            )
        anywhere = Area.ANYWHERE in action.areas
        namespace = self.app if anywhere else self.screen
        return partial(self.app.run_action, action.method, namespace)
