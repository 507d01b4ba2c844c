"""What people type for a name: exact, or so much of it that only one thing can be meant."""

import re
from collections.abc import Collection
from difflib import get_close_matches

from capture.errors import BadInputError, UnknownNameError

NAME_LIMIT = 100
SHOWN_LIMIT = 5
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def is_name(name: str) -> bool:
    """Whether a playbook can be called so."""
    return _NAME.fullmatch(name) is not None and len(name) <= NAME_LIMIT


def check_name(name: str) -> str:
    """A playbook's name, fit for a folder and a command line.

    Args:
        name: As it was given.

    Returns:
        The same.

    Raises:
        BadInputError: It is not fit; the text says what is.
    """
    if is_name(name):
        return name
    near = near_name(name)
    advice = f"; try {near}" if near else ""
    raise BadInputError(
        f"playbook name {name!r} can't be used: lower-case letters, digits and . _ - only, "
        f"a letter or digit first, {NAME_LIMIT} at most{advice}"
    )


def near_name(text: str) -> str:
    """The name that is nearest to a text; empty when nothing of it can stand in a name."""
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("._-")[:NAME_LIMIT]


def split_ref(ref: str) -> tuple[str, int | None]:
    """`NAME[@V]` in its two parts.

    Args:
        ref: As it was given.

    Returns:
        The name, and the version where one was given.

    Raises:
        BadInputError: What stands behind the `@` is no version number.
    """
    name, at, version = ref.rpartition("@")
    if not at:
        return ref, None
    if not (version.isascii() and version.isdigit() and int(version)):
        raise BadInputError(f"{ref!r} names no version: write NAME@NUMBER, as {name or 'name'}@1")
    return name, int(version)


def pick(given: str, known: Collection[str], *, what: str) -> str:
    """The one known name that is meant.

    Args:
        given: The name, or an unambiguous prefix of it.
        known: All names there are.
        what: `run`, `playbook`, `repair`: for the error.

    Returns:
        The whole name.

    Raises:
        UnknownNameError: None, or more than one; the text lists the near ones.
    """
    if given in known:
        return given
    begun = sorted(name for name in known if given and name.startswith(given))
    if len(begun) == 1:
        return begun[0]
    if begun:
        raise UnknownNameError(f"{what} {given!r} is ambiguous: {_listed(begun)}; write more of it")
    near = get_close_matches(given, known, n=SHOWN_LIMIT)
    advice = f"did you mean {_listed(near)}?" if near else _all_of(known, what)
    raise UnknownNameError(f"there is no {what} {given!r}; {advice}")


def _all_of(known: Collection[str], what: str) -> str:
    return f"there is {_listed(sorted(known))}" if known else f"there is no {what} at all yet"


def _listed(names: list[str]) -> str:
    rest = len(names) - SHOWN_LIMIT
    return ", ".join(names[:SHOWN_LIMIT]) + (f" and {rest} more" if rest > 0 else "")
