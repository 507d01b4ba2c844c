"""Figures that the benchmarks measured: printed as they come, and at the end written into the README's table."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BEGIN, END = "<!-- figures: written by tests/bench -->\n", "<!-- end of figures -->\n"


@dataclass(frozen=True)
class Figure:
    """One row: what was measured, what it should be, what it is, and what the peers take in the same run."""

    what: str
    goal: str
    ours: str
    peers: str
    met: bool


measured: list[Figure] = []


def report(figure: Figure) -> None:
    """Print a figure as a row and as JSON, and keep it for the table."""
    measured.append(figure)
    mark = "met" if figure.met else "NOT MET"
    sys.stdout.write(f"\n{figure.what}: {figure.ours} (goal {figure.goal}: {mark}); {figure.peers}\n")
    sys.stdout.write(json.dumps(asdict(figure)) + "\n")


def table(figures: list[Figure]) -> str:
    """The figures as Markdown."""
    return "\n".join(("| what | goal | measured | beside |", "|---|---|---|---|", *map(_row, figures))) + "\n"


def _row(figure: Figure) -> str:
    missed = "" if figure.met else " (missed)"
    return f"| {figure.what} | {figure.goal} | {figure.ours}{missed} | {figure.peers} |"


def write_into(readme: Path, figures: list[Figure]) -> None:
    """Put new rows in place of the old ones of the same name; rows that were not measured now stay."""
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    fresh = {figure.what: table([figure]).splitlines()[-1] for figure in figures}
    kept = {line.split(" | ")[0].removeprefix("| "): line for line in old.splitlines()[2:] if line.startswith("| ")}
    rows = (kept | fresh).values()
    head = table([]).splitlines()
    readme.write_text(before + BEGIN + "\n".join((*head, *rows)) + "\n" + END + after, encoding="utf-8")
