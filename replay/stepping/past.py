"""What a replay was before each of its steps, so that it can stand there again."""

from collections.abc import Mapping

import msgspec

from replay.outcome import Standing, WentBack
from replay.protocols import Rewinder

ONLY_IN_A_SHADOW = (
    "what a step did on the real workspace can't be taken back; in a shadow each step is a layer: replay with --shadow"
)
NO_LAYERS = "this shadow keeps no layer for each step; `replaybook doctor` says what that takes"


class Moment(msgspec.Struct, frozen=True):
    """A replay before a step."""

    values: Mapping[str, str]
    """Parameters and captured values."""
    standing: Standing
    """Where its shell stood."""
    left_out: bool
    """Whether a person had left out a step."""


class Past:
    """The moments before the steps up to the one that it stands at.

    Args:
        rewinder: Takes steps back; None where that can't be done.
        why_not: Why it can't.
    """

    def __init__(self, rewinder: Rewinder | None, why_not: str = "") -> None:
        self._rewinder = rewinder
        self._why_not = why_not
        self._moments: dict[int, Moment] = {}
        self._begun: set[int] = set()
        self.went_back: list[WentBack] = []
        """Each time that steps were taken back, oldest first."""

    @property
    def why_not(self) -> str:
        """Why a step that has run can't be taken back; empty where it can."""
        return "" if self._rewinder else self._why_not

    def note(self, index: int, moment: Moment) -> None:
        """It stands before a step."""
        self._moments[index] = moment

    def begins(self, index: int) -> None:
        """The step is about to be handed to the shell."""
        self._begun.add(index)
        if self._rewinder:
            self._rewinder.begin(index)

    def reachable(self, index: int, *, again: bool) -> tuple[int, ...]:
        """Steps that it can go back to.

        Args:
            index: Where it stands.
            again: Whether that very step may be meant.
        """
        last = index if again else index - 1
        # Without layers, nothing that was begun is gone back behind.
        first = 0 if self._rewinder else max(self._begun, default=0) + 1
        return tuple(at for at in sorted(self._moments) if first <= at <= last)

    def back_to(self, to: int, *, at: int, run_id: str, now: Standing) -> Moment:
        """Take back a step and all behind it.

        Args:
            to: One that is reachable.
            at: Where it stood.
            run_id: The run that records what is taken back.
            now: Where its shell stands.

        Returns:
            What the replay is now.

        Raises:
            BadInputError: The layers can't be taken back.
            HostError: No new shell could be started.
        """
        moment = self._moments[to]
        undone = sorted(index for index in self._begun if index >= to)
        if undone and self._rewinder:
            self._rewinder.back_to(undone[0], moment.standing, otherwise=now)
            self.went_back.append(WentBack(from_step=at, to_step=to, run_id=run_id))
        self._begun.difference_update(undone)
        self._moments = {index: one for index, one in self._moments.items() if index <= to}
        return moment
