"""Calls of tools in a recording become steps whose input has parameters, links and a safety level."""

from datetime import UTC, datetime

import msgspec
import pytest

from capture.calls import Call, result_text
from capture.provenance import Hints
from capture.trace import Run, RunStatus, Step, StepKind, StepStatus, Trace
from replay import document
from replay.compiler import compile_traces
from replay.offers import Offered
from replay.playbook import Compilation, LinkStrength, PlaybookStep, Requirement, SafetyLevel

AT = datetime(2026, 3, 4, 10, tzinfo=UTC)
ISSUE = {"id": 48151623, "created_at": "2026-03-04T10:00:01Z", "key": "WEB-77", "count": 3, "took": "12 ms"}


def called(name: str, given: object, answer: object = None, code: int = 0, hints: Hints | None = None) -> Step:
    return step(Call(name, given).text, StepKind.TOOL, result_text(answer), code, hints)


def step(
    command: str, kind: StepKind = StepKind.SHELL, output: str = "", code: int = 0, hints: Hints | None = None
) -> Step:
    made = Step(
        step_index=1,
        kind=kind,
        command=command,
        cwd="/w/site",
        cwd_after="/w/site",
        status=StepStatus.FAILED if code else StepStatus.SUCCESS,
        exit_code=code,
        started_at=AT,
        duration_ms=5,
        output=output,
        effects_seen=kind is not StepKind.TOOL,
    )
    return made if hints is None else msgspec.structs.replace(made, hints=hints)


def compiled(*runs: tuple[Step, ...], known: dict[str, Offered] | None = None) -> Compilation:
    traces = []
    for number, steps in enumerate(runs, 1):
        run = Run(
            run_id=f"r{number}",
            name="r",
            status=RunStatus.SUCCESS,
            started_at=AT,
            shell="bash",
            cwd="/w/site",
            host="h",
            user="ada",
            user_home="/home/ada",
            workspace="/w/site",
        )
        numbered = (msgspec.structs.replace(one, step_index=at) for at, one in enumerate(steps, 1))
        traces.append(Trace(run=run, steps=tuple(numbered)))
    made = compile_traces(traces, name="x", blobs=lambda _: None, known_tools=(known or {}).get)
    assert document.load(document.dump(made.playbook), where="x") == made.playbook
    return made


def only(made: Compilation) -> PlaybookStep:
    (found,) = made.playbook.steps
    return found


def test_places_and_versions_in_an_input_become_parameters() -> None:
    found = only(compiled((called("f/write", {"path": "/w/site/a.txt", "text": "v1.4.2 of 2019-07-01", "mode": 420}),)))
    assert found.kind is StepKind.TOOL
    assert found.run == 'tool:f/write {"path":"{{project}}/a.txt","text":"{{tag}} of {{day}}","mode":420}'


def test_a_value_that_a_tool_answers_flows_into_calls_and_commands() -> None:
    made = compiled(
        (
            called("t/create", {"title": "x"}, ISSUE),
            called("t/close", {"id": 48151623, "why": "done 48151623"}),
            step("echo 48151623"),
        )
    )
    first, second, third = made.playbook.steps
    assert second.run == 'tool:t/close {"id":{{id}},"why":"done {{id}}"}'
    assert third.run == "echo {{id}}"
    assert [link.strength for link in made.links] == [LinkStrength.STRONG, LinkStrength.STRONG]
    assert first.expect.output is not None
    assert '"id": {{id}},' in first.expect.output


def test_what_varies_in_an_answer_is_masked_and_counts_are_not() -> None:
    output = only(compiled((called("t/create", {}, ISSUE),))).expect.output
    assert output is not None
    assert '"created_at": "{{timestamp}}"' in output
    assert '"took": "{{duration}}"' in output
    assert '"count": 3' in output


def test_a_weak_value_is_asked_for() -> None:
    made = compiled((called("t/create", {}, ISSUE), called("t/close", {"key": "WEB-77"})))
    assert [question.value for question in made.questions] == ["WEB-77"]
    assert made.playbook.steps[1].run == 'tool:t/close {"key":"WEB-77"}'


