"""Where contents are compared although a value came out different."""

from pathlib import Path

import pytest

from replay import document
from replay.derived import derived
from tests.program import Program


@pytest.mark.parametrize(
    ("steps", "reached"),
    [
        (["echo {{id}}", "echo x > plain.txt"], {1}),
        (["echo {{id}} > id.txt", "base64 id.txt > b64", "cat b64 > c", "sort in > out"], {1, 2, 3}),
        (["echo {{id}} > id.txt", "base64 *.txt > b64", "cp -r . /elsewhere", "ls > names"], {1, 2, 3, 4}),
        (["K={{id}}", 'echo "$K" > a', "echo $HOME > b", "cat b > c"], {1, 2}),
        (["echo {{id}} > id.txt", "python3 gen.py", "cat in > out", "cat /tmp/of-gen > o"], {1, 2, 4}),
        (["sh gen.sh", "echo {{id}} > id.txt", "sh gen.sh"], {2, 3}),
        (["tell() { echo {{id}}; }", "cat in > out"], {1, 2}),
        (["curl -d {{id}} localhost/a", "curl localhost/b > b", "tr a-z A-Z < in > out"], {1, 2}),
        (["echo {{other}} > id.txt", "base64 id.txt > b64"], set()),
    ],
)
def test_only_what_uses_the_value_is_reached(steps: list[str], reached: set[int]) -> None:
    text = "replaybook: 1\nname: p\nparameters: {id: {recorded: a}, other: {recorded: b}}\nsteps:\n"
    text += "".join(f"  - run: {step!r}\n    expect: {{effects: []}}\n" for step in steps)
    assert derived(document.load(text, where="p"), frozenset({"id"})) == reached


def test_a_step_that_writes_a_tree_leaves_the_value_anywhere_below_it() -> None:
    text = "replaybook: 1\nname: p\nparameters: {id: {recorded: a}}\nsteps:\n"
    text += "  - run: sh gen.sh {{id}}\n    expect: {effects: [created out/**]}\n  - run: cat out/1 > b\n"
    assert derived(document.load(text, where="p"), frozenset({"id"})) == {1, 2}


def test_a_drifted_input_is_told_although_an_id_is_another_one(tmp_path: Path) -> None:
    program = Program(home=tmp_path / "home", cwd=tmp_path / "work")
    program.cwd.mkdir()
    (program.cwd / "draw.py").write_text("import uuid; print('order', uuid.uuid4())\n", encoding="utf-8")
    (program.cwd / "in.txt").write_text("plain\n", encoding="utf-8")
    trace = program.record("python3 draw.py")
    order = program.json("show", trace)["steps"][0]["output"].split()[1]
    made = ["b64", "out.txt", "id.txt"]
    (program.cwd / "draw.py").write_text(f"print('order', '{order}')\n", encoding="utf-8")
    run = program.record(
        "python3 draw.py", f"echo {order} > id.txt", "base64 id.txt > b64", "tr a-z A-Z < in.txt > out.txt", name="all"
    )
    program.json("compile", run, "--name", "p")
    (program.cwd / "draw.py").write_text("import uuid; print('order', uuid.uuid4())\n", encoding="utf-8")
    for name in made:
        (program.cwd / name).unlink()
    assert program.json("replay", "p@1", "--mode", "strict", "--draft")["status"] == "success"
    for name in made:
        (program.cwd / name).unlink()
    (program.cwd / "in.txt").write_text("drifted\n", encoding="utf-8")
    stopped = program.json("replay", "p@1", "--mode", "strict", "--draft", code=4)
    assert (stopped["stopped_at"], stopped["failure"]["divergence"]) == (4, "effects")
