"""What a replay of tool steps takes beside a program that calls the same tools with the SDK."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.core import Core
from capture.home import Home
from capture.standby import standing_by
from replay.outcome import Mode, ReplayStatus
from tests.bench.figures import Figure, report
from tests.program import Program

STEPS, WORK_S, ROUNDS = 20, 0.3, 3
GOAL = 0.05
SERVER = Path(__file__).parent.parent / "replay/tools/server.py"
DIRECTLY = """\
import asyncio, json, sys
from mcp import Client, StdioServerParameters

async def main():
    command, server, calls = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    async with Client(StdioServerParameters(command=command, args=[server])) as client:
        for name, given in calls:
            assert not (await client.call_tool(name, given)).is_error

asyncio.run(main())
"""

pytestmark = pytest.mark.bench


def written(program: Program, name: str, calls: list[tuple[str, dict[str, object]]]) -> None:
    called = "  - tool: t/{}\n    input: {}\n    expect: {{exit: 0}}\n"
    steps = "".join(called.format(tool, json.dumps(given)) for tool, given in calls)
    file = program.home.with_name(f"{name}.yaml")
    file.write_text(f"replaybook: 1\nname: {name}\nshell: bash\nsteps:\n{steps}")
    program.json("compile", program.record("true"), "--name", name)
    program.json("playbook", name, "--write", str(file))


def test_twenty_calls_beside_the_sdk(tmp_path: Path) -> None:
    program = Program(tmp_path / "home", tmp_path / "work")
    program.cwd.mkdir()
    working: list[tuple[str, dict[str, object]]] = [("work", {"seconds": WORK_S})] * STEPS
    at_once: list[tuple[str, dict[str, object]]] = [("echo", {"text": "x"})] * STEPS
    written(program, "working", working)
    written(program, "at-once", at_once)
    (program.home / "tools.toml").write_text(f'["t/*"]\ncommand = ["{sys.executable}", "{SERVER}"]\n')
    core = Core(Home(program.home).prepare())

    def replayed(name: str) -> float:
        began = time.perf_counter()
        replay = core.replay(name, mode=Mode.STRICT, cwd=str(program.cwd), draft=True)
        assert replay.status is ReplayStatus.SUCCESS, replay.failure
        took = (time.perf_counter() - began) * 1000
        each.append(statistics.median(step.duration_ms for step in replay.steps if step.duration_ms is not None))
        return took

    def directly(calls: list[tuple[str, dict[str, object]]]) -> float:
        began = time.perf_counter()
        command = [sys.executable, "-c", DIRECTLY, sys.executable, str(SERVER), json.dumps(calls)]
        subprocess.run(command, check=True, capture_output=True)
        return (time.perf_counter() - began) * 1000

    each: list[float] = []
    with standing_by():
        ours, theirs = zip(*((replayed("working"), directly(working)) for _ in range(ROUNDS)), strict=True)
        each.clear()
        quick, bare = zip(*((replayed("at-once"), directly(at_once)) for _ in range(ROUNDS)), strict=True)
    all_of_it = f"{statistics.median(quick):.0f} ms in all (the SDK {statistics.median(bare):.0f} ms)"
    over = statistics.median(ours) / statistics.median(theirs) - 1
    report(
        Figure(
            what=f"strict replay of {STEPS} tool steps, over calling the tools with the SDK",
            goal=f"≤ {GOAL:.0%}",
            ours=f"{over:+.1%}: {statistics.median(ours):.0f} ms with {WORK_S * 1000:.0f} ms of work a call",
            peers=f"the SDK {statistics.median(theirs):.0f} ms; "
            f"immediate calls {statistics.median(each):.1f} ms a step, {all_of_it}",
            met=over <= GOAL,
        )
    )
