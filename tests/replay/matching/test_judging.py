from datetime import UTC, datetime

import pytest

from capture.trace import LEFT_OUT, EffectOp, FileEffect, FileType, Step, StepKind, StepStatus
from replay.matching.effects import match_effects
from replay.matching.judging import _missed, judge
from replay.matching.lines import match_output
from replay.matching.masks import content_digest
from replay.outcome import Divergence, Failure, FailureClass
from replay.playbook import Answer, Capture, Expectation, ExpectedEffect, PlaybookStep

UUID = r"[0-9a-f-]{36}"
ID, OTHER_ID = "1b4e28ba-2fa1-41d2-883f-0016d3cca427", "6fa459ea-ee8a-4ca4-894e-db77e160355e"
CREATED, MODIFIED, DELETED, MOVED = EffectOp.CREATED, EffectOp.MODIFIED, EffectOp.DELETED, EffectOp.MOVED


def never(_: ExpectedEffect) -> bool:
    return False


def wrote(path: str, op: EffectOp = CREATED, *, directory: bool = False, same: bool = False) -> FileEffect:
    kind = FileType.DIRECTORY if directory else FileType.FILE
    return FileEffect(path=path, op=op, type=kind, before="sha256:a" if same else None, after="sha256:a")


def step(output: str = "", exit_code: int = 0, **fields: object) -> Step:
    told: dict[str, object] = {
        "step_index": 3,
        "command": "run",
        "cwd": "/w",
        "cwd_after": "/w",
        "status": StepStatus.FAILED if exit_code else StepStatus.SUCCESS,
        "exit_code": exit_code,
        "started_at": datetime(2026, 11, 22, tzinfo=UTC),
        "duration_ms": 1.0,
        "output": output,
    }
    return Step(**(told | fields))  # type: ignore[arg-type]  # built from a table


def failure(
    expect: Expectation, actual: Step, content: bytes | None = None, *, bound: bool = True, **fields: object
) -> Failure | None:
    expected = PlaybookStep(run="run", expect=expect, **fields)  # type: ignore[arg-type]  # as above
    return judge(
        expected, actual, values={}, holds=never, recorded={} if bound else None, read=lambda _: content
    ).failure


@pytest.mark.parametrize(
    ("pattern", "actual"),
    [
        ("7 records ok in {{duration}}\n", "7 records ok in 1.02s\n"),
        ("======= 3 passed in {{duration}} =======\n", "===== 3 passed in 12.03s =====\n"),
        ("a\n{{lines}}\nz\n", "a\nb\nc\nz\n"),
        ("a\n{{lines}}\nz\n", "a\nz\n"),
        ("{{lines}}\nb\n{{lines}}\n", "a\nb\nc\n"),
        ("x {{any}} z", "x y y z"),
        ("done  \n\n", "done\n"),
        ("{{project}}/out\n", "/w/out\n"),
        ("\\{{name}}\n", "{{name}}\n"),
        ("ok\n", "[1]+  Done                    sleep 1\nok\n"),
        ("[1] {{pid}}\nok\n", "ok\n"),
        ("bash: x: command not found\n", "bash: line 3: x: command not found\n"),
        ("", "\n"),
    ],
)
def test_output_may_differ_where_it_is_known_to_vary(pattern: str, actual: str) -> None:
    assert match_output(pattern, actual, {"project": "/w"}).mismatch is None


@pytest.mark.parametrize(
    ("pattern", "actual", "line", "expected", "came"),
    [
        ("7 rows in {{duration}}", "6 rows in 0.1s", 1, "7 rows in {{duration}}", "6 rows in 0.1s"),
        ("a\nb\nc", "a\nc", 2, "b", ""),
        ("a\nc", "a\nb\nc", 2, "", "b"),
        ("a", "", 1, "a", ""),
        ("", "a", 1, "", "a"),
        ("a\n{{lines}}\nz", "a\nb\nc", 3, "z", "c"),
        ("[1] 42", "[1] 43", 1, "[1] 42", "[1] 43"),
        ("x 1", "x  1", 1, "x 1", "x  1"),
    ],
)  # fmt: skip
def test_a_difference_is_told_with_its_line(pattern: str, actual: str, line: int, expected: str, came: str) -> None:
    mismatch = match_output(pattern, actual, {}).mismatch
    assert mismatch is not None
    assert (mismatch.line, mismatch.expected, mismatch.actual) == (line, expected, came)


def test_the_nearest_of_the_lines_that_came_is_named() -> None:
    mismatch = match_output("7 records ok", "warning\n6 records ok\nbye", {}).mismatch
    assert mismatch is not None
    assert mismatch.nearest == "6 records ok"


def test_a_value_is_read_once_and_must_be_the_same_behind() -> None:
    capture = Capture(name="id", recorded=ID, pattern=UUID)
    pattern = "new {{id}}\nsaved {{id}}"
    assert match_output(pattern, f"new {OTHER_ID}\nsaved {OTHER_ID}", {"id": ID}, (capture,)).captured == {
        "id": OTHER_ID
    }
    assert match_output(pattern, f"new {OTHER_ID}\nsaved {ID}", {}, (capture,)).mismatch is not None


