"""The palette: what the screen below can do, every screen, setting and theme, playbooks by name, runs by command."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from textual import work
from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.css.query import NoMatches
from textual.markup import escape

from app.actions import Action, Area, actions_in
from app.keymap import BY_ID
from app.screens.base import BookScreen
from app.settings.values import SETTINGS, THEMES, in_words, value_of
from app.widgets.prose import command_line, piece
from capture.errors import ReplaybookError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence

    from app.book import Book
    from app.ports import Core

DELIBERATE = frozenset({"approve"})
"""Never done from a list, where enter chooses."""
LEAST = 2
"""Characters without which no recording is looked into."""
MOST = 20
"""Recordings that are offered at once."""
LOWEST = 0.001
"""Of a hit that no fuzzy match stands behind."""
OPENED_BY = ("record", "inbox", "audit", "doctor", "check", "sources", "fleets")
"""Actions of one screen that make sense on every other: they open a screen, and need no cursor."""


class Entry(NamedTuple):
    """One line of the palette."""

    words: str
    tooltip: str
    run: Callable[[], object]


class Offering(Provider):
    """Offers entries by their words; recorded text in them is never read as markup."""

    WEIGHT: ClassVar[float] = 0
    """Puts what it offers before others that match as well, whoever is asked first."""

    @abstractmethod
    def entries(self) -> Iterable[Entry]:
        """All of them, the likeliest first."""

    @property
    def book(self) -> Book:
        """The app, as screens see it."""
        return cast("Book", self.app)

    @property
    def core(self) -> Core:
        """Where all data comes from; called in a thread."""
        return self.book.core

    async def search(self, query: str) -> Hits:
        """What matches."""
        for hit in self.hits(query, self.entries()):
            yield hit

    def hits(self, query: str, entries: Iterable[Entry], *, least: float = 0) -> Iterator[Hit]:
        """Those of some entries that match.

        Args:
            query: As typed.
            entries: The ones.
            least: What an entry scores in any case; 0: one that does not match is left out.
        """
        matcher = self.matcher(query)
        for entry in entries:
            score = max(matcher.match(f"{entry.words} {entry.tooltip}"), least)
            if score > 0:
                shown = self._shown(entry.words, matcher.fuzzy_search.match(query, entry.words)[1])
                yield Hit(score + self.WEIGHT, shown, entry.run, text=entry.words, help=self._told(entry))

    def _shown(self, words: str, lit: Sequence[int] = ()) -> Content:
        shown = Content(piece(words).text)
        for at in lit:
            shown = shown.stylize("bold underline", at, at + 1)
        return shown

    def _told(self, entry: Entry) -> str:
        return escape(piece(entry.tooltip).text)


class ActionProvider(Offering):
    """What the screen below can do now, and every screen."""

    WEIGHT = 3e-6

    def entries(self) -> Iterator[Entry]:
        """Actions that apply in the table's order, then the screens that are opened from another one."""
        areas = self.screen.areas if isinstance(self.screen, BookScreen) else (Area.ANYWHERE,)
        here = [action for action in actions_in(*areas) if self._applies(action)]
        for action in here:
            keys = self.book.keys.shown(action.id)
            yield Entry(f"{action.words}  ({keys})", action.tooltip, self._runner(action))
        for name in OPENED_BY:
            if BY_ID[name] not in actions_in(*areas):
                yield Entry(f"{name}  (screen)", BY_ID[name].tooltip, getattr(self.app, f"open_{name}"))
        if len(self.app.screen_stack) > 1 and areas[0] is not Area.HOME:
            yield Entry("home  (screen)", "Go back to the first screen.", self.book.go_home)

    async def discover(self) -> Hits:
        """Before a word is typed: what the screen can do, then what can be set. Textual asks providers in any order."""
        for entry in (*self.entries(), *SettingsProvider(self.screen).entries()):
            yield DiscoveryHit(self._shown(entry.words), entry.run, text=entry.words, help=self._told(entry))

    def _applies(self, action: Action) -> bool:
        """Whether the screen would do it; what it would only say why not is offered too."""
        return self._owner(action).check_action(action.method, ()) is not False

    def _owner(self, action: Action) -> BookScreen:
        return cast("BookScreen", self.app if Area.ANYWHERE in action.areas else self.screen)

    def _runner(self, action: Action) -> Callable[[], object]:
        if action.id in DELIBERATE:
            told = f"press {self.book.keys.first(action.id)} where the change is shown"
            return partial(self.app.notify, told, severity="warning", markup=False)
        return partial(self.app.run_action, action.method, self._owner(action))


