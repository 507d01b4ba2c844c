"""What the catalog costs when it has grown: beside stock TinyDB and SQLite, the same rows on the same disk."""

import json
import re
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
STOCK_SEARCHES, SEARCHES = 3, 20
INSERT_GOAL_MS, OPEN_GOAL_S, LOOK_UP_GOAL_MS, SEARCH_GOAL_MS = 2.0, 0.6, 0.1, 100
TEXT, HOLDING = "RELEASE@17 ", RUNS // 40
"""What is searched for, and how many runs of the first have it in their name."""

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


def stock(path: Path) -> tuple[float, float, float, float]:
    """Milliseconds to open stock TinyDB, to insert (95th percentile, never synced), to look up and to search."""
    opened = TinyDB(path)
    open_ms = took(lambda: len(opened.table("runs")))
    inserts = [took(partial(opened.table("runs").insert, msgspec.to_builtins(row(n)))) for n in range(STOCK_INSERTS)]
    look_ups = [took(lambda: opened.table("runs").get(Query().id == row(RUNS // 2).id)) for _ in range(STOCK_LOOK_UPS)]
    held = Query().name.search(TEXT, flags=re.IGNORECASE) | Query().goal.search(TEXT, flags=re.IGNORECASE)

    def search() -> None:
        assert len(opened.table("runs").search(held)) == HOLDING

    searches = []
    for _ in range(STOCK_SEARCHES):
        opened.table("runs").clear_cache()
        searches.append(took(search))
    opened.close()
    return open_ms, max(inserts), statistics.median(look_ups), statistics.median(searches)


def sqlite(path: Path) -> tuple[float, float, float, float]:
    """The same of SQLite, synced with each insert."""
    first = sqlite3.connect(path)
    first.executescript(
        "pragma journal_mode=wal; pragma synchronous=full; create table runs (id primary key, row, name, goal)"
    )
    first.executemany("insert into runs values (?, ?, ?, ?)", (columns(row(n)) for n in range(RUNS)))
    first.commit()
    first.close()
    began = time.perf_counter()
    connection = sqlite3.connect(path)
    connection.execute("select count(*) from runs").fetchone()
    open_ms = (time.perf_counter() - began) * 1000
    connection.execute("pragma synchronous=full")

    def insert(number: int) -> None:
        connection.execute("insert into runs values (?, ?, ?, ?)", columns(row(number)))
        connection.commit()

    def look_up(number: int) -> None:
        found = connection.execute("select row from runs where id = ?", (row(number).id,)).fetchone()
        msgspec.json.decode(found[0], type=RunRow)

    def search() -> None:
        query = "select row from runs where name like ? or goal like ? order by id"
        found = connection.execute(query, (f"%{TEXT}%",) * 2).fetchall()
        assert len([msgspec.json.decode(one, type=RunRow) for (one,) in found]) == HOLDING

    searches = [took(search) for _ in range(SEARCHES)]
    inserts = [took(partial(insert, RUNS + n)) for n in range(INSERTS)]
    look_ups = [took(partial(look_up, n * 97 % RUNS)) for n in range(LOOK_UPS)]
    connection.close()
    return open_ms, p95(inserts), statistics.median(look_ups), statistics.median(searches)


def columns(one: RunRow) -> tuple[object, ...]:
    """What SQLite gets of a row: what is searched stands beside it."""
    return one.id, msgspec.json.encode(one), one.name, one.goal


def searched(catalog: TinyCatalog, text: str, count: int) -> float:
    """Milliseconds until the rows with a text are there."""
    found: list[RunRow] = []
    milliseconds = took(lambda: found.extend(catalog.matching(RunRow, text)))
    assert len(found) == count
    return milliseconds


def test_a_hundred_thousand_runs(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    filled(path)
    stock_open, stock_insert, stock_look_up, stock_search = stock(path)
    path.unlink()
    filled(path)
    sqlite_open, sqlite_insert, sqlite_look_up, sqlite_search = sqlite(tmp_path / "catalog.db")
    catalog = TinyCatalog(path)
    open_ms = took(catalog.check)
    searches = [searched(catalog, TEXT, HOLDING) for _ in range(SEARCHES)]
    every = searched(catalog, "BUNDLE", RUNS)
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
    first, search = searches[0], statistics.median(searches[1:])
    report(
        Figure(
            what=f"catalog of {RUNS:,} runs: the {HOLDING:,} with a text in name or goal, once it is open",
            goal=f"≤ {SEARCH_GOAL_MS} ms",
            ours=f"{search:.0f} ms, the first time {first:.0f} ms; a text that all have {every:.0f} ms",
            peers=f"SQLite {sqlite_search:.0f} ms, stock TinyDB {stock_search:.0f} ms",
            met=max(first, search) <= SEARCH_GOAL_MS,
        )
    )
