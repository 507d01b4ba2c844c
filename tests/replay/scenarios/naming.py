"""Puts other words in the place of a scenario's own, by a seed, so that nothing can lean on a name."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace

from tests.replay.scenarios.scenario import Scenario, Typed

WORDS: Mapping[str, tuple[str, ...]] = {
    "file": (
        *("ledger", "roster", "minutes", "survey", "abstract", "quotes", "harvest", "tariff", "register", "census"),
        *("recipe", "voucher", "parcel", "bulletin", "gazette", "almanac"),
    ),
    "dir": (
        *("garden", "cellar", "harbour", "attic", "orchard", "pantry", "meadow", "gallery", "depot", "barn"),
        *("quarry", "chapel", "stable", "wharf", "annex", "larder"),
    ),
    "tool": ("frobnic", "grindle", "spindle", "wimble", "trundle", "crimper", "hoister", "gadget", "plumber", "sifter"),
    "branch": ("lantern", "comet", "walnut", "heron", "copper", "willow", "basalt", "juniper", "falcon", "marble"),
    "variable": ("HARVEST_YEAR", "PARISH", "CARRIER", "SHELF_MARK", "TIDE_LEVEL", "FERRY", "QUARTER", "MOORING"),
    "value": ("amber", "cobalt", "saffron", "indigo", "crimson", "ochre", "violet", "russet", "teal", "umber"),
}
"""Words of each kind; none is the beginning of another, or a word of the shell's or of a tool's."""
_PORTS = range(20_000, 31_000)
_NUMBERS = range(2_000, 9_900)


def varied(scenario: Scenario, seed: int) -> Scenario:
    """The scenario with other names and values.

    Args:
        scenario: As it is written.
        seed: The same seed gives the same words; 0 leaves it as it is written.
    """
    if not scenario.names or not seed:
        return scenario
    words = _drawn(scenario, random.Random(f"{seed} {scenario.name}"))  # noqa: S311 - words of a test, no secret
    longest = sorted(words, key=len, reverse=True)
    # In shell text a word may stand behind the `\n` of printf.
    border = r"(?:(?<![A-Za-z0-9])|(?<=\\n)|(?<=\\t))"
    pattern = re.compile(rf"{border}(?:{'|'.join(map(re.escape, longest))})")

    def put(text: str) -> str:
        return pattern.sub(lambda found: words[found.group()], text)

    texts = ("setup", "record", "drift", "control", "proposed", "never", "environment", "drifted", "controlled")
    beside = ("serves", "holds", "holds_nearby", "undo", "oracle")
    known = {field.name for field in fields(Scenario)}
    assert known.issuperset((*texts, *beside))
    changed = {name: _put(put, getattr(scenario, name)) for name in (*texts, *beside)}
    return replace(scenario, **changed)  # type: ignore[arg-type] # each keeps its own type


def _put(put: Callable[[str], str], value: object) -> object:
    if isinstance(value, str):
        return put(value)
    if isinstance(value, Typed):
        return Typed(command=put(value.command), expect=put(value.expect), send=put(value.send))
    if isinstance(value, tuple):
        return tuple(_put(put, one) for one in value)
    if isinstance(value, Mapping):
        return {put(name): _put(put, text) for name, text in value.items()}
    return value


def _drawn(scenario: Scenario, chance: random.Random) -> dict[str, str]:
    """Another word for each, none of which the scenario holds already."""
    written = repr(scenario)
    given: dict[str, str] = {}
    for word, kind in scenario.names.items():
        free = [one for one in _choice(kind) if one not in written and one not in given.values()]
        given[word] = chance.choice(free)
    return given


def _choice(kind: str) -> tuple[str, ...]:
    if kind == "port":
        return tuple(map(str, _PORTS))
    if kind == "number":
        return tuple(map(str, _NUMBERS))
    return WORDS[kind]
