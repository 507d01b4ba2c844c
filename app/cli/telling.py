"""stability, ledger: what the replays of a playbook say of it, and what they have saved."""

from collections.abc import Iterator

import click

from app.cli.shared import Settings, as_json, complete_playbook, emit, example, pass_settings, styled, table
from capture.printable import printable
from replay.history.ledger import Account, Ledger
from replay.history.stability import Durations, Stability, StepStability


@click.command(
    "stability", epilog=example("replaybook stability release-site", "replaybook stability site@2 --last 50")
)
@click.argument("ref", metavar="NAME[@V]", shell_complete=complete_playbook)
@click.option("--last", type=click.IntRange(min=1), default=10, show_default=True, help="How many replays, at most.")
@as_json
@pass_settings
def stability_command(settings: Settings, *, ref: str, last: int, as_json: bool) -> None:
    """Tell which step flakes and which output varies, over the last replays of a version."""
    found = settings.core().stability(ref, last=last)
    emit(found, as_json=as_json, human=lambda: stable(found))


def stable(found: Stability) -> Iterator[str]:
    """The replays of a version, for a person."""
    count = len(found.replays)
    took = f", median {_took(found.duration)}" if found.duration else ""
    yield f"{found.playbook}@{found.version}: {found.passed} of {count} replays passed{took}"
    if count:
        yield from table(
            ("STEP", "VERDICT", "PASSED", "FAILED", "MEDIAN", "IQR", "COMMAND"), [_cells(step) for step in found.steps]
        )
    for step in found.steps:
        yield from (f"  {line}" for line in step_lines(step))
    yield from (f"left out: {one.replays} {one.reason}" for one in found.left_out)


def _cells(step: StepStability) -> tuple[str, ...]:
    taken = step.duration
    median, spread = (f"{taken.median_ms:.0f} ms", f"{taken.iqr_ms:.1f} ms") if taken else ("", "")
    command = printable(step.command.strip().partition("\n")[0])
    return str(step.step_index), step.verdict, str(step.passed), str(step.failed), median, spread, command


def step_lines(step: StepStability) -> Iterator[str]:
    """How a step failed, and what of its output varies."""
    for way in step.divergences:
        times = f"{len(way.replays)} time{'s' if len(way.replays) > 1 else ''}"
        yield printable(
            f"step {step.step_index} diverged {times}, {way.divergence}, {way.failure_class}: {way.message}"
        )
    if step.output.varies:
        unmasked = "not masked" if step.output.compared else "not compared"
        yield f"step {step.step_index} prints what varies ({unmasked}):"
        yield from (f"  in {one.replays}: {printable(one.line)}" for one in step.output.lines)


def _took(taken: Durations) -> str:
    return f"{taken.median_ms:.0f} ms (IQR {taken.iqr_ms:.1f}, {taken.min_ms:.0f} to {taken.max_ms:.0f})"


@click.command("ledger", epilog=example("replaybook ledger", "replaybook ledger release-site --json"))
@click.argument("name", metavar="[NAME]", required=False, shell_complete=complete_playbook)
@as_json
@pass_settings
def ledger_command(settings: Settings, *, name: str | None, as_json: bool) -> None:
    """Tell what replaying has saved, with its sums: time, and model calls where the recording says how many it took.

    Held against the recording, from the start of its first command to the end of its last. Only successful replays of
    the whole work on a real workspace count: none that was simulated, in a shadow, stopped, or failed.
    """
    found = settings.core().ledger(name)
    emit(found, as_json=as_json, human=lambda: ledger_lines(found))


def ledger_lines(found: Ledger) -> Iterator[str]:
    """The ledger for a person, every sum with its runs."""
    for one in found.playbooks:
        yield from account_lines(one)
    replays = f"{found.replays} replay{'s' if found.replays != 1 else ''}"
    yield styled(
        f"in all: {found.saved_ms / 1000:.3f} s saved by {replays}, {calls(found.model_calls_avoided)}", bold=True
    )
    yield from (f"in no sum: {printable(reason)}" for reason in found.unknown)


def account_lines(one: Account) -> Iterator[str]:
    """One playbook."""
    saved = f"{one.saved_ms / 1000:.3f} s saved" if one.saved_ms is not None else "unknown"
    yield styled(f"{one.playbook}: {saved}, {calls(one.model_calls_avoided)}", bold=True)
    yield from (f"  {printable(line)}" for line in one.arithmetic)
    yield from (f"  not counted: {left.replays}, {left.reason}" for left in one.not_counted)


def calls(number: int | None) -> str:
    """Model calls that were avoided, in words."""
    return "model calls avoided: unknown" if number is None else f"{number} model calls avoided"
