"""A step that a killed replay left unknown: a person looks, and says whether it happened."""

from collections.abc import Sequence

from app.keymap import Keys
from app.screens.base import BookScreen
from app.screens.dialogs import YesOrNo
from app.widgets.prose import Piece, Tone, piece
from app.workers.tasks import in_thread
from app.workers.telling import Settled
from replay.outcome import Claim, Replay, Word


def unknown_pieces(unknown: Sequence[Replay], keys: Keys) -> list[Piece]:
    """What is said of them before anything else: nothing of such a playbook runs there until it is settled.

    Args:
        unknown: Replays with a step of which nobody knows, oldest first.
        keys: As a person has them.
    """
    claims = [one.unknown for one in unknown if one.unknown]
    if not claims:
        return []
    words = f"step {claims[0].step_index} of {unknown[0].playbook} may have happened or not"
    more = f", and {len(claims) - 1} more" if len(claims) > 1 else ""
    return [Piece("! ", Tone.WARN), piece(f"{words}{more}", Tone.STRONG), piece(f"  press {keys.first('settle')}   ")]


def ask_settle(screen: BookScreen, replay: Replay) -> None:
    """Ask; after a `y` or an `n` the screen hears `Settled`.

    Args:
        screen: Who asks.
        replay: It has an `unknown` without a word.
    """
    claim, core = replay.unknown, screen.core
    if claim is None:
        return

    def answered(yes: bool | None) -> None:  # noqa: FBT001 - what the dialog hands over
        if yes is not None:
            word = Word.DONE if yes else Word.AGAIN
            in_thread(screen, lambda: Settled(core.settle(replay.replay_id, word)), group="settle")

    screen.app.push_screen(YesOrNo(f"Did step {claim.step_index} happen?", _question(replay, claim)), answered)


def _question(replay: Replay, claim: Claim) -> str:
    return (
        f"{' '.join(claim.run.split())}\n\n"
        f"Replay {replay.replay_id} of {replay.playbook}@{replay.version} was killed in this step: {claim.seen}. "
        f"Look at {claim.workspace} before you answer: yes, it happened, and going on begins behind it; "
        f"no, it did not, and may run again."
    )
