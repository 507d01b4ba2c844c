import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from capture.errors import HostError, RefusedError
from replay.governance.audit import Action, AuditLog
from tests.bench.figures import Figure, report
from tests.replay.library.samples import Clock

EACH = 8
FEW, MANY = 10, 200


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.ndjson"


@pytest.fixture
def log(path: Path) -> AuditLog:
    return AuditLog(path, clock=Clock())


def appender(path: Path, times: str, name: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "tests.replay.governance.appender", str(path), times, name]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def writers(how: str, path: Path, first: int, second: int) -> list[dict[str, Any]]:
    arguments = [sys.executable, "-m", "tests.replay.governance.writers", how, str(path), str(first), str(second)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def decide(log: AuditLog, subject: str = "site@1") -> None:
    log.append(actor="ada", action=Action.PROMOTED, subject=subject)


def test_a_new_log_is_whole(log: AuditLog) -> None:
    verdict = log.verify()
    assert (verdict.entries, verdict.ok, verdict.problem) == (0, True, None)


def test_an_entry_says_who_did_what_to_what_and_when(log: AuditLog) -> None:
    made = log.append(actor="ada", action=Action.PROMOTED, subject="site@2", details={"override": "the \x1b[31mnight"})
    assert log.entries() == (made,)
    assert (made.seq, made.at, made.actor) == (1, "2026-11-22T12:00:01Z", "ada")
    assert made.details == {"override": "the \x1b[31mnight"}
    assert log.verify().ok


def test_the_file_holds_no_byte_that_a_terminal_obeys(log: AuditLog, path: Path) -> None:
    log.append(actor="ada", action=Action.REMOVED, subject="\x1b]52;c;x\x07\u202e caf\udce9")
    assert all(32 <= byte < 127 or byte == 10 for byte in path.read_bytes())
    assert log.verify().ok


def test_both_files_are_private(log: AuditLog, path: Path) -> None:
    old = os.umask(0)
    try:
        decide(log)
    finally:
        os.umask(old)
    assert {entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()} == {0o600}


def test_two_logs_on_one_file_make_one_chain(log: AuditLog, path: Path) -> None:
    other = AuditLog(path, clock=Clock())
    for each in (log, other, log):
        decide(each)
    assert [entry.seq for entry in other.entries()] == [1, 2, 3]
    assert other.verify().ok


@pytest.mark.parametrize("number", [2, 8])
def test_processes_that_append_at_once_make_one_chain(path: Path, number: int) -> None:
    (found,) = writers("together", path, number, EACH)
    assert found == {"ok": True, "entries": number * EACH, "acknowledged": number * EACH, "lost": []}


@pytest.mark.parametrize(("step", "left"), [("before the line", 3), ("within the line", 3), ("before the head", 4)])
def test_a_writer_killed_within_an_append_leaves_a_whole_log(log: AuditLog, path: Path, step: str, left: int) -> None:
    killed = appender(path, step, "w")
    assert killed.communicate()[0].splitlines() == ["ok 1", "ok 2", "ok 3"]
    assert killed.returncode == -9
    assert log.verify().ok
    assert len(log.entries()) == left
    decide(log, "after")
    decide(log, "later")
    verdict = log.verify()
    assert (verdict.entries, verdict.ok) == (left + 2, True)
    assert [entry.subject for entry in log.entries()[left:]] == ["after", "later"]


def test_killed_writers_lose_nothing_acknowledged(path: Path) -> None:
    assert [one for one in writers("killed", path, 0, FEW) if not one["ok"] or one["lost"] or not one["repaired"]] == []


@pytest.mark.bench
def test_many_killed_writers_lose_nothing_acknowledged(path: Path) -> None:
    found = writers("killed", path, FEW, MANY)
    lost = sum(len(one["lost"]) for one in found)
    broken = [one for one in found if not one["ok"] or not one["repaired"]]
    report(
        Figure(
            what="acknowledged decisions lost to kill -9 of writers at random moments",
            goal="0, and a whole log",
            ours=f"{lost} of {sum(one['acknowledged'] for one in found)} in {MANY} kills; {len(broken)} logs not whole",
            peers=f"{sum(one['unfinished'] for one in found)} of them in the midst of an entry",
            met=not lost and not broken,
        )
    )
    assert (lost, broken) == (0, [])


def test_going_on_behind_a_cut_tail_does_not_hide_it(log: AuditLog, path: Path) -> None:
    for number in range(5):
        decide(log, f"site@{number}")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    cut = log.verify().problem
    assert cut is not None
    assert (cut.seq, cut.kind, cut.entries) == (4, "truncated", 2)
    decide(log, "after")
    problem = log.verify().problem
    assert problem is not None
    assert (problem.seq, problem.kind) == (4, "deleted")


def test_going_on_behind_a_line_cut_in_half_keeps_the_new_entry_whole(log: AuditLog, path: Path) -> None:
    decide(log)
    path.write_bytes(path.read_bytes()[:-20])
    decide(log, "after")
    assert [entry.subject for entry in log.entries()] == ["after"]
    assert not log.verify().ok


def test_an_emptied_log_without_its_head_is_not_taken_for_a_new_one(log: AuditLog, path: Path) -> None:
    decide(log)
    path.write_bytes(b"")
    path.with_name("audit.head").unlink()
    problem = log.verify().problem
    assert problem is not None
    assert (problem.seq, problem.kind, problem.file) == (1, "truncated", "audit.head")
    with pytest.raises(RefusedError, match=r"audit\.head is gone or damaged"):
        decide(log)


@pytest.mark.parametrize("damage", ["gone", "no JSON"])
def test_without_its_head_a_log_is_neither_whole_nor_gone_on_with(log: AuditLog, path: Path, damage: str) -> None:
    decide(log)
    head = path.with_name("audit.head")
    if damage == "gone":
        head.unlink()
    else:
        head.write_text("{")
    problem = log.verify().problem
    assert problem is not None
    assert (problem.seq, problem.kind) == (2, "truncated")
    with pytest.raises(RefusedError, match=r"audit\.head is gone or damaged"):
        decide(log)


def test_a_log_that_is_gone_while_its_head_is_not_was_truncated(log: AuditLog, path: Path) -> None:
    decide(log)
    path.unlink()
    problem = log.verify().problem
    assert problem is not None
    assert (problem.seq, problem.kind) == (1, "truncated")


def test_a_full_disk_decides_nothing_and_leaves_a_whole_log(
    log: AuditLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(log)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(HostError, match="No space left on device"):
            decide(log)
    assert log.verify().ok
    decide(log)
    assert log.verify().entries == 2
    assert path.read_bytes().count(b"\n") == 2
