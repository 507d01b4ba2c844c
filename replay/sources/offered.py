"""A proposal that somebody outside hands over unasked: held against the same schema and gate as an answer."""

from dataclasses import dataclass, field

from replay.repairs.proposal import Candidate, Evidence, Files, Trust
from replay.sources.answers import read_answer

SOURCE = "llm"
"""What its proposals name as their source."""
MOST = 8
"""Proposals that are taken at once."""


@dataclass
class Offered:
    """A source of repairs that holds one answer.

    Attributes:
        answer: JSON, as `replay.sources.answers` reads it.
    """

    answer: bytes
    notes: tuple[str, ...] = field(default=(), init=False)
    """What of it was refused, and why."""

    @property
    def name(self) -> str:
        """What its proposals name as their source."""
        return SOURCE

    def matches(self, evidence: Evidence) -> bool:
        """It was made for the one that it is asked about."""
        del evidence
        return True

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """What can be taken of it; the gate has not seen it.

        Raises:
            Unanswered: None of it.
        """
        del files
        taken = read_answer(self.answer, evidence, source=SOURCE, trust=Trust.MODEL, most=MOST)
        self.notes = taken.notes
        return taken.candidates
