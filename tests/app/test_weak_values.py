"""A printed value that a later command may hold: while nobody has said so, another one stops a replay."""

import pytest

from tests.program import Program

LONG = "seq 1500 | sed 's/$/ one of many lines of a long output/'"
PRODUCERS = {
    "printed alone": ("echo 4711", "echo 4712"),
    "in a line": ("echo ticket 4711 is open", "echo ticket 4712 is open"),
    "among others": ("seq 3; echo ticket-4711", "seq 3; echo ticket-4712"),
    "in the middle of what is too long to be compared": (
        f"{LONG}; echo ticket x4711; {LONG}",
        f"{LONG}; echo ticket x4712; {LONG}",
    ),
}


@pytest.mark.parametrize("producer", PRODUCERS)
def test_an_unanswered_value_that_comes_otherwise_stops_the_replay_before_its_use(
    program: Program, producer: str
) -> None:
    then, now = PRODUCERS[producer]
    value = next(word for word in ("x4711", "4711") if word in then)
    said = program.cwd / "said"
    said.write_text(then, encoding="utf-8")
    run = program.record("bash said", f"mkdir close-{value}")
    compiled = program.json("compile", run, "--name", "close")
    assert [question["value"] for question in compiled["questions"]] == [value]
    closed = program.cwd / f"close-{value}"
    closed.rmdir()
    assert program.json("replay", "close", "--mode", "strict", "--draft")["status"] == "success"
    closed.rmdir()
    said.write_text(now, encoding="utf-8")
    stopped = program.json("replay", "close", "--mode", "strict", "--draft", code=4)
    assert (stopped["failure"]["class"], stopped["stopped_at"]) == ("ambiguous-value", 1)
    assert stopped["failure"]["divergence"] == "dataflow"
    assert not closed.exists()


COMPARED_LOOSELY = {
    "left to chance": "shuf said",
    "in any order": "sleep 0 & cat said; wait",
}


@pytest.mark.parametrize("command", COMPARED_LOOSELY.values(), ids=COMPARED_LOOSELY)
def test_however_loosely_its_output_is_compared(program: Program, command: str) -> None:
    said = program.cwd / "said"
    said.write_text("ticket 4711\n", encoding="utf-8")
    run = program.record(command, "mkdir close-4711")
    assert [one["value"] for one in program.json("compile", run, "--name", "close")["questions"]] == ["4711"]
    (program.cwd / "close-4711").rmdir()
    assert program.json("replay", "close", "--mode", "strict", "--draft")["status"] == "success"
    (program.cwd / "close-4711").rmdir()
    said.write_text("ticket 4712\n", encoding="utf-8")
    stopped = program.json("replay", "close", "--mode", "strict", "--draft", code=4)
    assert (stopped["failure"]["class"], stopped["stopped_at"]) == ("ambiguous-value", 1)
    assert not (program.cwd / "close-4711").exists()
