"""edit and join: runs made smaller, safer, or one of several."""

import re
from collections.abc import Iterator

import click

from app.cli.shared import Settings, as_json, complete_run, emit, example, pass_settings
from app.documents import record_document
from app.edit import Edit, Edited
from capture.errors import BadInputError
from capture.printable import printable


@click.command(
    "edit",
    epilog=example(
        "replaybook edit release --trim 3..9 --cut 5 --idle 2",
        "replaybook edit release --redact hunter2",
        "replaybook edit release --undo",
        "replaybook edit release --undo --all",
    ),
)
@click.argument("run", shell_complete=complete_run)
@click.option("--trim", metavar="FROM..TO", help="Keep only these: steps, as 3..9, or times, as 90s..2:30.")
@click.option("--cut", metavar="K[,K…]", help="Take these steps out.")
@click.option("--idle", type=float, metavar="SECONDS", help="Shorten longer silences of the terminal to this.")
@click.option("--redact", multiple=True, metavar="TEXT", help="Mask TEXT in every file of the run. Final.")
@click.option("--redact-regex", multiple=True, metavar="RE", help="Mask what RE matches, the same way. Final.")
@click.option("--undo", is_flag=True, help="Take the last edit back.")
@click.option("--all", "everything", is_flag=True, help="With --undo: take all of them back, to the original.")
@click.option("--purge", is_flag=True, help="Delete for good what was before: the original and all between.")
@as_json
@pass_settings
def edit_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    run: str,
    trim: str | None,
    cut: str | None,
    idle: float | None,
    redact: tuple[str, ...],
    redact_regex: tuple[str, ...],
    undo: bool,
    everything: bool,
    purge: bool,
    as_json: bool,
) -> None:
    """Edit a run; every state before is kept, until the original is purged.

    Step numbers are those before the edit. Redaction is final: it masks what is kept from before too, and nothing
    gives the text back.
    """
    edit = Edit(trim=trim, cut=_numbers(cut), idle_s=idle, redact=redact, redact_patterns=redact_regex)
    if undo + purge + (edit != Edit()) > 1:
        raise BadInputError("--undo and --purge go alone; run the command once for each")
    if everything and not undo:
        raise BadInputError("--all says how far --undo goes; write --undo --all")
    core = settings.core()
    if undo:
        edited = core.undo_edits(run) if everything else core.undo_edit(run)
    else:
        edited = core.purge_original(run) if purge else core.edit(run, edit)
    emit(edited, as_json=as_json, human=lambda: _told(edited))


@click.command("join", epilog=example("replaybook join build deploy --name release"))
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", shell_complete=complete_run)
@click.option("--name", required=True, metavar="N", help="A name for the new run.")
@as_json
@pass_settings
def join_command(settings: Settings, *, runs: tuple[str, ...], name: str, as_json: bool) -> None:
    """Make one run of several, in this order; they stay as they are."""
    trace = settings.core().join(runs, name=name)
    told = f"joined {len(runs)} runs as {trace.run.run_id}: {len(trace.steps)} steps"
    emit(record_document(trace), as_json=as_json, human=lambda: [told])


def _numbers(text: str | None) -> tuple[int, ...]:
    if text is None:
        return ()
    if re.fullmatch(r"\s*\d+\s*(,\s*\d+\s*)*", text) is None:
        raise BadInputError(f"--cut {text!r} is no list of steps; write it as 3 or 3,5,6")
    return tuple(int(number) for number in text.split(","))


def _told(edited: Edited) -> Iterator[str]:
    how = printable("; ".join(edited.edits)) or "as it was recorded"
    yield f"run {edited.run_id}: {edited.steps} steps, {how}"
    if edited.masked or edited.contents_dropped:
        yield f"masked {edited.masked} places, deleted {edited.contents_dropped} stored contents of files"
    if edited.masked:
        yield "redaction is final: the original was redacted too"
    for digest in edited.contents_kept:
        yield f"kept {digest}, which holds it: another run needs it; redact that run too"
    for path in edited.found_in:
        yield f"{printable(path)} holds it too; edit or delete it yourself"
    if edited.original_kept:
        yield (
            f"what was before is kept: replaybook edit {edited.run_id} --undo takes one edit back, "
            "--undo --all every one, --purge deletes it"
        )
