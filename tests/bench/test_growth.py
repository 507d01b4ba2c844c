"""What costs how much more once there is ten times the data: at most as much more as there is data.

`pytest tests/bench/test_growth.py --bench --readme -p no:randomly` draws `screenshots/growth.svg` anew. Processor time
counts where this process does the work or starts who does it; what hosts and screens do that live on counts as time
that goes by. Rows of the README's figures that can't be measured with ten times the data are in `growing/rows.py`, with
the reason.
"""

import json
import sys
from dataclasses import asdict

import pytest

from tests.bench.figures import BEGIN, END, ROOT, Figure, report
from tests.bench.growing import library, recording, replaying, rows, screens
from tests.bench.growing.values import Cost, Kind
from tests.bench.growth import LIMIT, Growth, drawn

PICTURE = ROOT / "screenshots" / "growth.svg"
TIMES = (1, 3, 10)
"""As much data as these, each."""
KINDS: tuple[Kind, ...] = (*library.KINDS, *replaying.KINDS, *recording.KINDS, *screens.KINDS)
GROWTHS = {growth for told in rows.OF.values() if isinstance(told, tuple) for growth in told}
measured: list[Growth] = []


def test_each_figure_of_the_readme_has_a_growth_or_a_reason() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    names = [line.removeprefix("| ").split(" | ")[0] for line in table.splitlines()[2:]]
    assert [name for name in names if not name.startswith(tuple(rows.OF))] == []
    assert [row for row in rows.OF if not any(name.startswith(row) for name in names)] == []


@pytest.mark.bench
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_it_grows_no_faster_than_its_data(kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> None:
    costs: list[list[Cost]] = [[*kind(tmp_path_factory.mktemp(kind.__name__), times)] for times in TIMES]
    grown = [
        Growth(each[0].what, each[0].unit, tuple(one.size for one in each), tuple(one.cost for one in each))
        for each in zip(*costs, strict=True)
    ]
    measured.extend(grown)
    for one in grown:
        sys.stdout.write(f"\n{json.dumps(asdict(one))}\n{one.what}: {one.spoken} ({one.exponent:.2f})\n")
    steepest = max(grown, key=lambda one: one.exponent)
    assert steepest.exponent <= LIMIT, f"{steepest.what}: {steepest.spoken}, {steepest.exponent:.2f}"


@pytest.mark.bench
def test_all_of_them(pytestconfig: pytest.Config) -> None:
    assert {one.what for one in measured} >= GROWTHS
    steepest = max(measured, key=lambda one: one.exponent)
    report(
        Figure(
            what=f"growth with 10 times the data, the steepest of {len(measured)}",
            goal=f"at most linear: an exponent ≤ 1, measured ≤ {LIMIT}",
            ours=f"{steepest.exponent:.2f}: {steepest.what}",
            peers="each of them in `screenshots/growth.svg`",
            met=steepest.exponent <= LIMIT,
        )
    )
    if pytestconfig.getoption("--readme"):
        PICTURE.write_text(drawn(measured), encoding="utf-8")
