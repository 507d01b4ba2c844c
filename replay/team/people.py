"""Who is who in a team, and how many must say yes: the database knows, and asks no client."""

import msgspec

from capture.errors import BadInputError
from replay.governance.audit import Action, Recorder
from replay.governance.reviewing import ReviewRules, Signers
from replay.team.connection import Connections, Statement
from replay.team.standing import Admitted

RULES = ("promotion", "review")
"""What others may have to say yes to: a version before it is active, a repair before its approval counts."""
MOST_OTHERS = 99
"""People that a rule may ask for."""

_ALL = "SELECT role, person, admin, admitted_by, admitted_at::text FROM replaybook.people ORDER BY admitted_at, role"
_ME = "SELECT session_user::text, replaybook.known_person(), replaybook.administers()"
_RULES = "SELECT name, others FROM replaybook.rules ORDER BY name"
_OWNER = "SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = 'replaybook'"
_ADMIT = "SELECT replaybook.admit(%s, %s, %s)"
_DISMISS = "SELECT replaybook.dismiss(%s)"
_DEMAND = "SELECT replaybook.demand(%s, %s)"
_LACKS = "SELECT replaybook.promotion_lacks(%s, %s), replaybook.adds_yes(%s, %s)"
_REVIEW = "SELECT replaybook.others('review'), (SELECT recorded_by FROM replaybook.repairs WHERE id = %s)"


class Member(Admitted, frozen=True, kw_only=True):
    """A role of the server, and the person that it signs as."""

    admitted_by: str
    admitted_at: str
    """As the server writes it, UTC."""


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who this session is to the database."""

    role: str
    person: str | None
    """None: nobody, and nothing can be done."""
    admin: bool


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """Who is in a team and what it asks for."""

    me: Me
    members: tuple[Member, ...]
    others: dict[str, int]
    """How many people other than who made it must say yes, by what to; 0: none."""
    server: str = ""
    """`HOST:PORT/NAME`."""
    chosen_by: str = ""
    """What named it: the variable, or the setting with its file and line."""

    def lines(self) -> list[str]:
        """For a person."""
        mine = f"you are {self.me.person}" if self.me.person else "you are nobody here"
        said = [f"{self.server}, named by {self.chosen_by}"] if self.chosen_by else []
        said += [f"{mine}, by the role {self.me.role}{', an admin' if self.me.admin else ''}"]
        said += [f"{one.role} signs as {one.person}{', an admin' if one.admin else ''}" for one in self.members]
        return [*said, *(rule_words(rule, count) for rule, count in self.others.items())]


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """What a promotion wants beside the yes of who asks for it."""

    wants: str
    """Who must say yes as well, in a clause."""
    counts: bool
    """Whether the yes of who asks is one of those, and was not given yet."""


class People:
    """The members of a team and its rules."""

    def __init__(self, connections: Connections, audit: Recorder) -> None:
        self._connections = connections
        self._audit = audit

    def me(self) -> Me:
        """Who this session is."""
        role, person, admin = self._connections.read(Statement(_ME))[0]
        return Me(role=role, person=person, admin=admin)

    def roster(self) -> Roster:
        """Everybody, and the rules."""
        members = tuple(
            Member(role=role, person=person, admin=admin, admitted_by=by, admitted_at=at)
            for role, person, admin, by, at in self._connections.read(Statement(_ALL))
        )
        return Roster(me=self.me(), members=members, others=self.others())

    def others(self) -> dict[str, int]:
        """How many others each rule asks for."""
        return dict(self._connections.read(Statement(_RULES)))

    def owner(self) -> str:
        """The role that the schema belongs to."""
        return str(self._connections.read(Statement(_OWNER))[0][0])

    def admit(self, role: str, person: str, *, admin: bool = False) -> None:
        """Let a role of the server sign as a person from now on.

        Raises:
            RefusedError: This person is no admin, there is no such role, or it or the name is taken.
        """
        if not person.strip():
            raise BadInputError(f"{role} must sign as somebody; give --as PERSON")
        with self._connections.transaction():
            details = {"person": person, "admin": "yes" if admin else "no"}
            self._decide(Action.ADMITTED, role, details)
            self._connections.read(Statement(_ADMIT, (role, person, admin)))

    def dismiss(self, role: str) -> None:
        """Let a role do nothing any more; what its person decided stays, and their open yes counts no longer.

        Raises:
            RefusedError: This person is no admin, or the role is nobody.
        """
        with self._connections.transaction():
            self._decide(Action.DISMISSED, role, {})
            self._connections.read(Statement(_DISMISS, (role,)))

    def require(self, rule: str, others: int) -> None:
        """Ask for the yes of so many people other than who made it; 0 asks for none.

        Raises:
            BadInputError: There is no such rule.
            RefusedError: This person is no admin.
        """
        if rule not in RULES:
            raise BadInputError(f"{rule} is no rule of a team; there are {' and '.join(RULES)}")
        if not 0 <= others <= MOST_OTHERS:
            raise BadInputError(f"{others} others can't be asked for; give a number from 0 to {MOST_OTHERS}")
        with self._connections.transaction():
            self._decide(Action.REQUIRED, rule, {"others": str(others)})
            self._connections.read(Statement(_DEMAND, (rule, others)))

    def promotion_lacks(self, version: str, actor: str) -> Lack | None:
        """What a promotion by somebody still wants; None: nothing.

        Args:
            version: `NAME@V`.
            actor: Who would promote it.
        """
        wants, counts = self._connections.read(Statement(_LACKS, (version, actor, version, actor)))[0]
        return None if wants is None else Lack(wants=wants, counts=counts)

    def review_rules(self, repair_id: str) -> ReviewRules:
        """What the team asks of a review of a repair, beside the policy of the home."""
        count, proposer = self._connections.read(Statement(_REVIEW, (repair_id,)))[0]
        if count == 0:
            return ReviewRules()
        return ReviewRules(signers=Signers(count=count, beside=(proposer,) if proposer else ()))

    def _decide(self, action: Action, subject: str, details: dict[str, str]) -> None:
        me = self.me()
        self._audit.append(actor=me.person or me.role, action=action, subject=subject, details=details)


def rule_words(rule: str, others: int) -> str:
    """What a rule asks for, in a line."""
    what = "a version is active" if rule == "promotion" else "the approval of a repair counts"
    if others == 0:
        return f"{rule}: one person's yes is enough before {what}"
    people = "one person" if others == 1 else f"{others} people"
    return f"{rule}: {people} beside who made it must say yes before {what}"
