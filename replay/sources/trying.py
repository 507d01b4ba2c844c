"""A made-up failure: shows what would be sent to a source, and tries whether it answers, with nothing of the user's."""

from datetime import UTC, datetime

from capture.trace import Step, StepStatus
from replay.outcome import Divergence, Failure, FailureClass
from replay.playbook import Expectation, Playbook, PlaybookStep
from replay.repairs.proposal import Evidence

STEPS = ("cd site", "npm run bundle", "./release.sh")
AT = 2
OUTPUT = (
    'npm error Missing script: "bundle"\nnpm error\nnpm error Did you mean this?\nnpm error   npm run bundle:prod\n'
)


def example() -> Evidence:
    """The evidence of a step that nobody ran."""
    steps = tuple(PlaybookStep(run=run, expect=Expectation(exit=0)) for run in STEPS)
    return Evidence(
        playbook=Playbook(name="example", steps=steps),
        digest=f"sha256:{'0' * 64}",
        failure=Failure(
            step_index=AT,
            divergence=Divergence.EXIT_CODE,
            failure_class=FailureClass.UNKNOWN_TARGET,
            message='step 2: exit 1, expected 0; there is no script "bundle"',
            expected="exit 0",
            actual="exit 1",
            subject="bundle",
        ),
        command=STEPS[AT - 1],
        cwd="/srv/site",
        workspace="/work",
        actual=Step(
            step_index=AT,
            command=STEPS[AT - 1],
            cwd="/srv/site",
            cwd_after="/srv/site",
            status=StepStatus.FAILED,
            exit_code=1,
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
            duration_ms=300.0,
            output=OUTPUT,
        ),
        bindings={},
    )
