"""Plays a scenario in the real program: recorded, compiled, replayed unchanged, drifted, and beside the point."""

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from capture.scripted import ScriptEntry, ScriptInput
from replay import document
from replay.inbox import Decision
from replay.outcome import Mode, Replay, ReplayStatus, StepState
from replay.repairs.proposal import Repair
from tests.replay.scenarios.ending import Place, seen, unlike
from tests.replay.scenarios.naming import varied
from tests.replay.scenarios.scenario import NEVER, Answer, Scenario, Typed
from tests.replay.scenarios.stage import Stage

ROUND = "pb"
BEST = 3
"""Proposals that are tried to the end."""
FAULTS = 3
"""Different faults that one drift may bring, one behind another."""


@dataclass
class Row:
    """What came of one scenario; `wrong` holds a sentence for each thing that did not come out as it should."""

    name: str
    expect: str
    got: str = "nothing"
    twin: bool = False
    control: bool = False
    stopped: bool = False
    foretold: bool = False
    proposed: bool = False
    answer: Answer = Answer.ABSTAIN
    """What was right to come of it; `proposed` says whether it came."""
    fixed_at: int | None = None
    """The rank of the first proposal that held to the end; None: none of three did."""
    tried: list[str] = field(default_factory=list)
    """A sentence for each proposal that did not hold to the end."""
    forbidden: int = 0
    wrong: list[str] = field(default_factory=list)


def play(scenario: Scenario, base: Path) -> Row:
    """Play it.

    Args:
        scenario: What.
        base: A folder that isn't there yet.

    Returns:
        What came of it.
    """
    stage, row = Stage(scenario, base), Row(scenario.name, scenario.expect, answer=scenario.answer)
    try:
        stage.build()
        with stage.beside(scenario.serves):
            source = _recorded(stage)
            twin = _twin(stage, row)
        _drifted(stage, row, source, twin)
        _control(stage, row)
    finally:
        if stage.work.is_dir():
            stage.sh(scenario.undo)
    return row


def missing(scenario: Scenario) -> list[str]:
    """What this machine lacks to play it."""
    lacking = [command for command in scenario.needs if shutil.which(command) is None]
    lacking += [scenario.shell] if shutil.which(scenario.shell) is None else []
    return lacking + (["the superuser"] if scenario.as_root and os.geteuid() else [])


def _recorded(stage: Stage) -> dict[int, int | None]:
    """Record and compile; the step of the recording that each step was."""
    scenario = stage.scenario
    with stage.living_in({}) as core:
        entries = tuple(map(_entry, scenario.record))
        trace = core.record_entries(entries, name="rec", cwd=str(stage.work), shell=scenario.shell)
        assert len(trace.steps) == len(entries), (scenario.name, trace.steps)
        made = core.compile([trace.run.run_id], name=ROUND).playbook
        if scenario.timeout:
            last = msgspec.structs.replace(made.steps[-1], timeout=scenario.timeout)
            edited = msgspec.structs.replace(made, steps=(*made.steps[:-1], last))
            (core.home.playbooks / ROUND / "1.yaml").write_text(document.dump(edited))
    return {index: step.source_step for index, step in enumerate(made.steps, 1)}


def _entry(typed: str | Typed) -> ScriptEntry:
    if isinstance(typed, str):
        return ScriptEntry(command=typed)
    return ScriptEntry(command=typed.command, inputs=(ScriptInput(expect=typed.expect, send=typed.send),))


def _replay(
    stage: Stage, mode: Mode, more: Mapping[str, str | None], version: int = 1
) -> tuple[Replay, tuple[Repair, ...]]:
    with stage.living_in(more) as core:
        found = core.replay(f"{ROUND}@{version}", mode=mode, cwd=str(stage.work), draft=True)
        return found, tuple(core.repair(one) for one in found.repairs)


def _twin(stage: Stage, row: Row) -> Place:
    """Where the undrifted twin ended."""
    stage.again()
    row.twin = _passes(stage, row, "the undrifted twin", {})
    return seen(stage.work)


