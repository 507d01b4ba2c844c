"""How long simulating a long playbook takes over a large tree: in one process, and as the whole command."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import msgspec
import pytest

from app.core import Core
from capture.home import Home
from replay.compiler import compile_traces
from replay.library.shelf import Shelf
from replay.outcome import Mode
from tests.bench.figures import Figure, report
from tests.bench.long_traces import corpus, long_trace
from tests.data.sessions import all_sessions, environment
from tests.program import COMMAND

STEPS, FILES, GOAL_MS = 1000, 50_000, 150
TURNS = 2
"""How often each session of the corpus stands in the playbook."""

pytestmark = pytest.mark.bench


def grown(root: Path, files: int = FILES) -> tuple[Path, dict[str, str]]:
    """A tree that holds the start of every session that the playbook is made of, and so many files besides."""
    work, played = root / "work", {recorded.name for recorded in corpus()}
    for session in all_sessions():
        if session.name in played:
            start, _ = session.begin(root / "starts" / session.name)
            for turn in range(1, TURNS + 1):
                shutil.copytree(start, work / f"{session.name}-{turn}", symlinks=True)
    for at in range(files // 100):
        folder = work / "more" / f"{at % 20}" / f"{at}"
        folder.mkdir(parents=True)
        for name in range(100):
            (folder / f"{name}").write_bytes(b"x")
    return work, environment(root / "starts" / "c-cmake" / "home")


def test_simulating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work, world = grown(tmp_path)
    for name, value in world.items():
        monkeypatch.setenv(name, value)
    long = long_trace(STEPS * 6 // 5)
    whole = compile_traces([long.trace], name="long", blobs=long.blobs).playbook
    home = Home(tmp_path / "replaybook").prepare()
    Shelf(home).add(msgspec.structs.replace(whole, steps=whole.steps[:STEPS]))
    command = [str(COMMAND), "--home", str(home.path)]

    def here() -> float:
        began = time.perf_counter()
        replay = Core(home).replay("long", mode=Mode.SIMULATE, cwd=str(work))
        assert len(replay.steps) == STEPS
        return (time.perf_counter() - began) * 1000

    def whole_command() -> float:
        began = time.perf_counter()
        done = subprocess.run(
            [*command, "replay", "long", "--mode", "simulate", "--json"],
            cwd=work,
            capture_output=True,
            text=True,
            check=False,
        )
        assert len(json.loads(done.stdout)["steps"]) == STEPS
        return (time.perf_counter() - began) * 1000

    ours, command_ms = min(here() for _ in range(5)), min(whole_command() for _ in range(3))
    began = time.perf_counter()
    Core(home).version("long")
    loading = (time.perf_counter() - began) * 1000
    report(
        Figure(
            what=f"simulate {STEPS} steps over a tree of {FILES} files",
            goal=f"≤ {GOAL_MS} ms",
            ours=f"{ours:.0f} ms, {loading:.0f} of them to load the document; the whole command {command_ms:.0f} ms",
            peers="-",
            met=ours <= GOAL_MS,
        )
    )
