"""Growth of what is replayed: steps, tools, trees that stand below, replays that were before, hosts."""

import os
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from unittest.mock import patch

import msgspec

from app.core import Core
from capture.home import Home
from replay.compiler import compile_traces
from replay.library.rows import ReplayRow
from replay.library.shelf import Shelf
from replay.outcome import Mode, ReplayStatus
from replay.shadow import Level, open_shadow
from tests.bench.growing.values import Cost, took, waited
from tests.bench.long_traces import long_trace
from tests.bench.test_replay_speed import SIX_STEPS, recorded
from tests.bench.test_shadow import shell
from tests.bench.test_simulate import grown
from tests.bench.test_stepping import stepped, work
from tests.bench.test_tools import SERVER, written
from tests.program import Program
from tests.sshd import hosts_in


def trivial(folder: Path, times: float) -> Iterator[Cost]:
    steps = round(30 * times)
    core, workspace = recorded(folder, "".join(f"echo step {number}\n" for number in range(steps)))
    yield Cost("trivial steps replayed", "steps", steps, took(partial(_replayed, core, workspace)))
    core.close()


def again(folder: Path, times: float) -> Iterator[Cost]:
    before = round(100 * times)
    core, workspace = recorded(folder, SIX_STEPS)
    _replayed(core, workspace)
    (first,) = core._catalog.find(ReplayRow)
    told = (core.home.replays / f"{first.id}.json").read_text()
    rows = [msgspec.structs.replace(first, id=f"{first.id}-{number}") for number in range(before)]
    for row in rows:
        (core.home.replays / f"{row.id}.json").write_text(told.replace(first.id, row.id))
    core._catalog.put(*rows)
    yield Cost("six steps replayed again", "replays before", before, took(partial(_replayed, core, workspace)))
    core.close()


def _replayed(core: Core, workspace: Path) -> None:
    shutil.rmtree(workspace)
    workspace.mkdir()
    replay = core.replay("work", mode=Mode.STRICT, cwd=str(workspace), draft=True)
    assert replay.status is ReplayStatus.SUCCESS, replay.failure


def calling(folder: Path, times: float) -> Iterator[Cost]:
    steps, program = round(20 * times), Program(folder / "home", folder / "work")
    program.cwd.mkdir()
    written(program, "work", [("echo", {"text": "x"})] * steps)
    (program.home / "tools.toml").write_text(f'["t/*"]\ncommand = ["{sys.executable}", "{SERVER}"]\n')
    core = Core(Home(program.home).prepare())
    yield Cost("tool steps replayed", "steps", steps, took(partial(_replayed, core, program.cwd), runs=3))
    core.close()


def simulating(folder: Path, times: float) -> Iterator[Cost]:
    steps, long = round(100 * times), long_trace(round(120 * times))
    workspace, world = grown(folder, round(2_000 * times))
    whole = compile_traces([long.trace], name="long", blobs=long.blobs).playbook
    home = Home(folder / "replaybook").prepare()
    Shelf(home).add(msgspec.structs.replace(whole, steps=whole.steps[:steps]))
    with patch.dict(os.environ, world):
        simulate = partial(Core(home).replay, "long", mode=Mode.SIMULATE, cwd=str(workspace))
        yield Cost("a playbook simulated", "steps, over 20 files each", steps, took(simulate, runs=3))


def shadowing(folder: Path, times: float) -> Iterator[Cost]:
    files, steps = round(2_000 * times), round(5 * times)
    tree = folder / "tree"
    for number in range(files // 100):
        (tree / f"d{number}").mkdir(parents=True)
        for name in range(100):
            (tree / f"d{number}" / f"f{name}").write_text(f"{number} {name}\n")

    def opened() -> None:
        with open_shadow(tree, level=Level.L3) as place:
            shell(place, "true")

    yield Cost("a shadow begun and ended", "files", files, took(opened))
    with open_shadow(tree, level=Level.L3, layered=True) as place:
        layers = place.layers
        assert layers is not None

        def forth() -> None:
            layers.begin(steps)
            shell(place, "echo 1 >f1")

        def back() -> None:
            layers.back_to(steps)
            shell(place, "true")

        for number in range(1, steps):
            layers.begin(number)
            shell(place, f"echo {number} >d0/f{number}")
        seconds = min(took(back, runs=1) for _ in range(5) if forth() is None)  # type: ignore[func-returns-value]
    yield Cost("a step back in a shadow, a shell again", "steps before", steps, seconds)


def stepping(folder: Path, times: float) -> Iterator[Cost]:
    steps = round(5 * times)
    core, workspace = recorded(folder, work(steps, waits_s=0))
    person = stepped(core, workspace, steps)
    yield Cost("a step back in a shadow, to the prompt", "steps before", steps, min(person.back) / 1000)
    core.close()


def hosting(folder: Path, times: float) -> Iterator[Cost]:
    count, program = round(2 * times), Program(folder / "home", folder / "work")
    program.cwd.mkdir()
    program.json("compile", program.record("mkdir -p site", "echo one > site/index.html"), "--name", "site")
    with hosts_in(folder / "hosts") as hosts:
        for number in range(count):
            hosts.add(f"web{number}")
        names = ",".join(hosts.named)
        argv = ("replay", "site", "--mode", "strict", "--draft", "--hosts", names, "--parallel", str(count), "--json")

        def fleet() -> None:
            done = program(*argv, environment={"PATH": hosts.path})
            assert done.code == 0, done

        yield Cost("a fleet replayed", "hosts", count, waited(fleet, runs=3))


KINDS = (trivial, again, calling, simulating, shadowing, stepping, hosting)
