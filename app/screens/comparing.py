"""What was recorded and what came, as rows that stand beside each other (pure)."""

import re
from collections.abc import Sequence
from typing import TypeAlias

from app.calls import call_lines, edit_words, laid_out
from app.keymap import Keys
from app.widgets.proposal import failure_rows
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.widgets.recorded import CAME, EFFECT_SIGNS
from app.widgets.steps import Mark
from capture.trace import StepKind
from replay.edits import read_patch
from replay.foretold import foretold
from replay.outcome import Check, CheckState, Failure, Mode, Replay, ReplayStatus, StepOutcome, StepState
from replay.playbook import Answer, Expectation, ExpectedEffect, PlaybookStep, Requirement

PLACEHOLDER = re.compile(r"(\{\{[^{}]*\}\})")
STATE_MARKS = {
    StepState.READY: Mark.SUCCESS,
    StepState.SUCCESS: Mark.SUCCESS,
    StepState.BLOCKED: Mark.FAILED,
    StepState.FAILED: Mark.FAILED,
    StepState.WARNED: Mark.WARNED,
    StepState.UNKNOWN: Mark.UNKNOWN,
    StepState.REFUSED: Mark.REFUSED,
    StepState.SKIPPED: Mark.SKIPPED,
    StepState.NOT_RUN: Mark.PENDING,
}
SIGN_TONES = {"+": Tone.GOOD, "-": Tone.BAD, " ": Tone.PLAIN}
NEED_WORDS = {"port": "free", "disk": "free", "git": "a repository"}
"""What a requirement asks of its subject where its name alone doesn't say it."""
Span: TypeAlias = tuple[int, int]
LABEL = 12
"""Columns of a word before what it names."""
CHECK_SIGNS = {
    CheckState.PASS: Piece("✓ ", Tone.GOOD),
    CheckState.FAIL: Piece("✗ ", Tone.BAD),
    CheckState.WARN: Piece("! ", Tone.WARN),
    CheckState.UNKNOWN: Piece("? ", Tone.WARN),
}
STATUS_PIECES = {
    ReplayStatus.READY: piece("✓ ready", Tone.GOOD),
    ReplayStatus.SUCCESS: piece("✓ success", Tone.GOOD),
    ReplayStatus.NOT_READY: piece("✗ not ready", Tone.BAD),
    ReplayStatus.FAILED: piece("✗ failed", Tone.BAD),
    ReplayStatus.REFUSED: piece("⊘ refused", Tone.BAD),
    ReplayStatus.UNKNOWN: piece("? unknown", Tone.WARN),
    ReplayStatus.NEEDS_REVIEW: piece("● needs review", Tone.WARN),
    ReplayStatus.CANCELLED: piece("- stopped", Tone.DIM),
}


def masked(text: str, tone: Tone = Tone.PLAIN) -> Row:
    """One line with its placeholders told apart."""
    return tuple(
        piece(part, Tone.MASK if number % 2 else tone) for number, part in enumerate(PLACEHOLDER.split(text)) if part
    )


def command_rows(command: str, lit: Span | None = None) -> list[Row]:
    """A command as it was typed, or a call with its input, placeholders told apart.

    Args:
        command: Of any number of lines.
        lit: The part of it, as [start, end), that stands out.
    """
    called = call_lines(command)
    if called is not None:
        name, *given = called
        return [(Piece("→ ", Tone.DIM), *masked(name, Tone.STRONG)), *map(masked, given)]
    shown: list[Row] = []
    at = 0
    for number, line in enumerate(command.split("\n")):
        begin, end = (min(max(place - at, 0), len(line)) for place in lit or (0, 0))
        parts = (*masked(line[:begin], Tone.STRONG), *row(line[begin:end], Tone.LIT), *masked(line[end:], Tone.STRONG))
        shown.append((Piece("  " if number else "$ ", Tone.DIM), *(part for part in parts if part.text)))
        at += len(line) + 1
    return shown


