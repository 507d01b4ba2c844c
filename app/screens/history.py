"""History: the replays of a playbook, which of its steps flake, and what they have saved."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from app.actions import Area, bindings
from app.calls import told_command
from app.moments import ago
from app.ports import Core
from app.screens.base import BookScreen
from app.screens.comparing import STATUS_PIECES
from app.screens.incident import ask_incident
from app.screens.listing import MARKED
from app.telling import step_lines, took
from app.widgets.lines import Lines
from app.widgets.proposal import failure_rows
from app.widgets.prose import Piece, Row, Tone, piece, row
from app.widgets.recorded import lasted
from app.widgets.shelf import Shelf
from app.workers.tasks import in_thread
from app.workers.telling import HistoryRead, StabilityRead
from capture.errors import ReplaybookError
from replay.claims import is_open
from replay.history.stability import Stability, StepStability, Verdict
from replay.outcome import Replay, ReplayStatus, StepState

EMPTY = "It was not replayed yet."
NOTHING = "it ran no step: nothing was recorded"
VERDICTS = {
    Verdict.STABLE: Piece("✓ ", Tone.GOOD),
    Verdict.FLAKY: Piece("! ", Tone.WARN),
    Verdict.FAILING: Piece("✗ ", Tone.BAD),
    Verdict.UNREACHED: Piece("· ", Tone.DIM),
}
NOT_DONE = frozenset({StepState.SKIPPED, StepState.NOT_RUN})
MOST_DIFFERING = 6
"""Lines of a difference that are told here; the comparison shows all."""
TWO = 2
"""Runs that compare."""


class HistoryScreen(BookScreen):
    """Replays above, newest first; what the last ones say of each step below."""

    AREA = Area.HISTORY
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.HISTORY)

    def __init__(self, name: str) -> None:
        """Look back.

        Args:
            name: NAME or NAME@V; the list holds the replays of all versions.
        """
        super().__init__()
        self._wanted = name
        self._replays: dict[str, Replay] = {}
        self._marked: tuple[str, ...] = ()
        self._told = ""
        self._stability: dict[int, Stability | None] = {}
        """By version; None: that version is gone, or can't be read."""
        self.replays = Shelf("replay", "when", "came to", "took", "where", empty=EMPTY, id="runs")
        """All of them."""
        self.stability = Lines(id="output")
        """What the one under the cursor came to, and what the last ones of its version say."""

    def compose_body(self) -> Iterator[Widget]:
        """List and steps."""
        yield self.replays
        yield self.stability

    def on_mount(self) -> None:
        """Read."""
        self.replays.border_title, self.stability.border_title = "Replays", "This replay, and its version"
        self.title_bar.place(self._wanted.partition("@")[0])
        self.replays.focus()

    def on_screen_resume(self) -> None:
        """More may have been replayed since."""
        super().on_screen_resume()
        self.action_reload()

    def action_reload(self) -> None:
        """Read everything again."""
        core, ref = self.core, self._wanted
        name = ref.partition("@")[0]
        in_thread(self, lambda: HistoryRead(core.replays(name), core.stability(ref)), group="history")

    def take_news(self) -> None:
        """Read what others have done."""
        self.action_reload()

    @on(HistoryRead)
    def show(self, event: HistoryRead) -> None:
        """Fill list and steps."""
        self._replays = {one.replay_id: one for one in event.replays}
        self._marked = tuple(one for one in self._marked if one in self._replays)
        found = event.stability
        rate = "" if found.pass_rate is None else f"{found.pass_rate:.0%} of {len(found.replays)} passed"
        count = f"{len(self._replays)} replay{'s' if len(self._replays) != 1 else ''}"
        self.title_bar.facts(count, f"v{found.version}", rate)
        self._stability = {found.version: found}
        self._list()
        if not self._replays:
            self.stability.show(stability_rows(found))

    def _list(self) -> None:
        now = self.book.now()
        listed = self._replays.items()
        self.replays.show([(one, _cells(replay, now, marked=one in self._marked)) for one, replay in listed])
        self.replays.border_subtitle = f"{MARKED} {len(self._marked)} marked" if self._marked else ""

    @on(Shelf.Moved)
    def follow(self) -> None:
        """Tell of the replay under the cursor, and of the version that it replayed."""
        replay, core = self._replays.get(self.replays.key or ""), self.core
        if replay is None:
            return
        if replay.version not in self._stability:
            self._stability[replay.version] = None
            version, ref = replay.version, f"{replay.playbook}@{replay.version}"
            in_thread(self, lambda: StabilityRead(version, _stability(core, ref)), group="stability")
        found = self._stability[replay.version]
        said = stability_rows(found) if found else []
        # What is read stays in view when others have replayed it as well.
        stay, self._told = self._told == replay.replay_id, replay.replay_id
        self.stability.show([*replay_rows(replay), *([()] if said else []), *said], stay=stay)

    @on(StabilityRead)
    def note_stability(self, event: StabilityRead) -> None:
        """What the replays of one version say is known."""
        self._stability[event.version] = event.stability
        self.follow()

    @on(Shelf.Chosen)
    def open_chosen(self) -> None:
        """A click opens as enter does."""
        self.action_open()

    def action_open(self) -> None:
        """Open what it recorded."""
        replay = self._replays.get(self.replays.key or "")
        if replay is None:
            return
        if replay.run_id is None:
            self.say(NOTHING, severity="warning")
        else:
            self.book.open_trace(replay.run_id)

    def action_mark(self) -> None:
        """Mark the replay under the cursor, or take the mark away; the two marked last compare."""
        replay = self._replays.get(self.replays.key or "")
        if replay is not None and replay.run_id is None:
            self.say(NOTHING, severity="warning")
        elif self.replays.key is not None:
            others = tuple(one for one in self._marked if one != self.replays.key)
            self._marked = others if len(others) < len(self._marked) else (*others, self.replays.key)[-TWO:]
            self._list()

    def action_compare(self) -> None:
        """Compare the two that are marked, else the one under the cursor with its recording."""
        if len(self._marked) == TWO:
            one, two = sorted(self._marked)
            self.book.open_comparison(one, two)
            return
        if self.replays.key is not None:
            self.compare_with_recording(self.replays.key)

    def action_incident(self) -> None:
        """Write a report of the replay under the cursor."""
        if self.replays.key is not None:
            ask_incident(self, self.replays.key)

    def action_ledger(self) -> None:
        """See what its replays have saved."""
        self.book.open_ledger(self._wanted.partition("@")[0])


