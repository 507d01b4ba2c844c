"""What the core tells of playbooks and their versions, as Protocols, so that each can be another in a test."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from replay.history.stability import Stability
from replay.history.suspects import Suspect
from replay.playbook import Compilation, Playbook, VersionStatus
from replay.verifying import Verification


class Summary(Protocol):
    """A playbook in a list."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def version(self) -> int:
        """The newest one."""
        ...

    @property
    def status(self) -> VersionStatus:
        """Of the newest version."""
        ...

    @property
    def versions(self) -> tuple[int, ...]:
        """All of them."""
        ...

    @property
    def active(self) -> int | None:
        """The active one."""
        ...

    @property
    def steps(self) -> int:
        """How many."""
        ...

    @property
    def goal(self) -> str | None:
        """What it is for."""
        ...

    @property
    def problem(self) -> str | None:
        """Why its file can't be read at the moment."""
        ...

    @property
    def suspect(self) -> Suspect | None:
        """Why its active version is not to be trusted at the moment."""
        ...

    @property
    def wrong(self) -> str | None:
        """What its active version is repaired for again and again, in a sentence."""
        ...


class Stored(Protocol):
    """One stored version."""

    @property
    def playbook(self) -> Playbook:
        """The document as a value."""
        ...

    @property
    def status(self) -> VersionStatus:
        """Where it stands."""
        ...

    @property
    def digest(self) -> str:
        """Which one exactly."""
        ...

    @property
    def text(self) -> str:
        """The document as people edit it."""
        ...

    @property
    def wants(self) -> str | None:
        """Who must still say yes before it is active, in a clause."""
        ...

    @property
    def compilation(self) -> Compilation | None:
        """The decisions behind it; None for a version that no compile made."""
        ...


class Validation(Protocol):
    """What a validation came to."""

    @property
    def verdict(self) -> str:
        """`green`, `red`, `inconclusive` or `unavailable`."""
        ...

    @property
    def level(self) -> str:
        """`L0` to `L3`."""
        ...

    @property
    def reason(self) -> str:
        """Why, in a sentence."""
        ...

    @property
    def stability(self) -> Stability | None:
        """What several whole replays say together."""
        ...


class Validated(Protocol):
    """A version after its validation."""

    @property
    def status(self) -> VersionStatus:
        """What it is now."""
        ...

    @property
    def validation(self) -> Validation:
        """What it came to."""
        ...

    @property
    def promoted_by(self) -> str | None:
        """What of the user's policy promoted it at once; None: nothing did."""
        ...

    def report(self) -> Sequence[str]:
        """All that it came to, a line each."""
        ...


class Verified(Protocol):
    """A version after it was done again in a shadow."""

    @property
    def base(self) -> str:
        """`NAME@V` of the version that was done again."""
        ...

    @property
    def made(self) -> Stored | None:
        """The new draft; None when nothing was learned."""
        ...

    @property
    def found(self) -> Verification:
        """What was learned."""
        ...


class Updated(Protocol):
    """A version after it was held against a run."""

    @property
    def base(self) -> str:
        """`NAME@V` of the version that was looked at."""
        ...

    @property
    def made(self) -> Stored | None:
        """The new draft; None when every line still matches."""
        ...

    @property
    def changes(self) -> Sequence[str]:
        """A sentence for each change."""
        ...

    @property
    def left(self) -> Sequence[str]:
        """A sentence for each step that was left as it is."""
        ...

    @property
    def diff(self) -> str:
        """Of the document."""
        ...


class Known(Protocol):
    """A secret that a playbook wants."""

    @property
    def name(self) -> str:
        """One of its kind in the playbook, as `PASSWORD_FOR_ADA`."""
        ...

    @property
    def question(self) -> str:
        """What is asked for, as a clause."""
        ...

    @property
    def variable(self) -> str:
        """The environment variable that may hold it."""
        ...

    @property
    def entry(self) -> str:
        """What it is called in a keyring."""
        ...

    @property
    def key(self) -> str:
        """The parameter, or the prompt that it answers."""
        ...

    @property
    def answer(self) -> bool:
        """Whether it answers a prompt, and is no parameter."""
        ...

    @property
    def source(self) -> str | None:
        """Where it would come from now; None: it is asked for."""
        ...


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """A command in a recording."""

    run_id: str
    run: str
    """The recording's name."""
    command: str
    """As typed."""
    step_index: int
    """Counts from 1."""
