"""A person's own keys: a small JSON file in the home, checked against the table of actions."""

from pathlib import Path

import msgspec

from app.actions import ACTIONS, Area
from capture.errors import BadInputError

FILE_NAME = "keys.json"
CARELESS = frozenset({"enter", "space"})
"""Keys that are pressed without reading; none of them decides on a proposal."""


def load_keymap(path: Path) -> dict[str, str]:
    """Read which actions have other keys.

    Args:
        path: The file: `{"id of an action": "key"}`. It need not be there.

    Returns:
        Keys by action id; empty without a file.

    Raises:
        BadInputError: The file is no such object, names an unknown action, or puts a decision on enter or space.
    """
    try:
        keymap = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise BadInputError(f'{path}: {error}; it should be like {{"approve": "Y"}}') from error
    actions = {action.id: action for action in ACTIONS}
    for name, key in keymap.items():
        if name not in actions:
            raise BadInputError(f"{path}: no action {name!r}; there are: {', '.join(actions)}")
        if Area.REVIEW in actions[name].areas and CARELESS & set(key.split(",")):
            raise BadInputError(f"{path}: {name} can't be on {key}: a decision is a letter, never by accident")
    return keymap
