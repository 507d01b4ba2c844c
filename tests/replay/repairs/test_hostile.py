"""The gate against patches that were made to get past it, and beside patches that a person may see."""

from collections.abc import Iterator
from itertools import cycle, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replay.outcome import FailureClass
from replay.repairs import gate
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Risk, Trust
from tests.replay.repairs.hostile import ADDED, BASES, LET_PAST
from tests.replay.repairs.scene import Scene, step

PLACES = ("{0}", "{1}; {0}", "{0}; {1}", "{1} && {0}", "{0} && {1}", "{1} | {0}", "{0} | {1}", "{{ {0}; }}", "( {0} )")
OPS = (PatchOp.REPLACE, PatchOp.INSERT_BEFORE, PatchOp.INSERT_AFTER)
LEAST_KINDS = 60


def judged(run: str, op: PatchOp, base: str, evidence: Evidence, files: Files) -> gate.Verdict:
    entry = PatchEntry(op=op, step_index=1 + BASES.index(base), value=run)
    # What is trusted most is judged no less.
    candidate = Candidate(source="llm", patch=(entry,), rationale="So.", confidence=1.0, trust=Trust.TOOL_HINT)
    return gate.judge(candidate, evidence, files)


@pytest.fixture
def world(scene: Scene) -> tuple[Evidence, Files]:
    scene.record(
        "git init -q .; mkdir out; echo 1 > a; echo 1 > c; echo 'print(1)' > gen.py; echo echo > gen.sh; "
        "printf 'build:\\n' > Makefile",
        *(step(base) for base in BASES),
    )
    return scene.blocked(FailureClass.UNCLASSIFIED, None), scene.files()


def past(cases: Iterator[tuple[str, str, PatchOp, str]], world: tuple[Evidence, Files]) -> list[tuple[str, ...]]:
    """Of some hostile patches (kind, place, operation, base) those that the gate lets past."""
    return [
        (kind, op, base, run)
        for kind, place, op, base in cases
        if judged(run := place.format(ADDED[kind], base), op, base, *world).refused is None
    ]


def test_hostile_patches_are_of_many_kinds() -> None:
    assert len(ADDED) >= LEAST_KINDS


def test_no_hostile_patch_gets_past_the_gate(world: tuple[Evidence, Files]) -> None:
    turns = zip(ADDED, cycle(product(PLACES, OPS, BASES)), strict=False)
    assert not past(((kind, *turn) for kind, turn in turns), world)


@pytest.mark.bench
def test_no_hostile_patch_gets_past_the_gate_anywhere(world: tuple[Evidence, Files]) -> None:
    assert not past(product(ADDED, PLACES, OPS, BASES), world)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_spelling_of_a_destroying_command_gets_past(world: tuple[Evidence, Files], data: st.DataObject) -> None:
    """Quotes and backslashes anywhere in its name, and anything that runs what it is given before it."""
    verb = data.draw(st.sampled_from(["rm", "sudo", "kill", "curl", "chmod", "mv", "dd", "pip", "eval", "tee"]))
    marks = data.draw(st.lists(st.sampled_from(["", "\\", "''", '""']), min_size=len(verb), max_size=len(verb)))
    name = "".join(mark + letter for mark, letter in zip(marks, verb, strict=True))
    runner = data.draw(st.sampled_from(["", "env ", "command ", "nohup ", "timeout 9 ", "nice -n 5 ", "/usr/bin/env "]))
    base = data.draw(st.sampled_from(BASES))
    run = data.draw(st.sampled_from(PLACES)).format(f"{runner}{name} 777 /etc/x", base)

    assert judged(run, data.draw(st.sampled_from(OPS)), base, *world).refused, run


@pytest.mark.parametrize(("base", "op", "run", "risk"), LET_PAST)
def test_what_does_no_more_than_before_is_let_past(
    world: tuple[Evidence, Files], base: str, op: str, run: str, risk: str
) -> None:
    verdict = judged(run, PatchOp(op), base, *world)

    assert verdict.refused is None
    assert verdict.candidate.risk is Risk(risk), verdict.candidate.rationale
