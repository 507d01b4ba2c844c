"""Which actions of the table tests have done by key: noted while they press, so that nobody keeps a list of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from pathlib import Path

from textual.actions import ActionParseResult
from textual.dom import DOMNode

from app import tui
from app.actions import ACTIONS, Action, Area
from app.screens.base import BookScreen
from app.tui import ReplaybookApp
from app.widgets.shell_pane import ShellPane

Pressed = tuple[str, str]
"""An area, and the id of an action in it."""
PRESSED: set[Pressed] = set()
"""What was done by key in this process."""
_by_key = ContextVar("_by_key", default=False)


class Noting(ReplaybookApp):
    """The app, noting which of its actions a key brought about."""

    CSS_PATH = str(Path(tui.__file__).with_name("replaybook.tcss"))

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:  # noqa: FBT001, FBT002 - Textual's own
        token = _by_key.set(True)
        try:
            return await super()._check_bindings(key, priority)
        finally:
            _by_key.reset(token)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        done = await super().run_action(action, default_namespace, namespaces)
        if done and _by_key.get():
            PRESSED.update(meant(str(action), default_namespace))
        return done


def meant(method: str, node: object) -> set[Pressed]:
    """What a method of a node is in the table.

    Args:
        method: As Textual calls it, without `action_`.
        node: A screen, its shell pane, or the app.
    """
    if isinstance(node, ShellPane):
        areas: tuple[Area, ...] = (Area.SCROLLBACK,)
    else:
        areas = node.areas if isinstance(node, BookScreen) else (Area.ANYWHERE,)
    return {
        (area, action.id) for action in ACTIONS if action.method == method for area in areas if area in action.areas
    }


def unpressed(pressed: Iterable[Pressed], actions: Iterable[Action] = ACTIONS) -> AbstractSet[Pressed]:
    """What no test has done by key.

    Args:
        pressed: What was done.
        actions: The table.
    """
    return {(str(area), action.id) for action in actions for area in action.areas} - {
        (str(area), name) for area, name in pressed
    }
