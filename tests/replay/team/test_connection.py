import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from capture.errors import BadInputError, HostError, RefusedError
from replay.library.rows import RunRow
from replay.team.connection import InDoubtError, ServerAwayError, Statement
from replay.team.server import Team
from replay.team.session import completed
from tests.postgres import Server
from tests.replay.library.samples import run_row
from tests.replay.team.wire import Cut, Wire, wired

ADD = Statement("UPDATE counter SET n = n + 1 RETURNING n")
COUNT = Statement("SELECT n FROM counter")


@pytest.fixture(scope="module")
def database(postgres: Server) -> str:
    name = str(conninfo_to_dict(postgres.database())["dbname"])
    with psycopg.connect(postgres.dsn(name)) as connection:
        connection.execute("CREATE TABLE counter (n integer)")
    return name


@pytest.fixture
def wire(postgres: Server, database: str) -> Iterator[Wire]:
    with psycopg.connect(postgres.dsn(database)) as connection:
        connection.execute("DELETE FROM counter")
        connection.execute("INSERT INTO counter VALUES (0)")
        connection.execute("DELETE FROM replaybook.runs")
    with wired(postgres.folder / ".s.PGSQL.5432") as found:
        yield found


@pytest.fixture
def through(wire: Wire, database: str) -> Iterator[Team]:
    """The team's database, at the end of the wire."""
    found = Team(f"postgresql://owner@127.0.0.1:{wire.port}/{database}?sslmode=disable&gssencmode=disable")
    yield found
    found.close()


def add(team: Team) -> None:
    team.connections.write(ADD)


def add_in_a_transaction(team: Team) -> None:
    with team.connections.transaction():
        team.connections.write(ADD)


def change_much(team: Team) -> None:
    with team.connections.transaction():
        team.catalog.put(run_row())
        team.connections.write(ADD)
        team.connections.read(COUNT)


@pytest.mark.parametrize("cut", Cut)
def test_a_write_whose_connection_was_cut_is_done_once(wire: Wire, through: Team, cut: Cut) -> None:
    wire.cut(cut, b"UPDATE counter")
    returned = through.connections.write(ADD)
    assert not wire.is_armed
    assert returned == (None if cut is Cut.AFTER else [(1,)])
    assert through.connections.read(COUNT) == [(1,)]
    assert through.connections.away_since is None


@pytest.mark.parametrize("cut", Cut)
def test_several_writes_that_belong_together_are_done_once(wire: Wire, through: Team, cut: Cut) -> None:
    wire.cut(cut, b"COMMIT")
    through.connections.write(ADD, ADD)
    assert not wire.is_armed
    assert through.connections.read(COUNT) == [(2,)]


@pytest.mark.parametrize("cut", Cut)
def test_a_read_is_asked_again(wire: Wire, through: Team, cut: Cut) -> None:
    wire.cut(cut, b"SELECT n")
    assert through.connections.read(COUNT) == [(0,)]
    assert not wire.is_armed


@pytest.mark.parametrize("cut", Cut)
def test_a_transaction_begins_again_when_nothing_of_it_has_happened(wire: Wire, through: Team, cut: Cut) -> None:
    wire.cut(cut, b"BEGIN")
    add_in_a_transaction(through)
    assert not wire.is_armed
    assert through.connections.read(COUNT) == [(1,)]


@pytest.mark.parametrize("cut", Cut)
@pytest.mark.parametrize("where", [b"UPDATE counter", b"SELECT n"])
def test_a_transaction_that_is_cut_tells_and_leaves_nothing(wire: Wire, through: Team, cut: Cut, where: bytes) -> None:
    through.connections.read(COUNT)
    wire.cut(cut, where)
    with pytest.raises(ServerAwayError, match=r"127.0.0.1:\d+/team_.* went away .* not kept; try again"):
        change_much(through)
    assert through.connections.read(COUNT) == [(0,)]
    assert through.catalog.find(RunRow) == ()
    assert not through.connections.within


def test_a_transaction_whose_commit_was_not_answered_is_known_to_be_kept(wire: Wire, through: Team) -> None:
    wire.cut(Cut.AFTER, b"COMMIT")
    add_in_a_transaction(through)
    assert not wire.is_armed
    assert through.connections.read(COUNT) == [(1,)]


def test_a_transaction_whose_commit_was_not_heard_is_known_to_be_lost(wire: Wire, through: Team) -> None:
    wire.cut(Cut.BEFORE, b"COMMIT")
    with pytest.raises(ServerAwayError, match="not kept") as lost:
        add_in_a_transaction(through)
    assert not isinstance(lost.value, InDoubtError)
    assert through.connections.read(COUNT) == [(0,)]


def test_one_that_only_read_has_nothing_to_lose(wire: Wire, through: Team) -> None:
    wire.cut(Cut.BEFORE, b"COMMIT")
    with through.connections.transaction():
        assert through.connections.read(COUNT) == [(0,)]
    assert not wire.is_armed


