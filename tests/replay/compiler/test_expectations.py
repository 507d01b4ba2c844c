"""What is said of a step's many effects."""

from pathlib import Path

from replay import document
from tests.program import Program


def test_of_a_large_tree_only_what_later_steps_use_is_named(tmp_path: Path) -> None:
    program = Program(home=tmp_path / "home", cwd=tmp_path / "work")
    program.cwd.mkdir()
    many = "mkdir -p env/bin && for i in $(seq 100); do echo $i > env/bin/$i; done && echo A=1 > env/bin/activate"
    run = program.record(many, "source env/bin/activate", "echo $A")
    program.json("compile", run, "--name", "p")
    made = document.load(program.json("playbook", "p@1")["document"], where="p").steps[0].expect.effects or ()
    assert {effect.path for effect in made} == {"env", "env/**", "env/bin/activate"}
    (program.cwd / "env").rename(tmp_path / "env")
    assert program.json("replay", "p@1", "--mode", "simulate", "--draft")["status"] == "ready"
    assert program.json("replay", "p@1", "--mode", "strict", "--draft")["status"] == "success"


def test_a_copy_of_what_came_by_chance_is_not_compared(tmp_path: Path) -> None:
    program = Program(home=tmp_path / "home", cwd=tmp_path / "work")
    program.cwd.mkdir()
    run = program.record("shuf -i 1-999999 -n 9 > drawn", "cp drawn kept", "echo same > same")
    program.json("compile", run, "--name", "p")
    steps = document.load(program.json("playbook", "p@1")["document"], where="p").steps
    compared = {effect.path: effect.content is not None for step in steps for effect in step.expect.effects or ()}
    assert compared == {"drawn": False, "kept": False, "same": True}
