import sys
import threading
from pathlib import Path

import pexpect
import pytest
from textual.widgets import TabbedContent

from app.cli.exits import Exit
from app.edit import Edit
from app.formats import EXPORTERS
from app.screens.audit import AuditScreen
from app.screens.doctor import DoctorScreen
from app.screens.exporting import PLAYBOOK_FORMS, RUN_FORMS, run_form
from app.screens.home import HomeScreen
from app.screens.trace import TraceScreen
from app.tui import run_tui
from capture.errors import BadInputError
from replay import exchange
from replay.governance.chain import AuditEntry, AuditProblem, AuditVerdict, ProblemKind
from replay.library.rows import Control, ValidationRow, Verdict
from replay.outcome import Mode
from replay.playbook import VersionStatus
from tests.app.driving import driving
from tests.app.stand_in import StandIn

HOSTILE = "x\x1b[31m[@click=app.quit]q[/]"
ZEROS = "0" * 64


def entry(seq: int, action: str, **details: str) -> AuditEntry:
    at = f"2026-03-01T09:{seq:02}:00Z"
    subject = "publish-notes@1"
    return AuditEntry(
        seq=seq, at=at, actor="ada", action=action, subject=subject, details=details, prev=ZEROS, hash="f"
    )


async def test_decisions_are_listed_newest_first_under_the_verdict() -> None:
    core = StandIn(decisions=(entry(1, "compiled"), entry(2, "promoted", override=HOSTILE)), verdict=verdict(2))
    async with driving(core, size=(80, 24)) as driver:
        await driver.press("a")
        await driver.until(lambda: isinstance(driver.app.screen, AuditScreen))
        await driver.until_says("✓ The log is whole: 2 entries.")
        text = driver.text
        assert text.index("promoted") < text.index("compiled")
        await driver.press("enter")
        await driver.until_says("override")
        assert "[@click=app.quit]q" in driver.text
        assert "\x1b" not in driver.text


async def test_a_changed_log_says_where() -> None:
    core = StandIn(verdict=verdict(3, AuditProblem(seq=2, kind=ProblemKind.EDITED, line=2)))
    async with driving(core) as driver:
        await driver.press("a")
        await driver.until_says("entry 2 was edited")
        assert "No decision was made yet" in driver.text


async def test_the_machine_is_told_with_signs_and_advice() -> None:
    async with driving(StandIn(), size=(80, 24)) as driver:
        await driver.press("m")
        await driver.until(lambda: isinstance(driver.app.screen, DoctorScreen))
        await driver.until_says("✗ shadow    missing   L0: no isolation")
        assert "→ install bubblewrap" in driver.text
        assert "✓ bash" in driver.text


async def test_the_rules_of_repairs_are_listed_with_what_became_of_them() -> None:
    async with driving(StandIn(), size=(80, 24)) as driver:
        await driver.press("m")
        await driver.until_says("✗ shadow")
        await driver.press("r")
        await driver.until_says("yes 3, no 1")
        assert "other-command-name" in driver.text
        assert "! [b]worse.toml[/b]: rule 1: no name" in driver.text


async def test_where_no_terminal_can_be_lent_the_rules_are_edited_from_the_command_line() -> None:
    async with driving(StandIn(), size=(80, 24)) as driver:
        await driver.press("m")
        await driver.until_says("✗ shadow")
        await driver.press("i")
        await driver.until(lambda: "run replaybook ignore --edit" in driver.notices)
        await driver.press("s")
        await driver.until(lambda: "run replaybook secrets --edit" in driver.notices)


async def test_a_refused_promotion_wants_a_typed_reason() -> None:
    core = StandIn(unproven=True)
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        await driver.press("P", "y")
        await driver.until_says("it was never validated")
        await driver.press("enter")
        await driver.until(lambda: "stays as it is" in driver.notices)
        assert core.versions[1].status is VersionStatus.DRAFT
        await driver.press("P", "y")
        await driver.until_says("Promote anyway?")
        await driver.press(*"demo", "enter")
        await driver.until_says("publish-notes@1 to make it the active version")
        await driver.press(*"publish-notes", "enter")
        await driver.until_says("that is not publish-notes@1")
        assert core.versions[1].status is VersionStatus.DRAFT
        await driver.press("@", "1", "enter")
        await driver.until(lambda: core.versions[1].status is VersionStatus.ACTIVE)
        assert core.calls[-1] == ("promote", "publish-notes@1", "demo")


async def test_a_version_that_no_reason_would_promote_is_refused_in_one_line() -> None:
    core = StandIn(unproven=True)
    core.disable("publish-notes@1")
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        await driver.press("P", "y")
        await driver.until(lambda: "can't promote" in driver.notices)


