"""The table of risks is data that people extend: what it holds must mean something."""

import tomllib
from collections import Counter
from importlib.resources import files

import msgspec
import pytest

from replay.playbook import SafetyLevel
from replay.syntax import RiskKind, analyse
from replay.syntax.risk_table import RiskTable, risk_table
from replay.syntax.tools import SUBCOMMANDS


def test_every_kind_of_risk_has_a_level() -> None:
    assert set(risk_table().kinds) == set(RiskKind)
    assert set(risk_table().kinds.values()) <= set(SafetyLevel)


def test_no_command_is_in_it_twice() -> None:
    names = Counter(name for verb in risk_table().verbs for name in verb.names)
    options = Counter((option.of, one) for option in risk_table().options for one in option.options)
    assert [name for name, count in (names + Counter(map(" ".join, options))).items() if count > 1] == []


@pytest.mark.parametrize("name", sorted(risk_table().by_verb))
def test_each_verb_is_found_in_a_command(name: str) -> None:
    verb = risk_table().by_verb[name]
    found = {(risk.verb, risk.kind) for risk in analyse(f"{name} x").risks}
    assert (name, verb.kind) in found


@pytest.mark.parametrize(
    ("of", "option"), sorted((option.of, one) for option in risk_table().options for one in option.options)
)
def test_each_option_is_found_in_a_command(of: str, option: str) -> None:
    told = risk_table().by_option[of][option]
    assert (of, told.kind) in {(risk.verb, risk.kind) for risk in analyse(f"{of} {option} x").risks}


def test_subcommands_are_looked_for_where_the_table_names_one() -> None:
    assert {name.split()[0] for name in risk_table().by_verb if " " in name} <= SUBCOMMANDS


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('delete = "needs_confirm"', 'delete = "sometimes"'),
        ('kind = "kill"', 'kind = "kil"'),
        ('of = "git push"', 'off = "git push"'),
        ("[places]", "[place]"),
    ],
)
def test_a_slip_in_the_table_is_refused(before: str, after: str) -> None:
    text = files("replay.syntax").joinpath("risks.toml").read_text(encoding="utf-8")
    assert before in text
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(tomllib.loads(text.replace(before, after)), RiskTable)
