import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.errors import BadInputError, RefusedError
from replay.governance.audit import AuditLog
from replay.library.rows import RunRow
from replay.team.audit import TeamAudit
from replay.team.server import Team
from tests.postgres import Server
from tests.replay.governance.independent_verifier import is_whole
from tests.replay.library.samples import NOON, Clock, run_row
from tests.replay.team.conftest import Office
from tests.seat import until

FEW, MANY = 4, 200
SAID = st.text(max_size=6) | st.sampled_from(
    ['"', "\\u0000", "\0", "\x01", "\x7f", "\ud800", "\U0001f600", '","hash":"', "\x85"]
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


# Each example goes on with the logs as they are.
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.tuples(SAID, SAID, st.dictionaries(SAID, SAID, max_size=3)), min_size=1, max_size=4))
def test_it_holds_the_very_bytes_that_the_files_of_a_home_would(
    team: Team, tmp_path: Path, said: list[tuple[str, str, dict[str, str]]]
) -> None:
    path = tmp_path / "audit.ndjson"
    logs = AuditLog(path, clock=lambda: NOON), TeamAudit(team.connections, clock=lambda: NOON)
    for action, subject, details in said:
        made = [log.append(actor="owner", action=f"x{action}", subject=subject, details=details) for log in logs]
        assert made[0] == made[1]
    assert logs[1].files() == (path.read_bytes(), path.with_name("audit.head").read_bytes())
    assert logs[1].entries() == logs[0].entries()


def test_whoever_checks_it_without_us_finds_it_whole(team: Team, tmp_path: Path) -> None:
    team.audit.append(actor="owner", action="frozen", subject="replays")
    log, head = team.audit.files()
    assert head is not None
    (tmp_path / "audit.ndjson").write_bytes(log)
    (tmp_path / "audit.head").write_bytes(head)
    assert is_whole(tmp_path)


def test_a_decision_and_what_follows_of_it_are_there_together_or_not_at_all(postgres: Server, home: Path) -> None:
    mine = Team(postgres.database(), home=home)
    with suppress(ZeroDivisionError), mine.catalog.transaction():
        mine.audit.append(actor="owner", action="frozen", subject="replays")
        mine.catalog.put(run_row())
        raise ZeroDivisionError
    assert (mine.audit.length(), mine.catalog.find(RunRow)) == (0, ())
    # What was taken back was never seen.
    assert not (home / "team").exists()
    mine.audit.append(actor="owner", action="frozen", subject="replays")
    [seen] = (home / "team").iterdir()
    assert seen.read_bytes() == mine.audit.files()[1]
    mine.close()


def test_a_head_that_was_kept_elsewhere_vouches_for_it_as_well(team: Team) -> None:
    team.audit.append(actor="owner", action="frozen", subject="replays")
    _, copy = team.audit.files()
    team.audit.append(actor="owner", action="thawed", subject="replays")
    assert team.audit.verify(copy).ok
    with pytest.raises(BadInputError, match="no copy of audit"):
        team.audit.verify(b"{}")


def test_a_log_is_taken_in_as_it_is_where_there_is_none_and_by_the_owner_alone(
    postgres: Server, office: Office, tmp_path: Path
) -> None:
    log = AuditLog(tmp_path / "audit.ndjson", clock=Clock())
    for actor in ("ada", "somebody (else)"):
        log.append(actor=actor, action="compiled", subject="release@1")
    content = (tmp_path / "audit.ndjson").read_bytes()
    fresh = Team(postgres.database())
    assert fresh.audit.take(content) == 2
    assert fresh.audit.entries() == log.entries()
    with pytest.raises(RefusedError, match="begun already"):
        fresh.audit.take(content)
    fresh.close()
    with pytest.raises(RefusedError, match="begun already"):
        office.team("ada").audit.take(content)


def kill(server: Server, home: Path, first: int, times: int) -> None:
    """Kill writers; what they acknowledged is there, where they said, and each decision has its row."""
    address = server.database()
    arguments = [sys.executable, "-m", "tests.replay.team.appending", address, str(home), str(first), str(times)]
    said = json.loads(subprocess.run(arguments, capture_output=True, text=True, check=True).stdout)
    # What they had sent is kept or not by now: a killed one's last word may be heard behind its death.
    until(lambda: server.clients(address) == 0)
    team = Team(address, home=home)
    assert team.audit.verify().ok
    there = [f"{entry.seq} {entry.subject}" for entry in team.audit.entries()]
    assert len(said) >= times
    assert set(said) <= set(there)
    assert [one.split()[0] for one in there] == [str(number) for number in range(1, len(there) + 1)]
    assert {f"{row.name} {row.id}" for row in team.catalog.find(RunRow)} == set(there)
    team.close()


def test_writers_that_are_killed_leave_a_whole_log(postgres: Server, home: Path) -> None:
    kill(postgres, home, 0, FEW)


@pytest.mark.bench
def test_many_writers_that_are_killed_leave_a_whole_log(postgres: Server, home: Path) -> None:
    kill(postgres, home, FEW, MANY // 2)
