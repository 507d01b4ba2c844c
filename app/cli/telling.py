"""stability, ledger: what the replays of a playbook say of it, and what they have saved."""

from collections.abc import Iterator

import click

from app.calls import told_command
from app.cli.shared import Settings, as_json, complete_playbook, emit, example, pass_settings, styled, table
from app.telling import account_head, account_lines, against_lines, ledger_sum, step_lines, took
from capture.printable import printable
from replay.history.ledger import Ledger
from replay.history.stability import Stability, StepStability


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
    lasted = f", median {took(found.duration)}" if found.duration else ""
    yield f"{found.playbook}@{found.version}: {found.passed} of {count} replays passed{lasted}"
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
    command = printable(told_command(step.command).strip().partition("\n")[0])
    return str(step.step_index), step.verdict, str(step.passed), str(step.failed), median, spread, command


@click.command("ledger", epilog=example("replaybook ledger", "replaybook ledger release-site --json"))
@click.argument("name", metavar="[NAME]", required=False, shell_complete=complete_playbook)
@as_json
@pass_settings
def ledger_command(settings: Settings, *, name: str | None, as_json: bool) -> None:
    """Tell what replaying has saved, with its sums: time, and the model calls and tokens that the recorded agent took.

    What a recording doesn't say is not told, and never estimated; what a model took for repairs is subtracted. Held
    against the recording, from the start of its first command to the end of its last. Only successful replays of the
    whole work on a real workspace count: none that was simulated, in a shadow, stopped, or failed.
    """
    found = settings.core().ledger(name)
    emit(found, as_json=as_json, human=lambda: ledger_lines(found))


def ledger_lines(found: Ledger) -> Iterator[str]:
    """The ledger for a person, every sum with its runs."""
    for one in found.playbooks:
        yield styled(account_head(one), bold=True)
        yield from account_lines(one)
    yield styled(ledger_sum(found), bold=True)
    yield from (f"  {line}" for line in against_lines(found))
    yield from (f"in no sum: {printable(reason)}" for reason in found.unknown)
