"""repairs, repair, review: the inbox."""

from collections.abc import Sequence
from datetime import datetime

import click
import msgspec

from app.cli.asking import AtTerminal, is_there
from app.cli.shared import Settings, as_json, emit, example, pass_settings, table, voice
from app.moments import age
from app.outside import AskedAgain
from app.review_queue import Order, ordered
from capture.printable import printable
from replay.inbox import Decision
from replay.repairs.proposal import Repair, RepairStatus


@click.command(
    "repairs", epilog=example("replaybook repairs", "replaybook repairs --all", "replaybook repairs --stale")
)
@click.option(
    "--all", "everything", is_flag=True, help="Those that are decided or stale, too; --json holds them anyway."
)
@click.option("--stale", is_flag=True, help="Only those that can't be approved any more, and why.")
@as_json
@pass_settings
def repairs_command(settings: Settings, *, everything: bool, stale: bool, as_json: bool) -> None:
    """List the repairs that wait for a person, oldest first."""
    if everything and stale:
        raise click.UsageError("--all holds the stale ones already; give one of both")
    core = settings.core()
    found = ordered(core.repairs(), Order.LONGEST)
    if stale:
        found = [one for one in found if one.status is RepairStatus.STALE]
    shown = found if everything or stale else [one for one in found if one.status is RepairStatus.PROPOSED]
    emit(found, as_json=as_json, human=lambda: _listed(shown, len(found), core.clock()))


def _listed(shown: Sequence[Repair], of: int, now: datetime) -> list[str]:
    if not shown:
        return [f"no repair waits; {of} in all, --all lists them" if of else "the inbox is empty"]
    rows = [
        (
            one.repair_id,
            f"{one.playbook}@{one.base_version}",
            str(one.step_index),
            age(one, now),
            standing(one),
            one.source,
            one.risk,
        )
        for one in shown
    ]
    return table(("REPAIR", "PLAYBOOK", "STEP", "AGE", "STATUS", "SOURCE", "RISK"), map(_printable, rows))


def _printable(cells: Sequence[str]) -> list[str]:
    return [printable(cell) for cell in cells]


def standing(repair: Repair) -> str:
    """Its status, and why it is that where a person must know."""
    why = repair.stale or repair.wants
    return f"{repair.status.replace('_', ' ')}: {why}" if why else repair.status.replace("_", " ")


@click.command("repair", epilog=example("replaybook repair ID"))
@click.argument("repair_id", metavar="ID")
@as_json
@pass_settings
def repair_command(settings: Settings, *, repair_id: str, as_json: bool) -> None:
    """Show one repair with its diff."""
    core = settings.core()
    # Only a person was shown anything: how long they had it before them goes into the audit log.
    found = core.repair(repair_id) if as_json else core.look(repair_id)
    emit(found, as_json=as_json, human=lambda: repair_lines(found))


@click.command(
    "review",
    epilog=example(
        "replaybook review ID approve --note 'renamed last week'",
        "replaybook review ID approve --edit 'sort data/results.csv > sorted.csv'",
        "replaybook review ID request-changes --note 'keep the old name as a link'",
    ),
)
@click.argument("repair_id", metavar="ID")
@click.argument("decision", type=click.Choice([decision.value for decision in Decision]))
@click.option("--note", metavar="T", help="Why; kept in the audit log, and told to a source that reads.")
@click.option("--edit", metavar="CMD", help="With approve: your own command for that step, in place of the proposed.")
@as_json
@pass_settings
def review_command(
    settings: Settings, *, repair_id: str, decision: str, note: str | None, edit: str | None, as_json: bool
) -> None:
    """Approve a repair, reject it, or ask for another.

    An approval makes the next version, a draft; where your policy wants more people, when they have approved it as
    well. The audit log keeps who decided (the account; with REPLAYBOOK_ACTOR=NAME as NAME (ACCOUNT): a claim, for
    accounts that several share), what they were shown, and for how long since replaybook repair ID.
    """
    core = settings.core()
    done = core.review(repair_id, Decision(decision), note=note, edited=edit)
    if done.status is not RepairStatus.CHANGES_REQUESTED:
        emit(done, as_json=as_json, human=lambda: _reviewed(done))
        return
    again = core.ask_again(done.repair_id, director=AtTerminal() if is_there() else None)
    document = {**msgspec.to_builtins(done), "again": again}
    emit(document, as_json=as_json, human=lambda: [*_reviewed(done), *again_lines(again)])


def repair_lines(repair: Repair) -> list[str]:
    """A repair with its diff; the last line says what to do with it."""
    speak, selected = voice(), ", preselected" if repair.preselected else ""
    facts = (repair.failure_class, repair.source, f"{repair.risk} risk", f"{repair.confidence:.0%} sure")
    return [
        f"{repair.repair_id}  {repair.playbook}@{repair.base_version} step {repair.step_index}  {standing(repair)}",
        speak.separator.join(facts) + selected,
        printable(repair.rationale),
        "",
        *speak.change(printable(repair.diff)),
        "",
        f"next: {_next(repair)}",
    ]


def _next(repair: Repair) -> str:
    if repair.status is RepairStatus.PROPOSED:
        return f"replaybook review {repair.repair_id} approve|reject|request-changes"
    if repair.created_version is not None and repair.status is not RepairStatus.PROMOTED:
        return f"replaybook validate {repair.playbook}@{repair.created_version}"
    again = f"replaybook replay {repair.playbook} --mode guided"
    return f"replaybook playbook {repair.playbook}@{repair.created_version}" if repair.created_version else again


def again_lines(again: AskedAgain) -> list[str]:
    """What came of asking again."""
    lines = [f"another proposal: {one.repair_id} by {one.source}" for one in again.repairs]
    lines += [f"next: replaybook repair {one.repair_id}" for one in again.repairs[:1]]
    return lines + [printable(note) for note in again.notes]


def _reviewed(repair: Repair) -> list[str]:
    if repair.created_version is None:
        return [f"{repair.repair_id} is {standing(repair)}"]
    ref = f"{repair.playbook}@{repair.created_version}"
    return [f"{repair.repair_id} is {repair.status}: {ref} is a draft", f"next: replaybook validate {ref}"]
