"""From a text to the words that count in it, for the index and for the decision that a playbook fits (pure)."""

import re
from functools import lru_cache

MOST_WORDS = 40
"""Words of a task that are searched for; the rest of a longer one says little more."""
STOP = frozenset(
    "a an and are as at be by can could do does for from has have i into is it its let me my of or our please run so"  # noqa: SIM905 - a list of words reads as one
    " that the their them then there these this those to us want was we were will with would you your".split()
)
"""Words that say nothing of what is to be done."""
WAYS = frozenset(("from", "to", "into", "onto", "before", "after"))
"""Words that say which way: what stands behind them makes another task, though all words are the same."""
_WORD = re.compile(r"[^\W_]+")
_ENDINGS = ("ing", "ed", "es", "s")
_SHORTEST = 3


def words(text: str) -> tuple[str, ...]:
    """The words of a text in small letters, in their order, each as often as it is there."""
    return tuple(found.group().lower() for found in _WORD.finditer(text))


def telling(text: str) -> tuple[str, ...]:
    """The words that count, each once: those that say nothing are left out."""
    return tuple(dict.fromkeys(word for word in words(text) if word not in STOP))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """What forms of an English word share: `release` of `releases`, `released` and `releasing`.

    A light one: two words that have nothing to do with each other rarely become one.
    """
    if not word.isascii() or any(letter.isdigit() for letter in word):
        return word
    for ending in _ENDINGS:
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= _SHORTEST and not word.endswith("ss"):
            if ending in ("ing", "ed") and rest[-1] == rest[-2] and rest[-1] not in "lsz":
                rest = rest[:-1]
            return rest.removesuffix("e")
    return word.removesuffix("e") if len(word) > _SHORTEST else word


def stems(text: str) -> tuple[str, ...]:
    """The stems of the words that count, each once: what the index holds of a text, and is asked for."""
    return tuple(dict.fromkeys(map(stem, telling(text))))


def wanted(task: str) -> tuple[str, ...]:
    """What the index is asked for a task: as many of its words as it is worth."""
    return stems(task)[:MOST_WORDS]


def ways(text: str) -> dict[str, frozenset[str]]:
    """What stands behind each word that says which way, as stems: `{"to": {"stag"}}` of `copy it to staging`."""
    found: dict[str, frozenset[str]] = {}
    behind: str | None = None
    for word in words(text):
        if behind is not None and word not in STOP:
            found[behind] = found.get(behind, frozenset()) | {stem(word)}
            behind = None
        if word in WAYS:
            behind = word
    return found
