"""The run of an agent: on the Trace screen, in `show`, found by what was said."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from click.testing import CliRunner

from app.calls import call_lines, call_words, patch_words
from app.cli.main import cli
from app.dialogue import ALL, Said, agent_words, depth, standing, turns
from app.screens.trace import TraceScreen
from app.widgets.recorded import output_rows, row_of
from app.widgets.steps import StepList
from capture.calls import Call
from capture.events import NoteTaken, RunEnded, RunStarted, StepEnded
from capture.home import Home
from capture.provenance import AgentUse, Hints, Speaker
from capture.tape.searching import IN_COMMAND, Hit
from capture.tape.writer import TapeWriter
from capture.trace import Note, RunStatus, Trace
from tests.app.agent_run import agent_trace, tool
from tests.app.driving import Driver, driving
from tests.app.stand_in import THEN, StandIn, step

HOSTILE = "[b]bold[/b] \x1b[31mred\x1b]0;title\x07 \u202eback"


def kept(home: Home, trace: Trace) -> None:
    """Write a trace as a recorder does, event by event."""
    run = msgspec.structs.replace(trace.run, agent=None, ended_at=None, status=RunStatus.IN_PROGRESS)
    writer = TapeWriter(home.run_folder(run.run_id))
    writer.event(RunStarted(run=run))
    for one in trace.steps:
        writer.event(StepEnded(step=one))
        for note in trace.notes:
            if note.after_step == one.step_index or (note.after_step == 0 and one.step_index == 1):
                writer.event(NoteTaken(note=note))
    writer.event(RunEnded(status=RunStatus.SUCCESS, at=trace.run.started_at, agent=trace.run.agent))
    writer.close()


@asynccontextmanager
async def looking(trace: Trace, size: tuple[int, int] = (120, 36)) -> AsyncIterator[Driver]:
    async with driving(StandIn(traces=[trace]), size=size) as driver:
        driver.app.open_trace(trace.run.run_id)
        await driver.until(lambda: driver.app.screen.query("#steps") and driver.app.screen.query_one(StepList).rows)
        yield driver


def listed(driver: Driver) -> list[str]:
    return [row.command for row in driver.app.screen.query_one(StepList).rows]


def test_a_call_is_told_in_one_line_and_laid_out() -> None:
    text = Call("forge/open", {"title": "A b", "n": 3, "body": "one\ntwo", "of": {"a": [1]}}).text
    assert call_words(text) == 'forge/open title="A b" n=3 body="one\\ntwo" of={"a":[1]}'
    assert call_lines(text) == [
        "forge/open",
        "{",
        '  "title": "A b",',
        '  "n": 3,',
        '  "body": │',
        "    │ one",
        "    │ two",
        '  "of": {',
        '    "a": [',
        "      1",
        "    ]",
        "  }",
        "}",
    ]
    assert call_lines(text, 2) == ["forge/open", "{", '  "title": "A b",', '  "n": 3,']
    assert call_words("make tool:x") is None
    assert call_words("tool:x " + "[" * 60_000) == "x …"
    assert call_words(Call("x", None).text) == "x"
    assert call_words(Call("x", "y" * 100_000).text) == "x …"
    assert patch_words("--- /dev/null\n+++ a\n@@ -0,0 +1 @@\n+x\n") == "create a"


def test_turns_come_in_order_and_some_can_be_left_out() -> None:
    trace = agent_trace()
    order = [-one.number if isinstance(one, Said) else one.step_index for one in turns(trace)]
    assert order == [-1, -2, 1, 2, 3, -3, 4, 5, 6, 7, 8, -4]
    silent = list(turns(trace, ALL._replace(talk=False, dead_ends=False)))
    assert [one.step_index for one in silent if not isinstance(one, Said)] == [1, 2, 4, 5, 6, 7, 8]
    assert len(silent) == 7
    circle = msgspec.structs.replace(trace, steps=(step(1, "a", part_of=2), step(2, "b", part_of=1)))
    assert depth(circle, circle.steps[0]) == 4
    assert depth(trace, trace.steps[6]) == 1


def test_a_hit_is_in_the_row_that_holds_it() -> None:
    long = tool(1, "x/y", {f"k{number}": number for number in range(40)}, "first\nsecond", apart=True)
    whole = ["".join(text for text, _ in row) for row in output_rows(long, long.output)]
    folded = ["".join(text for text, _ in row) for row in output_rows(long, long.output, unfold="o")]
    assert whole[row_of(long, Hit(step_index=1, line=2, text=""))] == "second"
    assert whole[row_of(long, Hit(step_index=1, line=IN_COMMAND, text=""))] == "→ x/y"
    assert (len(whole) - len(folded), "⋯ more of its input: o shows it whole" in folded) == (42 - 16 - 1, True)
    wide = tool(1, "x/y", {"text": "z" * 1_000}, "")
    short = ["".join(text for text, _ in row) for row in output_rows(wide, wide.output, unfold="o")]
    assert f'  "text": "{"z" * 389}…' in short
    assert "⋯ more of its input: o shows it whole" in short


async def test_the_run_of_an_agent_reads_as_a_dialogue() -> None:
    made = agent_trace()
    long = tool(9, "x/y", {f"k{number}": number for number in range(40)}, None)
    async with looking(msgspec.structs.replace(made, steps=(*made.steps, long))) as driver:
        assert listed(driver)[0] == "user: Release the notes of 1.4 and open a pull request."
        assert "Claude Code 2.1.4 · 9 model calls" in driver.text
        await driver.until(lambda: "61,240, 48,000 of them from a cache" in driver.lines("effects"))
        assert "2 records of unknown type" in driver.lines("effects")
        assert "and open a pull request." in driver.lines("output")
        await driver.press("e", "e", *["down"] * 4)
        await driver.until(lambda: "dead end: tried again with another id" in driver.lines("output"))
        await driver.press("e")
        assert len(listed(driver)) == 12
        assert "without dead ends" in driver.text
        await driver.press("t")
        assert [words for words in listed(driver) if words.startswith(("user", "reasoning", "assistant"))] == []
        assert "edit notes/release.txt" in listed(driver)
        await driver.press("slash", *"isn't there", "enter")
        await driver.until(lambda: "I take the one that the search found" in driver.lines("output"))
        assert len(listed(driver)) == 13
        await driver.press("slash", *["backspace"] * 11, "enter", "end")
        await driver.until(lambda: "o shows it whole" in driver.lines("output"))
        await driver.press("o")
        await driver.until(lambda: '"k39": 39' in driver.lines("output"))
        # What was said is no step: it is neither dropped nor cut out.
        await driver.press("up", "minus", "x")
        await driver.until(lambda: "pull request 41 is open" in driver.lines("output"))
        assert isinstance(driver.app.screen, TraceScreen)
        assert not driver.app.screen.steps.border_subtitle


async def test_nothing_that_was_said_acts_on_the_terminal() -> None:
    note = Note(after_step=0, at=THEN, text=HOSTILE, speaker=Speaker.USER)
    bad = tool(1, f"x/{HOSTILE}", {HOSTILE: HOSTILE}, HOSTILE)
    async with looking(agent_trace(steps=(bad,), notes=(note,)), (80, 24)) as driver:
        await driver.until(lambda: "[b]bold[/b]" in driver.lines("output"))
        assert not {"\x1b", "\x07", "\u202e"} & set(driver.text)
        await driver.press("down")
        await driver.until(lambda: "→ x/" in driver.lines("output"))
        assert not {"\x1b", "\x07", "\u202e"} & set(driver.text + driver.lines("output"))


async def test_a_run_without_talk_says_so() -> None:
    async with driving(StandIn()) as driver:
        driver.app.open_trace("notes")
        await driver.until(lambda: "output of step 1" in driver.lines("output"))
        await driver.press("t", "e")
        await driver.until(lambda: "nobody said anything" in driver.notices)
        await driver.until(lambda: "no dead end" in driver.notices)


def test_show_and_search_tell_the_same(tmp_path: Path) -> None:
    kept(Home(tmp_path).prepare(), agent_trace())

    def told(*arguments: str) -> str:
        return CliRunner().invoke(cli, ["--home", str(tmp_path), *arguments], catch_exceptions=False).stdout

    whole = told("show", "release notes")
    for words in (
        "agent: Claude Code 2.1.4",
        "tokens read: 61,240, 48,000 of them from a cache",
        "» user: Release the notes of 1.4",
        "dead end: tried again with another id",
        "tracker/get id=70  exit 1",
        "part of step 6",
        "edit notes/release.txt",
    ):
        assert words in whole
    one = told("show", "release notes", "--step", "8")
    assert '"body": │' in one
    assert '"number": 41' in one
    document = json.loads(told("show", "release notes", "--json"))
    assert document["run"]["agent"]["llm_calls"] == 9
    assert document["notes"][0]["speaker"] == "user"
    assert document["steps"][2]["hints"]["dead_end"] == "tried again with another id"
    found = told("search", "pull request 41")
    assert "step 8       said" in found


def test_what_nobody_told_is_said_in_words() -> None:
    assert agent_words(AgentUse(name="Ada")) == "Ada · model calls not told"
    told = msgspec.structs.replace(agent_trace().steps[0], hints=Hints(open_end="it ran in the background"))
    assert next(standing(told)) == "nobody knows how it came out: it ran in the background"
