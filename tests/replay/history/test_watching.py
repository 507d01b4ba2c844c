from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
import xmlschema

from capture.errors import RefusedError, UnknownNameError
from replay.history.drift import Checked, Drift, Watch
from replay.history.junit import junit
from replay.outcome import Mode
from replay.shadow import Level, strongest
from tests.replay.history.conftest import NAME, Past, begun

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))
SHADOW = pytest.mark.skipif(strongest() is Level.L0, reason="no isolation here")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    patch = pytest.MonkeyPatch()
    with patch.context() as world:
        world.setenv("HOME", str(tmp_path_factory.mktemp("person")))
        found = begun(tmp_path_factory.mktemp("past"))
        found.core.compile([found.run], name="never-promoted")
        yield found


@pytest.fixture(autouse=True)
def as_recorded(past: Past) -> None:
    past.reset()


def one(found: Watch, name: str = NAME) -> Checked:
    return next(one for one in found.playbooks if one.playbook == name)


def report(found: Watch) -> ET.Element:
    text = junit(found)
    SCHEMA.validate(text)
    return ET.fromstring(text)  # noqa: S314 - our own


def kept(past: Past) -> int:
    return len(past.core.replays())


def test_what_is_ready_passes_and_leaves_no_trace(past: Past) -> None:
    before = kept(past)
    found = past.core.check()
    assert found.passed
    assert (found.checked, found.failed, found.skipped) == (1, 0, 1)
    assert one(found).workspace == str(past.work)
    assert "no active version" in one(found, "never-promoted").reason
    assert kept(past) == before
    tree = report(found)
    assert (tree.get("tests"), tree.get("failures")) == ("4", "0")
    assert next(case.get("name") for case in tree.iter("testcase")) == "1 cp names.txt list.txt"
    assert len(list(tree.iter("skipped"))) == 1


def test_a_drift_that_files_tell_is_found_where_it_is(past: Past) -> None:
    (past.work / "names.txt").unlink()
    before = kept(past)
    found = past.core.check([NAME])
    assert not found.passed
    assert (one(found).found, one(found).step_index) == (Drift.NOT_READY, 1)
    assert "names.txt is not there" in one(found).reason
    assert kept(past) == before + 1
    failure = next(report(found).iter("failure"))
    assert "names.txt is not there" in str(failure.get("message"))


@SHADOW
def test_a_drift_that_only_doing_it_tells_diverges_in_the_shadow_and_makes_it_suspect(past: Past) -> None:
    assert past.core.check([NAME], shadow=True).passed
    assert not (past.work / "list.txt").exists()
    past.reset("ada\neve\n")
    assert past.core.check([NAME]).passed
    assert past.core.suspect(NAME) is None
    for _ in range(2):
        found = past.core.check([NAME], shadow=True)
        assert (one(found).found, one(found).step_index) == (Drift.DIVERGED, 1)
    assert not (past.work / "list.txt").exists()
    suspect = past.core.suspect(NAME)
    assert suspect is not None
    assert suspect.divergences == 2
    tree = report(found)
    assert [failure.get("type") for failure in tree.iter("failure")] == ["effects-changed"]
    assert len(list(tree.iter("skipped"))) == 2
    past.reset()
    assert past.core.check([NAME], shadow=True).passed
    assert past.core.suspect(NAME) is None


def test_a_workspace_that_is_gone_is_no_success(past: Past) -> None:
    moved = past.work.rename(past.work.with_name("elsewhere"))
    try:
        found = past.core.check([NAME])
        assert (one(found).found, one(found).passed) == (Drift.NOT_READY, False)
        assert "is gone" in one(found).reason
        assert next(report(found).iter("failure")).get("type") == "not_ready"
        assert past.core.check([NAME], cwd=str(moved)).passed
    finally:
        moved.rename(past.work)


def test_what_is_unknown_passes_only_when_it_may(past: Past) -> None:
    found = past.core.check([NAME])
    doubt = msgspec.structs.replace(one(found), found=Drift.UNKNOWN, passed=False, reason="who knows \ufffe\x1b[1m")
    tree = report(msgspec.structs.replace(found, passed=False, playbooks=(doubt,)))
    assert [failure.get("type") for failure in tree.iter("failure")] == ["unknown"]


def test_it_can_be_stopped_between_two(past: Past) -> None:
    told: list[Checked] = []
    with pytest.raises(RefusedError, match="after 1 of 2"):
        past.core.check(stopped=lambda: bool(told), told=told.append)
    with pytest.raises(UnknownNameError):
        past.core.check(["nowhere"])


def test_a_replay_that_a_person_made_is_told_from_one_of_the_watch(past: Past) -> None:
    assert not past.replay(Mode.SIMULATE).watch
