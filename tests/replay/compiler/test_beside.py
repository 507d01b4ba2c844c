"""What a job left running writes meanwhile is expected of no step, and of no step is anything else forgiven for it."""

from pathlib import Path

from capture.trace import EffectOp, FileEffect, FileType
from replay import document
from replay.matching.effects import match_effects
from replay.playbook import ExpectedEffect
from tests.program import Program

JOB = "sh -c 'until [ -e go ]; do sleep 0.02; done; echo late' > job.log & until [ -e job.log ]; do sleep 0.02; done"
"""Its log is there when the step ends: a shell opens it behind the fork. What bash says of its end is one line."""
WAIT = "touch go; until grep -q late job.log; do sleep 0.02; done"


def test_a_log_that_grows_beside_the_steps_may_grow_in_any_of_them(tmp_path: Path) -> None:
    program = Program(home=tmp_path / "home", cwd=tmp_path / "work")
    program.cwd.mkdir()
    run = program.record(JOB, WAIT, "echo own > own.txt", "echo more >> job.log", "wait", "echo z > z", "echo y > y")
    program.json("compile", run, "--name", "p")
    steps = document.load(program.json("playbook", "p@1")["document"], where="p").steps
    log = ExpectedEffect(op=EffectOp.MODIFIED, path="job.log", optional=True)
    assert [log in (step.expect.effects or ()) for step in steps] == [False, True, True, False, True, True, False]
    assert [effect.path for effect in steps[3].expect.effects or () if not effect.optional] == ["job.log"]
    for path in program.cwd.iterdir():
        path.unlink()
    assert program.json("replay", "p@1", "--mode", "strict", "--draft")["status"] == "success"


def test_an_optional_effect_may_be_missing_and_is_not_unexpected() -> None:
    expected = [ExpectedEffect(op=EffectOp.MODIFIED, path="job.log", optional=True)]
    happened = [FileEffect(path=path, op=EffectOp.MODIFIED, type=FileType.FILE) for path in ("job.log", "other")]

    def never(effect: ExpectedEffect) -> bool:
        raise AssertionError(effect)

    assert match_effects(expected, [], holds=never) is None
    assert match_effects(expected, happened[:1], holds=never) is None
    told = match_effects(expected, happened, holds=never)
    assert told is not None
    assert (told.missing, told.unexpected) == ((), ("modified other",))