async def test_a_validation_goes_on_while_its_screen_is_left_and_its_end_is_told_there() -> None:
    core = StandIn(validating=threading.Event(), by_policy="auto_promote of [b]policy.toml[/b]")
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        await driver.press("v")
        await driver.until_says("validating publish-notes@1")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
        await driver.until_says("validating publish-notes@1")
        assert core.validating is not None
        core.validating.set()
        await driver.until(lambda: "green at L2; promoted by auto_promote of [b]policy.toml[/b]" in driver.notices)


async def test_a_validation_is_stopped_by_a_key() -> None:
    core = StandIn(validating=threading.Event())
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        await driver.press("v")
        await driver.until_says("ctrl+x stops it")
        await driver.press("ctrl+x")
        await driver.until(lambda: "the validation was stopped" in driver.notices)


async def test_a_version_is_validated_several_times_over_and_what_flakes_is_shown() -> None:
    core = StandIn()
    async with driving(core, size=(80, 24)) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        await driver.press("N", "ctrl+u", "1", "enter")
        await driver.until_says("1 is no number from 2 to 100")
        await driver.press("2", "enter")
        await driver.until(lambda: ("validate", "publish-notes@1", 12) in core.calls)
        await driver.until_says("step 2 is flaky: [b]2[/b] passed, 1 failed")


async def test_what_a_validation_came_to_is_still_there_later() -> None:
    kept = ValidationRow(
        id="v1",
        playbook="publish-notes",
        version=1,
        digest="sha256:1",
        verdict=Verdict.INCONCLUSIVE,
        level="L3",
        control=Control(reproduced=False),
        created_at="2026-03-01T09:00:00Z",
        run_id="run-7",
        reason="the [b]unrepaired[/b] step did not fail",
    )
    async with driving(StandIn(validations={"publish-notes@1": kept})) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        driver.app.screen.query_one(TabbedContent).active = "tab-3"
        await driver.until_says("validated ? inconclusive at L3")
        assert "the [b]unrepaired[/b] step did not fail" in driver.text
        assert "recorded as run run-7" in driver.text


async def test_a_replay_in_a_shadow_is_strict(tmp_path: Path) -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes", cwd=str(tmp_path))
        await driver.until_says("git log")
        await driver.press("S")
        await driver.until_says("A copy of which workspace?")
        await driver.press("enter")
        await driver.until_says("Stands before step 1")
        assert ("replay", "publish-notes@1", Mode.STRICT, str(tmp_path), {}, None, True, True) in core.calls


async def test_an_export_replaces_nothing_without_a_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = tmp_path / "publish-notes.yaml"
    written.write_text("mine")
    async with driving(StandIn()) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        await driver.press("w", "enter")
        await driver.until_says("is there already")
        await driver.press("enter")
        assert written.read_text() == "mine"
        await driver.press("w", "enter")
        await driver.until_says("is there already")
        await driver.press("y")
        await driver.until(lambda: "wrote" in driver.notices)
    assert written.read_text() == "publish-notes@1 as yaml"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.cast", "asciicast-v3"),
        ("a.v2.cast", "asciicast-v2"),
        ("a.txt", "text"),
        ("a.svg", "svg"),
        ("a.anim.svg", "svg-animated"),
        ("a.tape", "vhs"),
        ("a.mp4", None),
    ],
)
def test_a_runs_format_is_chosen_by_the_ending(name: str, form: str | None) -> None:
    assert run_form(name) == form


async def test_a_run_is_exported_kept_steps_are_passed_on_and_it_is_deleted_after_a_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    core = StandIn()
    run_id = core.traces[0].run.run_id
    async with driving(core) as driver:
        driver.app.open_trace("notes")
        await driver.until_says("output of step 1")
        await driver.press("w", "enter")
        await driver.until((tmp_path / "notes.cast").exists)
        await driver.press("k", "down", "k", "down", "k", "k")
        await driver.until_says("+ 2 kept")
        await driver.press("c", "enter")
        await driver.until(lambda: ("compile", (run_id,), "notes", frozenset({1, 2})) in core.calls)
        await driver.until_says("Parameters")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        await driver.press("d")
        await driver.until_says("Delete the recording")
        await driver.press("y")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
    assert core.traces == []


def test_every_format_of_a_run_has_an_ending() -> None:
    assert set(RUN_FORMS.values()) == set(EXPORTERS)


