"""export and import: other tools' formats."""

import sys
from pathlib import Path

import click

from app.cli.shared import Settings, as_json, emit, example, narrate, pass_settings
from capture.errors import BadInputError


@click.command(
    "export",
    epilog=example(
        "replaybook export release --format asciicast-v3 > release.cast",
        "replaybook export NAME --format yaml",
    ),
)
@click.argument("name")
@click.option(
    "--format",
    "form",
    type=click.Choice(["asciicast-v3", "asciicast-v2", "text", "yaml"]),
    required=True,
    help="asciicast and text for a run, yaml for a playbook.",
)
@click.option("--output", "-o", type=click.Path(dir_okay=False), metavar="FILE", help="Instead of stdout.")
@as_json
@pass_settings
def export_command(settings: Settings, *, name: str, form: str, output: str | None, as_json: bool) -> None:
    """Write a run or a playbook in another tool's format."""
    core = settings.core()
    if output is None:
        lines = core.export(name, form)
        if as_json:
            emit({"name": name, "format": form, "content": "".join(lines)}, as_json=True, human=list)
        else:
            sys.stdout.writelines(lines)
        return
    core.export_to(Path(output), name, form)
    narrate(f"wrote {output}")
    emit({"name": name, "format": form, "file": output}, as_json=as_json, human=list)


@click.command("import", epilog=example("replaybook import asciicast FILE"))
@click.argument("form", metavar="FORMAT")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False))
@as_json
@pass_settings
def import_command(settings: Settings, *, form: str, file: str, as_json: bool) -> None:
    """Read another tool's recording: not in this version."""
    del settings, file, as_json
    raise BadInputError(f"import of {form} is not in this version; record the work with replaybook record")
