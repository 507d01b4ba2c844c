"""The team: who is in it, and what it asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from app.core.auditing import Auditing
from app.teams import WAYS, chosen
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
            return self._roster(team)

    def team_admit(self, role: str, person: str, *, admin: bool = False) -> "Roster":
        """Let a role of the server sign as a person from now on.

        Raises:
            RefusedError: This person is no admin, there is no such role, or it or the name is taken.
        """
        with self._team() as team:
            team.people.admit(role, person, admin=admin)
            return self._roster(team)

    def team_dismiss(self, role: str) -> "Roster":
        """Let a role do nothing any more; what was decided by it stays.

        Raises:
            RefusedError: This person is no admin, or the role is nobody.
        """
        with self._team() as team:
            team.people.dismiss(role)
            return self._roster(team)

    def team_require(self, rule: str, others: int) -> "Roster":
        """Ask for the yes of so many people beside who made it, before a promotion or an approval counts.

        Raises:
            RefusedError: This person is no admin.
        """
        with self._team() as team:
            team.people.require(rule, others)
            return self._roster(team)

    def _roster(self, team: "Team") -> "Roster":
        found = chosen(self.home)
        by = found.by if found and found.address == self.address else ""
        return msgspec.structs.replace(team.people.roster(), server=team.connections.where, chosen_by=by)

    @contextmanager
    def _team(self) -> Iterator["Team"]:
        if self.address is None:
            raise BadInputError(f"no team's server is named; {WAYS}")
        from replay.team.server import Team  # noqa: PLC0415 - most homes have no team

        team = Team(self.address, home=self.home.path, clock=self.clock)
        try:
            yield team
        finally:
            team.close()