def _stability(core: Core, ref: str) -> Stability | None:
    try:
        return core.stability(ref)
    except ReplaybookError:
        return None


def _stands(replay: Replay) -> Piece:
    """How it ended; one whose step waits for a person's word is unknown, whatever stopped it."""
    return STATUS_PIECES[ReplayStatus.UNKNOWN if is_open(replay) else replay.status]


def replay_rows(replay: Replay) -> list[Row]:
    """What one replay came to: how far it went, and what stopped it."""
    ran = [one for one in replay.steps if one.status not in NOT_DONE]
    status = _stands(replay)
    steps = f"{len(ran)} of {len(replay.steps)} steps" if replay.steps else ""
    lasting = "" if replay.duration_ms is None else lasted(replay.duration_ms)
    about = " · ".join(filter(None, (f"v{replay.version} {replay.trial or replay.mode}", steps, lasting)))
    values = ", ".join(f"{name}={value}" for name, value in replay.bindings.items())
    shown: list[Row] = [(status, piece(f"  {about}", Tone.DIM))]
    shown += failure_rows(replay.failure, most=MOST_DIFFERING) if replay.failure else []
    return [*shown, *([(piece("with ", Tone.DIM), piece(values))] if values else [])]


def _cells(replay: Replay, now: datetime, *, marked: bool) -> list[Piece]:
    status = _stands(replay)
    sign, _, words = status.text.partition(" ")
    stopped = f" at step {replay.stopped_at}" if replay.stopped_at else ""
    watched = ", by the watch" if replay.watch else ""
    return [
        Piece(MARKED, Tone.HEAD) if marked else Piece(sign, status.tone),
        piece(f"v{replay.version} {replay.trial or replay.mode}{watched}", Tone.STRONG),
        piece(ago(datetime.fromisoformat(replay.started_at), now) if replay.started_at else ""),
        piece(f"{words}{stopped}"),
        piece("" if replay.duration_ms is None else lasted(replay.duration_ms)),
        piece(f"in a shadow {replay.shadow}" if replay.shadow else replay.workspace, Tone.DIM),
    ]


def stability_rows(found: Stability) -> list[Row]:
    """What the last replays of a version say of each step."""
    ref = f"{found.playbook}@{found.version}"
    shown: list[Row] = [row(f"No replay of {ref} as it is now counts.", Tone.DIM)]
    if found.replays:
        lasting = f", median {took(found.duration)}" if found.duration else ""
        shown = [row(f"{found.passed} of the last {len(found.replays)} replays of {ref} passed{lasting}"), ()]
        for step in found.steps:
            shown += [_step_row(step), *(row(f"    {line}", Tone.DIM) for line in step_lines(step))]
    left = [row(f"left out: {one.replays} {one.reason}", Tone.DIM) for one in found.left_out]
    return [*shown, (), *left] if left else shown


def _step_row(step: StepStability) -> Row:
    taken = step.duration
    lasting = f"{taken.median_ms:.0f} ms, IQR {taken.iqr_ms:.1f}" if taken else ""
    counts = f"{step.passed} passed, {step.failed} failed" if step.failed else f"{step.passed} passed"
    return (
        VERDICTS[step.verdict],
        piece(f"{step.step_index:>2} "),
        piece(f"{step.verdict:<10}", VERDICTS[step.verdict].tone),
        piece(f"{counts:<19} {lasting:<16} ", Tone.DIM),
        piece(told_command(step.command).strip().partition("\n")[0]),
    )
