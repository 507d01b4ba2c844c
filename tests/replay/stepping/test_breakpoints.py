"""What a person writes to halt at, and where a replay halts for it."""

from datetime import UTC, datetime

import pytest

from capture.errors import BadInputError
from capture.trace import EffectOp, FileEffect, FileType, Step, StepStatus
from replay.playbook import Playbook, PlaybookStep
from replay.stand import Stand
from replay.stepping.breakpoints import read_breakpoint

BOOK = Playbook(name="two", steps=tuple(PlaybookStep(run=run) for run in ("make", "make install")))
RAN = Step(
    step_index=1,
    command="make",
    cwd="/w",
    cwd_after="/w",
    status=StepStatus.FAILED,
    exit_code=2,
    started_at=datetime(2026, 1, 1, tzinfo=UTC),
    duration_ms=1.0,
    output="cc main.c\nwarning: unused\n",
    file_effects=(FileEffect(path="build/main.o", op=EffectOp.CREATED, type=FileType.FILE),),
)
BEHIND = Stand(step_index=2, playbook=BOOK, values={"tag": "v1"}, ran=RAN)


@pytest.mark.parametrize(
    ("spec", "hits"),
    [
        ("2", True),
        ("step 1", False),
        ("output ^warning", True),
        ("output: error", False),
        ("exit 2", True),
        ("exit !0", True),
        ("exit !2", False),
        ("exit 0", False),
        ("effect build/*.o", True),
        ("effect *.c", False),
        ("if tag=v1", True),
        ("if tag!=v1", False),
        ("if other=v1", False),
        ("2 if tag=v1", True),
        ("2 if tag==v2", False),
        ("exit 0 if tag=v1", False),
    ],
)
def test_it_halts_where_what_it_waits_for_has_come(spec: str, *, hits: bool) -> None:
    assert read_breakpoint(spec).hits(BEHIND) is hits


@pytest.mark.parametrize("spec", ["2", "output ^warning", "exit 2", "effect build/*.o"])
def test_nothing_has_come_before_the_first_step(spec: str) -> None:
    assert not read_breakpoint(spec).hits(Stand(step_index=1, playbook=BOOK))


@pytest.mark.parametrize("spec", ["step 2", "output a b", "exit !0", "effect **/x", "if a=b c", "step 3 if a!=b"])
def test_what_it_is_shown_as_is_what_it_is_read_from(spec: str) -> None:
    assert str(read_breakpoint(spec)) == spec
    assert read_breakpoint(str(read_breakpoint(spec))) == read_breakpoint(spec)


@pytest.mark.parametrize("spec", ["", "0", "step x", "exit 0x", "exit -1", "output (", "effect", "when"])
def test_what_is_none_is_refused(spec: str) -> None:
    with pytest.raises(BadInputError, match="breakpoint"):
        read_breakpoint(spec)
