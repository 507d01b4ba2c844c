"""The team: who is in it, and what it asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.core.auditing import Auditing
from app.teams import VARIABLE, team_address
from capture.errors import BadInputError

if TYPE_CHECKING:
    from replay.team.people import Roster
    from replay.team.server import Team


class Belonging(Auditing):
    """What can be done with a team's members and rules."""

    def team_roster(self) -> "Roster":
        """Who is in the team and what it asks for; the first one who asks makes its tables.

        Raises:
            BadInputError: There is no team.
        """
        with self._team() as team:
            return team.people.roster()

    def team_admit(self, role: str, person: str, *, admin: bool = False) -> "Roster":
        """Let a role of the server sign as a person from now on.

        Raises:
            RefusedError: This person is no admin, there is no such role, or it or the name is taken.
        """
        with self._team() as team:
            team.people.admit(role, person, admin=admin)
            return team.people.roster()

    def team_dismiss(self, role: str) -> "Roster":
        """Let a role do nothing any more; what was decided by it stays.

        Raises:
            RefusedError: This person is no admin, or the role is nobody.
        """
        with self._team() as team:
            team.people.dismiss(role)
            return team.people.roster()

    def team_require(self, rule: str, others: int) -> "Roster":
        """Ask for the yes of so many people beside who made it, before a promotion or an approval counts.

        Raises:
            RefusedError: This person is no admin.
        """
        with self._team() as team:
            team.people.require(rule, others)
            return team.people.roster()

    @contextmanager
    def _team(self) -> Iterator["Team"]:
        address = team_address()
        if address is None:
            raise BadInputError(f"no team's server is named; set {VARIABLE}=postgresql://USER@HOST/DATABASE")
        from replay.team.server import Team  # noqa: PLC0415 - most homes have no team

        team = Team(address, home=self.home.path, clock=self.clock)
        try:
            yield team
        finally:
            team.close()