def step_words(step: PlaybookStep) -> str:
    """A step in a list: its command, or in words what it does to which file."""
    if step.kind is not StepKind.FILE:
        return step.run
    return "; ".join(" ".join(edit_words(edit)) for edit in read_patch(step.run))


def patch_rows(patch: str) -> list[Row]:
    """What a `file` step changes, as a diff under the name of each file."""
    shown: list[Row] = []
    for edit in read_patch(patch):
        verb, path = edit_words(edit)
        shown += [()] if shown else []
        shown.append((piece(f"{verb} ", Tone.DIM), *masked(path, Tone.STRONG)))
        for number, hunk in enumerate(edit.hunks):
            shown += [row("⋯", Tone.DIM)] if number else []
            shown += [
                (piece(f"{sign} ", SIGN_TONES[sign]), *masked(text.rstrip("\r\n"), SIGN_TONES[sign]))
                for sign, text in hunk.lines
            ]
    return shown


def recorded_rows(step: PlaybookStep, lit: Span | None = None) -> list[Row]:
    """What the playbook expects of a step.

    Args:
        step: Of any kind.
        lit: The part of its command that stands out.
    """
    shown = told_to(step, lit)
    if step.expect.output is not None:
        expected = laid_out(step.expect.output) if step.kind is StepKind.TOOL else step.expect.output
        shown += [masked(line) for line in expected.splitlines()]
    return [*shown, *map(answer_row, step.answers), *expected_rows(step.expect)]


def told_to(step: PlaybookStep, lit: Span | None = None) -> list[Row]:
    """What the playbook tells a step to do: its command, or the changes of a `file` step."""
    if step.kind is StepKind.FILE:
        return patch_rows(step.run)
    return before_answer(step, command_rows(step.run.rstrip("\n"), lit))


def before_answer(step: PlaybookStep, shown: list[Row]) -> list[Row]:
    """What a step is told to do, parted from what it answers or prints below."""
    return [*shown, CAME] if step.kind is StepKind.TOOL else shown


def answer_row(answer: Answer) -> Row:
    """A question that a step is expected to ask, and what it is told."""
    asked = masked(answer.prompt.strip(), Tone.DIM)
    return (Piece("? ", Tone.WARN), *asked, Piece(" ← "), piece(answer.send or "(secret)"))


def expected_rows(expect: Expectation) -> list[Row]:
    """Exit code and effects of an expectation."""
    shown: list[Row] = [(), row(f"exit {expect.exit}", Tone.DIM)]
    return shown + [expected_effect_row(effect) for effect in expect.effects or ()]


def expected_effect_row(effect: ExpectedEffect) -> Row:
    """A path that a step is expected to change."""
    sign = EFFECT_SIGNS[effect.op]
    return (piece(f"{sign} ", Tone.DIM), *masked(effect.path), piece(f"  {effect.op}", Tone.DIM))


def asked_rows(step: PlaybookStep, command: str) -> list[Row]:
    """What a step was told to do: the command with its values, or the changes of a `file` step."""
    if step.kind is StepKind.FILE:
        return patch_rows(step.run)
    if step.kind is StepKind.TOOL:
        return command_rows(command.rstrip("\n"))
    return rows(command, Tone.STRONG, first="$ ", rest="  ")


def running_rows(step: PlaybookStep, command: str, output: str) -> list[Row]:
    """A step that has not ended."""
    return [*before_answer(step, asked_rows(step, command)), *rows(output), row("…", Tone.DIM)]


def check_rows(step: PlaybookStep, outcome: StepOutcome) -> list[Row]:
    """What was found before a step would run; trouble first."""
    order = [CheckState.FAIL, CheckState.UNKNOWN, CheckState.WARN, CheckState.PASS]
    shown = asked_rows(step, outcome.run)
    for check in sorted(outcome.checks, key=lambda check: order.index(check.state)):
        shown.append((CHECK_SIGNS[check.state], piece(check.message)))
        if check.hint:
            shown.append((Piece("  "), piece(check.hint, Tone.DIM)))
    return shown if outcome.checks else [*shown, row("nothing to check", Tone.DIM)]


