from datetime import UTC, datetime

import pytest

from capture.trace import EffectOp, FileEffect, FileType, Step, StepStatus
from replay.playbook import Capture, Expectation, ExpectedEffect, Playbook, PlaybookStep
from replay.twins import Twin, learn, refit, unjudged

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def came(output: str = "", exit_code: int = 0, effects: tuple[FileEffect, ...] = ()) -> Step:
    return Step(
        step_index=1,
        command="run",
        cwd="/w",
        cwd_after="/w",
        status=StepStatus.SUCCESS,
        exit_code=exit_code,
        started_at=NOW,
        duration_ms=1.0,
        output=output,
        file_effects=effects,
    )


def wrote(path: str, after: str = "sha256:a") -> FileEffect:
    return FileEffect(path=path, op=EffectOp.CREATED, type=FileType.FILE, after=after)


def created(path: str, content: str | None = None) -> ExpectedEffect:
    return ExpectedEffect(op=EffectOp.CREATED, path=path, content=content)


def book(*steps: PlaybookStep) -> Playbook:
    return Playbook(name="p", steps=steps)


def step(output: str | None = "", effects: tuple[ExpectedEffect, ...] | None = (), **fields: object) -> PlaybookStep:
    return PlaybookStep(run="run", expect=Expectation(output=output, effects=effects), **fields)  # type: ignore[arg-type]  # from a table


def twin(*steps: Step, shadow: bool = False) -> Twin:
    return Twin(steps=dict(enumerate(steps, 1)), values={}, shadow=shadow)


def nothing(_: str) -> None:
    return None


def test_only_what_differs_is_masked_and_each_mask_is_a_note() -> None:
    found = learn(book(step("3 files\nrun 17 ok\n")), twin(came("3 files\nrun 44 ok\n")), blobs=nothing)
    assert found.playbook.steps[0].expect.output == "3 files\nrun {{number}} ok\n"
    assert found.notes == ("step 1: 'run 17 ok' varies from run to run, and is compared as 'run {{number}} ok'",)
    assert found.failed == ()


def test_what_matches_teaches_nothing() -> None:
    playbook = book(step("in {{duration}}\n", (created("a"),)))
    found = learn(playbook, twin(came("in 3s\n", effects=(wrote("a"),))), blobs=nothing)
    assert (found.playbook, found.notes, found.failed) == (playbook, (), ())


@pytest.mark.parametrize(
    ("expected", "actual", "told"),
    [
        (step("ok\n"), came("ok\n", 1), "step 1 ended with exit 1"),
        (step("built the site\nall is well\n"), came("no network\ntry later\nbye\n"), "something else altogether"),
        (step("made 17\n", unconfirmed=("17",)), came("made 18\n"), "another value than 17"),
    ],
)
def test_what_is_no_noise_is_told_and_not_masked(expected: PlaybookStep, actual: Step, told: str) -> None:
    found = learn(book(expected), twin(actual), blobs=nothing)
    assert found.playbook.steps[0] == expected
    assert len(found.failed) == 1
    assert told in found.failed[0]


def test_a_captured_value_is_read_and_not_masked() -> None:
    steps = (step("id 17\n".replace("17", "{{job}}"), capture=(Capture(name="job", recorded="17", pattern=r"\d+"),)),)
    playbook = book(*steps, step("did {{job}} of 2\n"))
    found = learn(playbook, twin(came("id 18\n"), came("did 18 of 2\n")), blobs=nothing)
    assert (found.playbook, found.failed) == (playbook, ())


def test_a_content_that_varies_is_not_compared_and_a_name_that_varies_has_its_pattern() -> None:
    contents = {"sha256:a": b"17\n", "sha256:b": b"18\n"}
    playbook = book(step("", (created("log", "sha256:17"), created("out-1x9f.txt"))))
    actual = came(effects=(wrote("log", "sha256:b"), wrote("out-k2Lm.txt")))
    expect = learn(playbook, twin(actual), blobs=contents.get).playbook.steps[0].expect
    assert expect.effects == (created("log"), created("out-{{token}}.txt"))


def test_other_files_each_time_are_not_compared_at_all() -> None:
    found = learn(book(step("", (created("a"),))), twin(came(effects=(wrote("a"), wrote("b")))), blobs=nothing)
    assert found.playbook.steps[0].expect.effects is None
    assert "created b" in found.notes[0]


def test_what_lies_outside_is_not_missed_in_a_shadow() -> None:
    playbook = book(step("", (created("/etc/x"),)))
    assert learn(playbook, twin(came(), shadow=True), blobs=nothing).playbook == playbook
    assert learn(playbook, twin(came()), blobs=nothing).playbook != playbook


def test_refitting_keeps_patterns_that_still_match() -> None:
    pattern = "{{optional}} warning: {{any}}\nchecked 3 files\n{{repeat}} ok {{glob:*.c}}\n\\{{x}} {{regex:[a-z]+}}\n"
    actual = came("checked 4 files\nok a.c\nok b.c\n{{x}} abc\n", effects=(wrote("new.txt"),))
    found = refit(book(step(pattern, (created("old.txt"),))), twin(actual), blobs=nothing)
    expect = found.playbook.steps[0].expect
    assert expect.output == pattern.replace("3", "4")
    assert expect.effects == (created("new.txt"),)
    assert refit(found.playbook, twin(actual), blobs=nothing).notes == ()


def test_a_pattern_that_can_not_stay_is_told() -> None:
    found = refit(book(step("a {{any}} b\nz\n")), twin(came("z\n")), blobs=nothing)
    assert found.notes == ("step 1: 'a {{any}} b' is no longer printed; no longer there: {{any}}",)


def test_refitting_never_takes_an_exit_code_over() -> None:
    playbook = book(step("ok\n"))
    found = refit(playbook, twin(came("boom\n", 2)), blobs=nothing)
    assert (found.playbook, len(found.failed)) == (playbook, 1)


def test_nothing_is_judged_but_exit_codes_and_captures() -> None:
    capture = Capture(name="job", recorded="17", pattern=r"\d+")
    loose = unjudged(book(step("a\nid {{job}}\nz\n", (created("a"),), capture=(capture,)), step("b\n")))
    assert [one.expect for one in loose.steps] == [
        Expectation(output="{{lines}}\nid {{job}}\n{{lines}}"),
        Expectation(),
    ]
