"""How alike two names are: the one measure that every rule compares names with."""

import re

WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
DELETES = re.compile(r"clean|^(?:purge|prune|reset|wipe|destroy|delete|remove|drop|nuke|erase|uninstall|teardown|kill)")
"""What a name may hold that throws things away: such a name is never proposed."""
GOES_OUT = re.compile(r"^(?:deploy|publish|release|rollback|install|push|upload|migrate|force)")
"""What a name may hold that reaches further: such a name never takes a harmless one's place."""


def distance(first: str, second: str) -> int:
    """Edits between two names: inserted, dropped, changed and swapped characters.

    Args:
        first: One name.
        second: The other.

    Returns:
        How many; 0 when they are equal.
    """
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]


def closeness(first: str, second: str) -> float:
    """1 for equal names, 0 for names with nothing in common."""
    longest = max(len(first), len(second))
    return 1 - distance(first, second) / longest if longest else 1.0


def words(name: str) -> frozenset[str]:
    """The words that a name is made of, in lower case: `bundle:prodAll` is bundle, prod and all."""
    return frozenset(word.lower() for word in WORDS.findall(name))


def plain(name: str) -> str:
    """The name in lower case without separators, so that `mk-report` and `mk_report` are one."""
    return re.sub(r"[-_. ]", "", name).lower()


def share_word(first: str, second: str) -> bool:
    """Whether two names have a word of three letters or more in common, of which one may be the plural."""
    return any(len(word) > 2 for word in _singular(first) & _singular(second))  # noqa: PLR2004 - "of" and "js" say little


def _singular(name: str) -> frozenset[str]:
    return frozenset(word.removesuffix("s") for word in words(name))


def nearest(name: str, among: list[str], *, least: float = 0.7) -> list[str]:
    """The names most like this one.

    Args:
        name: What was asked for.
        among: What there is.
        least: How close they must be.

    Returns:
        All that are equally closest; empty when none is close enough.
    """
    scored = {other: closeness(name, other) for other in among if other != name}
    best = max(scored.values(), default=0.0)
    return [other for other, score in scored.items() if score == best] if best >= least else []


def is_hazardous(new: str, old: str) -> bool:
    """Whether a name says that it deletes, or that it publishes or installs where the old one didn't.

    Args:
        new: What would be run.
        old: What it takes the place of.

    Returns:
        True when it must not be proposed.
    """
    parts = {new.lower(), *words(new)}
    if any(DELETES.search(part) for part in parts):
        return True
    further = {part for part in parts if GOES_OUT.search(part)}
    return bool(further) and not any(GOES_OUT.search(part) for part in {old.lower(), *words(old)})
