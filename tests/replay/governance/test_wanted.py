from datetime import UTC, datetime, timedelta

import pytest

from capture.errors import BadInputError
from replay.governance.chain import AuditEntry
from replay.governance.wanted import Wanted, chosen, moment, wanted_of

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def entry(seq: int, action: str, subject: str, actor: str = "ada", **details: str) -> AuditEntry:
    at = f"2026-03-{seq:02}T09:00:00Z"
    return AuditEntry(seq=seq, at=at, actor=actor, action=action, subject=subject, details=details, prev="", hash="")


ENTRIES = (
    entry(1, "compiled", "site@1"),
    entry(2, "compiled", "site-two@1"),
    entry(3, "approved", "r-1", note="Moved to OUT"),
    entry(4, "promoted", "site@2", actor="eve"),
    entry(5, "edited", "run-site"),
)
PLAYBOOKS = {"r-1": "site"}


@pytest.mark.parametrize(
    ("typed", "seqs"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("playbook:site", [1, 3, 4]),
        ("playbook:site@2", [4]),
        ("kind:compiled kind:promoted", [1, 2, 4]),
        ("since:2026-03-03", [3, 4, 5]),
        ("since:2026-03-04T09:00:00+00:00", [4, 5]),
        ("since:7d", [4, 5]),
        ("eve", [4]),
        ("moved to out", [3]),
        ("playbook:site kind:compiled", [1]),
        ("when:ever", []),
        ("site:", []),
    ],
)
def test_a_line_of_text_chooses(typed: str, seqs: list[int]) -> None:
    assert [one.seq for one in chosen(ENTRIES, wanted_of(typed, now=NOW), PLAYBOOKS.get)] == seqs


def test_a_version_is_wanted_by_its_name_and_number_alone() -> None:
    assert [one.seq for one in chosen(ENTRIES, Wanted(playbook="site@1"), PLAYBOOKS.get)] == [1]


def test_moments_are_dates_times_and_spans() -> None:
    assert moment("2026-03-01", now=NOW) == datetime(2026, 3, 1, tzinfo=UTC)
    assert moment("90min", now=NOW) == NOW - timedelta(minutes=90)
    assert moment(" 2w ", now=NOW) == NOW - timedelta(weeks=2)


@pytest.mark.parametrize("typed", ["yesterday", "7", "-3d", "999999w", "2026-13-01"])
def test_what_is_no_moment_is_refused_with_what_is(typed: str) -> None:
    with pytest.raises(BadInputError, match="is no moment; give a date as 2026-03-01"):
        moment(typed, now=NOW)
