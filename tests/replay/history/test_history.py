import pytest

from capture.errors import BadInputError, UnknownNameError
from replay.history.comparison import Aspect
from replay.history.stability import Verdict
from replay.history.suspects import suspect
from replay.outcome import Divergence, Mode, ReplayStatus
from replay.playbook import VersionStatus
from tests.replay.history.conftest import NAME, Past, begun


def test_a_replay_that_passed_is_the_same_as_its_recording(past: Past) -> None:
    found = past.core.compare(past.run, past.passed[0].replay_id)
    assert found.same
    assert [(step.one, step.two, step.left_out) for step in found.steps] == [
        (1, None, True),
        (2, 1, False),
        (3, 2, False),
        (4, 3, False),
    ]
    # How long each took is told, and makes no difference.
    traces = past.core.trace(past.run), past.core.trace(str(past.passed[0].run_id))
    took = found.steps[2].duration_ms
    assert (took.one, took.two) == (traces[0].steps[2].duration_ms, traces[1].steps[1].duration_ms)


def test_two_replays_compare_and_so_does_the_run_of_one(past: Past) -> None:
    one, two = past.passed
    assert past.core.compare(one.replay_id, two.replay_id).same
    assert past.core.compare(str(one.run_id), str(two.run_id)).summary.same == 3


def test_a_drift_shows_what_differs_and_only_that(past: Past) -> None:
    found = past.core.compare(past.passed[0].replay_id, past.drifted[0].replay_id)
    assert not found.same
    first, *rest = found.steps
    assert first.differs == (Aspect.EFFECTS,)
    assert [(one.path, one.differs, one.diff) for one in first.effects] == [
        ("list.txt", ("content",), "@@ -2 +2 @@\n-bob\n+eve")
    ]
    assert [(step.one, step.two) for step in rest] == [(2, None), (3, None)]
    assert (found.summary.differ, found.summary.only_one) == (1, 2)


def test_recordings_of_unlike_work_pair_only_what_is_alike(past: Past) -> None:
    script = past.work.parent / "other.sh"
    script.write_text("cp names.txt list.txt\nfalse\nexport GREETING=hi\n")
    past.reset()
    other = past.core.record_script(script, cwd=str(past.work)).run.run_id
    found = past.core.compare(past.run, other)
    pairs = [(step.one, step.two) for step in found.steps]
    assert pairs == [(1, None), (2, 1), (3, None), (4, None), (None, 2), (None, 3)]
    again = past.core.record_script(script, cwd=str(past.work)).run.run_id
    rerun = past.core.compare(other, again)
    # The copy was there already the second time.
    assert [step.differs for step in rerun.steps] == [(Aspect.EFFECTS,), (), ()]
    assert rerun.steps[0].effects[0].differs == ("op",)


def test_exit_code_output_and_variables_are_compared(past: Past) -> None:
    runs = []
    for number in (1, 2):
        script = past.work.parent / "same.sh"
        script.write_text(f"export LEVEL={number}\necho level $LEVEL; test $LEVEL = 1\n")
        runs.append(past.core.record_script(script, cwd=str(past.work)).run.run_id)
    first, second = past.core.compare(*runs).steps
    assert first.differs == (Aspect.COMMAND, Aspect.ENVIRONMENT)
    assert [(one.name, one.one, one.two) for one in first.environment] == [("set LEVEL", "1", "2")]
    assert second.differs == (Aspect.EXIT_CODE, Aspect.OUTPUT)
    assert second.exit_code is not None
    assert (second.exit_code.one, second.exit_code.two) == (0, 1)
    assert second.output == "@@ -1 +1 @@\n-level 1\n+level 2"


def test_what_can_not_be_compared_says_why(past: Past) -> None:
    simulated = past.replay(Mode.SIMULATE)
    with pytest.raises(BadInputError, match="ran no step"):
        past.core.compare(past.run, simulated.replay_id)
    with pytest.raises(UnknownNameError):
        past.core.compare(past.run, "nowhere")
    assert past.core.recording_of(past.drifted[0].replay_id) == past.run


def test_the_last_replays_say_which_step_flakes(past: Past) -> None:
    found = past.core.stability(NAME)
    assert (len(found.replays), found.passed, found.pass_rate) == (4, 2, 0.5)
    assert found.flaky_steps == (1,)
    first, second, third = found.steps
    assert (first.verdict, first.passed, first.failed, first.flips) == (Verdict.FLAKY, 2, 2, 1)
    assert [(way.divergence, len(way.replays)) for way in first.divergences] == [(Divergence.EFFECTS, 2)]
    assert (second.verdict, second.not_reached) == (Verdict.STABLE, 2)
    assert not second.output.varies
    assert third.duration is not None
    assert third.duration.min_ms <= third.duration.median_ms <= third.duration.max_ms


def test_only_the_last_are_looked_at_and_the_rest_is_told(past: Past) -> None:
    found = past.core.stability(NAME, last=2)
    assert [one.replay_id for one in found.replays] == [one.replay_id for one in reversed(past.drifted)]
    assert found.steps[0].verdict is Verdict.FAILING
    assert ("before the last 2", 2) in [(one.reason, one.replays) for one in found.left_out]


def test_the_ledger_shows_its_sums(past: Past) -> None:
    found = past.core.ledger(NAME)
    account = found.playbooks[0]
    assert account.measure is not None
    assert account.measure.run_id == past.run
    assert [one.replay_id for one in account.replays] == [one.replay_id for one in reversed(past.passed)]
    taken = [one.duration_ms for one in past.passed if one.duration_ms]
    assert account.saved_ms == pytest.approx(2 * account.measure.duration_ms - sum(taken), abs=0.01)
    assert all(one.replay_id in line for one, line in zip(account.replays, account.arithmetic, strict=False))
    assert ("it stopped at a divergence", 2) in [(one.reason, one.replays) for one in account.not_counted]
    assert account.model_calls_avoided is None
    assert any("doesn't say how many model calls" in reason for reason in found.unknown)


def test_two_divergences_in_a_row_make_it_suspect(past: Past) -> None:
    (summary,) = past.core.playbooks()
    found = summary.suspect
    assert found is not None
    assert (found.divergences, found.step_index, found.since) == (2, 1, past.drifted[0].started_at)
    assert past.core.suspect(NAME) == found


def test_one_divergence_is_no_habit_and_a_success_clears(past: Past) -> None:
    newest, before = past.drifted[1], past.drifted[0]
    digest = newest.digest
    assert suspect([newest, past.passed[1]], version=1, digest=digest, since=None) is None
    assert suspect([past.passed[0], newest, before], version=1, digest=digest, since=None) is None
    assert suspect([newest, before], version=2, digest=digest, since=None) is None
    assert suspect([newest, before], version=1, digest=digest, since=newest.started_at) is None


def test_another_promotion_clears_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = begun(tmp_path_factory.mktemp("own"))
    for _ in range(2):
        own.reset("eve\n")
        own.replay()
    assert own.core.suspect(NAME) is not None
    own.core.compile([own.run], name=NAME)
    own.core.promote(f"{NAME}@2", override="a test")
    assert own.core.suspect(NAME) is None
    own.core.rollback(NAME)
    assert own.core.version(f"{NAME}@1").status is VersionStatus.ACTIVE
    assert own.core.suspect(NAME) is None
    own.reset("eve\n")
    assert own.replay().status is ReplayStatus.FAILED
    assert own.core.suspect(NAME) is None
    own.reset("eve\n")
    own.replay()
    found = own.core.suspect(NAME)
    assert found is not None
    assert found.divergences == 2
