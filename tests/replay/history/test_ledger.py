from datetime import UTC, datetime, timedelta

import msgspec

from capture.provenance import AgentUse
from capture.trace import Run, RunStatus, Step, StepStatus, Trace
from replay.history.ledger import Account, Ledger, account, ledger, recorded_of
from replay.history.usage import EDITED, NO_AGENT, NO_CALLS, Used
from replay.outcome import Mode, Replay, ReplayStatus, StepOutcome, StepState, Usage

BEGAN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
AGENT = AgentUse(
    name="Claude Code",
    models=("opus",),
    llm_calls=12,
    prompt_tokens=50_000,
    cached_tokens=40_000,
    completion_tokens=900,
)


def recorded(run_id: str = "r1", *, seconds: float = 60, agent: AgentUse | None = AGENT, **head: object) -> Trace:
    """Two steps; the first runs on while the second does."""
    lasting = seconds * 1000
    steps = tuple(
        Step(
            step_index=index,
            command="make",
            cwd="/w",
            cwd_after="/w",
            status=StepStatus.SUCCESS,
            exit_code=0,
            started_at=BEGAN + timedelta(seconds=index - 1),
            duration_ms=lasting if index == 1 else 5.0,
        )
        for index in (1, 2)
    )
    run = Run(
        run_id=run_id,
        name="site",
        status=RunStatus.SUCCESS,
        started_at=BEGAN,
        shell="bash",
        cwd="/w",
        host="box",
        workspace="/w",
        agent=agent,
    )
    return Trace(run=msgspec.structs.replace(run, **head), steps=steps)


def replayed(number: int = 1, *, status: ReplayStatus = ReplayStatus.SUCCESS, usage: Usage | None = None) -> Replay:
    return Replay(
        replay_id=f"p{number}",
        run_id=f"run{number}",
        playbook="site",
        version=1,
        digest="sha256:x",
        mode=Mode.GUIDED,
        status=status,
        steps=(StepOutcome(step_index=1, status=StepState.SUCCESS),),
        duration_ms=2_000.0,
        usage=usage or Usage(),
    )


def summed(traces: list[Trace], *replays: Replay) -> tuple[Account, Ledger]:
    known = [one for trace in traces if (one := recorded_of(trace))]
    made = account("site", known, replays, taken={}, simulated=0)
    return made, ledger([made])


def test_what_the_agent_took_was_avoided_each_time() -> None:
    one, whole = summed([recorded()], replayed(1), replayed(2))
    assert whole.avoided == Used(model_calls=24, prompt_tokens=100_000, completion_tokens=1_800)
    assert whole.used == Used(model_calls=0, prompt_tokens=0, completion_tokens=0)
    assert (whole.recorded_ms, whole.replayed_ms, whole.saved_ms) == (120_000, 4_000, 116_000)
    assert "2 x 12 model calls (run r1) - 0 in replays = 24 avoided" in one.arithmetic
    assert "2 x 50000 prompt tokens (run r1) - 0 in replays = 100000 avoided" in one.arithmetic
    assert (one.model_calls_avoided, whole.model_calls_avoided, whole.unknown) == (24, 24, ())


def test_what_a_model_took_for_repairs_is_subtracted() -> None:
    usage = Usage(llm_calls=2, prompt_tokens=700, completion_tokens=40)
    _, whole = summed([recorded()], replayed(1, usage=usage), replayed(2))
    assert whole.avoided == Used(model_calls=22, prompt_tokens=99_300, completion_tokens=1_760)
    assert whole.used == Used(model_calls=2, prompt_tokens=700, completion_tokens=40)


def test_tokens_that_an_answer_did_not_tell_are_in_no_sum() -> None:
    silent = Usage(llm_calls=2, prompt_tokens=700, completion_tokens=40, untold=1)
    one, whole = summed([recorded()], replayed(1, usage=silent), replayed(2))
    assert whole.avoided == Used(model_calls=22, prompt_tokens=50_000, completion_tokens=900)
    assert whole.recorded == Used(model_calls=24, prompt_tokens=50_000, completion_tokens=900)
    assert one.replays[0].avoided == Used(model_calls=10)


def test_only_what_did_the_work_counts_and_what_the_rest_took_is_told_beside_it() -> None:
    usage = Usage(llm_calls=3, prompt_tokens=90, completion_tokens=9)
    one, whole = summed([recorded()], replayed(1, status=ReplayStatus.NEEDS_REVIEW, usage=usage))
    assert (whole.replays, whole.saved_ms, one.avoided.model_calls) == (0, 0, 0)
    assert whole.not_counted_used == Used(model_calls=3, prompt_tokens=90, completion_tokens=9)
    assert [(left.reason, left.replays) for left in one.not_counted] == [("it stopped at a divergence", 1)]


def test_of_several_recordings_the_least_is_what_is_held_against() -> None:
    fewer = msgspec.structs.replace(AGENT, llm_calls=5, prompt_tokens=None)
    by_hand = recorded("r3", seconds=20, agent=None)
    one, whole = summed([recorded(), recorded("r2", agent=fewer, seconds=90), by_hand], replayed())
    assert one.measure
    assert one.model_measure
    assert (one.measure.run_id, one.model_measure.run_id) == ("r3", "r2")
    assert whole.avoided == Used(model_calls=5, completion_tokens=900)
    assert whole.saved_ms == 18_000
    assert whole.unknown == (f"site: recording r3 doesn't say how many model calls it took: {NO_AGENT}",)


def test_what_a_recording_does_not_say_is_not_told() -> None:
    for trace, why in (
        (recorded(agent=None), NO_AGENT),
        (recorded(agent=AgentUse(name="Codex")), NO_CALLS),
        (recorded(edits=("steps 3 to 9 were cut out",)), EDITED),
    ):
        one, whole = summed([trace], replayed())
        assert (one.avoided, whole.avoided, whole.recorded, whole.used) == (Used(), Used(), Used(), Used())
        assert [found.untold for found in one.recorded] == [why]
        assert whole.saved_ms == 58_000


def test_nothing_is_saved_where_no_recording_is_left() -> None:
    one, whole = summed([], replayed())
    assert (one.saved_ms, one.measure, whole.saved_ms, whole.avoided) == (None, None, 0, Used())
    assert whole.unknown == ("site: no recording of it is left to measure by",)
