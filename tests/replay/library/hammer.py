"""A writer in a process of its own, for tests that need real ones; `ok ID` means that a write was acknowledged."""

import sys
from pathlib import Path

from replay.library import storage
from replay.library.catalog import Catalog, TinyCatalog
from replay.library.rows import RunRow, VersionRow
from tests.replay.library.samples import run_row, version_row

COUNTER = "count"


def increments(catalog: Catalog, times: int) -> None:
    """Raise one shared number: a lost update shows in it."""
    for _ in range(times):
        with catalog.transaction():
            row = catalog.get(VersionRow, COUNTER)
            catalog.put(version_row(id=COUNTER, steps=row.steps + 1 if row else 1))


def inserts(catalog: Catalog, name: str) -> None:
    """Insert until killed, in pairs that belong together."""
    number = 0
    while True:
        with catalog.transaction():
            catalog.put(run_row(id=f"{name}-{number}-a"))
            catalog.put(run_row(id=f"{name}-{number}-b"))
        sys.stdout.write(f"ok {name}-{number}\n")
        sys.stdout.flush()
        number += 1


def main() -> None:
    path, task, argument = sys.argv[1:]
    catalog = TinyCatalog(Path(path))
    if task == "inserts_folded":
        storage.FOLD_BYTES = 400
    if task == "increments":
        increments(catalog, int(argument))
    else:
        catalog.find(RunRow)
        inserts(catalog, argument)


if __name__ == "__main__":
    main()
