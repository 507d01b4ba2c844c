"""A list of steps with the ways of values drawn beside it."""

from collections.abc import Iterable, Sequence

from app.widgets.prose import Row
from app.widgets.rails import Rails, Thread
from app.widgets.steps import StepList, StepRow
from replay.flows import Flow


class LinkedSteps(StepList):
    """Steps of one line each, and lines from the step that prints a value to those that use it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """Begin empty.

        Args:
            id: For style sheets and queries.
        """
        super().__init__(id=id)
        self._rails = Rails(())

    def show_linked(self, rows: Iterable[StepRow], flows: Sequence[Flow], *, cursor: int | None = None) -> None:
        """Replace the list.

        Args:
            rows: In order.
            flows: Values on their way between them.
            cursor: The step to put the cursor on; None keeps it where it was.
        """
        listed = list(rows)
        places = {row.index: at for at, row in enumerate(listed)}
        self._rails = Rails([_thread(flow, places) for flow in flows if flow.from_step in places])
        self.show(listed, cursor=cursor)

    def moved(self, item: int) -> None:
        """What belongs to the step under the cursor stands out."""
        if self._rails.width:
            self.refresh()
        super().moved(item)

    def lines_of(self, item: int) -> Sequence[Row]:
        """The way of values before each line."""
        (line,) = super().lines_of(item)
        return [(*self._rails.pieces(item, lit=self.highlighted), *line)]


def _thread(flow: Flow, places: dict[int, int]) -> Thread:
    takers = tuple(places[step] for step in flow.to_steps if step in places)
    return Thread(places[flow.from_step], takers, flow.weak)