def _control(stage: Stage, row: Row) -> None:
    scenario = stage.scenario
    stage.sh(scenario.undo)
    stage.again(scenario.control)
    with stage.beside(scenario.serves), stage.beside(scenario.holds_nearby):
        row.control = _passes(stage, row, "the control twin", scenario.controlled)


def _passes(stage: Stage, row: Row, who: str, more: Mapping[str, str | None]) -> bool:
    """Simulate sees nothing in the way, and strict succeeds."""
    foreseen, _ = _replay(stage, Mode.SIMULATE, more)
    held_up = foreseen.status in (ReplayStatus.NOT_READY, ReplayStatus.REFUSED)
    if held_up:
        row.wrong.append(f"{who} was simulated {foreseen.status}: {_said(foreseen)}")
    done, _ = _replay(stage, Mode.STRICT, more)
    if done.status is not ReplayStatus.SUCCESS:
        row.wrong.append(f"{who} stopped: {_said(done)}")
    return not held_up and done.status is ReplayStatus.SUCCESS


def _drifted(stage: Stage, row: Row, source: Mapping[int, int | None], twin: Place) -> None:
    scenario = stage.scenario
    stage.again(scenario.drift)
    with stage.beside(scenario.holds):
        foreseen, _ = _replay(stage, Mode.SIMULATE, scenario.drifted)
    _foretold(scenario, row, foreseen)
    strict = None
    for mode in (Mode.STRICT, Mode.GUIDED):
        with stage.drifting():
            found, repairs = _replay(stage, mode, scenario.drifted)
            strict = strict or found
            if mode is Mode.GUIDED and scenario.answer is Answer.REPAIR:
                _to_the_end(stage, row, repairs, twin)
    _stopped(scenario, row, strict or found, source)
    if strict and strict.failure and found.failure and strict.failure.failure_class != found.failure.failure_class:
        row.wrong.append(f"strict said {strict.failure.failure_class}, guided {_said(found)}")
    _proposals(scenario, row, found, repairs)


def _to_the_end(stage: Stage, row: Row, repairs: tuple[Repair, ...], twin: Place) -> None:
    """Try the first three proposals, best first, until one holds."""
    for rank, repair in enumerate(repairs[:BEST], 1):
        failed = _tried(stage, repair, twin)
        if failed is None:
            row.fixed_at = rank
            return
        row.tried.append(f"proposal {rank} ({repair.source} {_patch(repair)}) did not hold: {failed}")


def _tried(stage: Stage, repair: Repair, twin: Place) -> str | None:
    """Approve, validate, replay it in the drifted world; a second fault behind the first is mended likewise.

    Returns:
        What is not right at the end.
    """
    scenario, best = stage.scenario, repair
    for _ in range(FAULTS):
        with stage.living_in(scenario.drifted) as core:
            version = core.review(best.repair_id, Decision.APPROVE).created_version
            assert version is not None
            validated = core.validate(f"{ROUND}@{version}").validation
        drifted = stage.drift_again()
        found, more = _replay(stage, Mode.GUIDED, scenario.drifted, version)
        if found.status is ReplayStatus.SUCCESS:
            if validated.verdict not in scenario.verdicts:
                return f"validated {validated.verdict}: {validated.reason}"
            return _at_the_end(stage, twin, drifted)
        if not more:
            return f"{_said(found)}; validated {validated.verdict}"
        best = more[0]
    return _said(found)


def _at_the_end(stage: Stage, twin: Place, drifted: Place) -> str | None:
    oracle = stage.scenario.oracle
    if oracle is not None:
        said = stage.ran(oracle)
        return f"the oracle disagrees: {said.stdout}" if said.returncode else None
    return "; ".join(unlike(before=seen(stage.kept), twin=twin, drifted=drifted, end=seen(stage.work))) or None


