"""What is known of a playbook that may be found, and what was found."""

import msgspec

from replay.playbook import Playbook, VersionStatus


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A playbook by the version that counts: the active one, else the newest that is not disabled, else the newest."""

    name: str
    version: int
    digest: str
    status: VersionStatus
    goal: str = ""
    succeeded: int = 0
    """Replays of that version that ran steps and succeeded."""
    tried: int = 0
    """Replays of that version that ran steps and were not cancelled."""

    @property
    def active(self) -> bool:
        """Whether it may be replayed as it is."""
        return self.status is VersionStatus.ACTIVE

    @property
    def ref(self) -> str:
        """`NAME@V`."""
        return f"{self.name}@{self.version}"


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched of a version."""

    steps: str
    """The steps' commands and notes."""
    parameters: str
    """The parameters' names, recorded values and choices."""


def text_of(playbook: Playbook) -> Text:
    """What is searched of a playbook besides its name and goal."""
    steps = (part for step in playbook.steps for part in (step.run, step.note or ""))
    parameters = (
        part for name, one in playbook.parameters.items() for part in (name, one.recorded or "", *one.choices)
    )
    return Text(steps="\n".join(steps), parameters="\n".join(parameters))


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A playbook that was found."""

    standing: Standing
    relevance: float
    """By its words (BM25): 0 or more, comparable within one search only."""
    score: float = 0.0
    """What it is ranked by among those that stand alike: relevance, and how its replays went."""
