"""A library as it is after years: many recordings, one of them very long, and a playbook of as many steps."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from app.core import Core
from capture.events import RunEnded, RunStarted, StepEnded, StepStarted
from capture.home import Home
from capture.tape.writer import TRACE, TapeWriter
from capture.trace import EffectOp, FileEffect, FileType, Run, RunStatus, Step, StepStatus

BEGAN = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
LONG, MANY = "20261122-210000-long", "20261122-200000-many"
FAILS_EVERY = 50
_encode = msgspec.json.Encoder().encode


def library(home: Home, *, runs: int, steps: int, size: int, playbook_steps: int) -> None:
    """Write it.

    Args:
        home: Prepared.
        runs: How many recordings, the long one and the one of the playbook among them.
        steps: Of the long one.
        size: What the steps of the long one print, in bytes.
        playbook_steps: Of the playbook `many`, compiled from a recording of its own.
    """
    _write(home, LONG, "long", steps, size // steps)
    _write(home, MANY, "many", playbook_steps, 40)
    for number in range(runs - 2):
        _write(home, f"20261121-{number:06}-{number:04x}", f"run-{number}", 3, 200)
    core = Core(home, tell=lambda _: None)
    core.compile([MANY], name="many")
    core.close()


def marker(step: int) -> str:
    """The first line that a step printed."""
    return f"marker {step} of output"


def _write(home: Home, run_id: str, name: str, steps: int, each: int) -> None:
    folder = home.run_folder(run_id)
    folder.mkdir(parents=True)
    run = Run(
        run_id=run_id,
        name=name,
        status=RunStatus.IN_PROGRESS,
        started_at=BEGAN,
        shell="bash",
        cwd=str(home.path.parent),
        host="here",
        user="dev",
        user_home="/home/dev",
        workspace=str(home.path.parent),
    )
    tape = TapeWriter(folder)
    tape.resize(80, 24, 0)
    with (folder / TRACE).open("wb") as file:
        file.write(_encode(RunStarted(run=run)) + b"\n")
        for index in range(1, steps + 1):
            for event in _step(index, each, run.cwd, tape):
                file.write(_encode(event) + b"\n")
        ended = RunEnded(status=RunStatus.SUCCESS, at=BEGAN + timedelta(seconds=steps + 1))
        file.write(_encode(ended) + b"\n")
    tape.close()


def _step(index: int, each: int, cwd: str, tape: TapeWriter) -> tuple[StepStarted, StepEnded]:
    command, at = f"touch target-{index}.txt", BEGAN + timedelta(seconds=index)
    tape.write(f"$ {command}\r\n".encode(), index * 1_000_000)
    start = tape.offset
    lines, left = [f"{marker(index)}\n"], each
    while (left := left - len(lines[-1])) > 0:
        lines.append(f'cc -O2 -c "src/module_{len(lines)}.c" -o build/module_{len(lines)}.o  # of step {index}\n')
    output = "".join(lines)
    tape.write(output.replace("\n", "\r\n").encode(), index * 1_000_000 + 400_000)
    failed = index % FAILS_EVERY == 0 and each > FAILS_EVERY
    effect = FileEffect(path=f"target-{index}.txt", op=EffectOp.CREATED, type=FileType.FILE, size=0, after=EMPTY)
    step = Step(
        step_index=index,
        command=command,
        cwd=cwd,
        cwd_after=cwd,
        status=StepStatus.FAILED if failed else StepStatus.SUCCESS,
        exit_code=int(failed),
        started_at=at,
        duration_ms=index % 900 + 0.5,
        output=output,
        output_bytes=len(output),
        output_start=start,
        output_end=tape.offset,
        file_effects=(effect,),
    )
    return StepStarted(step_index=index, command=command, cwd=cwd, at=at, output_start=start), StepEnded(step=step)


EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def written_bytes(home: Path) -> int:
    """How large the trace of the long recording is."""
    return (home / "runs" / LONG / TRACE).stat().st_size
