"""Figures: what is counted, and how Prometheus is told."""

from datetime import UTC, datetime, timedelta

from prometheus_client.parser import text_string_to_metric_families

from capture.errors import BadInputError
from replay.governance.chain import AuditEntry
from replay.library.rows import RepairRow, ReplayRow, ValidationRow, Verdict
from replay.operations.counting import Figures, Rows, count
from replay.operations.exposing import BUCKETS_S, exposed
from replay.outcome import Mode, ReplayStatus
from replay.repairs.proposal import RepairStatus
from replay.verifying import UNSTORED

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


def replayed(
    row_id: str, status: ReplayStatus, *, mode: Mode = Mode.STRICT, version: int = 1, in_shadow: bool = False
) -> ReplayRow:
    began = NOW.isoformat()
    return ReplayRow(
        id=row_id, playbook="site", version=version, mode=mode, status=status, started_at=began, in_shadow=in_shadow
    )


def proposed(row_id: str, status: RepairStatus, waited: timedelta) -> RepairRow:
    at = (NOW - waited).isoformat()
    return RepairRow(id=row_id, playbook="site", base_version=1, base_digest="d", status=status, created_at=at)


def decided(seq: int, action: str, subject: str, ago: timedelta) -> AuditEntry:
    at = (NOW - ago).isoformat()
    return AuditEntry(seq=seq, at=at, actor="ada", action=action, subject=subject, details={}, prev="", hash="")


def counted() -> Figures:
    validated = ValidationRow(
        id="v", playbook="site", version=1, digest="d", verdict=Verdict.GREEN, level="L3", created_at="", replay_id="p4"
    )
    rows = Rows(
        replays=(
            replayed("p1", ReplayStatus.SUCCESS),
            replayed("p2", ReplayStatus.FAILED),
            replayed("p3", ReplayStatus.NOT_READY, mode=Mode.SIMULATE),
            replayed("p4", ReplayStatus.SUCCESS, in_shadow=True),
            replayed("p5", ReplayStatus.FAILED, in_shadow=True),
            replayed("p6", ReplayStatus.CANCELLED),
            replayed("p7", ReplayStatus.FAILED, version=UNSTORED),
            replayed("p8", ReplayStatus.NOT_READY, mode=Mode.SIMULATE),
        ),
        repairs=(
            proposed("r1", RepairStatus.APPROVED, timedelta(hours=5)),
            proposed("r2", RepairStatus.PROPOSED, timedelta(days=2)),
            proposed("r3", RepairStatus.PROPOSED, timedelta(hours=1)),
        ),
        validations=(validated,),
    )
    stops = {"p2": "network", "p3": "missing-file"}

    def stopped_at(replay_id: str) -> str:
        if replay_id not in stops:
            raise BadInputError(f"{replay_id} can't be read")
        return stops[replay_id]

    entries = [
        decided(1, "compiled", "site@1", timedelta(hours=9)),
        decided(2, "changes-requested", "r1", timedelta(hours=3)),
        decided(3, "approved", "r1", timedelta(hours=1)),
    ]
    return count(rows, entries, stopped_at=stopped_at, length=3, now=NOW)


def test_only_what_was_judged_on_a_real_workspace_makes_the_ratio() -> None:
    figures = counted()
    assert figures.success_ratio == 0.5
    assert figures.divergences == {"missing-file": 1, "network": 1}
    assert figures.unreadable == 1
    assert figures.replays["strict"] == {"cancelled": 1, "failed": 3, "success": 2}


def test_a_repair_has_waited_until_the_first_word() -> None:
    figures = counted()
    assert figures.review_s == [timedelta(hours=2).total_seconds()]
    assert (figures.inbox_waiting, figures.inbox_oldest_s) == (2, timedelta(days=2).total_seconds())


def test_prometheus_reads_what_is_exposed() -> None:
    figures = counted()
    families = {one.name: one for one in text_string_to_metric_families(exposed(figures).decode())}
    replays = {(one.labels["mode"], one.labels["status"]): one.value for one in families["replaybook_replays"].samples}
    assert replays[("strict", "failed")] == 3
    buckets = [one for one in families["replaybook_review_seconds"].samples if one.name.endswith("_bucket")]
    assert [one.value for one in buckets] == [float(bound >= 7200) for bound in BUCKETS_S] + [1.0]
    assert families["replaybook_inbox_oldest_seconds"].samples[0].value == 172800
    assert families["replaybook_validations"].samples[0].labels == {"level": "L3", "verdict": "green"}


def test_what_nobody_knows_is_not_exposed() -> None:
    figures = count(Rows(), (), stopped_at=lambda _: None, length=None, now=NOW)
    told = exposed(figures).decode()
    assert "replaybook_success_ratio" not in told
    assert "replaybook_audit_entries" not in told