def requirement_row(requirement: Requirement) -> Row:
    """One precondition, with what else is said of it."""
    said = [NEED_WORDS.get(requirement.kind, "")]
    said += [f"at {requirement.ref}"] if requirement.ref else []
    said += ["nothing uncommitted"] if requirement.clean else []
    said += ["as recorded, or it warns"] if requirement.sha256 else []
    words = ", ".join(word for word in said if word)
    return (
        piece(f"{requirement.kind:<{LABEL}}", Tone.DIM),
        *masked(requirement.subject),
        piece(f"  {words}", Tone.DIM),
    )


def failed_checks(outcome: StepOutcome) -> tuple[Check, ...]:
    """Those that stand in the way."""
    return tuple(check for check in outcome.checks if check.state is CheckState.FAIL)


NEXT_STEPS = {
    ReplayStatus.READY: "Nothing was run. {back}, then {strict} or {guided} replays it for real.",
    ReplayStatus.NOT_READY: "Nothing was run. {back}, then {guided} asks for repairs.",
    ReplayStatus.UNKNOWN: "Nothing was run. What can't be known is marked ? in the list.",
    ReplayStatus.REFUSED: "Refused before anything was run; the marked step says why.",
    ReplayStatus.SUCCESS: (
        "{validate} validates this version in a shadow, {promote} promotes it. {restart} replays it again."
    ),
    ReplayStatus.FAILED: (
        "It stopped before the next step. {replay-from} goes on from there; "
        "{back}, then {guided} replays it with repairs."
    ),
    ReplayStatus.NEEDS_REVIEW: "The inbox holds what was proposed. {restart} replays it again.",
    ReplayStatus.CANCELLED: (
        "You stopped it. {replay-from} goes on from the step under the cursor, {restart} from the first."
    ),
}
"""What a person does after a replay that ended so."""


def abstained_rows(failure: Failure, abstained: str | None) -> list[Row]:
    """A divergence that no repair is proposed for."""
    return [*failure_rows(failure), *rows(abstained or "No repair is proposed.", Tone.WARN, first="? ", rest="  ")]


def note_rows(notes: Sequence[str]) -> list[Row]:
    """What sources of repairs had to say besides."""
    return [line for note in notes for line in rows(note, Tone.DIM, first="· ", rest="  ")]


def foretold_rows(replay: Replay) -> list[Row]:
    """What a simulation found at all steps: in the way, unknown with what would settle it, to know."""
    said: list[Row] = []
    for one in foretold(replay.steps):
        said.append((CHECK_SIGNS[one.state], piece(f"{one.where}: ", Tone.DIM), piece(one.message)))
        said += [(Piece("  "), piece(one.hint, Tone.DIM))] if one.hint else []
    return said


def ending_rows(replay: Replay, keys: Keys) -> list[Row]:
    """How it ended, and what to do next."""
    ref = f"{replay.playbook}@{replay.version}"
    said: list[Row] = [(STATUS_PIECES[replay.status], piece(f"  {ref} · {replay.mode}", Tone.DIM))]
    if replay.failure:
        said += failure_rows(replay.failure)
    if replay.abstained:
        said += rows(replay.abstained, Tone.WARN, first="? ", rest="  ")
    said += note_rows(replay.notes)
    if replay.usage.llm_calls:
        told = f"a model took {replay.usage.prompt_tokens} + {replay.usage.completion_tokens} tokens"
        cost = f", {replay.usage.cost:.6g}" if isinstance(replay.usage.cost, float) else ", cost unknown"
        said.append(row(told + cost, Tone.DIM))
    found = foretold_rows(replay) if replay.mode is Mode.SIMULATE else []
    return [*said, row(keys.told(NEXT_STEPS[replay.status]), Tone.DIM), *found]
