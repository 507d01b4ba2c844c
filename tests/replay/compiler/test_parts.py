"""Steps within others are done by those; steps beside others claim no file."""

from datetime import UTC, datetime

import msgspec

from capture.calls import Call
from capture.provenance import Hints
from capture.trace import EffectOp, FileEffect, FileType, Run, RunStatus, Step, StepKind, StepStatus, Trace
from replay.compiler import compile_traces
from replay.playbook import Compilation

AT = datetime(2026, 3, 4, 10, tzinfo=UTC)


def ran(index: int, command: str, *, part_of: int | None = None, apart: bool = False) -> Step:
    call = command.startswith("tool:")
    return Step(
        step_index=index,
        kind=StepKind.TOOL if call else StepKind.SHELL,
        command=command,
        cwd="/w",
        cwd_after="/w",
        status=StepStatus.SUCCESS,
        exit_code=0,
        started_at=AT,
        duration_ms=1,
        effects_seen=not call,
        part_of=part_of or msgspec.UNSET,
        apart=apart or msgspec.UNSET,
    )


def compiled(*steps: Step) -> Compilation:
    run = Run(
        run_id="r", name="r", status=RunStatus.SUCCESS, started_at=AT, shell="bash", cwd="/w", host="h", workspace="/w"
    )
    return compile_traces([Trace(run=run, steps=steps)], name="p", blobs=lambda _: None)


def dropped(found: Compilation) -> dict[int, str]:
    return {one.source_step_index: one.reason for one in found.dropped}


def test_a_part_is_done_by_the_step_around_it() -> None:
    found = compiled(
        ran(1, "./release.sh"),
        ran(2, Call("tickets/close", {"id": 1}).text, part_of=1),
        ran(3, Call("tickets/note", {"id": 1}).text, part_of=2),
    )
    assert [step.source_step for step in found.playbook.steps] == [1]
    assert dropped(found) == dict.fromkeys((2, 3), "it is a part of step 1, which does it again")


def test_parts_stay_where_the_step_around_them_is_no_work() -> None:
    asked = msgspec.structs.replace(ran(1, Call("ask", {}).text), hints=Hints(dead_end="its parts did it"))
    never_ended = msgspec.structs.replace(ran(4, "./work.sh"), status=StepStatus.PARTIAL, exit_code=None)
    found = compiled(
        asked,
        ran(2, Call("tickets/close", {"id": 1}).text, part_of=1),
        ran(3, Call("tickets/note", {"id": 1}).text, part_of=1),
        never_ended,
        ran(5, Call("mail/send", {}).text, part_of=4),
    )
    assert [step.source_step for step in found.playbook.steps] == [2, 3, 5]


def test_a_skipped_step_is_left_out_as_such() -> None:
    skipped = msgspec.structs.replace(ran(2, "./more.sh"), status=StepStatus.SKIPPED, exit_code=None)
    assert dropped(compiled(ran(1, "./work.sh"), skipped)) == {2: "it was skipped"}


def test_commands_that_ran_beside_each_other_claim_no_file() -> None:
    made = FileEffect(path="b", op=EffectOp.CREATED, type=FileType.FILE, after=f"sha256:{'0' * 64}", size=0, mode=0o644)
    found = compiled(
        msgspec.structs.replace(ran(1, "touch a", apart=True), file_effects=(made,)),
        ran(2, "touch b", apart=True),
        ran(3, "touch c"),
    )
    assert [step.expect.effects for step in found.playbook.steps] == [None, None, ()]
    assert "others ran beside step 1: what it writes is not compared" in found.notes
