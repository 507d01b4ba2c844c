"""One proposed repair, in place: what failed, what would change and why; all of it must be seen to be approved."""

import re
from collections.abc import Sequence

from textual.message import Message
from textual.strip import Strip

from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, diff_rows, piece, row, rows
from replay.outcome import Failure
from replay.repairs.proposal import Repair, RepairStatus, Risk

RISK_TONES = {Risk.LOW: Tone.GOOD, Risk.MEDIUM: Tone.WARN, Risk.HIGH: Tone.BAD}
STATUS_SIGNS = {
    RepairStatus.PROPOSED: "●",
    RepairStatus.APPROVED: "✓",
    RepairStatus.VALIDATED: "✓",
    RepairStatus.PROMOTED: "✓",
    RepairStatus.REJECTED: "✗",
    RepairStatus.VALIDATION_FAILED: "✗",
    RepairStatus.CHANGES_REQUESTED: "!",
    RepairStatus.INCONCLUSIVE: "?",
    RepairStatus.STALE: "⊘",
}
VERSION_LINE = re.compile(r"[-+]version: \d+")
DIGEST = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b")
"""Shortened where a decision is made; `why` shows it whole."""
MOST_DIFFERENCE = 6
"""Lines of what differs that are shown above a proposal."""
MORE_BELOW = "more below: pgdn"
"""Said while not all of a proposal has been on the screen."""


class ProposalView(Lines):
    """Shows a proposal, a failure without one, or words; tells when all of a proposal has been on the screen."""

    class Seen(Message):
        """All of the proposal has been on the screen."""

        def __init__(self, item: str, showing: int) -> None:
            """Say which one.

            Args:
                item: The repair's id, with what the person wrote in its place.
                showing: The how manieth it was that was put on the screen.
            """
            super().__init__()
            self.item, self.showing = item, showing

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """Begin empty."""
        super().__init__(id=id)
        self._item: str | None = None
        self._told = False
        self.showing = 0
        """Counts what was put on the screen."""
        self.approves = "y"
        """The key that does, as people write it."""

    def propose(  # noqa: PLR0913 - each is one thing that is shown of it
        self,
        repair: Repair,
        *,
        number: int,
        of: int,
        edited: str | None = None,
        failure: Failure | None = None,
        about: Sequence[Row] = (),
        stay: bool = False,
    ) -> None:
        """Show a repair.

        Args:
            repair: Which one.
            number: Its place among those for the step, from 1.
            of: How many there are.
            edited: The person's own command in place of the proposed one.
            failure: What it is for.
            about: What else is to be known of it.
            stay: Don't scroll.
        """
        self._item, self._told = item_of(repair, edited), False
        self.showing += 1
        self.border_subtitle = MORE_BELOW
        head = failure_rows(failure, most=MOST_DIFFERENCE) if failure else []
        change = proposed_rows(repair) if edited is None else edited_rows(repair, edited, self.approves)
        why = rows(repair.rationale, Tone.DIM, first="why  ", rest="     ")
        self.show([*head, *_heading(repair, number, of), *about, *why, *change], stay=stay)

    def explain(self, said: Sequence[Row]) -> None:
        """Show words; nothing is to be approved."""
        self._item, self.border_subtitle = None, ""
        self.show(said)

    def render_line(self, y: int) -> Strip:
        """Draw, and notice when the last unseen line was drawn."""
        strip = super().render_line(y)
        if self._item is not None and not self._told and self.whole_seen:
            self._told = True
            self.post_message(self.Seen(self._item, self.showing))
        return strip

    def on_proposal_view_seen(self, event: Seen) -> None:
        """Nothing is below any more; said here, because what is set while drawing is not drawn."""
        if event.showing == self.showing:
            self.border_subtitle = ""


def item_of(repair: Repair, edited: str | None) -> str:
    """What an approval would be for: another edit is another thing."""
    return repair.repair_id if edited is None else f"{repair.repair_id}: {edited}"


