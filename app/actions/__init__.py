"""THE table of everything that a key can do: bindings, footer, help, palette and the README come from it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from app.actions import anywhere, findings, fleet, governing, home, machine, playbook, record, replay, trace
from app.actions.values import Action, Area
from app.keys import shown

if TYPE_CHECKING:
    from textual.binding import BindingType

__all__ = ["ACTIONS", "Action", "Area", "actions_in", "bindings", "key_table"]

ACTIONS: tuple[Action, ...] = (
    *home.ROWS,
    *findings.ROWS,
    *record.ROWS,
    *replay.ROWS,
    *playbook.ROWS,
    *trace.ROWS,
    *fleet.ROWS,
    *governing.ROWS,
    *machine.ROWS,
    *anywhere.ROWS,
)
"""Every action once; screens, help and footer tell those of an area in this order."""


def actions_in(*areas: Area) -> tuple[Action, ...]:
    """The actions of some areas, in the table's order.

    Args:
        areas: Which ones.

    Returns:
        Each action once.
    """
    return tuple(action for action in ACTIONS if set(areas) & set(action.areas))


def bindings(*areas: Area, keys: Mapping[str, str] | None = None) -> "list[BindingType]":
    """Textual's bindings of some areas.

    Args:
        areas: Which ones; where two share a key, the earlier area's is asked first.
        keys: A person's own keys, by action.

    Returns:
        One binding a key.
    """
    # The command line reads the table too, and can't wait for Textual.
    from textual.binding import Binding  # noqa: PLC0415

    ordered: dict[str, Action] = {}
    for area in areas:
        ordered |= {action.id: action for action in actions_in(area) if action.id not in ordered}
    return [
        Binding(
            key,
            action.method,
            action.words,
            show=action.footer and number == 0,
            key_display=shown(key),
            tooltip=action.tooltip,
            id=action.id if number == 0 else None,
        )
        for action in ordered.values()
        for number, key in enumerate((keys or {}).get(action.id, action.key).split(","))
    ]


def key_table(actions: Iterable[Action] = ACTIONS) -> str:
    """The README's table, in Markdown.

    Args:
        actions: Which rows.

    Returns:
        One row an action and area, its last line end included.
    """
    rows = ["| where | key | does |", "|---|---|---|"]
    for area in Area:
        rows += [f"| {area} | `{action.shown_key}` | {action.tooltip} |" for action in actions if area in action.areas]
    return "\n".join(rows) + "\n"
