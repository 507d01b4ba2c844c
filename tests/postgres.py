"""A real PostgreSQL server for the tests that need one: at most one a worker, on a socket in a folder of its own."""

import itertools
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from capture import processes
from replay.team.server import Team
from tests.forking import STARTED

PATIENCE_S = 60.0
OWNER = "owner"
"""The role that the server and its databases belong to."""
TEMPLATE = "template_team"
"""A database with the newest schema, which others begin as."""
_PORT = 5432
_QUICK = ("fsync=off", "full_page_writes=off")
_SMALL = (
    "listen_addresses=",
    "unix_socket_permissions=0777",
    "max_connections=60",
    "shared_buffers=16MB",
    "autovacuum=off",
    "jit=off",
    "log_min_messages=panic",
)
_numbers = itertools.count(1)


class Server:
    """One server, which can be killed and started again over the same files."""

    def __init__(self, *, synced: bool = False) -> None:
        """Make its files.

        Args:
            synced: It waits for the disk, as a server for people does.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="replaybook-pg-"))
        self._data = self.folder / "data"
        self._options = (*_SMALL, *(() if synced else _QUICK), f"unix_socket_directories={self.folder}")
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            # The server refuses to run as root.
            shutil.chown(self.folder, "postgres", "postgres")
        self.folder.chmod(0o711)
        made = (program("initdb"), "-D", self._data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, user=_user(), group=_user())

    def start(self) -> None:
        """Start it, and wait until it answers."""
        given = [part for option in self._options for part in ("-c", option)]
        give_up = time.monotonic() + PATIENCE_S
        while True:
            # Not interrupted with the tests: they stop it themselves.
            self._process = subprocess.Popen(
                [program("postgres"), "-D", self._data, *given],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self.folder,
                user=_user(),
                group=_user(),
                start_new_session=True,
            )
            while self._process.poll() is None and time.monotonic() < give_up:
                if self._is_ready():
                    STARTED.add(self._process.pid)
                    return
                select.select([], [], [], 0.01)
            # Processes of one that was killed may be a moment behind it.
            assert time.monotonic() < give_up, f"the server in {self.folder} did not start"

    def kill(self) -> None:
        """End it and all its processes at once, as a power cut would."""
        assert self._process is not None
        served = processes.children(self._process.pid)
        # First the one that would start the others again.
        self._end(signal.SIGKILL)
        for pid in served:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """End it, telling its clients."""
        self._end(signal.SIGINT)

    def remove(self) -> None:
        """End it, and leave nothing."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def dsn(self, database: str = "postgres", user: str = OWNER) -> str:
        """The address of a database of it, for a role; the owner is let write what nobody decided."""
        copying = "&options=-c%20replaybook.copying%3Don" if user == OWNER else ""
        return f"postgresql://{user}@/{database}?host={self.folder}&port={_PORT}{copying}"

    def database(self) -> str:
        """The address of a new database with the newest schema in it."""
        name = f"team_{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,)).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
                template = Team(self.dsn(TEMPLATE))
                template.connections.open().close()
            names = sql.Identifier(name), sql.Identifier(TEMPLATE)
            # Copying a few files is quicker than writing each page to the log.
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(*names))
        return self.dsn(name)

    def clients(self, address: str) -> int:
        """How many are still connected to a database of it, whose own end or not."""
        name = str(conninfo_to_dict(address)["dbname"])
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
            [(count,)] = connection.execute(asked, (name,)).fetchall()
        return int(count)

    def _is_ready(self) -> bool:
        try:
            psycopg.connect(self.dsn(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, how: int) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE_S)
            self._process = None


def program(name: str) -> str:
    """Where one of PostgreSQL's programs is; the newest where there are several. Without it the test is skipped."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4].split(".")[0]))
    found = str(kept[-1]) if kept else shutil.which(name)
    if found is None:
        pytest.skip(f"PostgreSQL's {name} is not here; install postgresql")
    return found


def _user() -> str | None:
    return "postgres" if os.geteuid() == 0 else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The worker's server."""
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def team(postgres: Server) -> Iterator[Team]:
    """A team's database with nothing in it but the schema."""
    found = Team(postgres.database())
    yield found
    found.close()
