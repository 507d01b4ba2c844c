"""The record of decisions from the command line and on its screen: chosen from, checked, exported, told on paper."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core import Core
from app.screens.audit import AuditScreen
from app.screens.dialogs import AskText, Reading
from capture.home import Home
from replay.governance.audit import AuditLog
from replay.governance.chain import AuditEntry, AuditProblem, AuditVerdict, ProblemKind
from replay.governance.wanted import Wanted
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn
from tests.program import Program
from tests.replay.governance.test_tampering import classified

DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Four decisions of the last days."""
    made = Program(tmp_path / "home", tmp_path / "work")
    made.cwd.mkdir()
    days = iter(range(1, 9))
    log = AuditLog(Home(made.home).prepare().audit, clock=lambda: datetime(2026, 3, next(days), tzinfo=UTC))
    for action, subject in (("compiled", "site@1"), ("compiled", "news@1"), ("promoted", "site@1"), ("frozen", "all")):
        log.append(actor="ada", action=action, subject=subject, details={"digest": DIGEST} if "@" in subject else {})
    return made


@pytest.mark.parametrize(
    ("options", "seqs"),
    [
        ([], [1, 2, 3, 4]),
        (["--playbook", "site"], [1, 3]),
        (["--playbook", "news@1"], [2]),
        (["--since", "2026-03-03"], [3, 4]),
        (["--kind", "compiled", "--kind", "frozen"], [1, 2, 4]),
        (["--search", "SITE", "--kind", "promoted"], [3]),
    ],
)
def test_decisions_are_chosen(program: Program, options: list[str], seqs: list[int]) -> None:
    assert [one["seq"] for one in program.rows_of("audit", *options)] == seqs


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--since", "yesterday"], 2, "is no moment; give a date as 2026-03-01"),
        (["--playbook", "nothing"], 7, "nothing"),
        (["--kind", "sold"], 2, "'sold' is not one of"),
        (["--verify", "--kind", "frozen"], 2, "leave out what chooses entries"),
        (["--verify", "--format"], 2, "give one of them"),
        (["--head", "x"], 2, "--head goes with --verify"),
        (["--out", "x"], 2, "--out goes with --export"),
        (["--verify", "--head", "none"], 2, "name a file that audit.head was copied to"),
    ],
)
def test_wrong_usage_is_one_line(program: Program, options: list[str], code: int, said: str) -> None:
    result = program("audit", *options)
    assert (result.code, result.err.count("\n")) == (code, 1)
    assert said in result.err


def test_statements_are_written_one_a_line(program: Program) -> None:
    done = program("audit", "--export", "in-toto", "--playbook", "site", "--out", "a.jsonl")
    assert (done.code, done.out) == (0, "")
    written = (program.cwd / "a.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["predicate"]["action"] for line in written.splitlines()] == ["compiled", "promoted"]
    assert program("audit", "--export", "in-toto", "--playbook", "site").out == written
    assert len(program.rows_of("audit", "--export", "in-toto")) == 4
    (program.home / "audit.head").unlink()
    assert "note: the log is not as it was written" in program("audit", "--export", "in-toto").err


def test_a_copy_of_the_head_shows_a_history_that_was_rewritten_whole(program: Program) -> None:
    copy, log = program.cwd / "copy", program.home / "audit.ndjson"
    copy.write_bytes((program.home / "audit.head").read_bytes())
    Core(Home(program.home)).freeze("later")
    assert program.json("audit", "--verify", "--head", "copy")["ok"]
    first = [json.loads(line) for line in log.read_bytes().splitlines()]
    for name in ("audit.ndjson", "audit.head"):
        (program.home / name).unlink()
    again = AuditLog(log, clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    for one in first:
        again.append(actor="eve", action=one["action"], subject=one["subject"])
    assert program.json("audit", "--verify")["ok"]
    assert classified(program.home) == ["whole 5"]
    found = program.json("audit", "--verify", "--head", "copy", code=1)
    assert found["problem"] == {"seq": 4, "kind": "edited", "line": 4, "entries": 1, "file": "audit.ndjson"}


def test_the_place_of_a_change_is_told(program: Program) -> None:
    log = program.home / "audit.ndjson"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + lines[2].replace(b"ada", b"eve") + lines[3])
    assert program("audit", "--verify").out == "entry 2 was edited, line 2; 1 more problem behind it\n"
    found = program.json("audit", "--verify", code=1)
    assert [(one["kind"], one["seq"]) for one in found["problems"]] == [("edited", 2), ("deleted", 3)]
    assert found["proved"] == 1


def test_the_format_is_told_to_who_has_nothing_else(program: Program) -> None:
    told = program("audit", "--format").out
    assert told.startswith("The audit log of replaybook, for whoever checks it without replaybook")
    assert program.json("audit", "--format")["format"].splitlines() == told.splitlines()
    assert max(map(len, told.splitlines())) <= 120


def entry(seq: int, subject: str, *, action: str = "compiled") -> AuditEntry:
    at = f"2026-03-01T09:{seq:02}:00Z"
    return AuditEntry(
        seq=seq, at=at, actor="ada", action=action, subject=subject, prev=f"{seq - 1:064}", hash=f"{seq:064}"
    )


EDITED = AuditProblem(seq=2, kind=ProblemKind.EDITED, line=2)


def changed() -> StandIn:
    """A log in which entry 2 was edited."""
    verdict = AuditVerdict(entries=4, ok=False, problem=EDITED, problems=(EDITED,), proved=2, head=f"{4:064}")
    decisions = (entry(1, "site@1"), entry(3, "news@1"), entry(4, "site@1", action="promoted"))
    return StandIn(decisions=decisions, verdict=verdict)


async def opened(driver: Driver) -> None:
    await driver.press("a")
    await driver.until(lambda: isinstance(driver.app.screen, AuditScreen))
    await driver.until_says("promoted")


async def test_the_screen_shows_what_is_vouched_for_and_where_it_was_changed() -> None:
    async with driving(changed(), size=(80, 24)) as driver:
        await opened(driver)
        signs = [line.strip("│ \n")[:1] for line in driver.text.splitlines() if "2026-" in line or "line 2  " in line]
        assert signs == ["✓", "✓", "✗", "?"]
        await driver.press("down", "down", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, Reading))
        await driver.until_says("entry 2 was edited, line 2")


