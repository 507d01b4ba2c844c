"""Whatever is done to the log is found, named and located: by the program, and by verifiers that strangers wrote."""

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from replay.governance.chain import AuditEntry, AuditHead, ProblemKind, hash_of, head_line, line_of
from replay.governance.tampering import check_chain
from tests.bench.figures import Figure, report
from tests.replay.governance.independent_verifier import is_whole
from tests.replay.governance.mutations import Files, mutated, rewritten, written

FEW, MANY = 60, 1000
VERIFIER = Path(__file__).parent / "verifier.pl"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return written(tmp_path_factory.mktemp("audit") / "audit.ndjson")


def classified(*folders: Path) -> list[str]:
    """What the verifier in another language says of each."""
    if shutil.which("perl") is None:
        pytest.skip("no perl on this machine")
    done = subprocess.run(["perl", str(VERIFIER), *map(str, folders)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def seen_whole(folder: Path) -> bool:
    try:
        return is_whole(folder)
    except (ValueError, TypeError, LookupError, AttributeError, OSError):
        return False


def wrong(whole: Files, folder: Path, seeds: range) -> tuple[list[str], Counter[ProblemKind]]:
    """Which mutations were missed, or named or located wrongly, and how many there were of each kind."""
    missed: list[str] = []
    kinds: Counter[ProblemKind] = Counter()
    folders, wanted = [], []
    for seed in seeds:
        files, told, name = mutated(whole, seed)
        files.write(folder / str(seed))
        verdict = check_chain(files.log, _head_as_the_log_sees_it(files))
        found = [(problem.kind, problem.seq) for problem in verdict.problems]
        if found[:1] != told[:1] or (found != told and "often" in name) or seen_whole(folder / str(seed)):
            missed.append(f"{name}: {found} instead of {told}")
        kinds[told[0][0]] += 1
        folders.append(folder / str(seed))
        wanted.append(f"{told[0][0]} {told[0][1]}")
    said = classified(*folders)
    missed += [
        f"perl, seed {seed}: {one} instead of {told}"
        for seed, one, told in zip(seeds, said, wanted, strict=True)
        if one != told
    ]
    return missed, kinds


def _head_as_the_log_sees_it(files: Files) -> bytes | None:
    return b"" if files.head is None and files.lines is not None else files.head


def test_the_unchanged_log_is_whole(whole: Files, tmp_path: Path) -> None:
    whole.write(tmp_path / "log")
    verdict = check_chain(whole.log, whole.head)
    assert (verdict.ok, verdict.proved, verdict.problems) == (True, 23, ())
    assert is_whole(tmp_path / "log")
    assert classified(tmp_path / "log") == ["whole 23"]


def test_every_change_is_found_named_and_located(whole: Files, tmp_path: Path) -> None:
    assert wrong(whole, tmp_path, range(FEW))[0] == []


@pytest.mark.bench
def test_a_thousand_changes_are_found_named_and_located(whole: Files, tmp_path: Path) -> None:
    missed, kinds = wrong(whole, tmp_path, range(FEW, FEW + MANY))
    report(
        Figure(
            what="random changes of the audit log found, named and located",
            goal=f"{MANY} of {MANY}",
            ours=f"{MANY - len(missed)} of {MANY}, by the program and by two verifiers written from its format",
            peers="; ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())),
            met=not missed,
        )
    )
    assert missed == []


def test_several_changes_are_all_told(whole: Files) -> None:
    lines = list(whole.lines or [])
    lines[17] = b"gibberish\n"
    del lines[9:11]
    lines.insert(4, b"\n")
    verdict = check_chain(b"".join(lines), whole.head)
    told = [(problem.kind.value, problem.seq, problem.line, problem.entries) for problem in verdict.problems]
    assert told == [("inserted", 5, 5, 1), ("deleted", 10, 11, 2), ("edited", 18, 17, 1)]
    assert verdict.words == "one line was inserted from line 5 on; 2 more problems behind it"
    assert verdict.proved == 5


def test_an_entry_that_was_not_announced_is_not_taken_for_a_crash(whole: Files, tmp_path: Path) -> None:
    lines = whole.lines or []
    head = msgspec.json.decode(whole.head or b"", type=AuditHead)
    last = msgspec.json.decode(lines[-1], type=AuditEntry)
    forged = msgspec.structs.replace(last, seq=last.seq + 1, prev=last.hash)
    forged = msgspec.structs.replace(forged, hash=hash_of(forged))
    announced = head_line(msgspec.structs.replace(head, next=forged.hash))
    line = line_of(forged)
    states = {
        "unannounced": Files([*lines, line], whole.head),
        "announced": Files([*lines, line], announced),
        "not there yet": Files(lines, announced),
        "torn": Files([*lines, line[:40]], announced),
        "torn, unannounced": Files([*lines, line[:40]], whole.head),
        "twice": Files([*lines, line, line], announced),
        "whole and torn": Files([*lines, line, line[:9]], announced),
    }
    for name, files in states.items():
        files.write(tmp_path / name)
    ok = {name: check_chain(files.log, files.head).ok for name, files in states.items()}
    assert [name for name in states if ok[name]] == ["announced", "not there yet", "torn"]
    assert [name for name in states if is_whole(tmp_path / name)] == ["announced", "not there yet", "torn"]
    said = dict(zip(states, classified(*(tmp_path / name for name in states)), strict=True))
    assert [name for name in states if said[name].startswith("whole")] == ["announced", "not there yet", "torn"]


def test_a_history_that_was_rewritten_with_its_head_is_whole_but_for_a_copy_of_the_head(whole: Files) -> None:
    entries = list(rewritten(whole.lines or [], 4))
    log = b"".join(map(line_of, entries))
    forged = head_line(AuditHead(entries=len(entries), hash=entries[-1].hash, size=len(log)))
    assert check_chain(log, forged).ok
    assert not check_chain(log, whole.head).ok


def test_entries_before_a_gap_are_at_their_own_word(whole: Files) -> None:
    lines = list(whole.lines or [])
    lines[:8] = [line_of(entry) for entry in rewritten(lines[:8], 2)]
    lines[8] = b"gibberish\n"
    verdict = check_chain(b"".join(lines), whole.head)
    assert [(problem.kind.value, problem.seq) for problem in verdict.problems] == [("edited", 9)]
    assert verdict.proved == 14
