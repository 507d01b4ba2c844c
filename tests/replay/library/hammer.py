"""A writer in a process of its own, for tests that need real ones; `ok ID` means that a write was acknowledged."""

import select
import sys
from itertools import count
from pathlib import Path

from capture.errors import HostError
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


def pairs(catalog: Catalog, name: str) -> None:
    """Insert and count until killed: in transactions and, every third time, by one write; tell what became of each."""
    for number in count():
        rows = [run_row(id=f"{name}-{number}-{half}") for half in "ab"]
        try:
            if number % 3:
                with catalog.transaction():
                    catalog.put(rows[0])
                    counter = catalog.get(VersionRow, COUNTER)
                    catalog.put(version_row(id=COUNTER, steps=counter.steps + 1 if counter else 1))
                    catalog.put(rows[1])
            else:
                catalog.put(*rows, version_row(id=f"{COUNTER}-{name}-{number}"))
            said = "ok"
        except HostError as error:
            said = "doubt" if type(error).__name__ == "InDoubtError" else "no"
            # A server that has gone away takes a moment to come back.
            select.select([], [], [], 0.02)
        sys.stdout.write(f"{said} {name}-{number}\n")
        sys.stdout.flush()


def opened(address: str) -> Catalog:
    """A home's catalog by its path, a team's by its address."""
    if address.startswith("postgresql:"):
        from replay.team.server import Team  # noqa: PLC0415 - only these need it

        return Team(address).catalog
    return TinyCatalog(Path(address))


def main() -> None:
    address, task, argument = sys.argv[1:]
    catalog = opened(address)
    if task == "inserts_folded":
        storage.FOLD_BYTES = 400
    if task == "increments":
        increments(catalog, int(argument))
    elif task == "pairs":
        pairs(catalog, argument)
    else:
        catalog.find(RunRow)
        inserts(catalog, argument)


if __name__ == "__main__":
    main()
