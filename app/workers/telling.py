"""What workers tell the screens that look back: facts in the past tense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from app.core.finding import FoundPlaybooks
    from app.proofreading import Written
    from app.stored import Known, Stored
    from app.widgets.beside import Pair
    from app.widgets.prose import Row
    from capture.tape.presence import Presence
    from capture.trace import Run
    from replay.document import Change
    from replay.finding.deciding import Dispatch
    from replay.governance.rebuilding import Rebuilt
    from replay.history.comparing import Aligned
    from replay.history.comparison import Comparison
    from replay.history.drift import Checked, Watch
    from replay.history.ledger import Ledger
    from replay.history.stability import Stability
    from replay.operations.retention import Retention
    from replay.outcome import Replay
    from replay.playbook import Playbook
    from replay.tools.listing import ListedSection


class Compared(Message):
    """Two runs were held against each other."""

    def __init__(self, comparison: Comparison, aligned: Aligned) -> None:
        """Carry what came of it, and both runs."""
        super().__init__()
        self.comparison, self.aligned = comparison, aligned


class RunMade(Message):
    """A recording was made that nobody typed."""

    def __init__(self, run: Run, *, steps: int, short: bool) -> None:
        """Carry it, how many steps it has, and whether more were wanted."""
        super().__init__()
        self.run, self.steps, self.short = run, steps, short


class Answered(Message):
    """What was asked about has an answer, to be read in peace."""

    def __init__(self, title: str, rows: Sequence[Row]) -> None:
        """Carry it, and what it is about."""
        super().__init__()
        self.title, self.rows = title, rows


class RetentionFound(Message):
    """It was looked which recordings would go."""

    def __init__(self, found: Retention) -> None:
        """Carry them, and why others stay."""
        super().__init__()
        self.found = found


class SecretsRead(Message):
    """The secrets that a version wants were looked for."""

    def __init__(self, ref: str, secrets: Sequence[Known], said: str = "") -> None:
        """Carry where each comes from, and what was done before."""
        super().__init__()
        self.ref, self.secrets, self.said = ref, secrets, said


class PairSeen(Message):
    """A step of one run was put beside the same one of the other."""

    def __init__(self, number: int, pairs: Sequence[Pair]) -> None:
        """Carry which one, counted from 1, and the lines of both."""
        super().__init__()
        self.number, self.pairs = number, pairs


class HistoryRead(Message):
    """The replays of a playbook were read."""

    def __init__(self, replays: Sequence[Replay], stability: Stability) -> None:
        """Carry them, newest first, and what the last of them say."""
        super().__init__()
        self.replays, self.stability = replays, stability


class StabilityRead(Message):
    """What the replays of one version say was read."""

    def __init__(self, version: int, stability: Stability | None) -> None:
        """Carry it; None: that version is gone, or can't be read."""
        super().__init__()
        self.version, self.stability = version, stability


class PlaybooksFound(Message):
    """Playbooks were searched for by a task."""

    def __init__(self, found: FoundPlaybooks) -> None:
        """Carry them."""
        super().__init__()
        self.found = found


class Dispatched(Message):
    """It is known which playbook is to be replayed for a task, or why none is."""

    def __init__(self, dispatch: Dispatch) -> None:
        """Carry the answer."""
        super().__init__()
        self.dispatch = dispatch


class ToolsListed(Message):
    """It is known what carries out tool steps."""

    def __init__(self, sections: Sequence[ListedSection], *, asked: str = "") -> None:
        """Carry it, and who was asked just now."""
        super().__init__()
        self.sections, self.asked = sections, asked


class LedgerRead(Message):
    """What was saved was summed up."""

    def __init__(self, ledger: Ledger) -> None:
        """Carry the sums."""
        super().__init__()
        self.ledger = ledger


class RecordingFound(Message):
    """The recording that a replay is to be held against was found."""

    def __init__(self, run_id: str, replay_id: str) -> None:
        """Carry both."""
        super().__init__()
        self.run_id, self.replay_id = run_id, replay_id


class SessionsRead(Message):
    """The sessions that run now were looked at."""

    def __init__(self, live: Mapping[str, Presence]) -> None:
        """Carry what their hosts say, by run."""
        super().__init__()
        self.live = live


class PlaybookChecked(Message):
    """A drift watch knows of one playbook; nothing of it may be lost."""

    def __init__(self, checked: Checked, *, of: int) -> None:
        """Carry it, and how many there are."""
        super().__init__()
        self.checked, self.of = checked, of


class CheckEnded(Message):
    """A drift watch is over."""

    def __init__(self, watch: Watch) -> None:
        """Carry all that it found."""
        super().__init__()
        self.watch = watch


class CatalogRebuilt(Message):
    """The catalog was made again from the files."""

    def __init__(self, rebuilt: Rebuilt) -> None:
        """Carry what that came to."""
        super().__init__()
        self.rebuilt = rebuilt


class Settled(Message):
    """A person said whether a step happened that a killed replay had left unknown."""

    def __init__(self, replay: Replay) -> None:
        """Carry the replay with it."""
        super().__init__()
        self.replay = replay


class TextRead(Message):
    """The document that is to be edited was read."""

    def __init__(self, ref: str, text: str, playbook: Playbook | None) -> None:
        """Carry it, which version it is, and what it says; None: it is wrong."""
        super().__init__()
        self.ref, self.text, self.playbook = ref, text, playbook


class TextLookedOver(Message):
    """What a person has written so far was looked over."""

    def __init__(self, number: int, written: Written, lines: tuple[int, ...], *, took_s: float = 0.0) -> None:
        """Carry what of it holds.

        Args:
            number: Of the text, as it was given to be looked over.
            written: What it says, or where it is wrong.
            lines: Where its steps begin.
            took_s: How long it took, in seconds.
        """
        super().__init__()
        self.took_s = took_s
        self.number, self.written, self.lines = number, written, lines


class TextSaved(Message):
    """What a person wrote is a version now."""

    def __init__(self, stored: Stored) -> None:
        """Carry it."""
        super().__init__()
        self.stored = stored


class TextNotSaved(Message):
    """What a person wrote in their own editor does not hold."""

    def __init__(self, ref: str, text: str) -> None:
        """Carry it, and what it began as."""
        super().__init__()
        self.ref, self.text = ref, text


class VersionChanges(Message):
    """A version was held against the one that it was made of."""

    def __init__(self, ref: str, base: str, changes: Sequence[Change]) -> None:
        """Carry what it changed."""
        super().__init__()
        self.ref, self.base, self.changes = ref, base, changes

    def can_replace(self, message: Message) -> bool:
        """The last one is enough."""
        return isinstance(message, VersionChanges)


class RunsJoined(Message):
    """There is a recording of several."""

    def __init__(self, run_id: str) -> None:
        """Carry its id."""
        super().__init__()
        self.run_id = run_id
