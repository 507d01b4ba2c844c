"""How states are told on lines: by signs, or all of it in words for who listens instead of looking (pure)."""

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

from replay.outcome import StepOutcome, StepState
from replay.repairs.proposal import Repair

SIGNS: Mapping[StepState, str] = {
    StepState.READY: "✓",
    StepState.SUCCESS: "✓",
    StepState.WARNED: "!",
    StepState.UNKNOWN: "?",
    StepState.BLOCKED: "✗",
    StepState.FAILED: "✗",
    StepState.REFUSED: "⊘",
    StepState.SKIPPED: "-",
    StepState.NOT_RUN: "·",
}
HUNK = re.compile(r"@@ -(\d+)")
SIDES = {"-": "recorded", "+": "actual", " ": "on both sides"}
LINES = {"-": "old", "+": "new", " ": "same"}


class Voice(Protocol):
    """What every line that tells a state is made by."""

    @property
    def separator(self) -> str:
        """Stands between facts on one line."""
        ...

    def begun(self, index: int, command: str) -> str:
        """A step that runs now."""
        ...

    def asked(self, index: int, command: str) -> str:
        """A step that a person is asked about."""
        ...

    def judged(self, outcome: StepOutcome) -> str:
        """A step that has just ended."""
        ...

    def outcome(self, outcome: StepOutcome, command: str) -> str:
        """What became of a step, in a list of all."""
        ...

    def recorded(self, index: int, command: str, *, good: bool, exit_code: int | None, took: str) -> str:
        """A recorded step."""
        ...

    def stand(self, index: int, command: str, outcome: StepOutcome | None, *, here: bool, halts: str) -> str:
        """A step in the list of a stepped replay; `halts` is empty, `step` or `condition`."""
        ...

    def difference(self, line: str) -> str:
        """A line of what differs, that begins with `-`, `+` or a space, and another space."""
        ...

    def sides(self) -> tuple[str, ...]:
        """What stands above such lines."""
        ...

    def change(self, diff: str) -> Iterator[str]:
        """A unified diff."""
        ...

    def decision(self, waiting: int) -> str:
        """The question after so many proposals."""
        ...

    def word(self, repair: Repair) -> str:
        """What is typed out to approve it."""
        ...


class Signs:
    """For who looks."""

    separator = " · "

    def begun(self, index: int, command: str) -> str:  # noqa: D102 - the Protocol's
        return f"▸ {index} {command}"

    def asked(self, index: int, command: str) -> str:  # noqa: D102 - the Protocol's
        return f"● {index} {command}"

    def judged(self, outcome: StepOutcome) -> str:  # noqa: D102 - the Protocol's
        return f"{SIGNS[outcome.status]} {outcome.step_index} exit {outcome.exit_code}"

    def outcome(self, outcome: StepOutcome, command: str) -> str:  # noqa: D102 - the Protocol's
        took = "" if outcome.duration_ms is None else f"  {outcome.duration_ms:.0f} ms"
        return f"  {SIGNS[outcome.status]} {outcome.step_index:>3} {outcome.status:<8} {command}{took}"

    def recorded(  # noqa: D102 - the Protocol's
        self, index: int, command: str, *, good: bool, exit_code: int | None, took: str
    ) -> str:
        code = "" if exit_code in (0, None) else f"  exit {exit_code}"
        return f"{'✓' if good else '✗'} {index:>3} {command}{code}  {took}"

    def stand(  # noqa: D102 - the Protocol's
        self, index: int, command: str, outcome: StepOutcome | None, *, here: bool, halts: str
    ) -> str:
        sign = {"": " ", "step": "●", "condition": "◐"}[halts]
        mark = SIGNS[outcome.status] if outcome else "·"
        took = f"  {outcome.duration_ms:.0f} ms" if outcome and outcome.duration_ms is not None else ""
        return f"{'▸' if here else ' '}{sign} {mark} {index:>3} {command}{took}"

    def difference(self, line: str) -> str:  # noqa: D102 - the Protocol's
        return f"  {line}"

    def sides(self) -> tuple[str, ...]:  # noqa: D102 - the Protocol's
        return "  - recorded", "  + actual"

    def change(self, diff: str) -> Iterator[str]:  # noqa: D102 - the Protocol's
        yield diff.rstrip("\n")

    def decision(self, waiting: int) -> str:  # noqa: D102 - the Protocol's
        return f"y N approves, n N rejects, c N sends it back, e N edits it, enter leaves {waiting} waiting: "

    def word(self, repair: Repair) -> str:  # noqa: D102 - the Protocol's
        return repair.repair_id


class Words:
    """For who listens: no sign stands for a state, and what belongs to a step begins with its number."""

    separator = ", "

    def begun(self, index: int, command: str) -> str:  # noqa: D102 - the Protocol's
        return f"running step {index}: {indented(command)}"

    def asked(self, index: int, command: str) -> str:  # noqa: D102 - the Protocol's
        return f"step {index}: {indented(command)}"

    def judged(self, outcome: StepOutcome) -> str:  # noqa: D102 - the Protocol's
        code = "" if outcome.exit_code is None else f", exit {outcome.exit_code}"
        return f"step {outcome.step_index}: {_said(outcome.status)}{code}"

    def outcome(self, outcome: StepOutcome, command: str) -> str:  # noqa: D102 - the Protocol's
        shown = f": {indented(command)}" if command else ""
        return f"step {outcome.step_index}, {_said(outcome.status)}{_took(outcome)}{shown}"

    def recorded(  # noqa: D102 - the Protocol's
        self, index: int, command: str, *, good: bool, exit_code: int | None, took: str
    ) -> str:
        code = "" if exit_code in (0, None) else f", exit {exit_code}"
        return f"step {index}, {'success' if good else 'failed'}{code}, {took}: {indented(command)}"

    def stand(  # noqa: D102 - the Protocol's
        self, index: int, command: str, outcome: StepOutcome | None, *, here: bool, halts: str
    ) -> str:
        said = [_said(outcome.status) if outcome else "not run", *(["here"] if here else [])]
        said += [{"step": "breakpoint", "condition": "breakpoint on a condition"}[halts]] if halts else []
        return f"step {index}, {', '.join(said)}{_took(outcome)}: {indented(command)}"

    def difference(self, line: str) -> str:  # noqa: D102 - the Protocol's
        return f"{SIDES.get(line[:1], 'also')}: {line[2:]}"

    def sides(self) -> tuple[str, ...]:  # noqa: D102 - the Protocol's
        return ()

    def change(self, diff: str) -> Iterator[str]:  # noqa: D102 - the Protocol's
        # Names of files stand before the first hunk; behind it each line is part of the change.
        within = False
        for line in diff.rstrip("\n").split("\n"):
            hunk = HUNK.match(line)
            within = within or hunk is not None
            if hunk:
                yield f"from line {hunk[1]} on:"
            elif within:
                yield f"{LINES.get(line[:1], 'also')}: {line[1:]}"

    def decision(self, waiting: int) -> str:  # noqa: D102 - the Protocol's
        which = "" if waiting == 1 else ", with the number of the proposal"
        return f"approve, reject, changes or edit{which}? Enter leaves {waiting} waiting. "

    def word(self, repair: Repair) -> str:  # noqa: D102 - the Protocol's
        del repair
        return "approve"


def indented(text: str) -> str:
    """Lines behind the first can't be taken for lines of our own."""
    return text.replace("\n", "\n    ")


def _said(state: StepState) -> str:
    return state.replace("_", " ")


def _took(outcome: StepOutcome | None) -> str:
    return "" if outcome is None or outcome.duration_ms is None else f", {outcome.duration_ms:.0f} ms"
