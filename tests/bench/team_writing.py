"""A writer in a process of its own that waits for a word, writes rows one by one, and tells how long it took."""

import sys
import time

import msgspec
import psycopg

from replay.library.rows import RunRow
from replay.team.server import Team
from tests.replay.library.samples import run_row

BARE = "INSERT INTO bare (id, body) VALUES (%s, %s::jsonb) ON CONFLICT (id) DO UPDATE SET body = excluded.body"


def rows(name: str, number: int) -> list[RunRow]:
    """What a writer writes."""
    return [run_row(id=f"{name}-{one}") for one in range(number)]


def by_catalog(dsn: str, written: list[RunRow]) -> None:
    """As the program does it."""
    team = Team(dsn)
    team.catalog.find(RunRow, name="nothing")
    ready()
    for row in written:
        team.catalog.put(row)
    team.close()


def by_psycopg(dsn: str, written: list[RunRow]) -> None:
    """The same rows into a table with nothing on it, each in a transaction of its own."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SELECT 1")
        ready()
        for row in written:
            connection.execute(BARE, (row.id, msgspec.json.encode(row).decode()))


def ready() -> None:
    """Say so, and wait for the others."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def main() -> None:
    dsn, way, name, number = sys.argv[1:]
    (by_catalog if way == "catalog" else by_psycopg)(dsn, rows(name, int(number)))
    sys.stdout.write(f"{time.monotonic()}\n")


if __name__ == "__main__":
    main()