@pytest.mark.parametrize(("change", "words"), [(add, b"UPDATE counter"), (add_in_a_transaction, b"COMMIT")])
def test_where_nobody_can_tell_any_more_the_doubt_is_told(
    wire: Wire, through: Team, monkeypatch: pytest.MonkeyPatch, change: Callable[[Team], None], words: bytes
) -> None:
    monkeypatch.setattr(through.connections, "_patience_s", 0.1)
    through.connections.read(COUNT)
    wire.cut(Cut.AFTER, words, for_good=True)
    with pytest.raises(InDoubtError, match="just as this was being kept; look whether it was"):
        change(through)
    since = through.connections.away_since
    assert since is not None
    # Nothing of this one was ever sent: there is no doubt, and no waiting.
    with pytest.raises(ServerAwayError, match="can't be reached") as away:
        through.connections.write(ADD)
    assert not isinstance(away.value, InDoubtError)
    assert through.connections.away_since == since


def test_a_server_that_was_started_again_is_found_again(postgres: Server, database: str) -> None:
    team = Team(postgres.dsn(database), patience_s=0.0)
    team.catalog.remove(RunRow, "run-1")
    team.catalog.put(run_row(id="kept"))

    def cut_short() -> None:
        with team.catalog.transaction():
            team.catalog.put(run_row(id="lost"))
            postgres.kill()
            team.catalog.put(run_row(id="lost too"))

    with pytest.raises(ServerAwayError, match="went away"):
        cut_short()
    with pytest.raises(ServerAwayError, match="can't be reached"):
        team.catalog.find(RunRow)
    postgres.start()
    assert team.catalog.find(RunRow) == (run_row(id="kept"),)
    assert team.connections.away_since is None
    team.close()


def test_what_was_refused_inside_leaves_nothing_even_if_nobody_minds(team: Team) -> None:
    def carry_on() -> None:
        with team.catalog.transaction():
            team.catalog.put(run_row())
            with pytest.raises(HostError, match=r"could not do it: column \"nothing\" does not exist"):
                team.connections.read(Statement("SELECT nothing"))

    with pytest.raises(HostError, match="a part of this change was refused"):
        carry_on()
    assert team.catalog.find(RunRow) == ()
    assert team.catalog.get(RunRow, "run-1") is None


def test_a_lock_that_is_never_free_is_told(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay.team.connection.SETTINGS", "SET lock_timeout = '20ms'")
    said: list[str] = []

    def other() -> None:
        for attempt in (team.catalog.put, lambda _: team.catalog.transaction().__enter__()):
            try:
                attempt(run_row())
            except HostError as error:
                said.append(str(error))

    with team.catalog.transaction():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert [line.partition(";")[0] for line in said] == ["the team catalog was held by another writer for 30 s"] * 2


def test_what_a_role_may_not_do_is_refused(team: Team) -> None:
    refusing = Statement("SELECT replaybook.no()")
    team.connections.write(Statement("SELECT 1"))
    connection = team.connections.open()
    connection.execute(
        "CREATE FUNCTION replaybook.no() RETURNS void LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'nobody promotes for another' USING ERRCODE = 'insufficient_privilege'; END $$"
    )
    connection.close()
    with pytest.raises(RefusedError, match="the team catalog refuses it: nobody promotes for another"):
        team.connections.write(refusing)


def test_a_child_leaves_its_parents_connections_alone(team: Team) -> None:
    team.catalog.put(run_row())
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, str(len(team.catalog.find(RunRow))).encode())
        os._exit(0)
    assert os.read(read, 9) == b"1"
    os.waitpid(child, 0)
    os.close(read)
    os.close(write)
    assert team.catalog.find(RunRow) == (run_row(),)


def test_what_an_address_says_counts_more_than_what_the_program_wants() -> None:
    said = conninfo_to_dict(completed({"host": "db", "connect_timeout": "9"}))
    assert (said["connect_timeout"], said["keepalives_idle"], said["client_encoding"]) == ("9", "10", "utf8")


def test_without_what_speaks_to_it_one_line_says_what_to_install() -> None:
    hidden = (
        "import importlib.util as u; f = u.find_spec; u.find_spec = lambda n, *a: None if n == 'psycopg' else f(n, *a)"
    )
    code = f"{hidden}\ntry: import replay.team.sides\nexcept Exception as error: print(type(error).__name__, error)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "BadInputError the team catalog needs psycopg; install it with `pip install 'replaybook[team]'`\n"
    )


def test_what_is_no_address_is_told(postgres: Server) -> None:
    with pytest.raises(BadInputError, match=r"no address of a PostgreSQL server .* write postgresql://USER@HOST"):
        Team("postgresql://a b")
    team = Team(postgres.dsn("nowhere", user="owner").replace("owner@", "owner:swordfish@"))
    with pytest.raises(HostError, match=r"can't be opened: .*database \"nowhere\" does not exist") as told:
        team.catalog.find(RunRow)
    assert not isinstance(told.value, ServerAwayError)
    assert "swordfish" not in str(told.value)