def test_values_that_differ_between_recordings_become_parameters_of_their_type() -> None:
    made = compiled(
        *((called("t/scale", {"width": size, "name": name}),) for size, name in ((3, "blue x"), (14, "green x")))
    )
    assert only(made).run == 'tool:t/scale {"width":{{width}},"name":"{{name}} x"}'
    assert {name: one.type for name, one in made.playbook.parameters.items()}["width"] == "int"


@pytest.mark.parametrize(
    ("name", "known", "level"),
    [
        ("t/create", {}, SafetyLevel.NEEDS_CONFIRM),
        ("t/create", {"t/create": Offered(how="it", destructive=False)}, SafetyLevel.AUTO_OK),
        ("t/create", {"t/create": Offered(how="it", read_only=False, destructive=True)}, SafetyLevel.NEEDS_CONFIRM),
        ("t/create", {"t/create": Offered(how="it")}, SafetyLevel.NEEDS_CONFIRM),
    ],
)
def test_a_call_is_as_safe_as_is_known_of_its_tool(name: str, known: dict[str, Offered], level: SafetyLevel) -> None:
    assert only(compiled((called(name, {}),), known=known)).safety is level


def test_what_a_recorder_said_raises_the_level_and_lowers_it_only_where_nobody_objects() -> None:
    fine = Hints(safety_level="auto_ok")
    destroys = {"t/drop": Offered(how="it", destructive=True)}
    assert only(compiled((called("t/x", {}, hints=fine),))).safety is SafetyLevel.AUTO_OK
    assert only(compiled((called("t/drop", {}, hints=fine),), known=destroys)).safety is SafetyLevel.NEEDS_CONFIRM
    assert only(compiled((step("make", hints=Hints(safety_level="manual_only")),))).safety is SafetyLevel.MANUAL_ONLY


def test_what_a_recorder_said_is_needed_is_looked_for() -> None:
    hints = Hints(preconditions=("file:/w/site/a.txt", "command:jq", "env:TOKEN", "the server is up"))
    needs = only(compiled((called("t/x", {}, hints=hints),))).requires
    assert needs == (Requirement(file="{{project}}/a.txt"), Requirement(command="jq"), Requirement(env="TOKEN"))


def test_dead_ends_failed_attempts_and_looks_are_left_out() -> None:
    made = compiled(
        (
            called("Read", {"file_path": "a.md"}, "one 17\n"),
            called("t/create", {"tittle": "Release", "project": "web"}, "no such argument: tittle", 1),
            called("t/create", {"title": "Release", "project": "web"}),
            called("t/other", {}, hints=Hints(dead_end="its branch was left")),
        )
    )
    assert {one.source_step_index: one.reason for one in made.dropped} == {
        1: "it only looks around",
        2: "it failed, and step 3 did it right",
        4: "its branch was left",
    }


def test_a_look_whose_answer_is_used_stays() -> None:
    made = compiled(
        (called("files/read_file", {"path": "id"}, "ticket 48151623\n"), called("t/close", {"id": 48151623}))
    )
    assert [one.run for one in made.playbook.steps] == [
        'tool:files/read_file {"path":"id"}',
        'tool:t/close {"id":{{ticket}}}',
    ]


def test_a_failed_edit_gives_way_to_the_next_one_of_the_same_file() -> None:
    edit = "--- a.txt\n+++ a.txt\n@@ -1,1 +1,1 @@\n-one\n+two\n"
    other = edit.replace("-one", "-One")
    made = compiled((step(other, StepKind.FILE, "no such line\n", 1), step(edit, StepKind.FILE)))
    assert [one.source_step_index for one in made.dropped] == [1]
    assert only(made).kind is StepKind.FILE


def test_a_tool_step_that_tells_no_call_is_one_that_nobody_can_make() -> None:
    assert only(compiled((step("gone {", StepKind.TOOL),))).run == 'tool:unreadable "gone {"'


def test_a_masked_secret_in_an_input_is_asked_for() -> None:
    made = compiled((called("t/login", {"token": "[masked:github-pat]", "user": "ada"}),))
    assert only(made).run == 'tool:t/login {"token":"{{github_pat}}","user":"{{user}}"}'
    assert made.playbook.parameters["github_pat"].type == "secret"
