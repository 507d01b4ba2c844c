"""What the desk answers: the short form of each document, all else left to a handle (pure)."""

from collections.abc import Sequence
from typing import Any

from app.core import StoredVersion
from app.core.finding import FoundPlaybooks
from capture.printable import printable
from capture.trace import Step, Trace
from replay.finding.deciding import Dispatch
from replay.outcome import Check, CheckState, Replay, StepState
from replay.playbook import ParameterType, Playbook
from replay.protocols import Proposed

SHORT, LINE = 400, 160
"""Characters of a message and of a line in a short answer."""
STEPS = 12
"""Steps of a short answer."""
_DONE = frozenset({StepState.SUCCESS, StepState.READY, StepState.WARNED})


def short(text: str, most: int = SHORT) -> str:
    """A text without what could act on a terminal, and not too much of it."""
    plain = printable(text.rstrip())
    return plain if len(plain) <= most else f"{plain[:most]} …"


def of_found(found: FoundPlaybooks) -> dict[str, Any]:
    """What was found."""
    return {
        "playbooks": [
            {
                "playbook": f"{one.playbook}@{one.version}",
                "status": str(one.status),
                "goal": short(one.goal or ""),
                "replays": f"{one.succeeded} of {one.tried} succeeded" if one.tried else "never replayed",
            }
            for one in found.playbooks
        ]
    }


def of_version(stored: StoredVersion) -> dict[str, Any]:
    """A version: what it is for, what it wants, and its first steps."""
    playbook = stored.playbook
    return {
        "playbook": f"{playbook.name}@{playbook.version}",
        "status": str(stored.status),
        "goal": short(playbook.goal or ""),
        "parameters": _parameters(playbook),
        "steps": [
            {"step": index, "run": short(step.run, LINE), "safety": str(step.safety)}
            for index, step in enumerate(playbook.steps[:STEPS], 1)
        ],
        "steps_in_all": len(playbook.steps),
    }


def _parameters(playbook: Playbook) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "type": str(one.type),
            "wanted": one.default is None,
            **({"default": short(one.default, LINE)} if one.default and one.type is not ParameterType.SECRET else {}),
            **({"choices": list(one.choices[:STEPS])} if one.choices else {}),
        }
        for name, one in playbook.parameters.items()
    ]


def of_replay(replay: Replay) -> dict[str, Any]:
    """A replay: how it ended, and where it stopped."""
    failure = replay.failure
    return {
        "playbook": f"{replay.playbook}@{replay.version}",
        "mode": str(replay.mode),
        "status": str(replay.status),
        "replay": replay.replay_id,
        "run": replay.run_id,
        "steps": f"{sum(step.status in _DONE for step in replay.steps)} of {len(replay.steps)}",
        "duration_ms": replay.duration_ms,
        "llm_calls": replay.usage.llm_calls,
        **(
            {
                "stopped_at": failure.step_index,
                "class": str(failure.failure_class),
                "message": short(failure.message),
                "expected": short(failure.expected),
                "actual": short(failure.actual),
            }
            if failure
            else {}
        ),
    }


def of_simulation(replay: Replay) -> dict[str, Any]:
    """A simulation: whether it is ready, and what is in the way."""
    checks = [
        {"step": step.step_index, **_check(check)}
        for step in replay.steps
        for check in step.checks
        if check.state is not CheckState.PASS
    ]
    return {
        "playbook": f"{replay.playbook}@{replay.version}",
        "status": str(replay.status),
        "in_the_way": checks[:STEPS],
        "in_the_way_in_all": len(checks),
        "bindings": {name: short(value, LINE) for name, value in replay.bindings.items()},
    }


def of_dispatch(found: Dispatch) -> dict[str, Any]:
    """A dispatch: what to replay, or why nothing."""
    return {
        "replay": found.replay,
        "message": short(found.message),
        "bindings": {name: short(value, LINE) for name, value in found.bindings.items()},
        "values": {name: short(value, LINE) for name, value in found.values.items()},
        **({"why": str(found.why), "candidates": list(found.candidates)} if found.why else {}),
        **({"in_the_way": [_check(check) for check in found.checks[:STEPS]]} if found.checks else {}),
    }


def of_trace(trace: Trace) -> dict[str, Any]:
    """A run: what it was, and its last steps."""
    run, steps = trace.run, trace.steps
    return {
        "run": run.run_id,
        "name": short(run.name, LINE),
        "goal": short(run.goal or ""),
        "status": str(run.status),
        "steps_in_all": len(steps),
        "steps": [_step(step) for step in steps[-STEPS:]],
    }


def of_proposed(found: Proposed) -> dict[str, Any]:
    """What became of proposals."""
    return {
        "waiting": [
            {"repair": one.repair_id, "risk": str(one.risk), "status": str(one.status)} for one in found.repairs
        ],
        "refused": _lines(found.notes),
        "next": "a person answers it in the inbox; nothing is applied before" if found.repairs else "nothing waits",
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "step": step.step_index,
        "run": short(step.command, LINE),
        "status": str(step.status),
        "exit_code": step.exit_code,
        "output": short(step.output[-SHORT:]),
    }


def _check(check: Check) -> dict[str, Any]:
    return {"check": check.kind, "state": str(check.state), "message": short(check.message)}


def _lines(notes: Sequence[str]) -> list[str]:
    return [short(note) for note in notes[:STEPS]]
