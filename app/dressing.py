"""What the settings do to the app: colours, keys, motion; read again whenever their file is another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import App
from textual.binding import BindingsMap
from textual.filter import LineFilter, Monochrome, NoColor

from app.actions import Area, actions_in, bindings
from app.keymap import Keys
from app.outer import OuterApp
from app.settings.values import Settings
from app.themes import ANSI_DARK, DARK, OWN
from app.workers.settled import SettingsRead
from capture.errors import ReplaybookError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.message import Message

    from app.ports import Core
    from app.screens.jumping import Place
    from app.settings.values import InForce

WARNED_S = 30
"""How long a mistake in the file stays on the screen."""
UNREAD = object()
"""Not the stamp of any file."""


class Dressed(OuterApp, inherit_bindings=False):
    """An app that looks and answers as its settings say."""

    core: Core
    """Where the settings are kept."""

    def dress(self, in_force: InForce | None) -> None:
        """Put on what is known before anything is shown.

        Args:
            in_force: The settings; None: as built in, until they are read.
        """
        self.in_force = in_force
        """The settings as they were read last."""
        self.settings_problem: str | None = None
        """What is wrong with the file since then."""
        self._stamp: object = UNREAD
        for theme in OWN.values():
            self.register_theme(theme)
        if self.no_color:
            # Textual's own answer to NO_COLOR is shades of grey, which are colours to a terminal.
            self._filters: list[LineFilter] = [
                NoColor() if isinstance(one, Monochrome) else one for one in self._filters
            ]
        self._wear(self.preferences)

    @property
    def preferences(self) -> Settings:
        """The settings in force."""
        return self.in_force.settings if self.in_force else Settings()

    @property
    def keys(self) -> Keys:
        """Which key does what."""
        return Keys(self.preferences.keys)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What a theme that is not of the program lacks."""
        return {name: value for name, value in DARK.variables.items() if name.startswith("cursor-")}

    def settings_news(self) -> Iterator[Message]:
        """Whether the settings are others than they were; call it from a worker."""
        stamp = self.core.settings_stamp()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                yield SettingsRead(self.core.settings())
            except ReplaybookError as error:
                yield SettingsRead(None, str(error))

    def read_settings_again(self) -> None:
        """Read the file, even where it looks as before."""
        self._stamp = UNREAD

    @on(SettingsRead)
    def take_settings(self, event: SettingsRead) -> None:
        """Put them on; those that can't be used leave everything as it is."""
        self.settings_problem = event.problem
        if event.problem:
            self.notify(event.problem, title="Settings", severity="error", timeout=WARNED_S, markup=False)
        elif event.in_force is not None:
            self.in_force = event.in_force
            self._wear(event.in_force.settings)
        for screen in self.screen_stack:
            if (show := getattr(screen, "show_settings", None)) is not None:
                show()

    def take_keys(self, node: Any, *areas: Area) -> None:
        """Give a node the keys that the settings have for its actions.

        Args:
            node: A screen, or the app itself.
            areas: Whose actions it binds, as in `bindings`.
        """
        ours = {action.method for action in actions_in(*areas)}
        # Textual's own key map would take all bindings of a key away when one of them moves.
        others = [binding for _, binding in node._merged_bindings if binding.action not in ours]  # noqa: SLF001
        node._bindings = BindingsMap([*bindings(*areas, keys=self.keys.own), *others])  # noqa: SLF001

    def action_settings(self) -> None:
        """Open the settings."""
        if not hasattr(self.screen, "show_settings"):
            self.open_settings()

    def open_settings(self, name: str | None = None) -> None:
        """Look at the settings.

        Args:
            name: The one to put the cursor on.
        """
        from app.screens.settings import SettingsScreen

        self.push_screen(SettingsScreen(name))

    def action_choose_theme(self) -> None:
        """Try themes on."""
        from app.screens.theming import ThemeChooser

        self.push_screen(ThemeChooser(self.preferences.theme, colourless=self.no_color), self.set_theme)

    def set_theme(self, name: str | None) -> None:
        """Wear a theme from now on.

        Args:
            name: Of one of the program's own; None leaves it as it is.
        """
        if name is not None:
            self.set_setting("theme", name)

    def set_setting(self, name: str, text: str | None) -> None:
        """Change one in the file, and put it on.

        Args:
            name: As `record.shell`.
            text: What it is to be; None: as built in.
        """

        def body() -> None:
            try:
                changed = self.core.change_setting(name, text)
            except ReplaybookError as error:
                self.call_from_thread(self.notify, str(error), severity="error", markup=False)
            else:
                self._stamp = self.core.settings_stamp()
                self.post_message(SettingsRead(changed))

        self.run_worker(body, thread=True, group="settings")

    def action_jump_to(self) -> None:
        """Label every place that takes keys or clicks."""
        from app.screens.jumping import JumpScreen

        self.push_screen(JumpScreen(self.screen, self.preferences.jump_letters), self._go)

    def _go(self, place: Place | None) -> None:
        if place is not None:
            place.go()

    def _wear(self, settings: Settings) -> None:
        theme = ANSI_DARK.name if self.no_color else settings.theme
        if self._running:
            self.theme = theme
        else:
            # Before anything is styled: what was read for another theme would be read anew.
            self.set_reactive(App.theme, theme)
            self.stylesheet.set_variables(self.get_css_variables())
            self._refresh_truecolor_filter(self.ansi_theme)
        self.animation_level = "full" if settings.motion else "none"
        self.NOTIFICATION_TIMEOUT = settings.notice_s  # type: ignore[misc] # Textual asks the app for it
        self.take_keys(self, Area.ANYWHERE)
        for screen in self.screen_stack if self._running else ():
            if (take := getattr(screen, "take_keys", None)) is not None:
                take()
