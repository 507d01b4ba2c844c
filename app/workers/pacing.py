"""Reads how long the steps of a playbook took before; the answer comes by a message."""

from collections.abc import Mapping
from contextlib import suppress

from textual.message import Message

from app.pace import pace
from app.ports import Core
from capture.errors import ReplaybookError
from replay.playbook import Playbook


class PaceRead(Message):
    """How long the steps took is known."""

    def __init__(self, pace: Mapping[int, float]) -> None:
        """Carry milliseconds by step."""
        super().__init__()
        self.pace = pace


def read_pace(core: Core, playbook: Playbook) -> PaceRead:
    """Ask the replays of this version, and where there is none its recording; neither need be there any more."""
    told: Mapping[int, float] = {}
    with suppress(ReplaybookError):
        replays = core.replays(f"{playbook.name}@{playbook.version}")
        told = pace(playbook, replays, None)
        if len(told) < len(playbook.steps) and playbook.source_runs:
            told = pace(playbook, replays, core.trace(playbook.source_runs[0]))
    return PaceRead(told)
