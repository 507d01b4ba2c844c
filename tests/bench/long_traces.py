"""Traces longer than anyone records for a test: the recorded corpus, played one session behind the other in one shell.

The only traces that are put together: what is measured is the compiler's time, not its judgement."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from capture.trace import FileEffect, LateEffects, Run, RunStatus, SeenFile, Step, StepStatus, Trace
from tests.data.sessions import all_sessions

BEGAN = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
USER_HOME = "/home/dev"
WORKSPACE = f"{USER_HOME}/project"
_STEM = re.compile(r"[A-Za-z]{4,}")


@dataclass(frozen=True)
class Recorded:
    """A session of the corpus."""

    name: str
    trace: Trace
    blobs: dict[str, bytes]

    @property
    def stems(self) -> list[str]:
        """Words of the names that it gives to files."""
        paths = (effect.path for step in self.trace.steps for effect in step.file_effects)
        return sorted({stem for path in paths for stem in _STEM.findall(path)})


@dataclass(frozen=True)
class Long:
    """A long trace."""

    trace: Trace
    blobs: Callable[[str], bytes | None]

    @property
    def distinct(self) -> float:
        """Share of commands that stand in it for the first time."""
        commands = [step.command for step in self.trace.steps]
        return len({*commands}) / len(commands)


@cache
def corpus() -> tuple[Recorded, ...]:
    """Every session that was recorded in bash."""
    found = []
    for session in all_sessions():
        with TemporaryDirectory() as scratch:
            home = session.unpack(Path(scratch))
            trace = session.trace(home)
            told = {digest for step in trace.steps for one in step.file_effects for digest in (one.before, one.after)}
            contents = {digest: home.blob(digest) for digest in told if digest}
        if trace.run.shell == "bash":
            found.append(Recorded(session.name, trace, {key: data for key, data in contents.items() if data}))
    return tuple(found)


def long_trace(steps: int, *, renamed_in: int = 2) -> Long:
    """The corpus again and again, each session in a directory of its own.

    Args:
        steps: How many; the same number makes the same trace.
        renamed_in: One round in so many gives other names to the files that are written; 0: none does.

    Returns:
        The trace, and the contents that its steps wrote.
    """
    done: list[Step] = []
    before: list[SeenFile] = []
    late: list[LateEffects] = []
    for number, (recorded, turn) in enumerate(_turns()):
        if len(done) >= steps:
            break
        again = f"_{turn}" if renamed_in and turn % renamed_in == 0 else ""
        trace = _moved(recorded, f"{recorded.name}-{turn}", again)
        first = len(done) + 1
        done.append(_entered(f"{recorded.name}-{turn}", first, done[-1].cwd_after if done else WORKSPACE))
        done += (_at(step, first + step.step_index) for step in trace.steps)
        late += (msgspec.structs.replace(one, after_step=first + one.after_step) for one in trace.between)
        before += trace.workspace_before if number < len(corpus()) else ()
    run = Run(
        run_id="long",
        name="long",
        status=RunStatus.SUCCESS,
        started_at=BEGAN,
        ended_at=BEGAN + timedelta(seconds=steps),
        shell="bash",
        cwd=WORKSPACE,
        host="here",
        user="dev",
        user_home=USER_HOME,
        workspace=WORKSPACE,
    )
    contents = {digest: data for recorded in corpus() for digest, data in recorded.blobs.items()}
    trace = Trace(
        run=run,
        steps=tuple(done[:steps]),
        environment={"PATH": "/usr/bin:/bin", "HOME": USER_HOME, "USER": "dev"},
        workspace_before=tuple(before),
        between=tuple(one for one in late if one.after_step <= steps),
    )
    return Long(trace, contents.get)


def _turns() -> Iterator[tuple[Recorded, int]]:
    turn = 0
    while True:
        turn += 1
        yield from ((recorded, turn) for recorded in corpus())


def _moved(recorded: Recorded, folder: str, again: str) -> Trace:
    """The session as if recorded in another directory; `again` stands behind the names that it gives to files."""
    root = f"/tmp/work-{recorded.name}"
    text = json.dumps(msgspec.to_builtins(recorded.trace), ensure_ascii=False)
    text = text.replace(f"{root}/work", f"{WORKSPACE}/{folder}").replace(f"{root}/home", USER_HOME)
    if again and recorded.stems:
        text = re.sub(rf"(?<![\w\\-])({'|'.join(recorded.stems)})(?=[.\s/ ])", rf"\1{again}", text)
    trace = msgspec.convert(json.loads(text), Trace)
    return msgspec.structs.replace(
        trace,
        steps=tuple(
            msgspec.structs.replace(step, file_effects=_below(step.file_effects, folder)) for step in trace.steps
        ),
        workspace_before=tuple(
            msgspec.structs.replace(seen, path=f"{folder}/{seen.path}") for seen in trace.workspace_before
        ),
        between=tuple(
            msgspec.structs.replace(one, file_effects=_below(one.file_effects, folder)) for one in trace.between
        ),
    )


def _below(effects: tuple[FileEffect, ...], folder: str) -> tuple[FileEffect, ...]:
    def place(path: str | None) -> str | None:
        return path if path is None or path.startswith("/") else f"{folder}/{path}"

    return tuple(
        msgspec.structs.replace(effect, path=place(effect.path), moved_from=place(effect.moved_from))
        for effect in effects
    )


def _entered(folder: str, index: int, cwd: str) -> Step:
    """Going to where the next session works."""
    return Step(
        step_index=index,
        command=f"cd {WORKSPACE}/{folder}",
        cwd=cwd,
        cwd_after=f"{WORKSPACE}/{folder}",
        status=StepStatus.SUCCESS,
        exit_code=0,
        started_at=BEGAN + timedelta(seconds=index),
        duration_ms=1.5,
    )


def _at(step: Step, index: int) -> Step:
    return msgspec.structs.replace(step, step_index=index, started_at=BEGAN + timedelta(seconds=index))
