"""Every failure class, met live: the right stop in the right class, and no stop where nothing that matters changed."""

import json
import sys
from pathlib import Path

import pytest

from replay.outcome import FailureClass
from tests.bench.figures import Figure, report
from tests.replay.scenarios.families import SCENARIOS
from tests.replay.scenarios.playing import Row, missing, play
from tests.replay.scenarios.scenario import Scenario
from tests.replay.scenarios.table import lines, scores, totals

SAMPLE = 3
"""Scenarios that a normal run plays."""
LEAST = 3
"""Scenarios of each class."""


def test_every_class_is_met() -> None:
    played = [scenario.expect for scenario in SCENARIOS]
    assert {kind: played.count(kind) for kind in FailureClass if played.count(kind) < LEAST} == {}


def test_every_scenario_has_its_own_name() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)


@pytest.mark.parametrize("slot", range(SAMPLE))
def test_a_sample_comes_out_right(slot: int, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Another sample with each seed of the run: `-p randomly -p "randomly_seed=N"` plays the same again."""
    scenario = _drawn(slot, int(pytestconfig.getoption("randomly_seed", default=0) or 0))
    sys.stdout.write(f"{scenario.expect}: {scenario.name}\n")
    lacking = missing(scenario)
    if lacking:
        pytest.skip(f"{scenario.name} needs {', '.join(lacking)}")
    assert play(scenario, tmp_path / "s").wrong == [], f"{scenario.expect}: {scenario.name}"


@pytest.mark.bench
def test_all_scenarios(tmp_path: Path) -> None:
    playable = [scenario for scenario in SCENARIOS if not missing(scenario)]
    rows = [play(scenario, tmp_path / str(number)) for number, scenario in enumerate(playable)]
    sys.stdout.write("\n" + "\n".join(lines(rows)) + "\n")
    sys.stdout.write(json.dumps({"classes": [score._asdict() for score in scores(rows)], **totals(rows)}) + "\n")
    report(_figure(rows))
    assert {row.name: row.wrong for row in rows if row.wrong} == {}


def _drawn(slot: int, seed: int) -> Scenario:
    """A scenario for each slot, far apart, so that a sample is of different families."""
    return SCENARIOS[(seed + slot * (len(SCENARIOS) // SAMPLE)) % len(SCENARIOS)]


def _figure(rows: list[Row]) -> Figure:
    told = totals(rows)
    classes = len({row.expect for row in rows})
    false_stops = told["false_stops_of_undrifted_twins"] + told["false_stops_of_control_twins"]
    return Figure(
        what=f"live drifts of {classes} failure classes stopped at the right step, in the right class",
        goal="all",
        ours=f"{told['right_stops']} and {told['right_classes']} of {told['scenarios']}",
        peers=f"false stops of {2 * len(rows)} twins that drifted not at all or beside the point: {false_stops}",
        met=told["right_stops"] == told["right_classes"] == len(rows) and false_stops == 0,
    )
