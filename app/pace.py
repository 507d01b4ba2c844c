"""How long the steps of a replay will take, as far as those before it tell (pure)."""

from collections.abc import Mapping, Sequence
from statistics import median

from capture.trace import Trace
from replay.outcome import Replay, StepState
from replay.playbook import Playbook

LAST = 5
"""Replays that are asked, the newest ones."""
SECOND_MS = 1_000
MINUTE_S = 60


def pace(playbook: Playbook, replays: Sequence[Replay], recorded: Trace | None) -> dict[int, float]:
    """What each step took the last times.

    Args:
        playbook: Which will be replayed.
        replays: Of it, the newest first.
        recorded: What it was compiled from; asked where no replay tells.

    Returns:
        Milliseconds by step, the middle one of several; without the steps that nothing is known of.
    """
    told: dict[int, list[float]] = {}
    for replay in (one for one in replays if one.version == playbook.version and one.run_id):
        for outcome in replay.steps:
            if outcome.status is StepState.SUCCESS and outcome.duration_ms is not None:
                told.setdefault(outcome.step_index, []).append(outcome.duration_ms)
    found = {index: median(durations[:LAST]) for index, durations in told.items()}
    then = {step.step_index: step.duration_ms for step in recorded.steps} if recorded else {}
    for index, step in enumerate(playbook.steps, 1):
        if index not in found and step.source_step in then:
            found[index] = then[step.source_step]
    return found


def left_ms(expected: Mapping[int, float], ahead: Sequence[int], *, running: int | None, since_ms: float) -> float:
    """How long it will still go.

    Args:
        expected: As `pace` tells.
        ahead: The steps that have not begun.
        running: The step that runs.
        since_ms: For how long it has.

    Returns:
        Milliseconds; steps that nothing is known of count nothing, one that takes longer than ever counts no more.
    """
    rest = sum(expected.get(index, 0.0) for index in ahead)
    return rest + (max(expected.get(running, 0.0) - since_ms, 0.0) if running is not None else 0.0)


def left_words(left: float) -> str:
    """Time left as people read it: `00:12 left`; empty where nothing is."""
    seconds = round(left / SECOND_MS)
    if left <= 0:
        return ""
    minutes, seconds = divmod(seconds, MINUTE_S)
    hours, minutes = divmod(minutes, MINUTE_S)
    clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
    return f"{clock} left" if seconds or minutes or hours else "< 1 s left"
