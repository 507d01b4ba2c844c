import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from capture.errors import HostError, RefusedError
from replay.library.rows import ROW_TYPES
from replay.team.migrating import Connection, Migration, migrate, migrations, schema_version
from tests.postgres import Server

STEPS = (
    Migration(1, "one", "CREATE TABLE replaybook.one (n integer)"),
    Migration(2, "two", "ALTER TABLE replaybook.one ADD COLUMN m integer"),
)


@contextmanager
def empty(server: Server, name: str, options: str = "") -> Iterator[str]:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL(f"CREATE DATABASE {{}} {options}").format(sql.Identifier(name)))
        yield server.dsn(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def opened(dsn: str) -> Connection:
    return psycopg.connect(dsn, autocommit=True)


def test_the_steps_are_numbered_without_a_gap() -> None:
    assert [step.number for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_there_is_a_table_for_each_kind_of_row(postgres: Server) -> None:
    with opened(postgres.database()) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'replaybook'").fetchall()
        assert {kind.TABLE for kind in ROW_TYPES} <= {name for (name,) in found}
        assert schema_version(connection) == len(migrations())


def test_programs_that_begin_together_do_each_step_once(postgres: Server) -> None:
    with empty(postgres, "together") as dsn:
        connections = [opened(dsn) for _ in range(3)]
        threads = [threading.Thread(target=migrate, args=(one, STEPS)) for one in connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        migrate(connections[0], STEPS)
        applied = connections[0].execute("SELECT number, name FROM replaybook.migrations ORDER BY number").fetchall()
        assert applied == [(1, "one"), (2, "two")]
        for one in connections:
            one.close()


def test_a_step_that_fails_leaves_nothing_of_itself(postgres: Server) -> None:
    torn = Migration(2, "torn", "CREATE TABLE replaybook.half (n integer); SELECT 1 / 0")
    with empty(postgres, "torn") as dsn, opened(dsn) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            migrate(connection, (STEPS[0], torn))
        assert schema_version(connection) == 1
        migrate(connection, STEPS)
        assert schema_version(connection) == 2
        connection.close()


def test_the_schema_of_a_newer_program_is_refused(postgres: Server) -> None:
    with opened(postgres.database()) as connection:
        connection.execute("INSERT INTO replaybook.migrations (number, name) VALUES (900, 'later')")
        with pytest.raises(RefusedError, match=r"schema is 900, and this program knows up to .*; update it") as told:
            migrate(connection)
        assert "\n" not in str(told.value)


def test_who_may_not_change_the_schema_is_told_who_may(postgres: Server) -> None:
    with empty(postgres, "guarded") as dsn, opened(dsn) as connection:
        migrate(connection, STEPS[:1])
        connection.execute("CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA replaybook TO guest")
        connection.execute("GRANT SELECT ON replaybook.migrations TO guest")
        with opened(postgres.dsn("guarded", user="guest")) as guest:
            migrate(guest, STEPS[:1])
            with pytest.raises(RefusedError, match="schema is 1 and this program wants 2, but the role guest may not"):
                migrate(guest, STEPS)
        connection.execute("DROP OWNED BY guest; DROP ROLE guest")
        connection.close()


def test_a_database_that_can_t_hold_all_text_is_refused(postgres: Server) -> None:
    with (
        empty(postgres, "narrow", "ENCODING 'SQL_ASCII' TEMPLATE template0") as dsn,
        opened(dsn) as connection,
        pytest.raises(HostError, match="encoded in SQL_ASCII, which can't hold all text; make one with: createdb"),
    ):
        migrate(connection)
