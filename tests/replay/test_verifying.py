from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from capture.errors import HostError
from capture.trace import Run, RunStatus, Trace
from replay import verifying
from replay.outcome import Replay
from replay.playbook import Compilation, Playbook, PlaybookStep, Quality
from replay.protocols import Director
from replay.requests import Request
from replay.runner import Runner
from replay.shadow import Level
from replay.verifying import Learning, Verifier

COMPILATION = Compilation(
    playbook=Playbook(name="p", version=3, steps=(PlaybookStep(run="true"),)), quality=Quality(score=1.0)
)


@dataclass
class Refusing:
    """Stands in for the machine's runner: no replay comes about."""

    asked: list[Request] = field(default_factory=list)

    def run(self, request: Request, *, director: Director | None = None) -> Replay:
        del director
        self.asked.append(request)
        raise HostError("the shell could not be started")


def recorded(workspace: Path) -> Trace:
    run = Run(
        run_id="r",
        name="r",
        status=RunStatus.SUCCESS,
        started_at=datetime.now(UTC),
        shell="bash",
        cwd=str(workspace),
        host="here",
        workspace=str(workspace),
    )
    return Trace(run=run)


def verified(runner: Refusing, workspace: Path) -> verifying.Verification:
    verifier = Verifier(
        runner=cast("Runner", runner), trace=lambda _: recorded(workspace), blobs=lambda _: None, told=lambda _: None
    )
    made, found = verifier.verify(COMPILATION, recorded(workspace), workspace=None)
    assert made.playbook == COMPILATION.playbook
    assert not found.passed
    return found


def test_without_a_shadow_it_is_unavailable_and_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "strongest", lambda: Level.L0)
    runner = Refusing()
    found = verified(runner, tmp_path)
    assert (found.state, runner.asked) == (Learning.UNAVAILABLE, [])
    assert "no shadow" in found.lines()[0]
    assert "replaybook doctor" in found.lines()[1]


def test_a_workspace_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "strongest", lambda: Level.L2)
    found = verified(Refusing(), tmp_path / "gone")
    assert found.state is Learning.UNAVAILABLE
    assert "--cwd" in found.failed[0]


def test_a_replay_that_does_not_come_about_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "strongest", lambda: Level.L2)
    runner = Refusing()
    found = verified(runner, tmp_path)
    assert (found.state, found.failed) == (Learning.FAILED, ("the shell could not be started",))
    assert [(one.shadow, one.playbook.version) for one in runner.asked] == [(True, 0)]
