"""Plays a scenario in the real program: recorded, compiled, replayed unchanged, drifted, and beside the point."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from app.core import Core
from capture.home import Home
from capture.scripted import ScriptEntry, ScriptInput
from replay import document
from replay.outcome import Mode, Replay, ReplayStatus, StepState
from replay.repairs.proposal import Repair
from tests.replay.scenarios.scenario import NEVER, Scenario, Typed

ROUND = "pb"
_GIT = "[user]\n\tname = Dev\n\temail = dev@example.org\n[init]\n\tdefaultBranch = main\n"
_PATIENCE_S = 60


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
    forbidden: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Stage:
    """Where a scenario is played; always at the same path, so that nothing but the drift differs."""

    scenario: Scenario
    base: Path

    @property
    def root(self) -> Path:
        return self.base / "root"

    @property
    def work(self) -> Path:
        return self.root / "work"

    def build(self) -> None:
        for folder in ("work", "home", "bin"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "home" / ".gitconfig").write_text(_GIT)
        self.sh(self.scenario.setup)
        shutil.copytree(self.root, self.base / "kept", symlinks=True)

    def again(self, script: str = ":") -> None:
        """The beginning once more, and what changes in it."""
        shutil.rmtree(self.root)
        shutil.copytree(self.base / "kept", self.root, symlinks=True)
        self.sh(script)

    def sh(self, script: str) -> None:
        done = subprocess.run(
            ("bash", "-euc", script),
            cwd=self.work,
            env=self.world({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, (self.scenario.name, script, done.stdout)

    def world(self, more: Mapping[str, str | None]) -> dict[str, str]:
        path = f"{self.root / 'bin'}:{os.environ['PATH']}"
        world: dict[str, str | None] = {
            "PATH": path,
            "HOME": str(self.root / "home"),
            "ROOT": str(self.root),
            "USER": "dev",
            "SHELL": "/bin/bash",
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "TMPDIR": os.environ.get("TMPDIR"),
            **self.scenario.environment,
            **more,
        }
        return {name: value.replace("$ROOT", str(self.root)) for name, value in world.items() if value is not None}

    @contextmanager
    def living_in(self, more: Mapping[str, str | None]) -> Iterator[Core]:
        """The program in this world."""
        before, world = dict(os.environ), self.world(more)
        os.environ.clear()
        os.environ.update(world)
        try:
            yield Core(Home(self.base / "replaybook").prepare())
        finally:
            os.environ.clear()
            os.environ.update(before)

    @contextmanager
    def beside(self, script: str | None) -> Iterator[None]:
        """Something that holds what the replay needs, from its first line on."""
        if script is None:
            yield
            return
        holder = subprocess.Popen(
            ("bash", "-euc", script),
            cwd=self.work,
            env=self.world({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline(), f"{self.scenario.name}: {script} ended before it held anything"
            yield
        finally:
            os.killpg(holder.pid, signal.SIGKILL)
            holder.communicate()


def play(scenario: Scenario, base: Path) -> Row:
    """Play it.

    Args:
        scenario: What.
        base: A folder that isn't there yet.

    Returns:
        What came of it.
    """
    stage, row = Stage(scenario, base), Row(scenario.name, scenario.expect)
    try:
        stage.build()
        with stage.beside(scenario.serves):
            source = _recorded(stage)
            _twin(stage, row)
        _drifted(stage, row, source)
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


def _replay(stage: Stage, mode: Mode, more: Mapping[str, str | None]) -> tuple[Replay, tuple[Repair, ...]]:
    with stage.living_in(more) as core:
        found = core.replay(ROUND, mode=mode, cwd=str(stage.work), draft=True)
        return found, tuple(core.repair(one) for one in found.repairs)


def _twin(stage: Stage, row: Row) -> None:
    stage.again()
    row.twin = _passes(stage, row, "the undrifted twin", {})


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


def _drifted(stage: Stage, row: Row, source: Mapping[int, int | None]) -> None:
    scenario = stage.scenario
    stage.again(scenario.drift)
    with stage.beside(scenario.holds):
        foreseen, _ = _replay(stage, Mode.SIMULATE, scenario.drifted)
    _foretold(scenario, row, foreseen)
    strict = None
    for mode in (Mode.STRICT, Mode.GUIDED):
        stage.sh(scenario.undo)
        stage.again(scenario.drift)
        with stage.beside(scenario.holds):
            found, repairs = _replay(stage, mode, scenario.drifted)
        strict = strict or found
    _stopped(scenario, row, strict or found, source)
    if strict and strict.failure and found.failure and strict.failure.failure_class != found.failure.failure_class:
        row.wrong.append(f"strict said {strict.failure.failure_class}, guided {_said(found)}")
    _proposals(scenario, row, found, repairs)


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
    texts = [json.dumps(msgspec.to_builtins(repair.patch), ensure_ascii=False) for repair in repairs]
    told = "; ".join(f"{repair.source} {text}" for repair, text in zip(repairs, texts, strict=True))
    row.forbidden = sum(bool(re.search(bad, text)) for text in texts for bad in (*NEVER, *scenario.never))
    if row.forbidden:
        row.wrong.append(f"forbidden things were proposed: {told}")
    if scenario.proposed is None:
        row.proposed = not repairs and bool(found.abstained)
        wanted = "nothing, with the reason"
    else:
        row.proposed = any(re.search(scenario.proposed, text) for text in texts[:3])
        wanted = scenario.proposed
    if not row.proposed:
        row.wrong.append(f"proposed {told or found.abstained}; {wanted} was wanted")
    chosen = bool(repairs) and repairs[0].preselected
    if scenario.selected is not None and repairs and chosen is not scenario.selected:
        row.wrong.append(f"the first proposal is {'' if chosen else 'not '}preselected: {told}")


def _said(found: Replay) -> str:
    failure = found.failure
    return f"{failure.failure_class} {failure.divergence} ({failure.message})" if failure else str(found.status)


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    from tests.replay.scenarios.families import SCENARIOS

    for one in SCENARIOS:
        if len(sys.argv) == 1 or any(re.search(word, f"{one.expect}: {one.name}") for word in sys.argv[1:]):
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
