"""One thing that a key does, and where it can."""

from enum import StrEnum

import msgspec

from app.keys import shown


class Area(StrEnum):
    """Where an action can be used."""

    ANYWHERE = "Anywhere"
    HOME = "Home"
    RECORD = "Record"
    SCROLLBACK = "Looking back"
    """In the shell pane, while keys move through what it has shown."""
    TRACE = "Trace"
    PLAYER = "Player"
    PLAYBOOK = "Playbook"
    EDITOR = "Editor"
    REPLAY = "Replay"
    REVIEW = "Open proposal"
    """On the Replay and Inbox screens while a proposal is open: these keys win over those of the screen."""
    INBOX = "Inbox"
    AUDIT = "Audit"
    DOCTOR = "Doctor"
    SOURCES = "Sources"
    TOOLS = "Tools"
    HISTORY = "History"
    LEDGER = "Saved"
    FIND = "Find"
    COMPARE = "Compare"
    SEARCH = "Search"
    CHECK = "Check"
    FLEETS = "Fleets"
    FLEET = "Fleet"
    JOBS = "Jobs"
    SETTINGS = "Settings"


class Action(msgspec.Struct, frozen=True):
    """One thing that a key does."""

    id: str
    """Stable; what a user's own key map names."""
    key: str
    """As Textual names it; several are split by commas. A person may give it others: `app.keymap`."""
    words: str
    """One or two words, for the footer."""
    areas: tuple[Area, ...]
    """Where it works."""
    tooltip: str
    """One sentence, for help and palette."""
    footer: bool = True
    """Whether the footer shows it."""

    @property
    def method(self) -> str:
        """What Textual calls: the method `action_…` of a screen or of the app."""
        return self.id.replace("-", "_")

    @property
    def shown_key(self) -> str:
        """The key as people write it."""
        return shown(self.key)
