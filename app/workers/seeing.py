"""Reads what the screens show of a recording's step, and searches recordings; blocks."""

from collections.abc import Mapping

from textual.message import Message

from app.file_diffs import FileDiff
from app.found import Found
from app.ports import Core
from capture.tape.glance import Glance
from capture.trace import Step, Trace


class GlanceTaken(Message):
    """A recording was opened; what its steps printed is still on the disk."""

    def __init__(self, glance: Glance, said: str = "") -> None:
        """Carry it, and what an edit of it came to."""
        super().__init__()
        self.glance, self.said = glance, said


class StepSeen(Message):
    """What a step printed and wrote was read."""

    def __init__(
        self, step: Step, output: str, files: tuple[FileDiff, ...], variables: Mapping[str, str | None]
    ) -> None:
        """Carry it.

        Args:
            step: Which one.
            output: What it printed.
            files: What it wrote.
            variables: What the variables that it changed were before; None: not set.
        """
        super().__init__()
        self.step, self.output, self.files, self.variables = step, output, files, variables


class LibrarySearched(Message):
    """A search of all recordings came to its end."""

    def __init__(self, said: str) -> None:
        """Carry what for, and how much there is."""
        super().__init__()
        self.said = said


class SearchEnded(Message):
    """A search of one recording came to its end."""

    def __init__(self, found: Found) -> None:
        """Carry all hits."""
        super().__init__()
        self.found = found


def look(core: Core, glance: Glance, step: Step) -> StepSeen:
    """Read what is shown of a step.

    Args:
        core: Who knows the contents of files.
        glance: The recording.
        step: One of its steps.
    """
    return StepSeen(step, glance.output(step), core.written(step), variables_before(glance.trace, step))


def variables_before(trace: Trace, step: Step) -> dict[str, str | None]:
    """What the variables that a step changed were before it; None where they were not set."""
    wanted = {*step.env_effects.set, *step.env_effects.unset}
    found: dict[str, str | None] = {name: trace.environment.get(name) for name in sorted(wanted)}
    for before in trace.steps:
        if not wanted or before.step_index >= step.step_index:
            break
        changed = before.env_effects
        found |= {name: value for name, value in changed.set.items() if name in wanted}
        found |= dict.fromkeys(wanted.intersection(changed.unset))
    return found