def _foretold(scenario: Scenario, row: Row, foreseen: Replay) -> None:
    warned = any(step.status is StepState.WARNED for step in foreseen.steps)
    said = "warned" if foreseen.status is ReplayStatus.READY and warned else str(foreseen.status)
    row.foretold = said in scenario.simulate
    if not row.foretold:
        row.wrong.append(f"simulate said {said}, not {' or '.join(sorted(scenario.simulate))}: {_said(foreseen)}")
    elif foreseen.failure and foreseen.failure.failure_class not in {scenario.expect, *scenario.also}:
        row.wrong.append(f"simulate foretold another class: {_said(foreseen)}")


def _stopped(scenario: Scenario, row: Row, found: Replay, source: Mapping[int, int | None]) -> None:
    failure = found.failure
    if failure is None:
        row.wrong.append(f"strict ended {found.status}, and should have stopped at step {scenario.step}")
        return
    row.got = str(failure.failure_class)
    if failure.failure_class in scenario.also:
        row.got = row.expect
    at = source.get(failure.step_index, failure.step_index)
    row.stopped = at == scenario.step
    if not row.stopped:
        row.wrong.append(f"strict stopped at step {at}, not at {scenario.step}: {_said(found)}")
    if row.got != row.expect:
        row.wrong.append(f"class {row.got}, not {row.expect}: {_said(found)}")
    if failure.divergence not in scenario.divergence:
        row.wrong.append(f"divergence {failure.divergence}, not {' or '.join(sorted(scenario.divergence))}")


def _proposals(scenario: Scenario, row: Row, found: Replay, repairs: tuple[Repair, ...]) -> None:
    texts = list(map(_patch, repairs))
    told = "; ".join(f"{repair.source} {text}" for repair, text in zip(repairs, texts, strict=True))
    row.forbidden = sum(bool(re.search(bad, text)) for text in texts for bad in (*NEVER, *scenario.never))
    if row.forbidden:
        row.wrong.append(f"forbidden things were proposed: {told}")
    named = scenario.proposed is None or any(re.search(scenario.proposed, text) for text in texts[:BEST])
    chosen = any(repair.preselected for repair in repairs)
    match scenario.answer:
        case Answer.ABSTAIN:
            row.proposed, wanted = not repairs and bool(found.abstained), "nothing, with the reason"
        case Answer.ASK:
            row.proposed = named and not chosen and bool(repairs or found.abstained)
            wanted = f"{scenario.proposed or 'anything'}, none of it preselected"
        case Answer.REPAIR:
            row.proposed, wanted = named and row.fixed_at is not None, scenario.proposed or "what holds to the end"
    if not row.proposed:
        row.wrong += [*row.tried, f"proposed {told or found.abstained}; {wanted} was wanted"]
    first = bool(repairs) and repairs[0].preselected
    if scenario.selected is not None and repairs and first is not scenario.selected:
        row.wrong.append(f"the first proposal is {'' if first else 'not '}preselected: {told}")


def _patch(repair: Repair) -> str:
    return json.dumps(msgspec.to_builtins(repair.patch), ensure_ascii=False)


def _said(found: Replay) -> str:
    failure = found.failure
    return f"{failure.failure_class} {failure.divergence} ({failure.message})" if failure else str(found.status)


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    from tests.replay.scenarios.families import SCENARIOS

    seeds = [int(word.removeprefix("seed=")) for word in sys.argv[1:] if word.startswith("seed=")]
    wanted = [word for word in sys.argv[1:] if not word.startswith("seed=")] or [""]
    for written in SCENARIOS:
        if any(re.search(word, f"{written.expect}: {written.name}") for word in wanted):
            one = varied(written, sum(seeds))
            lacking = missing(one)
            with TemporaryDirectory() as scratch:
                try:
                    came = play(one, Path(scratch) / "s") if not lacking else Row(one.name, one.expect, wrong=lacking)
                except Exception as error:  # noqa: BLE001 - the others are to be played too
                    came = Row(one.name, one.expect, wrong=[f"broke: {type(error).__name__}: {error}"])
            sys.stdout.write(f"{'ok   ' if not came.wrong else 'WRONG'} {came.expect}: {came.name}\n")
            sys.stdout.write("".join(f"        {line}\n" for line in came.wrong))
            sys.stdout.write(f"#{json.dumps(vars(came))}\n")
            sys.stdout.flush()