def test_lines_of_parallel_jobs_come_in_any_order() -> None:
    assert match_output("a\nb", "b\na", {}, unordered=True).mismatch is None
    assert match_output("a\nb", "b\na", {}).mismatch is not None
    assert match_output("a\nb", "b\nb", {}, unordered=True).mismatch is not None


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (ExpectedEffect(op=CREATED, path="a"), wrote("a", MODIFIED)),
        (ExpectedEffect(op=MODIFIED, path="a"), wrote("a", CREATED)),
        (ExpectedEffect(op=CREATED, path="tmp.{{hash}}.js"), wrote("tmp.0a1b2c3d.js")),
        (ExpectedEffect(op=CREATED, path="d", directory=True), wrote("d", directory=True)),
        (ExpectedEffect(op=CREATED, path="d/**"), wrote("d/x/y")),
        (
            ExpectedEffect(op=MOVED, path="b", moved_from="a"),
            FileEffect(path="b", op=MOVED, type=FileType.FILE, moved_from="a"),
        ),
    ],
)
def test_the_wanted_change_is_recognised(expected: ExpectedEffect, actual: FileEffect) -> None:
    assert match_effects([expected], [actual], holds=never) is None


def test_a_move_may_come_as_a_copy_and_a_deletion() -> None:
    expected = ExpectedEffect(op=MOVED, path="b", moved_from="a")
    assert match_effects([expected], [wrote("b"), wrote("a", DELETED)], holds=never) is None
    assert match_effects([expected], [wrote("b")], holds=never) is not None


@pytest.mark.parametrize(
    ("expected", "actual", "missing", "unexpected"),
    [
        ([ExpectedEffect(op=CREATED, path="a")], [], ("created a",), ()),
        ([], [wrote("b")], (), ("created b",)),
        ([ExpectedEffect(op=DELETED, path="a")], [wrote("a")], ("deleted a",), ()),
        ([ExpectedEffect(op=CREATED, path="a", directory=True)], [wrote("a")], ("created a",), ()),
    ],
)  # fmt: skip
def test_missing_and_unexpected_changes_are_named(
    expected: list[ExpectedEffect], actual: list[FileEffect], missing: tuple[str, ...], unexpected: tuple[str, ...]
) -> None:
    differs = match_effects(expected, actual, holds=never)
    assert differs is not None
    assert (differs.missing, differs.unexpected) == (missing, unexpected)


def test_a_change_is_not_missed_when_its_state_holds_already() -> None:
    asked: list[str] = []

    def holds(effect: ExpectedEffect) -> bool:
        asked.append(effect.path)
        return True

    assert match_effects([ExpectedEffect(op=CREATED, path="\\{{a}}")], [], holds=holds) is None
    assert asked == ["{{a}}"]
    assert match_effects([ExpectedEffect(op=CREATED, path="{{hash}}")], [], holds=holds) is not None


def test_the_same_content_written_again_is_no_unexpected_change() -> None:
    assert match_effects([], [wrote("a", MODIFIED, same=True)], holds=never) is None


DIGEST = content_digest(b"right\n", {})
WROTE_A = Expectation(effects=(ExpectedEffect(op=MODIFIED, path="a", content=DIGEST),))


def test_a_step_as_recorded_is_no_failure() -> None:
    assert failure(WROTE_A, step(file_effects=(wrote("a"),)), b"right\n") is None


QUIET = Expectation(effects=())
WROTE_B = step(file_effects=(wrote("b"),))
WROTE_SAME = step(file_effects=(wrote("a", MODIFIED, same=True),))
EFFECTS, CHANGED = Divergence.EFFECTS, FailureClass.EFFECTS_CHANGED
EXIT, OUTPUT = Divergence.EXIT_CODE, Divergence.OUTPUT


@pytest.mark.parametrize(
    ("expect", "actual", "divergence", "failure_class", "words"),
    [
        (Expectation(), step("x: command not found", 127), EXIT, FailureClass.MISSING_COMMAND, "exit 0"),
        (Expectation(exit=2), step(), EXIT, FailureClass.EXIT_CHANGED, "expected to exit 2"),
        (Expectation(), step(timed_out=True), Divergence.TIMEOUT, FailureClass.TIMEOUT, "to end within"),
        (Expectation(output="7"), step("6"), OUTPUT, FailureClass.OUTPUT_CHANGED, "'7', and printed '6'"),
        (Expectation(output="a\nb"), step("b\na"), OUTPUT, FailureClass.OUTPUT_CHANGED, "came in another order"),
        (WROTE_A, step(), EFFECTS, CHANGED, "modified a did not happen"),
        (QUIET, WROTE_B, EFFECTS, CHANGED, "created b was not expected"),
        (WROTE_A, step(file_effects=(wrote("a"),)), EFFECTS, CHANGED, "another content"),
        (WROTE_A, WROTE_SAME, EFFECTS, CHANGED, "content that it had"),
    ],
)  # fmt: skip
def test_a_divergence_says_what_was_expected_and_what_came(
    expect: Expectation, actual: Step, divergence: Divergence, failure_class: FailureClass, words: str
) -> None:
    found = failure(expect, actual, b"wrong\n")
    assert found is not None
    assert (found.divergence, found.failure_class, found.step_index) == (divergence, failure_class, 3)
    assert found.message.startswith("step 3 (run) ")
    assert words in found.message


