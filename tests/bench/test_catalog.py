"""What the catalog costs when it has grown: beside stock TinyDB and SQLite, the same rows on the same disk."""

import json
import sqlite3
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest
from tinydb import Query, TinyDB

from capture.trace import RunStatus
from replay.library.catalog import TinyCatalog
from replay.library.rows import RunRow
from tests.bench.figures import Figure, report

RUNS, INSERTS, LOOK_UPS = 100_000, 1_000, 1_000
STOCK_INSERTS, STOCK_LOOK_UPS = 3, 5
"""Stock TinyDB goes through all documents for each."""
INSERT_GOAL_MS, OPEN_GOAL_S, LOOK_UP_GOAL_MS = 2.0, 0.6, 0.1

pytestmark = pytest.mark.bench


def row(number: int) -> RunRow:
    return RunRow(
        id=f"20261122-120000-{number:06}",
        name=f"release@{number % 40} strict",
        goal="bundle the site and release it",
        status=RunStatus.SUCCESS,
        started_at="2026-11-22T12:00:00.000000Z",
        ended_at="2026-11-22T12:00:03.250000Z",
        replay_id=f"p-20261122-120000-{number:06}",
    )


def took(what: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    what()
    return (time.perf_counter() - began) * 1000


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def filled(path: Path) -> TinyCatalog:
    catalog = TinyCatalog(path)
    catalog.put(*map(row, range(RUNS)))
    return catalog


def stock(path: Path) -> tuple[float, float, float]:
    """Milliseconds to open it, to insert (95th percentile, never synced) and to look up, of stock TinyDB."""
    opened = TinyDB(path)
    open_ms = took(lambda: len(opened.table("runs")))
    inserts = [took(partial(opened.table("runs").insert, msgspec.to_builtins(row(n)))) for n in range(STOCK_INSERTS)]
    look_ups = [took(lambda: opened.table("runs").get(Query().id == row(RUNS // 2).id)) for _ in range(STOCK_LOOK_UPS)]
    opened.close()
    return open_ms, max(inserts), statistics.median(look_ups)


def sqlite(path: Path) -> tuple[float, float, float]:
    """The same of SQLite, synced with each insert."""
    first = sqlite3.connect(path)
    first.executescript("pragma journal_mode=wal; pragma synchronous=full; create table runs (id primary key, row)")
    first.executemany("insert into runs values (?, ?)", ((row(n).id, msgspec.json.encode(row(n))) for n in range(RUNS)))
    first.commit()
    first.close()
    began = time.perf_counter()
    connection = sqlite3.connect(path)
    connection.execute("select count(*) from runs").fetchone()
    open_ms = (time.perf_counter() - began) * 1000
    connection.execute("pragma synchronous=full")

    def insert(number: int) -> None:
        one = row(number)
        connection.execute("insert into runs values (?, ?)", (one.id, msgspec.json.encode(one)))
        connection.commit()

    def look_up(number: int) -> None:
        found = connection.execute("select row from runs where id = ?", (row(number).id,)).fetchone()
        msgspec.json.decode(found[0], type=RunRow)

    inserts = [took(partial(insert, RUNS + n)) for n in range(INSERTS)]
    look_ups = [took(partial(look_up, n * 97 % RUNS)) for n in range(LOOK_UPS)]
    connection.close()
    return open_ms, p95(inserts), statistics.median(look_ups)


def test_a_hundred_thousand_runs(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    filled(path)
    stock_open, stock_insert, stock_look_up = stock(path)
    path.unlink()
    filled(path)
    sqlite_open, sqlite_insert, sqlite_look_up = sqlite(tmp_path / "catalog.db")
    catalog = TinyCatalog(path)
    open_ms = took(catalog.check)
    inserts = [took(partial(catalog.put, row(RUNS + n))) for n in range(INSERTS)]
    look_ups = [took(partial(catalog.get, RunRow, row(n * 97 % RUNS).id)) for n in range(LOOK_UPS)]
    assert len(TinyCatalog(path).find(RunRow)) == RUNS + INSERTS
    assert len(json.loads(path.read_bytes())["runs"]) >= RUNS
    insert, look_up = p95(inserts), statistics.median(look_ups)
    report(
        Figure(
            what=f"catalog of {RUNS:,} runs: insert, synced (p95)",
            goal=f"≤ {INSERT_GOAL_MS:.0f} ms",
            ours=f"{insert:.2f} ms",
            peers=f"SQLite {sqlite_insert:.2f} ms, stock TinyDB (not synced) {stock_insert:.0f} ms",
            met=insert <= INSERT_GOAL_MS,
        )
    )
    report(
        Figure(
            what=f"catalog of {RUNS:,} runs: opened and every row checked",
            goal=f"≤ {OPEN_GOAL_S} s",
            ours=f"{open_ms / 1000:.2f} s",
            peers=f"SQLite (counted) {sqlite_open / 1000:.3f} s, stock TinyDB (counted) {stock_open / 1000:.2f} s",
            met=open_ms <= OPEN_GOAL_S * 1000,
        )
    )
    report(
        Figure(
            what=f"catalog of {RUNS:,} runs: one by its id",
            goal=f"≤ {LOOK_UP_GOAL_MS} ms",
            ours=f"{look_up:.3f} ms",
            peers=f"SQLite {sqlite_look_up:.3f} ms, stock TinyDB {stock_look_up:.0f} ms",
            met=look_up <= LOOK_UP_GOAL_MS,
        )
    )
