"""find and dispatch over a home: what is kept up, what is refused, and one replay."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import Core
from capture.home import Home
from replay.finding.deciding import Why
from replay.finding.index import FILE
from replay.library.rows import VersionRow
from replay.outcome import ReplayStatus
from replay.playbook import Parameter, ParameterType, Playbook, PlaybookStep, Requirement, SafetyLevel, VersionStatus
from tests.program import Program


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    made = Core(Home(tmp_path / "replaybook").prepare())
    yield made
    made.close()


@pytest.fixture
def workspace(tmp_path: Path) -> str:
    (tmp_path / "work").mkdir(exist_ok=True)
    return str(tmp_path / "work")


def keep(core: Core, name: str, goal: str, *, active: bool = True, **more: object) -> VersionRow:
    """A playbook with one step that does nothing."""
    fields = {"steps": (PlaybookStep(run="true"),), **more}
    _, row = core._register.add(Playbook(name=name, goal=goal, **fields))  # type: ignore[arg-type]
    return core._catalog.update(VersionRow, row.id, status=VersionStatus.ACTIVE) if active else row


def test_find_keeps_up_with_what_changes(core: Core) -> None:
    keep(core, "release", "release the site", active=False)
    assert [one.status for one in core.find("site").playbooks] == [VersionStatus.DRAFT]
    core._catalog.update(VersionRow, "release@1", status=VersionStatus.ACTIVE)
    assert [one.status for one in core.find("site").playbooks] == [VersionStatus.ACTIVE]
    keep(core, "other", "look after the site")
    assert {one.playbook for one in core.find("site").playbooks} == {"release", "other"}
    (core.home.path / FILE).unlink()
    core._index.close()
    assert len(core.find("site").playbooks) == 2


def test_a_version_that_was_edited_by_hand_is_found_as_it_is_now(core: Core, workspace: str) -> None:
    keep(core, "release", "release the site")
    core.find("site")
    path = core.home.playbooks / "release" / "1.yaml"
    path.write_text(path.read_text().replace("goal: release the site", "goal: release the site at once"))
    assert [one.status for one in core.find("site").playbooks] == [VersionStatus.DRAFT]
    assert core.dispatch("release the site", cwd=workspace).why is Why.INACTIVE


def test_a_playbook_that_is_ready_is_dispatched_and_no_replay_is_kept(core: Core, workspace: str) -> None:
    keep(core, "release", "release the site", parameters={"tag": Parameter(default="v1")})
    found = core.dispatch("release the site with tag v2", cwd=workspace)
    assert (found.replay, found.bindings, found.values) == ("release@1", {"tag": "v2"}, {"tag": "v2"})
    assert core.replays() == ()
    assert core.dispatch("release the site v1", cwd=workspace).replay == "release@1"
    other = core.dispatch("release the site v3", cwd=workspace)
    assert (other.replay, other.why) == (None, Why.NO_MATCH)
    assert "v3" in other.message


def test_what_is_missing_is_named(core: Core, workspace: str) -> None:
    keep(core, "greet", "greet somebody", parameters={"who": Parameter()})
    assert "who" in core.dispatch("greet somebody", cwd=workspace).message
    assert core.dispatch("greet somebody", cwd=workspace).why is Why.UNBOUND
    assert core.dispatch("greet somebody", cwd=workspace, values={"who": "Ada"}).replay == "greet@1"
    assert core.dispatch("greet somebody", cwd=workspace, values={"nobody": "Ada"}).why is Why.UNBOUND
    keep(core, "login", "log in there", parameters={"key": Parameter(type=ParameterType.SECRET)})
    secret = core.dispatch("log in there", cwd=workspace)
    assert secret.why is Why.UNBOUND
    assert "secret" in secret.message


def test_what_is_not_ready_is_told_with_its_check(core: Core, workspace: str) -> None:
    step = PlaybookStep(run="cat notes.txt", requires=(Requirement(file="notes.txt"),))
    keep(core, "show", "show the notes", steps=(step,))
    found = core.dispatch("show the notes", cwd=workspace)
    assert (found.replay, found.why) == (None, Why.NOT_READY)
    assert "notes.txt" in found.message
    assert found.checks
    Path(workspace, "notes.txt").write_text("a\n")
    assert core.dispatch("show the notes", cwd=workspace).replay == "show@1"


def test_who_is_alone_gets_no_step_that_wants_a_person(core: Core, workspace: str) -> None:
    keep(core, "wipe", "wipe the cache", steps=(PlaybookStep(run="true", safety=SafetyLevel.NEEDS_CONFIRM),))
    assert core.dispatch("wipe the cache", cwd=workspace).replay == "wipe@1"
    assert core.dispatch("wipe the cache", cwd=workspace, alone=True).why is Why.NEEDS_PERSON


def test_dispatch_on_the_command_line_replays_at_once(program: Program, workspace: str) -> None:
    core = Core(Home(program.home).prepare())
    keep(core, "greet", "say hello", steps=(PlaybookStep(run="echo hello"),))
    core.close()
    done = program.json("dispatch", "say hello", "--cwd", workspace, "--run")
    assert done["run"]["status"] == ReplayStatus.SUCCESS
    assert program.json("dispatch", "say", "goodbye", code=7)["why"] == "no_match"
    assert "1 of 1" in program("find", "hello").out
