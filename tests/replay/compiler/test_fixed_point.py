"""A replay is a recording as well: what is compiled of it is the playbook that was replayed."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replay import document
from replay.playbook import Playbook
from tests.program import Program

WORK = [
    "mkdir -p out/deep",
    "echo one > a.txt",
    "echo two >> a.txt",
    "printf '%s\\n' b a c > list.txt",
    "sort list.txt > sorted.txt",
    "cp seed.txt copy.txt",
    "sed -i 's/seed/tree/' seed.txt",
    "mkdir -p \"my files\" && cp seed.txt 'my files/s p.txt'",
    "cd out 2>/dev/null || mkdir out && cd out",
    "(cd out && pwd) 2>/dev/null || true",
    "export MODE=fast LEVEL=3",
    'echo "mode is ${MODE:-unset}"',
    "ls -la",
    "cat seed.txt",
    "false || echo recovered",
    "test -e nowhere",
    "echo made > scratch && rm scratch",
    "python3 -c \"print('ticket', 40000 + 7)\"",
    "echo closing 40007 > closed.txt",
    "git init -q repo && git -C repo status --short",
    'for i in 1 2 3; do echo "line $i"; done > lines.txt',
    "cat > conf.ini <<EOF\n[main]\nroot = $PWD\nEOF",
    "wc -l < seed.txt",
    "tar czf seed.tgz seed.txt && tar tzf seed.tgz",
    'greet() { echo "hello $1"; }',
    "greet world 2>/dev/null || true",
    "date +%F > today.txt",
    "echo $$ > shell.pid",
    "ln -sf seed.txt link",
    "chmod 640 seed.txt",
]
STEPS = st.lists(st.sampled_from(WORK), min_size=2, max_size=7)


def reaches_a_fixed_point(root: Path, commands: Sequence[str]) -> None:
    start = root / "start"
    start.mkdir(parents=True)
    (start / "seed.txt").write_text("a seed\nand soil\n", encoding="utf-8")
    program = Program(home=root / "home", cwd=root / "work")
    shutil.copytree(start, program.cwd)
    compiled = [_compiled(program, program.record(*commands))]
    for version in (1, 2):
        shutil.rmtree(program.cwd)
        shutil.copytree(start, program.cwd)
        told = program.json("replay", f"p@{version}", "--mode", "strict", "--draft", code=None)
        assert told["status"] == "success", (told["failure"], document.dump(compiled[-1]))
        compiled.append(_compiled(program, told["run_id"]))
    first, second, third = (document.dump(playbook) for playbook in compiled)
    assert second == third
    assert first == second


def _compiled(program: Program, run: str) -> Playbook:
    """The playbook, without its number and where it and its steps came from."""
    made = program.json("compile", run, "--name", "p")
    read = document.load(program.json("playbook", f"p@{made['version']}")["document"], where="p")
    steps = tuple(msgspec.structs.replace(step, source_step=None) for step in read.steps)
    return Playbook(
        name=read.name, shell=read.shell, parameters=read.parameters, steps=steps, version=1, goal=read.goal
    )


@given(commands=STEPS)
@settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_compiled_of_a_replay_is_what_was_replayed(
    tmp_path_factory: pytest.TempPathFactory, commands: list[str]
) -> None:
    reaches_a_fixed_point(tmp_path_factory.mktemp("fixed"), commands)


@pytest.mark.bench
@given(commands=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_fixed_point_at_full_count(tmp_path_factory: pytest.TempPathFactory, commands: list[str]) -> None:
    reaches_a_fixed_point(tmp_path_factory.mktemp("fixed"), commands)
