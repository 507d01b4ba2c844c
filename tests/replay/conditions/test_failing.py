"""A step that failed when it was recorded, and finds something else today."""

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from capture.trace import EffectOp
from replay.conditions.checks import check_step
from replay.outcome import CheckState
from replay.playbook import Expectation, ExpectedEffect, PlaybookStep, Requirement
from tests.replay.looking import world_of

S = CheckState


@pytest.mark.parametrize(
    ("drift", "found"),
    [
        (lambda _: None, []),
        (lambda work: (work / "gone").touch(), [("not_there_yet", "gone", S.UNKNOWN)]),
        (lambda work: (work / "gone").symlink_to("nowhere"), [("not_there_yet", "gone", S.UNKNOWN)]),
        (lambda work: (work / "in").write_text("more"), [("same_content", "in", S.WARN)]),
        (lambda work: (work / "in").unlink(), [("file_exists", "in", S.UNKNOWN)]),
        (lambda work: ((work / "in").unlink(), (work / "in").mkdir()), [("same_kind", "in", S.UNKNOWN)]),
        (lambda work: shutil.rmtree(work / "sub"), [("directory_exists", "sub", S.UNKNOWN)]),
        (lambda work: (work / "out.tar").mkdir(), [("same_kind", "out.tar", S.UNKNOWN)]),
    ],
)
def test_what_it_finds_otherwise(
    tmp_path: Path, drift: Callable[[Path], object], found: list[tuple[str, str, CheckState]]
) -> None:
    (tmp_path / "in").write_text("in")
    (tmp_path / "sub").mkdir()
    step = PlaybookStep(
        run="tar cf out.tar gone in sub",
        requires=(
            Requirement(command="tar"),
            Requirement(file="in", sha256=sha256(b"in").hexdigest()),
            Requirement(directory="sub"),
            Requirement(absent="gone"),
        ),
        expect=Expectation(exit=2, effects=(ExpectedEffect(op=EffectOp.CREATED, path="out.tar"),)),
    )
    drift(tmp_path)
    checks = check_step(step, step.run, world_of(tmp_path))
    assert [(check.kind, check.subject, check.state) for check in checks] == found
    assert not any(check.stops for check in checks), "it may fail just so all the same: strict looks"


def test_its_command_is_gone(tmp_path: Path) -> None:
    step = PlaybookStep(run="frobnicate", requires=(Requirement(command="frobnicate"),), expect=Expectation(exit=3))
    (check,) = check_step(step, step.run, world_of(tmp_path))
    assert (check.kind, check.state) == ("command_found", S.UNKNOWN)


def test_what_an_earlier_step_makes_is_no_surprise(tmp_path: Path) -> None:
    step = PlaybookStep(run="cat new", requires=(Requirement(absent="new"),), expect=Expectation(exit=1))
    world = world_of(tmp_path)
    world.assume(PlaybookStep(run="rm new"), "rm new", {})
    (tmp_path / "new").touch()
    assert check_step(step, step.run, world) == ()


def test_a_step_that_succeeded_may_want_nothing_to_be_there(tmp_path: Path) -> None:
    step = PlaybookStep(run="true", requires=(Requirement(absent="out"),))
    assert [check.state for check in check_step(step, "true", world_of(tmp_path))] == [S.PASS]
    (tmp_path / "out").touch()
    assert [check.state for check in check_step(step, "true", world_of(tmp_path))] == [S.FAIL]
