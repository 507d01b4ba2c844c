"""Traces longer than anyone records for a test: made up, step by step as real ones look, and written by capture's own
writer. The only place where a trace is not recorded: what is measured is the compiler's time, not its judgement."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from capture.events import Event, RunEnded, RunStarted, StepEnded, StepStarted
from capture.home import Home
from capture.tape.writer import TapeWriter
from capture.trace import EffectOp, FileEffect, FileType, Run, RunStatus, SeenFile, Step, StepStatus

BEGAN = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
WORKSPACE = "/home/dev/project"
FILES = 200
"""Files that the workspace began with."""
_SHAPES: tuple[tuple[str, str, str | None], ...] = (
    ("mkdir -p out/part{n}", "", "out/part{n}/"),
    ("sed -n '{n}p' src/file{file}.txt > out/part{n}.txt", "", "out/part{n}.txt"),
    ("git status --short", " M src/file{file}.txt\n", None),
    (
        "python3 tools/build.py --part {n}",
        "built part {n} in 0.{file}s, id b{n}f00d{file}c0ffee\n",
        "b/{n}.o",
    ),
    ("grep -c import src/file{file}.txt", "{file}\n", None),
    ("wc -l out/part{n}.txt && sort out/part{n}.txt | uniq -c | head -5", "3 out/part{n}.txt\n      2 a{n}\n", None),
    ('git add -A && git commit -q -m "Part {n}"', "", None),
    ("diff -q src/file{file}.txt src/file{file}.txt", "", None),
    ("python3 -m pytest -q tests/test_part.py", "..............\n14 passed in 0.{file}s\n", None),
    ("cp src/file{file}.txt out/copy{n}.txt", "", "out/copy{n}.txt"),
)
"""Command, output, and the path that it makes; `{n}` is another one in each step."""
_LINKED: tuple[tuple[str, str, str | None], ...] = (
    *_SHAPES[:7],
    ("git rev-parse --short HEAD", "{hash}\n", None),
    ("git branch part-{n} {hash}", "", None),
    _SHAPES[9],
)
"""The same with a value that one step prints and the next one uses."""
_LINK_EVERY = 50
"""Rounds from one to the next of those."""


def long_trace(home: Home, run_id: str, steps: int) -> None:
    """Write a run of so many steps into a home.

    Args:
        home: Any.
        run_id: Of the run.
        steps: How many; the same number makes the same trace.
    """
    writer = TapeWriter(home.run_folder(run_id))
    writer.event(_head(run_id))
    for index in range(1, steps + 1):
        for event in _step(index):
            writer.event(event)
    writer.event(RunEnded(status=RunStatus.SUCCESS, at=_at(steps + 1)))
    writer.sync()
    writer.close()


def _head(run_id: str) -> RunStarted:
    run = Run(
        run_id=run_id,
        name="long",
        status=RunStatus.IN_PROGRESS,
        started_at=BEGAN,
        shell="bash",
        cwd=WORKSPACE,
        host="here",
        user="dev",
        user_home=str(Path(WORKSPACE).parent),
        workspace=WORKSPACE,
    )
    folders = (SeenFile(path=path, type=FileType.DIRECTORY, mode=0o755) for path in ("src", "out", "tools", "b"))
    names = [*(f"src/file{number}.txt" for number in range(FILES)), "tools/build.py"]
    files = (SeenFile(path=name, type=FileType.FILE, mode=0o644, sha256=_digest(name)) for name in names)
    return RunStarted(run=run, environment={"PATH": "/usr/bin:/bin"}, workspace_before=(*folders, *files))


def _step(index: int) -> Iterator[Event]:
    number, at = divmod(index, len(_SHAPES))
    command, output, makes = (_LINKED if number % _LINK_EVERY == 1 else _SHAPES)[at]
    values = {"n": number, "file": number % FILES, "hash": hashlib.sha256(str(number).encode()).hexdigest()[:7]}
    printed = output.format(**values)
    yield StepStarted(step_index=index, command=command.format(**values), cwd=WORKSPACE, at=_at(index), output_start=0)
    yield StepEnded(
        step=Step(
            step_index=index,
            command=command.format(**values),
            cwd=WORKSPACE,
            cwd_after=WORKSPACE,
            status=StepStatus.SUCCESS,
            exit_code=0,
            started_at=_at(index),
            duration_ms=12.5,
            output=printed,
            output_bytes=len(printed),
            file_effects=(_made(makes.format(**values)),) if makes else (),
        )
    )


def _made(path: str) -> FileEffect:
    if path.endswith("/"):
        return FileEffect(path=path.rstrip("/"), op=EffectOp.CREATED, type=FileType.DIRECTORY, mode=0o755)
    return FileEffect(path=path, op=EffectOp.CREATED, type=FileType.FILE, after=_digest(path), size=9, mode=0o644)


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _at(index: int) -> datetime:
    return BEGAN + timedelta(seconds=index)
