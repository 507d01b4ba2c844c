"""doctor and completion: what this machine offers."""

import sys

import click
from click.shell_completion import get_completion_class

from app.cli.shared import Settings, as_json, emit, example, pass_settings, table


@click.command("doctor", epilog=example("replaybook doctor"))
@as_json
@pass_settings
def doctor_command(settings: Settings, *, as_json: bool) -> None:
    """Tell what this machine offers: shells, shadow level, clocks, terminal, store."""
    findings = settings.core().doctor()
    rows = [(one.name, one.state, one.detail, one.advice) for one in findings]
    emit(findings, as_json=as_json, human=lambda: table(("WHAT", "STATE", "FOUND", "ADVICE"), rows))


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
