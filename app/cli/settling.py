"""settle: a person's word about a step that a killed replay left unknown."""

import click

from app.cli.shared import Settings, as_json, emit, example, pass_settings
from replay.claims import goes_on_at
from replay.outcome import Replay, Word


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
    told = settings.core().settle(replay_id, Word(word))
    emit(told, as_json=as_json, human=lambda: _lines(told))


def _lines(replay: Replay) -> list[str]:
    claim = replay.unknown
    if claim is None or claim.word is None:
        return []
    said = "happened" if claim.word is Word.DONE else "did not happen"
    step = goes_on_at(replay) or 0
    name = f"{replay.playbook}@{replay.version}"
    line = f"next: replaybook replay {name} --mode {replay.mode} --cwd {replay.workspace} --from {step}"
    return [
        f"step {claim.step_index} of {name} {said}, you say",
        line if step <= len(replay.steps) else "nothing is left to run: it was the last step",
    ]
