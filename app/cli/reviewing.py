"""repairs, repair, review: the inbox."""

import click
import msgspec

from app.cli.asking import AtTerminal, is_there
from app.cli.shared import Settings, as_json, emit, example, pass_settings, table
from app.outside import AskedAgain
from capture.printable import printable
from replay.inbox import Decision
from replay.repairs.proposal import Repair, RepairStatus


@click.command("repairs", epilog=example("replaybook repairs"))
@as_json
@pass_settings
def repairs_command(settings: Settings, *, as_json: bool) -> None:
    """List the proposed repairs."""
    found = settings.core().repairs()
    rows = [
        (one.repair_id, f"{one.playbook}@{one.base_version}", str(one.step_index), one.status, one.source, one.risk)
        for one in found
    ]
    emit(
        found,
        as_json=as_json,
        human=lambda: (
            table(("REPAIR", "PLAYBOOK", "STEP", "STATUS", "SOURCE", "RISK"), rows) if rows else ["the inbox is empty"]
        ),
    )


@click.command("repair", epilog=example("replaybook repair ID"))
@click.argument("repair_id", metavar="ID")
@as_json
@pass_settings
def repair_command(settings: Settings, *, repair_id: str, as_json: bool) -> None:
    """Show one repair with its diff."""
    found = settings.core().repair(repair_id)
    emit(found, as_json=as_json, human=lambda: repair_lines(found))


@click.command("review", epilog=example("replaybook review ID approve --note 'renamed last week'"))
@click.argument("repair_id", metavar="ID")
@click.argument("decision", type=click.Choice([decision.value for decision in Decision]))
@click.option("--note", metavar="T", help="Why; kept in the audit log.")
@as_json
@pass_settings
def review_command(settings: Settings, *, repair_id: str, decision: str, note: str | None, as_json: bool) -> None:
    """Approve a repair, reject it, or ask for another."""
    core = settings.core()
    done = core.review(repair_id, Decision(decision), note=note)
    if done.status is not RepairStatus.CHANGES_REQUESTED:
        emit(done, as_json=as_json, human=lambda: _reviewed(done))
        return
    again = core.ask_again(done.repair_id, director=AtTerminal() if is_there() else None)
    document = {**msgspec.to_builtins(done), "again": again}
    emit(document, as_json=as_json, human=lambda: [*_reviewed(done), *again_lines(again)])


def repair_lines(repair: Repair) -> list[str]:
    """A repair with its diff; the last line says what to do with it."""
    selected = ", preselected" if repair.preselected else ""
    return [
        f"{repair.repair_id}  {repair.playbook}@{repair.base_version} step {repair.step_index}  {repair.status}",
        f"{repair.failure_class} · {repair.source} · {repair.risk} risk · {repair.confidence:.0%} sure{selected}",
        printable(repair.rationale),
        "",
        printable(repair.diff.rstrip("\n")),
        "",
        f"next: replaybook review {repair.repair_id} approve|reject|request-changes",
    ]


def again_lines(again: AskedAgain) -> list[str]:
    """What came of asking again."""
    lines = [f"another proposal: {one.repair_id} by {one.source}" for one in again.repairs]
    lines += [f"next: replaybook repair {one.repair_id}" for one in again.repairs[:1]]
    return lines + [printable(note) for note in again.notes]


def _reviewed(repair: Repair) -> list[str]:
    if repair.created_version is None:
        return [f"{repair.repair_id} is {repair.status}"]
    ref = f"{repair.playbook}@{repair.created_version}"
    return [f"{repair.repair_id} is {repair.status}: {ref} is a draft", f"next: replaybook validate {ref}"]
