"""What all scenarios came to, as a table with precision and recall by class, and how far the repairs held."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from replay.outcome import FailureClass
from tests.replay.scenarios.playing import BEST, Row
from tests.replay.scenarios.scenario import Answer

NOTHING = "nothing"
"""Where a replay did not stop."""


class Score(NamedTuple):
    """How one class fared."""

    name: str
    expected: int
    got: int
    """How often it was said, rightly or wrongly."""
    right: int
    repairable: int
    """Where a repair is the right answer."""
    first: int
    """Of those, how often the first proposal held to the end."""
    best: int
    """Of those, how often one of the first three did."""
    asked: int
    """Where asking or abstaining is the right answer."""
    asked_rightly: int

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
    return [_score(kind, rows) for kind in FailureClass]


def _score(kind: FailureClass, rows: Sequence[Row]) -> Score:
    of_it = [row for row in rows if row.expect == kind]
    repairable = [row for row in of_it if row.answer is Answer.REPAIR]
    asked = [row for row in of_it if row.answer is not Answer.REPAIR]
    return Score(
        name=str(kind),
        expected=len(of_it),
        got=sum(row.got == kind for row in rows),
        right=sum(row.got == kind for row in of_it),
        repairable=len(repairable),
        first=sum(row.fixed_at == 1 for row in repairable),
        best=sum(row.fixed_at is not None for row in repairable),
        asked=len(asked),
        asked_rightly=sum(row.proposed for row in asked),
    )


def totals(rows: Sequence[Row]) -> dict[str, int]:
    """Counts over all scenarios; of the twins those that were stopped though nothing was wrong."""
    told = scores(rows)
    unknown = str(FailureClass.UNCLASSIFIED)
    return {
        "scenarios": len(rows),
        "right_stops": sum(row.stopped for row in rows),
        "right_classes": sum(row.expect == row.got for row in rows),
        "unclassified_that_have_a_class": sum(row.got == unknown != row.expect for row in rows),
        "foretold_rightly": sum(row.foretold for row in rows),
        "repairable": sum(score.repairable for score in told),
        "first_held": sum(score.first for score in told),
        f"one_of_{BEST}_held": sum(score.best for score in told),
        "to_be_asked": sum(score.asked for score in told),
        "asked_rightly": sum(score.asked_rightly for score in told),
        "forbidden": sum(row.forbidden for row in rows),
        "false_stops_of_undrifted_twins": sum(not row.twin for row in rows),
        "false_stops_of_control_twins": sum(not row.control for row in rows),
    }


def lines(rows: Sequence[Row]) -> Iterable[str]:
    """The table, for people; then every failure."""
    yield (
        f"{'class':18} {'expected':>8} {'got':>4} {'right':>5} {'precision':>9} {'recall':>6} "
        f"{'to mend':>7} {'first':>5} {'of 3':>4} {'to ask':>6} {'asked':>5}"
    )
    for score in scores(rows):
        yield (
            f"{score.name:18} {score.expected:8} {score.got:4} {score.right:5} "
            f"{score.precision:9.0%} {score.recall:6.0%} "
            f"{score.repairable:7} {score.first:5} {score.best:4} {score.asked:6} {score.asked_rightly:5}"
        )
    mistaken = Counter((row.expect, row.got) for row in rows if row.expect != row.got)
    yield from (f"  {expect} was taken for {got} {count} times" for (expect, got), count in mistaken.items())
    for row in rows:
        yield from (f"  {row.expect}: {row.name}: {line}" for line in dict.fromkeys((*row.tried, *row.wrong)))
    yield ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in totals(rows).items())