class SettingsProvider(Offering):
    """Settings and themes."""

    def entries(self) -> Iterator[Entry]:
        """Themes are put on; a setting is opened where it is changed."""
        for theme in THEMES:
            yield Entry(
                f"theme: {theme}", "Wear these colours from now on.", partial(self.book.set_setting, "theme", theme)
            )
        for one in SETTINGS.values():
            now = in_words(value_of(self.book.preferences, one.name))
            yield Entry(f"setting: {one.name} = {now}", one.about, partial(self.book.open_settings, one.name))

    async def search(self, query: str) -> Hits:
        """Keys as well: who looks for one by an action's name wants to give it another."""
        keys = (
            Entry(
                f"key of {name}  ({self.book.keys.shown(name)})",
                f"Another key for: {action.tooltip}",
                partial(self.book.open_settings, f"keys.{name}"),
            )
            for name, action in BY_ID.items()
        )
        for hit in self.hits(query, (*self.entries(), *(keys if "key" in query else ()))):
            yield hit


class PlaybookProvider(Offering):
    """Playbooks by name."""

    WEIGHT = 2e-6

    _listed: tuple[Entry, ...] = ()

    async def startup(self) -> None:
        """Read them once."""
        try:
            found = await asyncio.to_thread(self.core.playbooks)
        except ReplaybookError:
            return
        self._listed = tuple(
            Entry(
                f"playbook: {one.name}",
                f"v{one.version}, {one.status}{f': {one.goal}' if one.goal else ''}",
                partial(self.book.open_playbook, one.name),
            )
            for one in found
        )

    def entries(self) -> Iterable[Entry]:
        """All of them."""
        return self._listed


class RunProvider(Offering):
    """Recordings by what was typed in them."""

    WEIGHT = 1e-6

    def entries(self) -> Iterable[Entry]:
        """None before a word is typed: they are many."""
        return ()

    async def search(self, query: str) -> Hits:
        """The newest ones that hold it."""
        async for hit in self._found(query.strip()):
            yield hit

    async def _found(self, query: str) -> AsyncIterator[Hit]:
        if len(query) < LEAST:
            return
        found = await asyncio.to_thread(self.core.typed, query, most=MOST)
        entries = (
            Entry(
                f"run: {command_line(one.command)}",
                f"Step {one.step_index} of {one.run}.",
                partial(self.book.open_trace, one.run_id),
            )
            for one in found
        )
        for hit in self.hits(query, entries, least=LOWEST):
            yield hit


PROVIDERS = frozenset({ActionProvider, SettingsProvider, PlaybookProvider, RunProvider})
"""All that the palette asks."""


class Palette(CommandPalette):
    """Textual's, which a second click or a page key at a bad moment does not bring down."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close it once: what comes behind the click that closed it would close the screen below."""
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()

    @work(exclusive=True, group=CommandPalette._GATHER_COMMANDS_GROUP)  # noqa: SLF001 - what cancels it goes by this name
    async def _gather_commands(self, search_value: str) -> None:
        """Once it is closed there is no list, and nobody who asks."""
        with suppress(NoMatches):
            await CommandPalette._gather_commands.__wrapped__(self, search_value)  # type: ignore[attr-defined] # noqa: SLF001 - the worker's body

    def _action_command_list(self, action: str) -> None:
        """In a terminal that is too small for the list there is no page to turn."""
        if self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)