def test_another_prompt_than_recorded_names_both() -> None:
    answers = (Answer(prompt="Name: ", send="Ada"),)
    found = failure(Expectation(), step(exit_code=143, unmet_prompt="Delete customer: "), answers=answers)
    assert found is not None
    assert found.failure_class is FailureClass.PROMPT_CHANGED
    assert "Delete customer: " in found.message
    assert "Name: " in found.message


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("on it\nName: ^C\n", "; it showed 'Name:' last, and may have waited for an answer"),
        ("Name:\n^C\n", ""),
        ("", ""),
    ],
)
def test_a_time_limit_says_when_a_line_was_left_unfinished(output: str, words: str) -> None:
    found = failure(Expectation(), step(timed_out=True, output=output))
    assert found is not None
    assert found.message.endswith(f"to end within its time limit{words}")


def test_a_question_may_say_that_the_work_is_done_already() -> None:
    asked = "Reversed (or previously applied) patch detected!  Assume -R? [n] "
    found = failure(Expectation(), step(exit_code=130, unmet_prompt=asked))
    assert found is not None
    assert (found.divergence, found.failure_class) == (Divergence.PROMPT, FailureClass.ALREADY_APPLIED)


def test_contents_are_not_compared_when_values_differ() -> None:
    actual = step(file_effects=(wrote("a"),))
    assert failure(WROTE_A, actual, b"wrong\n", bound=False) is None


def test_a_content_that_holds_the_value_just_captured_is_the_same() -> None:
    digest = content_digest(f"{ID}\n".encode(), {"id": ID})
    capture = (Capture(name="id", recorded=ID, pattern=UUID),)
    expect = Expectation(output="{{id}}", effects=(ExpectedEffect(op=CREATED, path="{{id}}.txt", content=digest),))
    actual = step(OTHER_ID, file_effects=(wrote(f"{OTHER_ID}.txt"),))
    assert failure(expect, actual, f"{OTHER_ID}\n".encode(), capture=capture) is None


@pytest.mark.parametrize(
    ("output", "failure_class"),
    [("ticket 43", FailureClass.AMBIGUOUS_VALUE), ("no ticket", FailureClass.OUTPUT_CHANGED)],
)
def test_an_unconfirmed_value_that_differs_is_ambiguous(output: str, failure_class: FailureClass) -> None:
    found = failure(Expectation(output="ticket 42"), step(output), unconfirmed=("42",))
    assert found is not None
    assert found.failure_class is failure_class


def test_a_captured_value_of_another_form_is_stale() -> None:
    capture = (Capture(name="id", recorded=ID, pattern=UUID),)
    found = failure(Expectation(output="id {{id}}"), step("id none"), capture=capture)
    assert found is not None
    assert (found.divergence, found.failure_class) == (Divergence.DATAFLOW, FailureClass.STALE_VALUE)


def test_a_full_screen_is_not_compared() -> None:
    assert failure(Expectation(output="a"), step("b", full_screen=True)) is None


def test_an_output_under_another_name_is_told_as_the_nearest_miss() -> None:
    assert _missed("created report.txt", ["created reports.txt", "deleted x"]) == (
        "created report.txt did not happen (created reports.txt looks like it)"
    )
    assert _missed("created report.txt", ["deleted x"]) == "created report.txt did not happen"


def test_a_failure_names_the_step_with_its_values_in() -> None:
    expected = PlaybookStep(run="git tag {{tag}} {{later}}", expect=Expectation())
    found = judge(expected, step(exit_code=1), values={"tag": "v2"}, holds=never, recorded={}, read=lambda _: None)
    assert found.failure is not None
    assert "(git tag v2 {{later}})" in found.failure.message


def test_an_output_too_long_to_be_kept_whole_is_not_what_was_recorded() -> None:
    flood = step("hello\n" * 9 + LEFT_OUT + "hello\n", output_truncated=True)
    found = failure(Expectation(output="hello\n"), flood)
    assert found
    assert found.divergence is Divergence.OUTPUT
    assert failure(Expectation(output="hello\n{{lines}}\n"), flood) is None
    assert failure(Expectation(), flood) is None


def test_why_a_tool_was_not_called_is_told() -> None:
    why = "tool web/get: the server ended before its answer"
    found = failure(Expectation(), step(f"{why}\n", 125, kind=StepKind.TOOL, command="tool:web/get {}"))
    assert found
    assert found.message.endswith(f"ended with exit 125: {why}")
    assert why in (found.actual or "")
    told = failure(Expectation(), step('{"no": "words"}\n', 125, kind=StepKind.TOOL, command="tool:web/get {}"))
    assert told
    assert told.message.endswith("ended with exit 125")
