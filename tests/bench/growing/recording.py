"""Growth of what is recorded: files that a step writes and that lie around it, functions of a shell, output, steps."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from statistics import median
from unittest.mock import patch

import capture
from capture.wire import Ready, SessionMode
from tests.bench.growing.values import Cost, took
from tests.bench.terminals import OuterTerminal, host_of, processor_seconds, resident_bytes
from tests.bench.test_effects import timed
from tests.bench.test_flow import _in_pane, _kept_by_us, _recording, _typed
from tests.bench.test_prompts import COMMANDS, _integrated
from tests.bench.test_telling import ANSWER, GIVEN
from tests.capture.driving import Driver, spec_for
from tests.program import Program

WRITES = "mkdir -p new{0}/{{1..10}} && for f in new{0}/{{1..10}}/{{1..{1}}}; do echo {0} >$f; done"
LINE = b"0123456789abcdef the quick brown fox jumps over the lazy dog, again and again\n"
PROMPTS, WARM_UP = 60, 10
FUNCTION = 'user{0}() {{ local a=$1; if [[ -n $a ]]; then echo "${{a//x/y}}"; else return 1; fi; }}\n'


def effects(folder: Path, times: float) -> Iterator[Cost]:
    files, written, tree = round(5_000 * times), round(500 * times), folder / "work"
    for number in range(files // 100):
        place = tree / f"d{number}"
        place.mkdir(parents=True)
        for file in range(100):
            (place / f"f{file}").write_text(f"{number} {file}\n" * 20)
    began, firsts = time.perf_counter(), list[float]()
    for _ in range(2):
        began = time.perf_counter()
        driver = Driver(spec_for(folder, SessionMode.TYPED, workspace=str(tree), cwd=str(tree)))
        driver.wait_for(Ready)
        firsts.append(time.perf_counter() - began)
        driver.session.close()
    yield Cost("the first prompt in a tree", "files", files, min(firsts))
    driver = Driver(spec_for(folder, SessionMode.TYPED, workspace=str(tree), cwd=str(tree)))
    driver.wait_for(Ready)
    idle = min(timed(driver, "true").after_ms for _ in range(10))
    yield Cost("effects of a step that changes nothing", "files", files, max(idle, 0.1) / 1000)
    each = []
    for number in range(3):
        step, after_ms = timed(driver, WRITES.format(number, written // 10))
        assert len(step.file_effects) == written // 10 * 10 + 11
        each.append(after_ms)
    yield Cost("effects of a step that writes files", "files", written, min(each) / 1000)
    driver.session.close()


def prompts(folder: Path, times: float) -> Iterator[Cost]:
    functions = round(50 * times)
    mine = "".join(FUNCTION.format(number) for number in range(functions))
    for shell, rc, prompt in (("bash", ".bashrc", "PS1"), ("zsh", ".zshrc", "PROMPT")):
        (Path.home() / rc).write_text(f"{mine}{prompt}='@@'\n")
        with _integrated(shell, folder / shell) as typed:
            each = [
                typed(COMMANDS[number % len(COMMANDS)].format(n=number), f"ready{number}\r".encode())
                for number in range(PROMPTS + WARM_UP)
            ]
        yield Cost(f"a prompt, {shell}", "functions", functions, median(each[WARM_UP:]) / 1000)


def telling(folder: Path, times: float) -> Iterator[Cost]:
    steps = round(500 * times)
    with capture.record(home=folder / "home", workspace=folder, watch=False) as run:

        def told() -> None:
            for _ in range(steps):
                with run.tool("files/edit", GIVEN) as step:
                    step.output = ANSWER

        yield Cost("steps told by a program", "steps", steps, took(told, runs=3))


def flooding(folder: Path, times: float) -> Iterator[Cost]:
    megabytes, workspace = round(5 * times), folder / "work"
    (Path.home() / ".bashrc").write_text("PS1='$ '\n")
    workspace.mkdir()
    (folder / "text").write_bytes(LINE * (megabytes * 1_000_000 // len(LINE)))
    floods = {"cat": f"cat {folder / 'text'}", "seq": f"seq 1 {megabytes * 130_000}"}
    program = Program(home=folder / "scripts", cwd=workspace)
    for name, command in floods.items():
        kept = min(_kept_by_us(program, command) for _ in range(4))
        yield Cost(f"output recorded from a script, {name}", "MB", megabytes, kept)
    ways: dict[str, Callable[[], AbstractContextManager[OuterTerminal]]] = {
        "recorded in a terminal": lambda: _recording(workspace),
        "shown in the pane": lambda: _in_pane(workspace),
    }
    for way, opened in ways.items():
        home = folder / way.split()[0]
        with contextlib.chdir(workspace), patch.dict(os.environ, REPLAYBOOK_HOME=str(home)), opened() as terminal:
            pids = [host_of(home), terminal.pid]
            for name, command in floods.items():
                clock = partial(processor_seconds, pids)
                cost = took(partial(_typed, terminal, command), runs=3, clock=clock)
                yield Cost(f"output {way}, {name}", "MB", megabytes, cost)
            if "terminal" in way:
                held = sum(resident_bytes(pid)[0] for pid in pids)
                yield Cost("memory of a recording, of its output", "MB", megabytes, held)


KINDS = (effects, prompts, telling, flooding)
