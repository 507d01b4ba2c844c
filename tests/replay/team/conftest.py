"""A team of three over one database: each with a role of their own, and psql in their hands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from psycopg import sql

from capture.home import Home
from replay.governance.approvals import Reviews
from replay.governance.audit import AuditLog
from replay.governance.promotion import Promotions
from replay.library.catalog import TinyCatalog
from replay.library.records import repair_records
from replay.library.register import Register
from replay.library.shelf import Shelf
from replay.team.server import Team
from tests.postgres import Server, postgres, team
from tests.replay.governance.conftest import House
from tests.replay.library.samples import Clock

__all__ = ["postgres", "team"]
ROLES = ("ada", "grace", "lin")


@dataclass
class Office:
    """The database, and what each of its people has before them.

    Attributes:
        server: It runs on that.
        address: Of the database, for its owner.
        folder: Their homes share its files.
    """

    server: Server
    address: str
    folder: Path
    clock: Clock = field(default_factory=Clock)
    opened: list[Team] = field(default_factory=list)
    lines: list[psycopg.Connection[tuple[Any, ...]]] = field(default_factory=list)

    @property
    def database(self) -> str:
        """Its name."""
        return self.address.partition("@/")[2].partition("?")[0]

    def team(self, role: str) -> Team:
        """The team as a role sees it."""
        team = Team(self.server.dsn(self.database, role), home=self.folder, clock=self.clock)
        self.opened.append(team)
        return team

    def psql(self, role: str) -> Callable[..., list[tuple[Any, ...]]]:
        """What a role may say in SQL; a list of statements is one transaction."""
        connection = psycopg.connect(self.server.dsn(self.database, role), autocommit=True)
        self.lines.append(connection)

        def say(*statements: str) -> list[tuple[Any, ...]]:
            with connection.transaction():
                for statement in statements:
                    cursor = connection.execute(statement.encode())
                return cursor.fetchall() if cursor.description else []

        return say

    def house(self, role: str) -> House:
        """All that governance moves, as that person's program has it."""
        team, home = self.team(role), Home(self.folder).prepare()
        shelf, audit = Shelf(home), team.audit
        register = Register(team.catalog, shelf, clock=self.clock)
        reviews = Reviews(
            team.catalog,
            repair_records(home),
            audit,
            register=register,
            clock=self.clock,
            asked=lambda one: team.people.review_rules(one.repair_id),
        )
        promotions = Promotions(team.catalog, register, audit, clock=self.clock, lacks=team.people.promotion_lacks)
        # They stand in for those of one home.
        kept, log = cast("TinyCatalog", team.catalog), cast("AuditLog", audit)
        return House(home, self.clock, kept, shelf, register, log, reviews, promotions, actor=role)

    def close(self) -> None:
        for one in self.opened:
            one.close()
        for line in self.lines:
            line.close()


@pytest.fixture
def office(postgres: Server, tmp_path: Path) -> Iterator[Office]:
    found = Office(postgres, postgres.database(), tmp_path / "replaybook")
    with psycopg.connect(found.address, autocommit=True) as owner:
        for role in ROLES:
            if not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                owner.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    Home(found.folder).prepare()
    try:
        chief = found.team("owner")
        for role in ROLES:
            chief.people.admit(role, role)
        yield found
    finally:
        found.close()
