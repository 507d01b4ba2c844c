"""A playbook whose second step calls a tool, and a replay in which that answers otherwise."""

import msgspec

from capture.calls import result_text
from capture.trace import StepKind
from replay import calls
from replay.outcome import Divergence, Failure, FailureClass
from replay.playbook import Expectation, Playbook, PlaybookStep, Requirement, VersionStatus
from tests.app.stand_in import StandIn, Stored, playbook

CALL = calls.written("forge/pull_request", {"v": "{{version}}", "n": calls.Bare("number")})
EXPECTED = result_text({"state": "open"})
CAME = result_text({"state": "draft"})


def calling() -> Playbook:
    """A command, a call, a patch, a command."""
    first, _, third, last = playbook().steps
    call = PlaybookStep(
        kind=StepKind.TOOL, run=CALL, requires=(Requirement(env="FORGE"),), expect=Expectation(output=EXPECTED)
    )
    patch = "--- notes/release.txt\n+++ notes/release.txt\n@@ -1,1 +1,1 @@\n-1.3\n+{{version}}\n"
    edit = msgspec.structs.replace(third, kind=StepKind.FILE, run=patch, expect=Expectation())
    return msgspec.structs.replace(playbook(), steps=(first, call, edit, last))


def answered_otherwise() -> StandIn:
    """Version 1, whose second step answers `CAME`."""
    failure = Failure(
        step_index=2,
        divergence=Divergence.OUTPUT,
        failure_class=FailureClass.OUTPUT_CHANGED,
        message="step 2: the answer is another one: state is draft, expected open",
        expected="open",
        actual="draft",
    )
    return StandIn(
        versions={1: Stored(playbook=calling(), status=VersionStatus.ACTIVE)}, outputs={2: CAME}, failure=failure
    )
