"""Rows and playbooks that tests of the library and of governance start from."""

from datetime import UTC, datetime, timedelta

import msgspec

from capture.trace import RunStatus
from replay.library.rows import RunRow, VersionRow
from replay.outcome import FailureClass
from replay.playbook import Playbook, PlaybookStep, VersionStatus
from replay.repairs.proposal import PatchEntry, PatchOp, Repair, RepairStatus, Risk

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """Time that goes on by a second a look, or by what the test says."""

    def __init__(self, start: datetime = NOON, step: timedelta = timedelta(seconds=1)) -> None:
        self.now = start
        self.step = step

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


def run_row(**changes: object) -> RunRow:
    row = RunRow(id="run-1", name="release", status=RunStatus.SUCCESS, started_at="2026-11-22T12:00:00Z")
    return msgspec.structs.replace(row, **changes)


def version_row(**changes: object) -> VersionRow:
    row = VersionRow(
        id="release@1",
        name="release",
        version=1,
        digest="sha256:1",
        text_sha256="1",
        status=VersionStatus.DRAFT,
        created_at="2026-11-22T12:00:00Z",
    )
    return msgspec.structs.replace(row, **changes)


def playbook(name: str = "release", *commands: str) -> Playbook:
    steps = tuple(PlaybookStep(run=command) for command in commands or ("make", "./release.sh"))
    return Playbook(name=name, goal="release the site", steps=steps, source_runs=("run-1",))


def repair(**changes: object) -> Repair:
    proposed = Repair(
        repair_id="20261122-120000000-aaaaaa",
        playbook="release",
        base_version=1,
        base_digest="sha256:1",
        step_index=1,
        status=RepairStatus.PROPOSED,
        rank=1,
        source="rule:renamed-file",
        failure_class=FailureClass.MISSING_FILE,
        rationale="data.csv is rows.csv now",
        confidence=0.9,
        preselected=True,
        risk=Risk.LOW,
        patch=(PatchEntry(op=PatchOp.REPLACE, step_index=1, value="make rows"),),
        diff="-make\n+make rows\n",
        created_at="2026-11-22T12:00:00Z",
        replay_id="replay-1",
    )
    return msgspec.structs.replace(proposed, **changes)