async def test_the_screen_lists_what_is_asked_for_and_exports_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    core = changed()
    async with driving(core, size=(80, 24)) as driver:
        await opened(driver)
        await driver.press("slash", *"kind:promoted")
        await driver.until_says("kind:promoted · 1")
        await driver.press("enter")
        assert "news@1" not in driver.text
        await driver.press("w")
        await driver.until(lambda: isinstance(driver.app.screen, AskText))
        await driver.press("enter")
        await driver.until(lambda: any(call[0] == "attest_to" for call in core.calls))
        (_, path, wanted) = next(call for call in core.calls if call[0] == "attest_to")
        assert (path, wanted) == (tmp_path / "audit.intoto.jsonl", Wanted(kinds=frozenset({"promoted"})))


async def test_the_screen_sorts_and_narrows_while_it_is_typed() -> None:
    async with driving(changed(), size=(80, 24)) as driver:
        await opened(driver)
        screen = driver.app.screen
        assert isinstance(screen, AuditScreen)
        assert [key[0] for key in screen.decisions.keys if "problem" not in key] == ["4", "3", "1"]
        await driver.press("s")
        await driver.until_says("oldest")
        assert [key[0] for key in screen.decisions.keys if "problem" not in key] == ["1", "3", "4"]
        await driver.press("slash", *"since:nev")
        await driver.until(lambda: screen.filter.value == "since:nev")
        await driver.press("enter")
        await driver.until(lambda: "is no moment" in driver.notices)
        await driver.press("slash", "ctrl+u", *"[/]")
        await driver.until_says("[/] · 0")
        await driver.press("ctrl+u", *"news")
        await driver.until_says("news · 1")
        assert "site@1" not in driver.text
        await driver.press("escape")
        await driver.until_says("site@1")
        assert isinstance(driver.app.screen, AuditScreen)


async def test_the_screen_checks_the_chain_in_place_and_goes_to_what_is_wrong() -> None:
    core = changed()
    async with driving(core, size=(80, 24)) as driver:
        await opened(driver)
        core.calls.clear()
        await driver.press("V")
        await driver.until(lambda: "checked: entry 2 was edited" in driver.notices)
        assert ("verify_audit", None) in core.calls
        await driver.press("enter")
        await driver.until_says("Problem at 2")


async def test_the_screen_checks_a_copy_and_tells_the_format() -> None:
    core = changed()
    async with driving(core, size=(80, 24)) as driver:
        await opened(driver)
        await driver.press("v")
        await driver.until(lambda: isinstance(driver.app.screen, AskText))
        await driver.press(*"copy", "enter")
        await driver.until(lambda: ("verify_audit", "copy") in core.calls)
        await driver.press("f")
        await driver.until_says("for whoever checks it")


@pytest.mark.parametrize("damage", ["{", None])
def test_the_catalog_is_made_again_on_demand(program: Program, damage: str | None) -> None:
    catalog = program.home / "catalog.json"
    program("runs")
    if damage is None:
        catalog.unlink(missing_ok=True)
    else:
        catalog.write_text(damage)
    found = program.json("doctor", "--rebuild")
    assert (found["log_whole"], found["damage"] is None) == (True, damage is None)
    assert program("doctor", "--rebuild").out.startswith("rebuilt from the files: 0 recordings, 0 versions")


async def test_the_catalog_is_made_again_from_the_screen_after_a_yes() -> None:
    core = StandIn()
    async with driving(core, size=(80, 24)) as driver:
        await driver.press("m", "R", "y")
        await driver.until_says("rebuilt from the files: 2 recordings, 3 versions")
        assert ("rebuild_catalog",) in core.calls
