"""validate, promote, rollback, disable: what may be active."""

import click

from app.bounds import FEWEST_TIMES, MOST_TIMES, THOROUGH
from app.cli.exits import Exit
from app.cli.shared import Settings, as_json, complete_playbook, emit, example, narrate, pass_settings
from app.core import StoredVersion
from app.documents import Document


@click.command(
    "validate",
    epilog=example(
        "replaybook validate release-site@2",
        "replaybook validate release-site@2 --thorough",
        "replaybook validate release-site@2 --thorough 10 --network",
    ),
)
@click.argument("ref", metavar="NAME@V", shell_complete=complete_playbook)
@click.option("--cwd", metavar="DIR", default=None, help="The workspace to copy; default: where it last ran, or here.")
@click.option("--network", is_flag=True, help="The shadow reaches the network as the host does.")
@click.option(
    "--thorough",
    metavar="[N]",
    type=click.IntRange(FEWEST_TIMES, MOST_TIMES),
    is_flag=False,
    flag_value=THOROUGH,
    default=None,
    help=f"Replay all of it N times ({THOROUGH}), and tell which step flakes and which output varies.",
)
@as_json
@pass_settings
def validate_command(
    settings: Settings, *, ref: str, cwd: str | None, network: bool, thorough: int | None, as_json: bool
) -> int:
    """Replay a version in a shadow: an isolated copy of the workspace.

    A version that a repair made is green only if its unrepaired base fails there as it did outside. The replay is
    recorded: show, play and compare open it.
    """
    done = settings.core().validate(ref, cwd=cwd, progress=narrate, network=network, times=thorough or 1)
    emit(done, as_json=as_json, human=done.lines)
    return Exit.DONE if done.validation.verdict == "green" else Exit.STOPPED


@click.command(
    "promote",
    epilog=example(
        "replaybook promote release-site@2", "replaybook promote release-site@2 --override 'prod is down, seen by hand'"
    ),
)
@click.argument("ref", metavar="NAME@V", shell_complete=complete_playbook)
@click.option(
    "--override",
    metavar="REASON",
    help="Promote without what is missing; wants the name in full, and the audit log keeps REASON.",
)
@as_json
@pass_settings
def promote_command(settings: Settings, *, ref: str, override: str | None, as_json: bool) -> None:
    """Make a validated version the active one.

    It wants a green validation of that very version, made within a day, of a workspace and tools that are still the
    same; [promotion] in policy.toml may want more (replaybook policy --help).
    """
    done = settings.core().promote(ref, override=override)
    emit(_standing(done), as_json=as_json, human=lambda: [_said(done)])


@click.command("rollback", epilog=example("replaybook rollback release-site"))
@click.argument("name", metavar="NAME", shell_complete=complete_playbook)
@as_json
@pass_settings
def rollback_command(settings: Settings, *, name: str, as_json: bool) -> None:
    """Make the version that was active before the active one again."""
    done = settings.core().rollback(name)
    emit(_standing(done), as_json=as_json, human=lambda: [_said(done)])


@click.command("disable", epilog=example("replaybook disable release-site@1"))
@click.argument("ref", metavar="NAME@V", shell_complete=complete_playbook)
@as_json
@pass_settings
def disable_command(settings: Settings, *, ref: str, as_json: bool) -> None:
    """Disable a version: it never runs again."""
    done = settings.core().disable(ref)
    emit(_standing(done), as_json=as_json, human=lambda: [_said(done)])


def _standing(version: StoredVersion) -> Document:
    return {
        "playbook": version.playbook.name,
        "version": version.playbook.version,
        "status": version.status,
        "digest": version.digest,
        **({"wants": version.wants} if version.wants else {}),
    }


def _said(version: StoredVersion) -> str:
    said = f"{version.playbook.name}@{version.playbook.version} is {version.status}"
    return f"{said}; your yes is kept: {version.wants}" if version.wants else said
