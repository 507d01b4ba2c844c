"""Reviews as a person makes them: shown, timed, edited, and by two people on one home."""

from pathlib import Path

import pytest

from app.acting import acting
from app.core import Core
from app.screens.inbox import InboxScreen
from capture.errors import BadInputError, RefusedError
from capture.home import Home
from capture.scripted import ScriptEntry
from replay.governance.bound import Seen, text_digest
from replay.governance.chain import AuditEntry
from replay.inbox import Decision
from replay.outcome import Mode
from replay.playbook import SafetyLevel
from replay.repairs.proposal import Repair, RepairStatus, Risk
from tests.app.driving import driving
from tests.app.stand_in import StandIn, repair
from tests.program import Program


@pytest.fixture
def core(tmp_path: Path) -> Core:
    return Core(Home(tmp_path / "home").prepare(), actor="ada")


@pytest.fixture
def waiting(core: Core, tmp_path: Path) -> Repair:
    """A file was renamed, and a repair waits."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "notes.txt").write_text("one\n")
    entries = [ScriptEntry(command="sort notes.txt > sorted.txt")]
    run = core.record_entries(entries, name="work", goal=None, cwd=str(work)).run
    core.compile([run.run_id], name="p")
    (work / "sorted.txt").unlink()
    (work / "notes.txt").rename(work / "notes.md")
    core.replay("p", mode=Mode.GUIDED, cwd=str(work), draft=True)
    return core.repairs()[-1]


def another(core: Core, actor: str) -> Core:
    """The same home, opened by somebody else."""
    return Core(core.home, actor=actor)


def policy(core: Core, text: str) -> None:
    core.home.policy.write_text(text, encoding="utf-8")


def test_reviews_of_one_home(core: Core, waiting: Repair) -> None:
    """One recording, many answers: what is refused leaves everything as it was."""
    stale_look = Seen(shown=text_digest("another diff"), ms=5)
    with pytest.raises(RefusedError, match="is another one than you were shown"):
        core.review(waiting.repair_id, Decision.APPROVE, seen=stale_look)
    with pytest.raises(BadInputError, match="goes with an approval"):
        core.review(waiting.repair_id, Decision.REJECT, edited="true")
    with pytest.raises(BadInputError, match="is empty"):
        core.review(waiting.repair_id, Decision.APPROVE, edited=" \n")
    policy(core, '[review]\nrequire_second_person = true\n[[where]]\nplaybook = "p"\ndeny = ["rm"]\n')
    with pytest.raises(RefusedError, match=r"your policy is against that command: .*policy.toml:5 denies: rm"):
        core.review(waiting.repair_id, Decision.APPROVE, edited="rm notes.md")
    assert [entry.action for entry in core.audit()] == ["compiled"]
    own = core.review(waiting.repair_id, Decision.APPROVE, edited="chmod 777 notes.md; sort notes.md > sorted.txt")
    assert (own.status, own.source, own.approved_by, own.created_version) == (
        RepairStatus.PROPOSED,
        "human",
        ("ada",),
        None,
    )
    assert core.playbooks()[0].versions == (1,)
    shown = another(core, "grace").look(own.repair_id)
    done = another(core, "grace").review(own.repair_id, Decision.APPROVE, note="as agreed")
    assert done.created_version == 2
    signed, approved, applied = core.audit()[-3:]
    assert [(one.actor, one.action) for one in (signed, approved, applied)] == [
        ("ada", "signed"),
        ("grace", "approved"),
        ("grace", "applied"),
    ]
    assert (signed.details["shown"], signed.details["shown_ms"]) == ("none", "unknown")
    assert approved.details["shown"] == text_digest(shown.diff)
    assert approved.details["shown_ms"].isdigit()
    assert core.version("p@2").playbook.steps[0].run.startswith("chmod 777")
    if core.version("p@2").playbook.steps[0].safety is not SafetyLevel.AUTO_OK:
        assert done.risk is Risk.HIGH
    with pytest.raises(RefusedError, match="can't approve"):
        core.review(own.repair_id, Decision.APPROVE)
    core.review(waiting.repair_id, Decision.REJECT)
    with pytest.raises(RefusedError, match="is rejected"):
        core.review(waiting.repair_id, Decision.APPROVE, edited="true")
    assert core.verify_audit().ok


def test_the_account_is_asked_of_the_system_and_a_claimed_name_is_shown_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = acting({})
    monkeypatch.setenv("LOGNAME", "grace")
    assert acting({}) == mine
    assert acting({"REPLAYBOOK_ACTOR": "gra\x1bce "}) == f"gra\N{SYMBOL FOR ESCAPE}ce ({mine})"


def test_the_inbox_of_the_command_line(core: Core, waiting: Repair, tmp_path: Path) -> None:
    at = Program(core.home.path, tmp_path)
    listed = at("repairs").out
    assert waiting.repair_id in listed
    assert "just now" in listed
    assert "AGE" in listed
    assert "no repair waits; 1 in all" not in listed
    assert at.rows_of("repairs", "--stale") == []
    assert "next: replaybook review" in at("repair", waiting.repair_id).out
    assert at("review", waiting.repair_id, "reject").code == 0
    assert "no repair waits; 1 in all, --all lists them" in at("repairs").out
    assert "rejected" in at("repairs", "--all").out
    assert [one["status"] for one in at.rows_of("repairs")] == ["rejected"]
    assert at("repairs", "--all", "--stale").code == 2
    details = at.rows_of("audit")[-1]["details"]
    assert details["shown"] == text_digest(waiting.diff)
    assert details["shown_ms"].isdigit()


async def test_the_screen_measures_for_how_long_a_proposal_was_shown() -> None:
    core = StandIn(waiting=[repair(1)])
    async with driving(core) as driver:
        driver.app.open_inbox()
        await driver.until_says("why  git says")
        driver.clock.now += 3.5
        await driver.press_later("y")
        await driver.until(lambda: any(call[0] == "review" for call in core.calls))
    assert core.seen is not None
    assert core.seen == Seen(shown=text_digest(repair(1).diff), ms=4000)


async def test_the_inbox_shows_age_and_why_one_is_stale() -> None:
    old = repair(1, status=RepairStatus.STALE, stale="publish-notes@2 was made the active version since")
    late = repair(2, created_at="2026-03-01T11:30:00Z")
    early = repair(3, created_at="2026-02-27T09:30:00Z", approved_by=("ada",), wants="grace must approve it as well")
    async with driving(StandIn(waiting=[old, late, early])) as driver:
        driver.app.open_inbox()
        await driver.until_says("approved by ada; grace must approve it as well")
        assert "2 waiting · the longest since 2 d ago · 1 stale" in driver.text
        text = driver.text
        assert text.index("2 d ago") < text.index("1 h ago") < text.index("unknown")
        await driver.press("down", "down")
        await driver.until_says("publish-notes@2 was made the active")


def decided(seq: int, actor: str, action: str, repair_id: str) -> AuditEntry:
    return AuditEntry(
        seq=seq, at="2026-03-01T10:30:00Z", actor=actor, action=action, subject=repair_id, prev="0", hash=str(seq)
    )


async def test_the_inbox_is_filtered_while_it_is_typed_sorted_and_says_who_decided() -> None:
    rejected = repair(1, status=RepairStatus.REJECTED, note="[b]wrong[/b] file")
    late = repair(2, created_at="2026-03-01T11:30:00Z", risk=Risk.HIGH)
    early = repair(3, created_at="2026-02-27T09:30:00Z")
    log = (decided(1, "ada", "approved", "r-9"), decided(2, "gra\x1bce", "rejected", "r-1"))
    async with driving(StandIn(waiting=[rejected, late, early], decisions=log), size=(110, 30)) as driver:
        await driver.press("i")
        screen = driver.app.screen
        assert isinstance(screen, InboxScreen)
        await driver.until_says("waits longest")
        assert list(screen.shelf.keys) == ["r-3", "r-2", "r-1"]
        assert "rejected by gra␛ce" in driver.text
        await driver.press("s", "s")
        await driver.until_says("most risk")
        assert list(screen.shelf.keys) == ["r-2", "r-3", "r-1"]
        await driver.press("w")
        await driver.until(lambda: screen.shelf.key == "r-2")
        await driver.press("w")
        await driver.until(lambda: screen.shelf.key == "r-3")
        await driver.press("slash", *"status:rej")
        await driver.until(lambda: list(screen.shelf.keys) == ["r-1"])
        await driver.until_says("rejected by gra␛ce, 2 h ago: [b]wrong[/b] file")
        assert "1 of 3" in driver.text
        await driver.press("x")
        await driver.until_says("Nothing of it has these words")
        assert screen.repair is None
        await driver.press("escape")
        await driver.until(lambda: len(screen.shelf.keys) == 3)
        core = driver.app.core
        assert not any(call[0] == "review" for call in core.calls)  # type: ignore[attr-defined] # the stand-in's


async def test_what_was_decided_elsewhere_is_read_again_when_it_can_not_be_decided_here() -> None:
    core = StandIn(waiting=[repair(1)])
    async with driving(core) as driver:
        driver.app.open_inbox()
        await driver.until_says("1 waiting")
        await driver.until(lambda: driver.app.guard.all_seen)
        core.waiting = [repair(1, status=RepairStatus.STALE, stale="somebody else was quicker")]
        await driver.press_later("n")
        await driver.until_says("somebody else was quicker")
