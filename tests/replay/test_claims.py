"""What a journal says of a replay whose process died, and which steps are claimed before they run."""

from datetime import UTC, datetime

import msgspec
import pytest

from capture.trace import EffectOp, FileEffect, FileType, Run, RunStatus, SeenFile, Step, StepStatus, Trace
from replay.claims import Begun, Claimed, Ended, goes_on_at, has_effects, question, read, recovered, settled
from replay.left import left_behind
from replay.outcome import (
    Claim,
    Divergence,
    Failure,
    FailureClass,
    Mode,
    Replay,
    ReplayStatus,
    Standing,
    StepOutcome,
    StepState,
    Word,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEGUN = Begun(
    replay=Replay(
        replay_id="r1",
        run_id="run1",
        playbook="p",
        version=1,
        digest="sha256:p",
        mode=Mode.STRICT,
        status=ReplayStatus.CANCELLED,
        bindings={"project": "/w"},
        workspace="/w",
        standing=Standing(cwd="/w"),
    ),
    steps=3,
)


def ended(index: int, *, failure: Failure | None = None, cwd: str | None = None) -> Ended:
    status = StepState.FAILED if failure else StepState.SUCCESS
    outcome = StepOutcome(step_index=index, status=status, exit_code=0)
    return Ended(outcome=outcome, failure=failure, standing=Standing(cwd=cwd) if cwd else None)


def claimed(index: int) -> Claimed:
    claim = Claim(step_index=index, run="make", digest="sha256:p", replay_id="r1", workspace="/w", at="2026")
    return Claimed(claim=claim)


def taken_in(*lines: Begun | Claimed | Ended, recorded: tuple[Step, ...] = (), tail: bytes = b"") -> Replay:
    written = [msgspec.json.encode(line) for line in (BEGUN, *lines)]
    journal = read([*written, tail] if tail else written)
    assert journal is not None
    return recovered(journal, recorded, "run1")


def step(index: int, status: StepStatus = StepStatus.SUCCESS, *, cwd: str = "/w") -> Step:
    exit_code = None if status is StepStatus.PARTIAL else 0
    return Step(
        step_index=index,
        command="make",
        cwd="/w",
        cwd_after=cwd,
        status=status,
        exit_code=exit_code,
        started_at=NOW,
        duration_ms=1,
    )


def test_a_claim_without_a_result_leaves_its_step_unknown_and_nothing_goes_on() -> None:
    replay = taken_in(claimed(1), ended(1), claimed(2))
    assert replay.recovered
    assert replay.status is ReplayStatus.CANCELLED
    assert [one.status for one in replay.steps] == [StepState.SUCCESS, StepState.UNKNOWN, StepState.NOT_RUN]
    assert replay.unknown is not None
    assert replay.unknown.step_index == 2
    assert goes_on_at(replay) is None
    assert "replaybook settle r1 done" in question(replay)


def test_a_torn_last_line_counts_as_not_written() -> None:
    whole = msgspec.json.encode(ended(2))
    replay = taken_in(claimed(1), ended(1), claimed(2), tail=whole[: len(whole) // 2])
    assert replay.unknown is not None
    assert replay.unknown.step_index == 2
    assert read([msgspec.json.encode(BEGUN)[:-3]]) is None


def test_killed_between_two_steps_it_goes_on_with_the_next_one_with_what_it_had() -> None:
    replay = taken_in(claimed(1), ended(1, cwd="/w/sub"))
    assert replay.unknown is None
    assert goes_on_at(replay) == 2
    assert replay.standing == Standing(cwd="/w/sub")
    assert replay.bindings == {"project": "/w"}


def test_killed_behind_its_last_step_it_has_succeeded_and_behind_a_divergence_it_has_failed() -> None:
    assert taken_in(ended(1), ended(2), ended(3)).status is ReplayStatus.SUCCESS
    failure = Failure(
        step_index=2, divergence=Divergence.OUTPUT, failure_class=FailureClass.OUTPUT_CHANGED, message="another one"
    )
    failed = taken_in(ended(1), claimed(2), ended(2, failure=failure))
    assert (failed.status, failed.stopped_at, failed.failure) == (ReplayStatus.FAILED, 2, failure)
    assert goes_on_at(failed) == 2


@pytest.mark.parametrize(
    ("recorded", "seen", "cwd"),
    [
        ((step(1),), "does not show that it began", None),
        ((step(1), step(2, StepStatus.PARTIAL)), "no end of it", None),
        ((step(1), step(2, cwd="/w/made")), "ended with exit code 0", "/w/made"),
    ],
)
def test_a_person_hears_what_the_recording_shows_and_their_word_decides(
    recorded: tuple[Step, ...], seen: str, cwd: str | None
) -> None:
    replay = taken_in(claimed(1), ended(1), claimed(2), recorded=recorded)
    assert replay.unknown is not None
    assert seen in replay.unknown.seen
    again, done = (settled(replay, word, "sha256:w") for word in (Word.AGAIN, Word.DONE))
    assert (goes_on_at(again), goes_on_at(done)) == (2, 3)
    assert again.standing == Standing(cwd="/w")
    assert done.standing == Standing(cwd=cwd or "/w")


@pytest.mark.parametrize(
    "command",
    [
        "echo hello",
        "ls -l | grep -c x && test -f a",
        "cd sub && pwd",
        "export A=1",
        "git log --oneline | head -3",
        "sha256sum *.txt > /dev/null",
        'for f in a b; do cat "$f"; done',
    ],
)
def test_what_only_looks_is_not_claimed(command: str) -> None:
    assert not has_effects(command, "bash")


@pytest.mark.parametrize(
    "command",
    [
        "echo hello > a",
        "ls | tee a",
        "make",
        "A=$(mktemp)",
        "sed -i s/a/b/ f",
        "find . -delete",
        "ls | xargs rm",
        "$TOOL x",
        "eval ls",
        ". ./setup.sh",
        "f() { ls; }",
        "trap 'rm a' EXIT",
        "LD_PRELOAD=x.so ls",
        "sudo ls",
        "git status",
        "git log --output=x",
        "sort -o a a",
        "coproc rm a",
        "cat <(touch a)",
        "echo $(touch a)",
        "if",
    ],
)
def test_everything_else_is(command: str) -> None:
    assert has_effects(command, "bash")


def test_a_harmless_name_that_an_earlier_step_gave_to_something_else_is_claimed() -> None:
    assert has_effects("ls", "bash", defined={"ls"})
    assert has_effects("cat a", "fish") == has_effects("cat a", "bash")
    assert has_effects("cat (touch a)", "fish")


def test_a_recording_tells_what_the_workspace_was_at_its_end() -> None:
    seen = tuple(SeenFile(path=name, type=FileType.FILE, sha256=f"sha256:{name}", mode=0o644) for name in "abc")
    effects = (
        FileEffect(path="a", op=EffectOp.MODIFIED, type=FileType.FILE, after="sha256:new", mode=0o644),
        FileEffect(path="b", op=EffectOp.DELETED, type=FileType.FILE),
        FileEffect(path="d", op=EffectOp.MOVED, type=FileType.FILE, after="sha256:c", moved_from="c", mode=0o644),
        FileEffect(path="/elsewhere", op=EffectOp.CREATED, type=FileType.FILE),
    )
    run = Run(
        run_id="r",
        name="r",
        status=RunStatus.RECOVERED,
        started_at=NOW,
        shell="bash",
        cwd="/w",
        host="h",
        workspace="/w",
    )
    worked = msgspec.structs.replace(step(1), file_effects=effects)
    left = left_behind(Trace(run=run, steps=(worked,), workspace_before=seen))
    assert {path: one.sha256 for path, one in left.items()} == {"a": "sha256:new", "d": "sha256:c"}
