"""audit: the record of who decided what, whether it is whole, and the same for other people's tools."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from app.cli.exits import Exit
from app.cli.shared import Settings, as_json, complete_playbook, emit, example, narrate, pass_settings, table
from capture.printable import printable
from replay.governance.attesting import FORMS
from replay.governance.audit import Action
from replay.governance.audit_format import FORMAT
from replay.governance.chain import AuditEntry
from replay.governance.wanted import Wanted


@click.command(
    "audit",
    epilog=example(
        "replaybook audit --playbook release-site --since 7d",
        "replaybook audit --kind promoted --kind rolled-back --json",
        "replaybook audit --verify --head /mnt/safe/audit.head",
        "replaybook audit --export in-toto --out decisions.intoto.jsonl",
        "replaybook audit --format",
    ),
)
@click.option("--verify", is_flag=True, help="Whether the log is whole; if not, where it was changed, and how.")
@click.option(
    "--head",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="With --verify: hold the log against a copy of audit.head that was kept elsewhere.",
)
@click.option(
    "--playbook", metavar="NAME[@V]", shell_complete=complete_playbook, help="Its versions, repairs and replays alone."
)
@click.option("--since", metavar="WHEN", help="A date or time in ISO 8601 (UTC), or a span: 90min, 12h, 7d, 2w.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([action.value for action in Action]),
    metavar="KIND",
    help=f"One of: {', '.join(Action)}. May be repeated.",
)
@click.option("--search", metavar="TEXT", default="", help="Entries that hold TEXT anywhere.")
@click.option("--export", "form", type=click.Choice(FORMS), help="One in-toto statement (v1) a line.")
@click.option(
    "--out", "-o", type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE", help="Instead of stdout (-)."
)
@click.option("--format", "on_paper", is_flag=True, help="Tell the format of the log, for who checks it without us.")
@as_json
@pass_settings
def audit_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    verify: bool,
    head: str | None,
    playbook: str | None,
    since: str | None,
    kinds: Sequence[str],
    search: str,
    form: str | None,
    out: str | None,
    on_paper: bool,
    as_json: bool,
) -> int:
    """Show who decided what, check that nothing of it was changed, or export it."""
    filtered = bool(playbook or since or kinds or search)
    _check_usage(verify=verify, head=head, filtered=filtered, form=form, out=out, on_paper=on_paper)
    if on_paper:
        emit({"format": FORMAT}, as_json=as_json, human=FORMAT.splitlines)
        return Exit.DONE
    if verify:
        verdict = settings.core().verify_audit(head)
        emit(verdict, as_json=as_json, human=lambda: [verdict.words])
        return Exit.DONE if verdict.ok else Exit.INTERNAL
    core = settings.core()
    wanted = msgspec.structs.replace(
        core.audit_filter(f"since:{since.replace(' ', '')}" if since else ""),
        playbook=playbook,
        kinds=frozenset(kinds),
        text=search,
    )
    if form:
        _export(settings, wanted, form, out, as_json=as_json)
        return Exit.DONE
    entries = core.audit(wanted)
    emit(entries, as_json=as_json, human=lambda: _listed(entries, filtered=filtered))
    return Exit.DONE


def _check_usage(
    *, verify: bool, head: str | None, filtered: bool, form: str | None, out: str | None, on_paper: bool
) -> None:
    """Refuse options that mean nothing together, rather than leave one out silently."""
    if sum((verify, form is not None, on_paper)) > 1:
        raise click.UsageError("--verify, --export and --format are three things to do; give one of them")
    if (verify or on_paper) and filtered:
        raise click.UsageError("--verify and --format are about the whole log; leave out what chooses entries")
    if head is not None and not verify:
        raise click.UsageError("--head goes with --verify")
    if out is not None and form is None:
        raise click.UsageError("--out goes with --export")


def _export(settings: Settings, wanted: Wanted, form: str, out: str | None, *, as_json: bool) -> None:
    core = settings.core()
    verdict = core.verify_audit()
    if not verdict.ok:
        narrate(f"note: the log is not as it was written: {verdict.words}")
    if out in (None, "-"):
        lines = core.attest(wanted)
        if as_json:
            emit([msgspec.json.decode(line) for line in lines], as_json=True, human=list)
        else:
            sys.stdout.writelines(lines)
        return
    core.attest_to(Path(out), wanted)
    narrate(f"wrote {out}")
    emit({"format": form, "file": out}, as_json=as_json, human=list)


def _listed(entries: Sequence[AuditEntry], *, filtered: bool) -> list[str]:
    rows = [(str(one.seq), one.at, printable(one.actor), one.action, printable(one.subject)) for one in entries]
    if rows:
        return table(("SEQ", "AT", "WHO", "WHAT", "SUBJECT"), rows)
    return ["no decision is like that" if filtered else "no decisions yet"]
