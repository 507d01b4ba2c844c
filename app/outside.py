"""What both front ends are told of the sources of repairs outside of this machine."""

import msgspec

from replay.outcome import Usage
from replay.repairs.proposal import Candidate, Repair
from replay.sources.settings import SourceName


class SourceStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How a source stands."""

    source: SourceName
    state: str
    """`off`, `not allowed` or `allowed`."""
    url: str | None = None
    model: str | None = None
    key: str | None = None
    """Where its key would come from; None: it goes without one."""
    problem: str | None = None
    """Why it could not be asked now."""
    digest: str | None = None
    """What a yes is for: the address, the model, and the form of what is sent."""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a made-up failure."""

    source: SourceName
    answered: bool
    candidates: tuple[Candidate, ...] = ()
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()


class AskedAgain(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    repairs: tuple[Repair, ...] = ()
    """New proposals, waiting."""
    notes: tuple[str, ...] = ()
    """Why there are none, or what else is to be known; one line each."""