def failure_rows(failure: Failure, *, most: int | None = None) -> list[Row]:
    """Class, what was expected, what came.

    Args:
        failure: Which.
        most: Lines of the difference that are shown; None: all of them.
    """
    difference = diff_rows(failure.difference)
    more = len(difference) - most if most is not None else 0
    return [
        (
            piece("✗ ", Tone.BAD),
            piece(failure.failure_class, Tone.BAD),
            piece(f" · {failure.divergence.replace('_', ' ')}", Tone.DIM),
        ),
        *rows(failure.message),
        *(difference[:most] if more > 1 else difference),
        *([row(f"⋯ {more} lines more differ", Tone.DIM)] if more > 1 else []),
    ]


def proposed_rows(repair: Repair) -> list[Row]:
    """The proposed change, its digests shortened."""
    return close_diff(diff_rows(DIGEST.sub(r"\1…", repair.diff)))


def edited_rows(repair: Repair, edited: str, approve: str) -> list[Row]:
    """The person's own command, as a change."""
    return [
        row(f"your edit; {approve} approves it as it stands here", Tone.WARN),
        *(row(f"+ {line}", Tone.GOOD) for line in edited.splitlines()),
        row(f"in place of the proposed change to step {repair.step_index}", Tone.DIM),
    ]


def close_diff(diff: Sequence[Row]) -> list[Row]:
    """Changed lines only; what lies between is a sign, and that the version counts up is no news."""
    shown: list[Row] = []
    for line in diff:
        if line[0].tone in (Tone.GOOD, Tone.BAD) and not VERSION_LINE.fullmatch(line[0].text):
            shown.append(line)
        elif shown and shown[-1] != ELLIPSIS:
            shown.append(ELLIPSIS)
    return shown[:-1] if shown and shown[-1] == ELLIPSIS else shown


ELLIPSIS: Row = (Piece("  ⋯", Tone.DIM),)


def _heading(repair: Repair, number: int, of: int) -> list[Row]:
    facts = [f"{number} of {of}"] if of > 1 else []
    facts += [repair.source.replace("rule:", "rule "), f"{repair.confidence:.0%} sure"]
    if repair.status is not RepairStatus.PROPOSED:
        facts.insert(0, repair.status.replace("_", " "))
    why = repair.stale or (repair.wants and f"approved by {', '.join(repair.approved_by)}; {repair.wants}") or ""
    return [
        (
            piece(f"{STATUS_SIGNS[repair.status]} ", Tone.WARN),
            piece(" · ".join(facts), Tone.STRONG),
            Piece(" · ", Tone.DIM),
            piece(f"{repair.risk} risk", RISK_TONES[repair.risk]),
        ),
        *(rows(why, Tone.WARN, first="! ", rest="  ") if why else ()),
    ]


def why_rows(repair: Repair) -> list[Row]:
    """Everything that a proposal rests on, for a person who asks."""
    facts = (
        ("repair", repair.repair_id),
        ("for", f"{repair.playbook}@{repair.base_version} step {repair.step_index}"),
        ("failure", repair.failure_class),
        ("source", repair.source),
        ("confidence", f"{repair.confidence:.0%}"),
        ("risk", repair.risk),
        ("rank", f"{repair.rank}{', preselected' if repair.preselected else ''}"),
        ("base", repair.base_digest),
        ("status", repair.status.replace("_", " ")),
        ("proposed", repair.created_at or "unknown"),
        ("approved by", ", ".join(repair.approved_by) or "no one"),
    )
    said: list[Row] = [(piece(f"{name:<12}", Tone.DIM), piece(value)) for name, value in facts]
    if repair.created_version is not None:
        said.append((piece(f"{'made':<12}", Tone.DIM), piece(f"{repair.playbook}@{repair.created_version}")))
    if repair.note:
        said.append((piece(f"{'note':<12}", Tone.DIM), piece(repair.note)))
    return [*said, (), *rows(repair.rationale), (), *diff_rows(repair.diff)]
