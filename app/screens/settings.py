"""Settings: what is set, where that is written, and what else it could be; every change is in force at once."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from app.actions import ACTIONS, Action, Area, bindings
from app.keymap import BY_ID, Keys, Own, problem
from app.keys import shown
from app.screens.base import BookScreen
from app.screens.choosing import Choose
from app.screens.dialog import Dialog
from app.screens.dialogs import FRAME, AskText
from app.screens.lending import edit_file
from app.settings.reading import typed_value
from app.settings.values import KEYS, SETTINGS, InForce, Setting, Settings, in_words, value_of
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, clipped, content, piece, row, rows
from app.widgets.shelf import Shelf
from capture.errors import BadInputError

OWN = piece("●", Tone.HEAD)
BUILT_IN = Piece(" ")
WIDEST = 14
"""Cells of a value in the list; all of it is beside it."""
UNREAD = InForce(settings=Settings(), file="settings.toml", written=False)
"""Shown until they are read."""


class PressKey(Dialog[str | None]):
    """Takes the next key for an action; one that can't be is named with its reason, and the next is waited for."""

    DEFAULT_CSS = f"PressKey {{ {FRAME} #told {{ height: auto; margin-top: 1; }} }}"

    def __init__(self, action: Action, own: Own) -> None:
        """Ask.

        Args:
            action: Whose key it will be.
            own: The keys of a person's own.
        """
        super().__init__()
        self._action, self._own = action, own
        self.told = Static(id="told", markup=False)
        """Why a key can't be."""

    def compose(self) -> ComposeResult:
        """What it is for."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(f"A key for {self._action.id}")])
            frame.border_subtitle = "press it · esc leaves it as it was"
            yield Static(content([piece(self._action.tooltip)]), markup=False)
            yield self.told

    def on_key(self, event: events.Key) -> None:
        """Take it when nothing speaks against it."""
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.dismiss(None)
            return
        wrong = problem(self._action.id, {**self._own, self._action.id: event.key})
        if wrong is None:
            self.dismiss(shown(event.key))
        else:
            self.told.update(content([piece(f"✗ {wrong}", Tone.BAD)]))


class SettingsScreen(BookScreen):
    """Settings and keys on the left, the one under the cursor on the right."""

    AREA = Area.SETTINGS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.SETTINGS)

    def __init__(self, name: str | None = None) -> None:
        """Begin empty.

        Args:
            name: The setting to put the cursor on.
        """
        super().__init__()
        self._wanted, self._found = name, ""
        self.settings = Shelf("name", "value", "where", empty="No setting has that in its name.", id="settings")
        """All of them."""
        self.about = Lines(id="about")
        """The one under the cursor."""

    def compose_body(self) -> Iterator[Widget]:
        """List, and what is known of the one under the cursor."""
        with Horizontal():
            yield self.settings
            yield self.about

    def on_mount(self) -> None:
        """Show what is in force."""
        self.settings.border_title, self.about.border_title = "Settings", "About"
        self.title_bar.place("settings")
        self.show_settings()
        if self._wanted is not None:
            self.settings.go_to(self._wanted)
        self.settings.focus()

    @property
    def in_force(self) -> InForce:
        """What is set."""
        return self.book.in_force or UNREAD

    def show_settings(self) -> None:
        """They are others than they were."""
        found = self.in_force
        self.settings.show([(name, cells) for name, cells in setting_cells(found) if self._found in name])
        self.settings.border_subtitle = f"only with “{self._found}” · {self._key('find-setting')} others" * bool(
            self._found
        )
        self.title_bar.facts(
            piece("✗ the file has a mistake", Tone.BAD) if self.book.settings_problem else "",
            found.file if found.written else "nothing of your own yet",
        )
        self._show_about()

    @on(Shelf.Moved)
    def show_moved(self) -> None:
        """Follow the cursor."""
        self._show_about()

    @on(Shelf.Chosen)
    def change_clicked(self, event: Shelf.Chosen) -> None:
        """A click changes."""
        event.stop()
        self.action_change_setting()

    def action_change_setting(self) -> None:
        """Ask for another value of the one under the cursor; what is only on or off changes at once."""
        name = self.settings.key
        if name is None:
            return
        section, _, action = name.partition(".")
        if section == KEYS:
            self.app.push_screen(PressKey(BY_ID[action], self.in_force.settings.keys), partial(self._set, name))
        elif name == "theme":
            self.book.action_choose_theme()
        else:
            self._ask(SETTINGS[name], value_of(self.in_force.settings, name))

    def action_reset_setting(self) -> None:
        """As built in."""
        if self.settings.key is not None:
            self.book.set_setting(self.settings.key, None)

    def action_find_setting(self) -> None:
        """List only some."""
        asked = AskText(
            "Find", "A part of the name, as player or keys.inbox; empty: all.", value=self._found, optional=True
        )
        self.app.push_screen(asked, self._find)

    def action_edit_settings(self) -> None:
        """Lend the terminal to the person's editor."""
        edit_file(self, self.core.settings_file, otherwise="replaybook settings --edit")

    def action_reload(self) -> None:
        """Read the file again, even where it looks as before."""
        self.book.read_settings_again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is written can be taken out."""
        del parameters
        return self.settings.key in self.in_force.where if action == "reset_setting" else True

    def _ask(self, setting: Setting, value: object) -> None:
        take = partial(self._set, setting.name)
        if isinstance(value, bool):
            take(in_words(not value))
        elif setting.choices:
            shelf = Shelf("value", empty="")
            listed = [(one, (OWN if one == in_words(value) else BUILT_IN, piece(one))) for one in setting.choices]
            self.app.push_screen(Choose(setting.name, setting.about, shelf, listed), take)
        else:
            question = f"{setting.about} It is {setting.range}."
            asked = AskText(setting.name, question, value=in_words(value), problem=partial(wrong_text, setting.name))
            self.app.push_screen(asked, take)

    def _set(self, name: str, text: str | None) -> None:
        if text is not None:
            self.book.set_setting(name, text)

    def _find(self, text: str | None) -> None:
        if text is not None:
            self._found = text.strip()
            self.show_settings()

    def _key(self, action: str) -> str:
        return self.book.keys.first(action)

    def _show_about(self) -> None:
        told: list[Row] = []
        if self.book.settings_problem:
            told += [*rows(self.book.settings_problem, Tone.BAD, first="✗ ", rest="  "), ()]
            told += [row(f"What was in force stays. {self._key('edit-settings')} opens the file.", Tone.DIM), ()]
        if self.settings.key is not None:
            told += about_rows(self.settings.key, self.in_force)
        self.about.show(told)
        self.refresh_bindings()


def setting_cells(found: InForce) -> list[tuple[str, Sequence[Piece]]]:
    """A row a setting, then a row an action, those that work anywhere first.

    Args:
        found: What is set.
    """
    keys = Keys(found.settings.keys)
    listed = [(one.name, in_words(value_of(found.settings, one.name)), "") for one in SETTINGS.values()]
    ordered = dict.fromkeys(action for area in Area for action in ACTIONS if area in action.areas)
    listed += [(f"{KEYS}.{one.id}", keys.shown(one.id), ", ".join(one.areas)) for one in ordered]
    return [
        (
            name,
            (
                OWN if name in found.where else BUILT_IN,
                piece(name, Tone.STRONG),
                piece(clipped(value, WIDEST)),
                piece(areas, Tone.DIM),
            ),
        )
        for name, value, areas in listed
    ]


def about_rows(name: str, found: InForce) -> list[Row]:
    """What is known of a setting.

    Args:
        name: Of it.
        found: What is set.
    """
    section, _, action = name.partition(".")
    if section == KEYS:
        one = BY_ID[action]
        about, now, before = one.tooltip, Keys(found.settings.keys).shown(action), one.shown_key
        more = [("used", ", ".join(one.areas))]
    else:
        setting = SETTINGS[name]
        about, before = setting.about, in_words(setting.default)
        now, more = in_words(value_of(found.settings, name)), [("may be", setting.range)]
    told = [("it is", now), ("built in", before), *more, ("written", found.where.get(name, f"nowhere; {found.file}"))]
    return [*rows(about), (), *((piece(f"{word:<10}", Tone.DIM), piece(text)) for word, text in told)]


def wrong_text(name: str, text: str) -> str | None:
    """What is wrong with a typed value.

    Args:
        name: Of the setting.
        text: As typed.
    """
    try:
        typed_value(name, text)
    except BadInputError as error:
        return str(error)
    return None
