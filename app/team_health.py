"""What doctor finds of the team's server; nothing where a home has none."""

from contextlib import closing

from app.doctor import Finding, State
from app.teams import chosen
from capture.errors import ReplaybookError
from capture.home import Home

MOST_SKEW_S = 5.0
"""Clocks that are further apart make decisions stand in the log at times that nobody believes."""


def team_findings(home: Home) -> tuple[Finding, ...]:
    """Look at the server, its clock, who one is to it, and whether its log goes on from what this home saw.

    Args:
        home: That saw it last.
    """
    named = chosen(home)
    if named is None:
        return ()
    try:
        from replay.team.looking import look  # noqa: PLC0415 - most homes have no team
        from replay.team.server import Team  # noqa: PLC0415 - as above

        with closing(Team(named.address, home=home.path, patience_s=0)) as team:
            found = look(team)
    except ReplaybookError as error:
        advice = f"{named.by} names it; without it nothing is decided"
        return (Finding(name="team", state=State.DEGRADED, detail=str(error), advice=advice),)
    me = found.roster.me
    said = f"{found.where}, PostgreSQL {found.version}, schema {found.schema}; {named.by} names it"
    return (
        Finding(name="team", state=State.OK, detail=said),
        _clock(found.skew_s),
        _me(me.role, me.person, admin=me.admin),
        _log(found.entries, found.unseen),
    )


def _clock(skew_s: float) -> Finding:
    if abs(skew_s) <= MOST_SKEW_S:
        return Finding(name="team clock", state=State.OK, detail=f"{abs(skew_s):.1f} s from this one")
    which = "ahead of" if skew_s > 0 else "behind"
    advice = "set both by a time server: timedatectl set-ntp true"
    detail = f"{abs(skew_s):.0f} s {which} this one"
    return Finding(name="team clock", state=State.DEGRADED, detail=detail, advice=advice)


def _me(role: str, person: str | None, *, admin: bool) -> Finding:
    if person is None:
        advice = f"let an admin run: replaybook team admit {role} --as PERSON"
        return Finding(name="team person", state=State.DEGRADED, detail=f"the role {role} is nobody", advice=advice)
    detail = f"{person}, by the role {role}{', an admin' if admin else ''}"
    return Finding(name="team person", state=State.OK, detail=detail)


def _log(entries: int | None, unseen: str | None) -> Finding:
    advice = "replaybook audit --verify tells all of it; ask who may write to the database"
    if entries is None:
        return Finding(name="team log", state=State.DEGRADED, detail="its head is gone", advice=advice)
    if unseen is not None:
        return Finding(name="team log", state=State.DEGRADED, detail=unseen, advice=advice)
    return Finding(name="team log", state=State.OK, detail=f"{entries} decisions, and those that this home saw before")
