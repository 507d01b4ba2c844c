"""Which settings are in force in a home; apart from the core, so that the first picture need not wait for that."""

from app.settings.reading import read_old_keys, read_settings
from app.settings.values import KEYS, InForce
from capture.home import Home
from replay.own_files import text_of


def in_force(home: Home) -> InForce:
    """The file's, then the older file's keys, then what is built in.

    Args:
        home: Whose.

    Raises:
        BadInputError: A file can't be used; the message names it and the line.
    """
    old, text = old_keys(home), text_of(home.settings)
    read = read_settings(text or "", source=str(home.settings), keys=old)
    where = {f"{KEYS}.{action}": home.old_keys.name for action in old}
    where |= {name: f"{home.settings.name}:{line}" for name, line in read.lines.items()}
    return InForce(settings=read.settings, file=str(home.settings), written=text is not None, where=where)


def old_keys(home: Home) -> dict[str, str]:
    """The keys of the older file, by action; empty without one.

    Raises:
        BadInputError: It can't be used.
    """
    text = text_of(home.old_keys)
    return {} if text is None else read_old_keys(text, source=str(home.old_keys))
