"""Brings the team's database to the schema that this program works with, one numbered step after the other."""

from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from capture.errors import HostError, RefusedError

MIGRATIONS = Path(__file__).parent / "migrations"
"""`NNN_name.sql`, applied once each in the order of their numbers, and never changed after that."""
_LOCK = 125780003414394
"""Of who changes the schema; the one beside it is of who writes rows."""
_BEGIN = """
CREATE SCHEMA IF NOT EXISTS replaybook;
CREATE TABLE IF NOT EXISTS replaybook.migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    applied_by name NOT NULL DEFAULT session_user,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

Connection = psycopg.Connection[tuple[Any, ...]]


class Migration(NamedTuple):
    """One step."""

    number: int
    name: str
    text: str
    """SQL."""


def migrations(folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    """The steps of this program, in their order."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        number, _, name = path.stem.partition("_")
        found.append(Migration(int(number), name, path.read_text(encoding="utf-8")))
    return tuple(found)


def schema_version(connection: Connection) -> int:
    """The number of the last step that the database has seen; 0 for none."""
    # A look by `to_regclass` may not see what another program has made since this transaction began.
    if _one(connection, "SELECT count(*) FROM pg_tables WHERE schemaname = 'replaybook' AND tablename = 'migrations'"):
        return int(_one(connection, "SELECT coalesce(max(number), 0) FROM replaybook.migrations"))
    return 0


def migrate(connection: Connection, steps: tuple[Migration, ...] | None = None) -> None:
    """Apply what is missing, each step in a transaction of its own, one program at a time.

    Args:
        connection: In autocommit.
        steps: All that there are; None: this program's.

    Raises:
        RefusedError: The schema is of a newer program, or this role may not change it.
        HostError: The database can't hold all text.
    """
    steps = migrations() if steps is None else steps
    newest = steps[-1].number if steps else 0
    try:
        version = schema_version(connection)
    except psycopg.errors.InsufficientPrivilege as error:
        role = connection.info.user
        raise RefusedError(
            f"the role {role} is nobody here; let an admin run: replaybook team admit {role} --as PERSON"
        ) from error
    _refuse_newer(version, newest)
    if version == newest:
        return
    _check_encoding(connection)
    for step in steps[version:]:
        try:
            with connection.transaction():
                _apply(connection, step)
        except psycopg.errors.InsufficientPrivilege as error:
            raise RefusedError(
                f"the team catalog's schema is {version} and this program wants {newest}, but the role "
                f"{connection.info.user} may not change it; have the database's owner open it once with this version"
            ) from error
    if _one(connection, "SELECT to_regproc('replaybook.open_to_all') IS NOT NULL"):
        # Tables that are new are there for those who were admitted before.
        connection.execute("SELECT replaybook.open_to_all()")


def _apply(connection: Connection, step: Migration) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    # Another program may have done it while we waited.
    if schema_version(connection) >= step.number:
        return
    if step.number == 1:
        connection.execute(_BEGIN)
    connection.execute(step.text.encode())
    connection.execute("INSERT INTO replaybook.migrations (number, name) VALUES (%s, %s)", (step.number, step.name))


def _refuse_newer(version: int, newest: int) -> None:
    if version > newest:
        raise RefusedError(
            f"the team catalog's schema is {version}, and this program knows up to {newest}; "
            "update it: pip install --upgrade 'replaybook[team]'"
        )


def _check_encoding(connection: Connection) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise HostError(
            f"the database {connection.info.dbname} is encoded in {encoding}, which can't hold all text; "
            "make one with: createdb --encoding UTF8 --template template0 NAME"
        )


def _one(connection: Connection, query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None
