"""export and import: other tools' formats."""

import sys
from pathlib import Path

import click

from app.cli.shared import Settings, as_json, emit, example, narrate, pass_settings
from app.documents import compile_document, import_document
from app.formats import EXPORTERS, View
from capture.importers import FORMATS
from capture.importers.agents import AGENT
from capture.printable import printable
from capture.trace import Trace

PLAYBOOK_FORMS = ("bash", "markdown", "github-actions", "ansible", "justfile")
"""What a playbook can be exported as, besides yaml; a test holds it against the exporters, which are slow to import."""
MARKDOWN = "markdown"
_LONGEST_S = 10.0**9


def _seconds(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    """Seconds, or minutes and seconds as players show them."""
    if value is None:
        return None
    try:
        seconds: float = sum(float(part) * 60**place for place, part in enumerate(reversed(value.split(":"))))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < _LONGEST_S:
        raise click.BadParameter(f"{value!r} is no moment; give seconds as 12.5, or minutes and seconds as 1:30")
    return seconds


@click.command(
    "export",
    epilog=example(
        "replaybook export release --format asciicast-v3 > release.cast",
        "replaybook export release --format svg-animated --idle 1 -o release.svg",
        "replaybook export NAME --format bash > release.sh",
    ),
)
@click.argument("name")
@click.option(
    "--format",
    "form",
    type=click.Choice([*EXPORTERS, "yaml", *PLAYBOOK_FORMS]),
    required=True,
    help=f"yaml, {', '.join(PLAYBOOK_FORMS)} are for a playbook, all others for a run.",
)
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE", help="Instead of stdout (-)."
)
@click.option(
    "--at", callback=_seconds, metavar="TIME", help="svg: the screen at 12.5 or 1:30 instead of the last one."
)
@click.option("--step", type=int, metavar="K", help="svg, svg-animated, text, vhs: step K; svg: the screen at its end.")
@click.option("--idle", type=click.FloatRange(0.1, 3600), metavar="S", help="svg-animated, vhs: longest pause; 2.")
@as_json
@pass_settings
def export_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    name: str,
    form: str,
    output: str | None,
    at: float | None,
    step: int | None,
    idle: float | None,
    as_json: bool,
) -> None:
    """Write a run or a playbook in another tool's format."""
    core = settings.core()
    view = View(at_s=at, step=step, idle_s=idle)
    if output in (None, "-"):
        pieces = core.export(name, form, view)
        if as_json:
            emit({"name": name, "format": form, "content": "".join(pieces)}, as_json=True, human=list)
        else:
            sys.stdout.writelines(pieces)
        return
    core.export_to(Path(output), name, form, view)
    narrate(f"wrote {output}")
    emit({"name": name, "format": form, "file": output}, as_json=as_json, human=list)


@click.command(
    "import",
    epilog=example(
        "replaybook import asciicast session.cast",
        "replaybook import typescript session.log --timing session.timing",
        "replaybook import claude ~/.claude/projects/-home-ada-site/5e551017-….jsonl",
        "replaybook import codex ~/.codex/sessions/2025/11/02/rollout-2025-11-02T10-00-00-0199….jsonl",
        "replaybook import agent session.jsonl",
        "replaybook import jsonl agent.log --map agent.toml",
        "replaybook import markdown README.md --name setup",
    ),
)
@click.argument("form", metavar="FORMAT", type=click.Choice([*FORMATS, AGENT, MARKDOWN]))
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@click.option("--timing", type=click.Path(dir_okay=False), metavar="FILE", help="What script --log-timing wrote.")
@click.option(
    "--map", "mapping", type=click.Path(dir_okay=False), metavar="MAP", help="jsonl: where everything stands in FILE."
)
@click.option(
    "--name", metavar="N", help="A name for the run or playbook; else the recording's title, or the file's name."
)
@as_json
@pass_settings
def import_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    form: str,
    file: str,
    timing: str | None,
    mapping: str | None,
    name: str | None,
    as_json: bool,
) -> None:
    """Make a run of another tool's recording, or a draft playbook of a Markdown document. FILE may be - for stdin.

    Recordings are asciicast (v2 and v3) and typescript; of Markdown the fenced blocks of sh, bash and shell are taken.
    What an agent recorded of itself becomes a run too: claude is a session of Claude Code or its folder, codex a
    rollout of OpenAI's Codex, agent the one of them that the file looks like, jsonl any log of one JSON object a line,
    read by a mapping file.
    """
    if form == MARKDOWN:
        if timing is not None:
            raise click.BadParameter("--timing is for typescripts; leave it out")
        if mapping is not None:
            raise click.BadParameter("--map is for jsonl; leave it out")
        _import_markdown(settings, file, name, as_json=as_json)
        return
    trace = settings.core().import_run(form, file, timing=timing, mapping=mapping, name=name, stdin=sys.stdin.buffer)
    for sentence in trace.run.imported.left_out if trace.run.imported else ():
        narrate(f"note: {printable(sentence)}")
    emit(import_document(trace), as_json=as_json, human=lambda: _imported(trace))


def _import_markdown(settings: Settings, file: str, name: str | None, *, as_json: bool) -> None:
    core = settings.core()
    made = core.import_markdown(file, name=name, stdin=sys.stdin.buffer)
    for sentence in (*made.notes, *made.quality.notes):
        narrate(f"note: {printable(sentence)}")
    ref = f"{made.playbook.name}@{made.playbook.version}"
    stored = core.version(ref)
    emit(
        compile_document(made, digest=stored.digest, status=stored.status),
        as_json=as_json,
        human=lambda: [
            f"imported {ref}: {len(made.playbook.steps)} steps, {stored.status}",
            f"next: replaybook playbook {ref}, then replaybook replay {ref} --mode simulate",
        ],
    )


def _imported(trace: Trace) -> list[str]:
    run = trace.run
    if run.unsegmented:
        return [
            f"imported {printable(run.name)} as {run.run_id}: one piece, because nothing in it tells commands apart",
            f"next: replaybook show {run.run_id}, or replaybook export {run.run_id} --format svg-animated",
        ]
    return [
        f"imported {printable(run.name)} as {run.run_id}: {len(trace.steps)} steps, {run.status}",
        f"next: replaybook show {run.run_id}, or replaybook compile {run.run_id} --name NAME",
    ]
