"""settle: a person's word about a step that a killed replay left unknown."""

import shlex
from typing import TYPE_CHECKING

import click

from app.cli.shared import Settings, as_json, emit, example, pass_settings
from capture.errors import ReplaybookError
from replay.claims import goes_on_at, going_on
from replay.outcome import Replay, Word
from replay.playbook import VersionStatus

if TYPE_CHECKING:
    from app.core import Core


@click.command(
    "settle",
    epilog=example("replaybook replays", "replaybook settle 20261127-1036 done"),
)
@click.argument("replay_id", metavar="REPLAY")
@click.argument("word", type=click.Choice([word.value for word in Word]))
@as_json
@pass_settings
def settle_command(settings: Settings, *, replay_id: str, word: str, as_json: bool) -> None:
    """Say of a step that may have happened or not: it is done, or it may run again.

    A replay that was killed in the middle of a step can't know whether that step happened, and no replay of the
    playbook runs it again in that workspace before you have looked and said so. The audit log keeps your word.
    """
    core = settings.core()
    told = core.settle(replay_id, Word(word))
    emit(told, as_json=as_json, human=lambda: _lines(told, core))


def _is_active(core: "Core", replay: Replay) -> bool:
    """Whether its version runs without more; when it is gone, nothing does."""
    try:
        return core.version(f"{replay.playbook}@{replay.version}").status is VersionStatus.ACTIVE
    except ReplaybookError:
        return False


def _lines(replay: Replay, core: "Core") -> list[str]:
    said, step = going_on(replay), goes_on_at(replay)
    if step is None or step > len(replay.steps):
        return [said]
    if not replay.workspace.startswith("/"):
        fleets = (
            one.fleet_id for one in core.fleets() if any(host.replay_id == replay.replay_id for host in one.hosts)
        )
        return [said, f"next: replaybook fleet {next(fleets, 'FLEET')} --resume"]
    draft = "" if _is_active(core, replay) else " --draft"
    cwd = shlex.quote(replay.workspace)
    name = f"{replay.playbook}@{replay.version}"
    return [said, f"next: replaybook replay {name} --mode {replay.mode}{draft} --cwd {cwd} --from {step}"]
