"""What the catalog lists of runs and replays: while they are made, and when it is built anew from their files."""

from capture.trace import Run
from replay.library.ids import stamp
from replay.library.rows import ReplayRow, RunRow
from replay.outcome import Replay


def run_row(run: Run) -> RunRow:
    """The catalog's row of a run."""
    return RunRow(
        id=run.run_id,
        name=run.name,
        goal=run.goal,
        status=run.status,
        started_at=stamp(run.started_at),
        ended_at=stamp(run.ended_at) if run.ended_at else None,
        replay_id=run.replay_id,
    )


def replay_row(replay: Replay) -> ReplayRow:
    """The catalog's row of a replay."""
    return ReplayRow(
        id=replay.replay_id,
        playbook=replay.playbook,
        version=replay.version,
        mode=replay.mode,
        status=replay.status,
        started_at=replay.started_at,
        run_id=replay.run_id,
        in_shadow=replay.shadow is not None and not replay.watch,
    )
