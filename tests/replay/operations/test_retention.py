"""Which recordings go, and which stay however old they are."""

from datetime import UTC, datetime, timedelta

from capture.trace import Run, RunStatus
from replay.operations.retention import Retention, retention

NOW = datetime(2026, 3, 9, tzinfo=UTC)


def run(run_id: str, days: int, *, status: RunStatus = RunStatus.SUCCESS, lasted: int = 0) -> Run:
    began = NOW - timedelta(days=days)
    ended = None if status is RunStatus.IN_PROGRESS else began + timedelta(days=lasted)
    return Run(
        run_id=run_id,
        name=run_id,
        status=status,
        started_at=began,
        ended_at=ended,
        shell="bash",
        host="h",
        cwd="/w",
        workspace="/w",
    )


def chosen(newest: int = 0) -> Retention:
    runs = [
        run("long", 100, lasted=20),
        run("base", 200),
        run("live", 300, status=RunStatus.IN_PROGRESS),
        run("old", 120),
        run("older", 150),
        run("young", 1),
    ]
    return retention(runs, NOW - timedelta(days=90), needed={"base": "site@1 was made from it"}, newest=newest)


def test_what_ended_before_goes_but_what_is_needed() -> None:
    found = chosen()
    assert found.goes == ("older", "old")
    assert {one.run_id: one.reason for one in found.kept} == {
        "live": "it is still being recorded",
        "base": "site@1 was made from it",
    }
    assert found.young == 2


def test_the_newest_stay() -> None:
    assert chosen(newest=3).goes == ("older",)
