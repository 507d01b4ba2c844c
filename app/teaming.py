"""What a person says of their team in one line, on the command line and on the screen."""

import shlex
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from capture.printable import printable

if TYPE_CHECKING:
    from replay.team.people import Roster
    from replay.team.shared import TeamStanding

FORMS = """\b
who                        who is in the team, and what it asks for
admit ROLE --as PERSON     let a role of the server sign as a person (--admin: and admit others)
dismiss ROLE               let it do nothing any more; its decisions stay
require promotion|review N ask for the yes of N people beside who made a version or
                           proposed a repair; 0 asks for none"""
"""The lines that there are."""


class Teaming(Protocol):
    """What the screen asks of the team; each call may block."""

    def team(self) -> "TeamStanding | None":
        """How this home stands with its team, once what others have done is here; None: it has none."""
        ...

    def team_roster(self) -> "Roster":
        """Who is in it, and what it asks for."""
        ...

    def team_admit(self, role: str, person: str, *, admin: bool = False) -> "Roster":
        """Let a role sign as a person."""
        ...

    def team_dismiss(self, role: str) -> "Roster":
        """Let a role do nothing any more."""
        ...

    def team_require(self, rule: str, others: int) -> "Roster":
        """Ask for the yes of others."""
        ...


Wish = Callable[[Teaming], "Roster"]
_SHAPE = "write who, admit ROLE --as PERSON, dismiss ROLE, or require promotion|review N"


def typed_wish(line: str) -> Wish | str:
    """What a line asks for; text: what is wrong with it.

    Args:
        line: As it was typed; nothing asks who is there.
    """
    try:
        return wish(shlex.split(line))
    except ValueError as error:
        return f"{error}; {_SHAPE}"


def wish(words: Sequence[str]) -> Wish | str:
    """What words ask for; text: what is wrong with them."""
    match [word for word in words if word != "--admin"], "--admin" in words:
        case ([] | ["who"], False):
            return lambda core: core.team_roster()
        case (["admit", role, "--as", person] | ["admit", "--as", person, role], admin):
            return partial(_admit, role=role, person=person, admin=admin)
        case (["dismiss", role], False):
            return lambda core: core.team_dismiss(role)
        case (["require", ("promotion" | "review") as rule, number], False) if number.isdecimal():
            return lambda core: core.team_require(rule, int(number))
        case (["admit", role], _):
            return f"{role} must sign as somebody; write admit {role} --as PERSON"
        case _:
            return f"nothing is called {' '.join(words)!r}; {_SHAPE}"


def told(roster: "Roster") -> list[str]:
    """The team for a person."""
    return [printable(line) for line in roster.lines()]


def _admit(core: Teaming, *, role: str, person: str, admin: bool) -> "Roster":
    return core.team_admit(role, person, admin=admin)
