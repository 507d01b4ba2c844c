"""An interruption that comes before its step has begun, and whom it does not concern."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from capture.session import Session
from capture.trace import Step, StepStatus
from capture.wire import StepBegan, StepEnded
from replay.executor import SessionExecutor
from replay.playbook import PlaybookStep

STEP = Step(
    step_index=1,
    command="true",
    cwd="/w",
    cwd_after="/w",
    status=StepStatus.SUCCESS,
    exit_code=0,
    started_at=datetime(2026, 1, 1, tzinfo=UTC),
    duration_ms=1.0,
)


class Shell:
    """A session that tells which of its steps were interrupted while they ran."""

    spec = SimpleNamespace(shell="bash", cwd="/w")

    def __init__(self) -> None:
        self.runs = False
        self.interrupted: list[bool] = []
        self.coming: list[Any] = []

    def run(self, _command: str, **_more: object) -> None:
        self.coming = [
            StepBegan(step_index=1, command="true", cwd="/w", started_at=STEP.started_at),
            StepEnded(step=STEP),
        ]

    def receive(self) -> object:
        message = self.coming.pop(0)
        self.runs = isinstance(message, StepBegan)
        return message

    def interrupt(self) -> None:
        self.interrupted.append(self.runs)


@pytest.mark.parametrize("calmed", [False, True])
def test_what_is_interrupted_before_it_begins_is_interrupted_as_it_begins(*, calmed: bool) -> None:
    shell = Shell()
    executor = SessionExecutor(cast("Session", shell), cwd="/w", secrets={}, carry_out=str)
    executor.interrupt()
    if calmed:
        executor.calm()
    for _ in range(2):
        executor.run(PlaybookStep(run="true"), "true", {}, lambda _data: None)
    assert shell.interrupted == ([False] if calmed else [False, True])
