"""Asks the one who steps what to do next, and does what is no step: going back, and other values."""

from collections.abc import Callable
from dataclasses import dataclass

from capture.errors import BadInputError
from capture.trace import Step
from replay import progress
from replay.engine.course import Course
from replay.protocols import Answer, Back, Director, SetValues
from replay.stand import Part, Stand
from replay.stepping.past import Past


@dataclass
class Asking:
    """The one who steps, and what to show of the replay when it is asked."""

    course: Course
    director: Director
    past: Past
    tell: Callable[[progress.ReplayEvent], None]
    ran: Step | None = None
    """What ran since it was asked last."""
    _refused: str = ""

    def ask(self, part: Part | None = None) -> Answer:
        """Ask, where the replay stands now.

        Args:
            part: The part of a list that would run next.
        """
        course = self.course
        failure = course.stop.failure if course.stop else None
        ran, self.ran = self.ran, None
        refused, self._refused = self._refused, ""
        back = self.past.reachable(course.index, again=failure is not None or part is not None)
        return self.director.next(
            Stand(
                step_index=course.index,
                playbook=course.playbook,
                values=course.shown_values,
                ran=ran,
                failure=failure,
                part=part,
                back=tuple(at for at in back if at >= course.job.from_step),
                no_way_back=self.past.why_not,
                refused=refused,
            )
        )

    def another_way(self, answer: Answer) -> bool:
        """Whether the replay goes on in another way than with the next step: that is done here."""
        match answer:
            case Back(to=to):
                self._go_back(to)
            case SetValues(values=values):
                self.course.values |= values
                self.course.edited |= values.keys()
            case _:
                return False
        return True

    def _go_back(self, to: int) -> None:
        """Stand before a step again, and tell it; or keep why not for the next question."""
        course = self.course
        try:
            moment = self.past.back_to(to, at=course.index, run_id=course.running.run_id, now=course.standing)
        except BadInputError as error:
            self._refused = str(error)
            return
        course.back_at(moment, to)
        self.tell(progress.SteppedBack(step_index=to))
