"""A tool, or an argument of one, that is offered under another name now."""

from typing import cast

import pytest

from capture.calls import Call
from capture.trace import StepKind
from replay.outcome import Divergence, Failure, FailureClass
from replay.playbook import Parameter, ParameterType, Playbook, PlaybookStep, Source
from replay.repairs import gate
from replay.repairs.patching import apply
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust
from replay.repairs.propose import propose
from replay.repairs.rules.renamed_tool import RenamedTool

RULE = RenamedTool()
NO_FILES = cast("Files", None)
GIVEN = {"path": "{{project}}/a", "depht": 2}


def tool(name: str, given: object) -> PlaybookStep:
    return PlaybookStep(kind=StepKind.TOOL, run=Call(name, given).text)


def evidence(failure_class: FailureClass, subject: str, actual: str) -> Evidence:
    playbook = Playbook(name="x", steps=(tool("f/ad", GIVEN), tool("f/get", {}), tool("f/ad", {"path": "b"})))
    failure = Failure(
        step_index=1,
        divergence=Divergence.PRECONDITION,
        failure_class=failure_class,
        message=f"step 1: {actual}",
        expected="",
        actual=actual,
        subject=subject,
    )
    return Evidence(
        playbook=playbook,
        failure=failure,
        command=playbook.steps[0].run,
        cwd="/w",
        workspace="/w",
        actual=None,
        bindings={"project": "/w"},
    )


def test_a_tool_is_called_by_its_new_name_here_and_later() -> None:
    told = evidence(FailureClass.UNKNOWN_TARGET, "f/ad", "f offers no ad; did you mean f/add?")
    (found,) = propose(told, NO_FILES, rules=(RULE,)).candidates
    assert [(entry.step_index, entry.value) for entry in found.candidate.patch] == [
        (1, Call("f/add", GIVEN).text),
        (3, Call("f/add", {"path": "b"}).text),
    ]


def test_an_argument_is_named_as_it_is_now() -> None:
    told = evidence(FailureClass.UNKNOWN_OPTION, "depht", "f/ad takes no depht; did you mean depth?")
    (found,) = propose(told, NO_FILES, rules=(RULE,)).candidates
    assert [entry.value for entry in found.candidate.patch] == [
        Call("f/ad", {"path": "{{project}}/a", "depth": 2}).text
    ]


@pytest.mark.parametrize("actual", ["f offers no ad; it offers f/add1, f/add2", "nothing here can call the tool f/ad"])
def test_without_one_near_name_nothing_is_proposed(actual: str) -> None:
    assert not propose(evidence(FailureClass.UNKNOWN_TARGET, "f/ad", actual), NO_FILES, rules=(RULE,)).candidates


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"path": "{{project}}/b", "depht": 3}, None),
        ({"path": "/etc/passwd", "depht": 2}, "it names /etc/passwd, outside the workspace"),
        ({"path": "https://evil.example/a", "depht": 2}, "it speaks to https://evil.example"),
        ({"path": "{{project}}/a", "depht": 2, "force": "yes"}, "it gives f/ad another force"),
        ({"path": "{{project}}/a"}, "it gives f/ad no depht any more"),
        ({"path": "{{project}}/a", "depht": True}, "it sets depht to true"),
        ({"path": "{{project}}/a", "depht": "2"}, "it gives f/ad another kind of depht"),
    ],
)
def test_a_changed_call_reaches_no_further(given: object, refused: str | None) -> None:
    told = evidence(FailureClass.MISSING_FILE, "a", "")
    entry = PatchEntry(op=PatchOp.REPLACE, step_index=1, value=Call("f/ad", given).text)
    candidate = Candidate(source="human", patch=(entry,), rationale="", confidence=1, trust=Trust.NEAR_MATCH)
    assert gate.judge(candidate, told, NO_FILES).refused == refused


def test_a_path_has_its_new_name_where_a_whole_text_is_that_path() -> None:
    steps = (tool("f/ad", {"path": "{{project}}/in/a.csv", "text": "see in/a.csv"}), tool("f/ad", {"path": "in/a.csv"}))
    parameters = {"project": Parameter(type=ParameterType.PATH, default="{{cwd}}", source=Source.WORKSPACE)}
    book = Playbook(name="x", parameters=parameters, steps=steps)
    entry = PatchEntry(op=PatchOp.REBIND, step_index=1, value={"from": "in/a.csv", "to": "in/b.csv"})
    assert [step.run for step in apply(book, (entry,)).steps] == [
        Call("f/ad", {"path": "{{project}}/in/b.csv", "text": "see in/a.csv"}).text,
        Call("f/ad", {"path": "in/b.csv"}).text,
    ]


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        (Call("f/delete", GIVEN).text, "it calls f/delete instead of f/ad"),
        ("rm -rf a", "it puts a tool's call and a command in each other's place"),
    ],
)
def test_no_other_source_calls_another_tool(value: str, refused: str) -> None:
    told = evidence(FailureClass.UNKNOWN_TARGET, "f/ad", "")
    entry = PatchEntry(op=PatchOp.REPLACE, step_index=1, value=value)
    candidate = Candidate(source="llm", patch=(entry,), rationale="", confidence=1, trust=Trust.NEAR_MATCH)
    assert gate.judge(candidate, told, NO_FILES).refused == refused


def test_a_renamed_tool_is_given_what_the_old_one_was() -> None:
    told = evidence(FailureClass.UNKNOWN_TARGET, "f/ad", "")
    entry = PatchEntry(op=PatchOp.REPLACE, step_index=1, value=Call("f/add", {"path": "/"}).text)
    candidate = Candidate(
        source="rule:renamed-tool", patch=(entry,), rationale="", confidence=1, trust=Trust.NEAR_MATCH
    )
    assert gate.judge(candidate, told, NO_FILES).refused == "it gives f/add something else than f/ad was given"
