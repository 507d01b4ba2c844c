"""Holds what is read from some two hundred commands against what a careful reader wrote down beforehand."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from replay.syntax import Analysis, analyse
from replay.syntax.literals import Literal, literals
from replay.syntax.tree import Source

CORPUS = Path(__file__).with_name("corpus.txt")


@dataclass(frozen=True)
class Reading:
    """A command, and what it does by the reader's word."""

    command: str
    told: dict[str, list[str]] = field(default_factory=dict)


def readings(text: str) -> Iterator[Reading]:
    """The entries of the corpus."""
    for entry in ("\n" + text).split("\n$ ")[1:]:
        lines = [line for line in entry.split("\n") if not line.startswith("# ")]
        behind = next(at for at, line in enumerate(lines[1:], 1) if not line.startswith("> "))
        command = "\n".join([lines[0], *(line[2:] for line in lines[1:behind])])
        told = "\n".join(lines[behind:]).strip()
        yield Reading(command, {key: values for key, *values in map(shlex.split, _statements(told))})


def _statements(text: str) -> Iterator[str]:
    """Lines, one that ends inside quotes taken together with the next."""
    held = ""
    for line in text.split("\n"):
        held += line
        try:
            shlex.split(held)
        except ValueError:
            held += "\n"
            continue
        yield held
        held = ""


def found(command: str) -> dict[str, list[str]]:
    """What is read from a command, in the corpus' words."""
    analysis = analyse(command)
    told = {
        "run": ["<".join((use.name or "?", *reversed(use.wrappers))) for use in analysis.commands],
        "read": [use.path or "?" for use in analysis.reads],
        "write": [use.path or "?" for use in analysis.writes],
        "remove": [use.path or "?" for use in analysis.removes],
        "enter": [use.path or "?" for use in analysis.directories],
        "use": [use.name for use in analysis.variables_read],
        "set": list(analysis.variables_set),
        "risk": [f"{risk.kind}@{command[risk.span.start : risk.span.end]}" for risk in analysis.risks],
    }
    return {key: values for key, values in told.items() if values}


@pytest.mark.parametrize(
    "reading", list(readings(CORPUS.read_text(encoding="utf-8"))), ids=lambda reading: reading.command
)
def test_a_command_is_read_as_a_careful_reader_does(reading: Reading) -> None:
    told, analysis = found(reading.command), analyse(reading.command)
    expected = {key: values for key, values in reading.told.items() if key not in {"literal", "unknown"}}
    assert {key: sorted(values) for key, values in told.items()} == {
        key: sorted(values) for key, values in expected.items()
    }
    assert _says_unknown(analysis) == ("unknown" in reading.told), (analysis.unknown, analysis.unseen)
    if "literal" in reading.told:
        shown = [f"{one.text}@{one.quote.name.lower()}" for one in literals(Source(reading.command))]
        assert shown == reading.told["literal"]


def _says_unknown(analysis: Analysis) -> bool:
    return bool(analysis.unknown or analysis.unseen)


def test_spans_are_where_the_text_stands() -> None:
    for reading in readings(CORPUS.read_text(encoding="utf-8")):
        analysis = analyse(reading.command)
        for path in (*analysis.reads, *analysis.writes, *analysis.removes, *analysis.directories):
            shown = reading.command[path.span.start : path.span.end]
            assert path.text in shown, (reading.command, path.text, shown)
        for one in literals(Source(reading.command)):
            _stands(reading.command, one)


def _stands(command: str, one: Literal) -> None:
    """As it stands, or shorter where escapes were taken back."""
    shown = command[one.span.start : one.span.end]
    assert one.text == shown or (len(one.text) < len(shown) and "\\" in shown)
