"""The run of an agent, written by hand: talk, calls of tools, a dead end, parts, and steps beside each other."""

from datetime import timedelta

import msgspec

from capture.calls import Call, result_text
from capture.provenance import AgentUse, Hints, Imported, Speaker, StepSource
from capture.trace import EffectOp, FileEffect, FileType, Note, Step, StepKind, StepStatus, Trace
from tests.app.stand_in import THEN, recorded_trace, step

AGENT = AgentUse(
    name="Claude Code",
    version="2.1.4",
    models=("claude-opus-4",),
    llm_calls=9,
    prompt_tokens=61_240,
    cached_tokens=48_000,
    completion_tokens=1_872,
)
PLAN = {"title": "Release 1.4", "labels": ["release", "notes"], "draft": False, "body": "Notes of 1.4\nand more"}
MADE = {"number": 41, "state": "open", "url": "https://git.example.org/notes/pull/41"}


def tool(index: int, name: str, given: object, result: object, **more: object) -> Step:
    """One call and what it answered."""
    values = {"kind": StepKind.TOOL, "output": result_text(result), "effects_seen": False, **more}
    return step(index, Call(name, given).text, **values)


def agent_trace(**more: object) -> Trace:
    """Nine model calls: two steps of the shell, an edit, four calls, one of them a dead end."""
    edited = FileEffect(path="notes/release.txt", op=EffectOp.MODIFIED, type=FileType.FILE, size=20)
    steps = (
        step(1, "git log --oneline", apart=True),
        tool(2, "tracker/search", {"query": "release 1.4", "limit": 5}, [{"id": 7, "title": "Notes"}], apart=True),
        tool(
            3,
            "tracker/get",
            {"id": 70},
            "no issue 70",
            status=StepStatus.FAILED,
            exit_code=1,
            hints=Hints(dead_end="tried again with another id"),
        ),
        tool(4, "tracker/get", {"id": 7}, {"id": 7, "title": "Notes", "state": "open"}),
        step(
            5,
            "--- notes/release.txt\n+++ notes/release.txt\n@@ -1 +1 @@\n-1.3\n+1.4\n",
            kind=StepKind.FILE,
            output="",
            file_effects=(edited,),
        ),
        tool(6, "Task", {"description": "check links", "prompt": "Check every link."}, "all 12 links hold"),
        step(7, "./linkcheck notes/release.txt", part_of=6),
        tool(8, "forge/pull_request", PLAN, MADE),
    )
    said = (
        (0, Speaker.USER, "Release the notes of 1.4 and open a pull request."),
        (0, Speaker.REASONING, "Looking at the history and at the tracker at the same time."),
        (3, Speaker.ASSISTANT, "That issue isn't there; I take the one that the search found."),
        (8, Speaker.ASSISTANT, "Done: pull request 41 is open.\n\nIt holds:\n- the notes of 1.4\n- a new date"),
    )
    notes = tuple(
        Note(after_step=after, at=THEN + timedelta(seconds=after, milliseconds=100 * number), text=text, speaker=who)
        for number, (after, who, text) in enumerate(said)
    )
    run = msgspec.structs.replace(
        recorded_trace().run,
        run_id="20260301-093000-aa11",
        name="release notes",
        goal="Release the notes of 1.4",
        agent=AGENT,
        shell="",
        imported=Imported(
            format="claude-code",
            steps_from=StepSource.MARKERS,
            left_out=("2 records of unknown type file-history-snapshot",),
        ),
    )
    return msgspec.structs.replace(Trace(run=run, steps=steps, notes=notes), **more)
