"""A recording, or a replay with its recording, as it is held against another one (pure)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from capture.trace import Run, Step, Trace
from replay.binding import MASKED
from replay.calls import as_compared
from replay.history.texts import Seen
from replay.matching import masks, printing
from replay.matching.lines import match_output
from replay.outcome import Replay, StepOutcome
from replay.playbook import Playbook, PlaybookStep
from replay.syntax import analyse
from replay.twins import ran_steps

_LEAST = 4
"""Characters of a value that is looked for in what was printed."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A step as it was done once."""

    index: int
    """Its number: in the recording, or in the playbook that was replayed."""
    command: str
    """With its values in."""
    step: Step
    plan: PlaybookStep | None = None
    """The step of the playbook, where it is known."""
    place: int | None = None
    """Its number in the playbook, where it is known."""
    left_out: bool = False
    """The playbook that the other side replayed leaves it out."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two."""

    run: Run
    steps: tuple[Done, ...]
    values: Mapping[str, str]
    """What parameters and captures stood for, by name."""
    places: Mapping[str, str] = {}
    """Those of them, and those of every run, that a text of another run is told apart from its own by."""
    environment: Mapping[str, str]
    """Exported variables when it began."""
    replay: Replay | None = None
    """None for a recording."""
    digest: str | None = None
    """Of the version that `plan` is of."""

    @property
    def shell(self) -> str:
        """Whose text its commands are."""
        return self.run.shell or "bash"

    def lifted(self, text: str, moment: datetime | None = None) -> str:
        """A text with all that may vary by its name."""
        return masks.lifted(text, self.places, moment=moment)

    def seen(self, done: Done, text: str, *, hints: frozenset[str] = frozenset()) -> Seen:
        """A text that a step left."""
        return Seen(text=text, values=self.places, moment=done.step.started_at, hints=hints)

    def printed(self, done: Done) -> Seen:
        """What a step printed."""
        return self.seen(done, done.step.output, hints=printing.hints(analyse(done.command, self.shell)))

    def as_expected(self, done: Done) -> bool:
        """Whether its output is one that its playbook takes."""
        plan = done.plan
        if plan is None or plan.expect.output is None:
            return False
        found = match_output(
            plan.expect.output,
            as_compared(done.step).output,
            self.values,
            plan.capture,
            unordered=printing.side_by_side(analyse(plan.run, self.shell)),
        )
        return found.mismatch is None


def replayed(replay: Replay, trace: Trace, playbook: Playbook | None) -> Side:
    """A replay.

    Args:
        replay: One that ran steps.
        trace: Its recording.
        playbook: The version that it replayed; None when that is gone, or another document now.
    """
    outcomes = {one.step_index: one for one in replay.steps}
    steps = tuple(
        Done(
            index=index,
            command=_command(outcomes[index], step),
            step=step,
            plan=playbook.steps[index - 1] if playbook and index <= len(playbook.steps) else None,
            place=index if playbook else None,
        )
        for index, step in ran_steps(replay, trace).items()
    )
    values = {name: value for name, value in replay.bindings.items() if value != MASKED}
    return Side(
        run=trace.run,
        steps=steps,
        values=values,
        environment=trace.environment,
        replay=replay,
        digest=replay.digest if playbook else None,
    )


def recorded(trace: Trace, playbook: Playbook | None = None, digest: str | None = None) -> Side:
    """A recording.

    Args:
        trace: Of it.
        playbook: The version compiled from it that the other side replayed; None when there is none.
        digest: Of that version.
    """
    places = {step.source_step: index for index, step in enumerate(playbook.steps, 1)} if playbook else {}
    steps = tuple(
        Done(
            index=step.step_index,
            command=step.command,
            step=step,
            plan=playbook.steps[places[step.step_index] - 1] if playbook and step.step_index in places else None,
            place=places.get(step.step_index),
            left_out=playbook is not None and step.step_index not in places,
        )
        for step in trace.steps
    )
    return Side(
        run=trace.run,
        steps=steps,
        values=_recorded_values(playbook) if playbook else {},
        environment=trace.environment,
        digest=digest,
    )


def _command(outcome: StepOutcome, step: Step) -> str:
    """As it was to be run: the shell was given more words, to run it in its directory or to carry out a patch."""
    return outcome.run or step.command


def _recorded_values(playbook: Playbook) -> dict[str, str]:
    given = {name: one.recorded for name, one in playbook.parameters.items() if one.recorded is not None}
    return given | {one.name: one.recorded for step in playbook.steps for one in step.capture}


def in_common(one: Side, two: Side) -> tuple[Side, Side]:
    """Both, with the values that mean the same in them: a path, a host, a tag; a short number may be anything."""
    ours, theirs = _named(one), _named(two)
    shared = {name for name in ours.keys() & theirs.keys() if _strong(ours[name]) and _strong(theirs[name])}
    return (
        msgspec.structs.replace(one, places={name: ours[name] for name in shared}),
        msgspec.structs.replace(two, places={name: theirs[name] for name in shared}),
    )


def _named(side: Side) -> dict[str, str]:
    # Where a parameter has the same value, its name is the one that comes first.
    return {**side.values, "zz_home": side.run.user_home, "zz_workspace": side.run.workspace}


def _strong(value: str) -> bool:
    return len(value) >= _LEAST and not (value.isdigit() and len(value) <= _LEAST)


def alone(side: Side) -> Side:
    """The same, to be held against other replays of its version: those have the same names."""
    return msgspec.structs.replace(side, places={name: value for name, value in _named(side).items() if _strong(value)})
