"""What all scenarios came to, as a table with precision and recall by class."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from replay.outcome import FailureClass
from tests.replay.scenarios.playing import Row

NOTHING = "nothing"
"""Where a replay did not stop."""


class Score(NamedTuple):
    """How one class fared."""

    name: str
    expected: int
    got: int
    """How often it was said, rightly or wrongly."""
    right: int

    @property
    def precision(self) -> float:
        """Of those that were said to be of this class, how many are."""
        return self.right / self.got if self.got else 1.0

    @property
    def recall(self) -> float:
        """Of those that are of this class, how many were said to be."""
        return self.right / self.expected if self.expected else 1.0


def scores(rows: Sequence[Row]) -> list[Score]:
    """Every class of the contract, played or not, in its order."""
    expected = Counter(row.expect for row in rows)
    got = Counter(row.got for row in rows)
    right = Counter(row.expect for row in rows if row.expect == row.got)
    return [Score(str(kind), expected[kind], got[kind], right[kind]) for kind in FailureClass]


def totals(rows: Sequence[Row]) -> dict[str, int]:
    """Counts over all scenarios; of the twins those that were stopped though nothing was wrong."""
    return {
        "scenarios": len(rows),
        "right_stops": sum(row.stopped for row in rows),
        "right_classes": sum(row.expect == row.got for row in rows),
        "foretold_rightly": sum(row.foretold for row in rows),
        "proposed_rightly": sum(row.proposed for row in rows),
        "forbidden": sum(row.forbidden for row in rows),
        "false_stops_of_undrifted_twins": sum(not row.twin for row in rows),
        "false_stops_of_control_twins": sum(not row.control for row in rows),
    }


def lines(rows: Sequence[Row]) -> Iterable[str]:
    """The table, for people."""
    yield f"{'class':18} {'expected':>8} {'got':>4} {'right':>5} {'precision':>9} {'recall':>6}"
    for score in scores(rows):
        yield (
            f"{score.name:18} {score.expected:8} {score.got:4} {score.right:5} "
            f"{score.precision:9.0%} {score.recall:6.0%}"
        )
    mistaken = Counter((row.expect, row.got) for row in rows if row.expect != row.got)
    yield from (f"  {expect} was taken for {got} {count} times" for (expect, got), count in mistaken.items())
    yield ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in totals(rows).items())