@pytest.mark.parametrize(
    ("name", "form"), [("a.sh", "bash"), ("a.md", "markdown"), ("a.workflow.yml", "github-actions")]
)
async def test_the_ending_chooses_a_playbooks_format(
    name: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with driving(StandIn()) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        await driver.press("w", "ctrl+u", *("full_stop" if key == "." else key for key in name), "enter")
        await driver.until(lambda: "wrote" in driver.notices)
    assert (tmp_path / name).read_text() == f"publish-notes@1 as {form}"


def test_every_format_of_a_playbook_has_an_ending() -> None:
    assert set(PLAYBOOK_FORMS.values()) == {*exchange.EXPORTERS, "yaml"}


async def test_markdown_is_imported_as_a_playbook_and_what_is_to_be_known_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("notes")
        await driver.press("I", "a", "full_stop", *"md", "enter")
        await driver.until(lambda: "nothing [b]was[/b] recorded" in driver.notices)
        await driver.until_says("git log --oneline")
    assert ("import markdown", str(tmp_path / "a.md")) in core.calls


async def test_a_foreign_recording_is_imported_and_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log").touch()
    (tmp_path / "times").touch()
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("notes")
        await driver.press("I", "a", "full_stop", *"cast", "enter")
        await driver.until(lambda: "can't be read" in driver.notices)
        await driver.press("I", *"log", "enter")
        await driver.until_says("Which timing file")
        await driver.press(*"times", "enter")
        await driver.until_says("imported from typescript as one piece")
        await driver.until(lambda: "a [b]note[/b] ␛[31m of what was left out" in driver.notices)
    assert [call for call in core.calls if call[0] == "import"] == [
        ("import", "asciicast", str(tmp_path / "a.cast"), None),
        ("import", "typescript", str(tmp_path / "log"), str(tmp_path / "times")),
    ]


async def test_what_an_agent_recorded_of_itself_is_imported_by_what_it_looks_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").write_text('{"type": "session_meta", "payload": {}}\n')
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("notes")
        await driver.press("I", "a", "full_stop", *"jsonl", "enter")
        await driver.until_says("imported from agent")
    assert ("import", "agent", str(tmp_path / "a.jsonl"), None) in core.calls


async def test_a_log_that_looks_like_no_agent_is_imported_by_a_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n')
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("notes")
        await driver.press("I", "a", "full_stop", *"jsonl", "enter")
        await driver.until_says("Which mapping file")
        await driver.press("m", "enter")
        await driver.until_says("imported from jsonl")
    assert ("import", "jsonl", str(tmp_path / "a.jsonl"), str(tmp_path / "m")) in core.calls


async def test_a_recording_is_cut_trimmed_and_given_back_by_keys() -> None:
    core = StandIn()
    run_id = core.traces[0].run.run_id
    async with driving(core) as driver:
        driver.app.open_trace("notes")
        await driver.until_says("output of step 1")
        await driver.press("k", "x")
        await driver.until_says("output of step 2")
        await driver.until_says("edited")
        assert "1 kept" not in driver.text
        await driver.press("down", "left_square_bracket")
        await driver.until(lambda: ("edit", run_id, Edit(trim="2..")) in core.calls)
        await driver.press("right_square_bracket")
        await driver.until(lambda: ("edit", run_id, Edit(trim="..2")) in core.calls)
        await driver.press("u")
        await driver.until(lambda: ("undo_edit", run_id) in core.calls)
        assert ("undo_edits", run_id) not in core.calls
        await driver.press("U")
        await driver.until(lambda: ("undo_edits", run_id) in core.calls)
    assert ("edit", run_id, Edit(cut=(1,))) in core.calls


async def test_a_recording_gets_a_name_a_goal_and_files_elsewhere_first() -> None:
    core = StandIn()
    async with driving(core) as driver:
        await driver.press("R")
        await driver.until_says("A name for the recording")
        await driver.press("enter")
        await driver.until_says("What is the work for?")
        await driver.press(*"ship", "enter")
        await driver.until_says("outside of this one to watch too")
        await driver.press("/", "enter")
        await driver.until_says("/ holds the workspace")
        await driver.press("ctrl+u", *"/etc/hosts 'a b", "enter")
        await driver.until_says("A quote is not closed")
        await driver.press("'", "enter")
        await driver.until(lambda: ("watched", ("/etc/hosts", "a b")) in core.calls)
        await driver.until(lambda: ("named", Path.cwd().name, "ship") in core.calls)
        await driver.until_says("recording")


def test_without_a_terminal_the_screen_says_so_in_one_line() -> None:
    with pytest.raises(BadInputError, match="wants a terminal"):
        run_tui(StandIn())


def test_the_screen_is_not_opened_where_it_would_be_drawn_into_a_file(tmp_path: Path) -> None:
    program, log = Path(sys.executable).with_name("replaybook"), tmp_path / "log"
    child = pexpect.spawn("/bin/sh", ["-c", f'"{program}" --home "{tmp_path}/home" 2>"{log}"'], timeout=30)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == Exit.USAGE
    assert "stderr is none" in log.read_text()


def verdict(entries: int, problem: AuditProblem | None = None) -> AuditVerdict:
    return AuditVerdict(entries=entries, ok=problem is None, problem=problem)
