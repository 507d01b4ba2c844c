"""doctor and completion: what this machine offers."""

import sys

import click
from click.shell_completion import get_completion_class

from app.cli.shared import Settings, as_json, emit, example, pass_settings, table
from capture.printable import printable


@click.command("doctor", epilog=example("replaybook doctor", "replaybook doctor --rebuild"))
@click.option(
    "--rebuild",
    is_flag=True,
    help="Make catalog.json again from the files; the old one is kept. The next search makes its index anew.",
)
@as_json
@pass_settings
def doctor_command(settings: Settings, *, rebuild: bool, as_json: bool) -> None:
    """Tell what this machine offers: shells, shadow level, clocks, terminal, store."""
    if rebuild:
        rebuilt = settings.core().rebuild_catalog()
        emit(rebuilt, as_json=as_json, human=lambda: map(printable, rebuilt.lines()))
        return
    findings = settings.core().doctor()
    rows = [(one.name, one.state, one.detail, one.advice) for one in findings]
    emit(findings, as_json=as_json, human=lambda: table(("WHAT", "STATE", "FOUND", "ADVICE"), rows), alone=False)


@click.command(
    "completion",
    epilog=example('eval "$(replaybook completion bash)"', "replaybook completion fish | source"),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(ctx: click.Context, *, shell: str) -> None:
    """Print the completion script for a shell."""
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    sys.stdout.write(found(ctx.find_root().command, {}, "replaybook", "_REPLAYBOOK_COMPLETE").source() + "\n")
