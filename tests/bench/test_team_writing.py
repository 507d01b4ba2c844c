"""What a team's catalog takes from eight writers at once, beside bare psycopg on the same server."""

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from replay.library.rows import RunRow
from replay.team.server import Team
from tests.bench.figures import Figure, report
from tests.bench.team_writing import rows
from tests.postgres import Server

ROOT = Path(__file__).parent.parent.parent
WRITERS, EACH, ROUNDS, GOAL = 8, 500, 3, 2000

pytestmark = pytest.mark.bench


def rate(dsn: str, way: str, round_: int) -> float:
    """Writes a second, of all writers together, from the common word to the end of the last."""
    arguments = [sys.executable, "-m", "tests.bench.team_writing", dsn, way]
    writers = [
        subprocess.Popen(
            [*arguments, f"r{round_}w{number}", str(EACH)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for number in range(WRITERS)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    began = time.monotonic()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    ended = [float(writer.communicate()[0]) for writer in writers]
    return WRITERS * EACH / (max(ended) - began)


def test_eight_writers(synced: Server) -> None:
    dsn = synced.database()
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE bare (id text PRIMARY KEY, body jsonb NOT NULL)")
    # In turn, so that what else the machine does meets both; the best of each counts.
    measured = [(rate(dsn, "catalog", number), rate(dsn, "psycopg", number)) for number in range(ROUNDS)]
    ours, bare = map(max, zip(*measured, strict=True))
    team = Team(dsn)
    there = team.catalog.find(RunRow)
    team.close()
    expected = {
        row.id: row
        for round_ in range(ROUNDS)
        for number in range(WRITERS)
        for row in rows(f"r{round_}w{number}", EACH)
    }
    lost = len(expected.keys() - {row.id for row in there})
    doubled = len(there) - len({row.id for row in there})
    assert {row.id: row for row in there} == expected
    report(
        Figure(
            what=f"PostgreSQL catalog, {WRITERS} writers, each write in a transaction of its own and synced",
            goal=f"≥ {GOAL:,} writes a second, 0 lost, 0 doubled",
            ours=f"{ours:,.0f} a second, {lost} lost, {doubled} doubled",
            peers=f"the same rows by bare psycopg, without triggers and tokens: {bare:,.0f}",
            met=ours >= GOAL,
        )
    )
