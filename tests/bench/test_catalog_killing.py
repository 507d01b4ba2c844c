"""Kill suite of the catalog, on both: `--bench --kills 1000 -s` for a long night."""

from collections.abc import Callable
from pathlib import Path

import pytest

from replay.library.catalog import TinyCatalog
from replay.team.server import Team
from tests.bench.catalog_killing import Outcome, kill_servers, kill_writers
from tests.bench.figures import Figure, report
from tests.postgres import Server, postgres

__all__ = ["postgres"]
FEW, FEW_OF_SERVERS = 2, 1


def in_a_home(folder: Path, kills: int) -> Outcome:
    path = folder / "catalog.json"
    return kill_writers(str(path), TinyCatalog(path), kills=kills, seed=kills)


def in_a_team(server: Server, kills: int) -> Outcome:
    team = Team(server.database())
    try:
        return kill_writers(team.dsn, team.catalog, kills=kills, seed=kills)
    finally:
        team.close()


def under_a_team(server: Server, kills: int) -> Outcome:
    team = Team(server.database())

    def restart() -> None:
        server.kill()
        server.start()

    try:
        return kill_servers(team.dsn, team.catalog, kills=kills, seed=kills, restart=restart)
    finally:
        team.close()


def told(what: str, kills: int, outcome: Outcome) -> None:
    report(
        Figure(
            what=f"catalog: kept changes lost or doubled when {what} at random moments",
            goal="0",
            ours=f"{len(outcome.lost) + abs(outcome.miscounted)} of {outcome.kept} in {kills} kills",
            peers=f"said not to be kept, and there all the same: {len(outcome.undead)} of {outcome.refused}",
            met=outcome.is_whole,
        )
    )
    assert outcome.is_whole, outcome


def test_a_few_killed_writers_of_a_home(tmp_path: Path) -> None:
    outcome = in_a_home(tmp_path, FEW)
    assert outcome.is_whole, outcome
    assert outcome.kept


@pytest.mark.parametrize(("kill", "kills"), [(in_a_team, FEW), (under_a_team, FEW_OF_SERVERS)])
def test_a_few_kills_around_a_team(postgres: Server, kill: Callable[[Server, int], Outcome], kills: int) -> None:
    outcome = kill(postgres, kills)
    assert outcome.is_whole, outcome
    assert outcome.kept


@pytest.mark.bench
def test_many_kills_lose_nothing(tmp_path: Path, synced: Server, pytestconfig: pytest.Config) -> None:
    kills = int(pytestconfig.getoption("--kills"))
    told("a writer of a home's dies", kills, in_a_home(tmp_path, kills))
    told("a writer of a team's dies", kills, in_a_team(synced, kills))
    told("its server dies", kills, under_a_team(synced, kills))
