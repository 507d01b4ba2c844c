"""A run and a step as they are in most tests, but for what a test says otherwise."""

from datetime import UTC, datetime
from typing import Any

from capture.trace import Run, RunStatus, Step, StepStatus

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
"""When they began."""


def a_run(**otherwise: Any) -> Run:
    usual = {
        "run_id": "r1",
        "name": "n",
        "status": RunStatus.IN_PROGRESS,
        "started_at": AT,
        "shell": "bash",
        "cwd": "/w",
        "host": "h",
        "workspace": "/w",
    }
    return Run(**{**usual, **otherwise})


def a_step(**otherwise: Any) -> Step:
    usual = {
        "step_index": 1,
        "command": "make",
        "cwd": "/w",
        "cwd_after": "/w",
        "status": StepStatus.SUCCESS,
        "exit_code": 0,
        "started_at": AT,
        "duration_ms": 1.0,
    }
    return Step(**{**usual, **otherwise})
