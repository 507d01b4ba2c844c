"""Edits as values: every step's bytes and times before and after."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.errors import BadInputError, UnknownNameError
from capture.events import Frame, fold
from capture.tape import erasing
from capture.tape.asciicast import to_asciicast
from capture.tape.beginnings import state_before
from capture.tape.editing import Recording, cap_idle, changed, events_of, select, trimmed
from capture.tape.erasing import MASK, Wanted, erased
from capture.tape.joining import joined
from capture.tape.splicing import Offsets, Splice
from capture.trace import (
    LEFT_OUT,
    EffectOp,
    EnvEffects,
    FileEffect,
    FileType,
    LateEffects,
    Run,
    RunStatus,
    SeenFile,
    Step,
    StepStatus,
    Trace,
)

BEGAN = datetime(2026, 11, 27, 8, tzinfo=UTC)
SECOND = 1_000_000


def recording(*outputs: bytes, pause_s: float = 10.0, workspace: str = "/w", cut: int = 3) -> Recording:
    """A run that prints a prompt, takes a command and prints, again and again; its frames don't respect steps."""
    tape, steps, frames = b"", [], [Frame(at_us=0, data=b"", resize=(80, 24))]
    at = 0.0
    for index, output in enumerate(outputs, 1):
        lead = f"$ c{index}\r\n".encode()
        at += pause_s
        start = len(tape) + len(lead)
        piece = lead + output
        frames += [
            Frame(at_us=int(at * SECOND) + number, data=piece[number : number + cut])
            for number in range(0, len(piece), cut)
        ]
        tape += piece
        steps.append(
            Step(
                step_index=index,
                command=f"c{index}",
                cwd=workspace,
                cwd_after=workspace,
                status=StepStatus.SUCCESS,
                exit_code=0,
                started_at=BEGAN + timedelta(seconds=at),
                duration_ms=500.0,
                output=output.decode(errors="replace"),
                output_start=start,
                output_end=len(tape),
            )
        )
    frames.append(Frame(at_us=int((at + 1) * SECOND), data=b"$ exit\r\n"))
    run = Run(
        run_id="r",
        name="n",
        status=RunStatus.SUCCESS,
        started_at=BEGAN,
        ended_at=BEGAN + timedelta(seconds=at + 1),
        shell="bash",
        cwd=workspace,
        host="h",
        workspace=workspace,
    )
    return Recording(Trace(run=run, steps=tuple(steps)), lambda: iter(frames))


def tape_of(edited: Recording) -> bytes:
    return b"".join(frame.data for frame in edited.frames())


def printed(edited: Recording) -> list[bytes]:
    """What each step's offsets say that it printed."""
    tape = tape_of(edited)
    return [tape[step.output_start : step.output_end] for step in edited.trace.steps]


def about(moment: datetime | None, seconds: float) -> bool:
    """Whether it is so long after the beginning; a frame may come some microseconds late."""
    return moment is not None and abs(moment - BEGAN - timedelta(seconds=seconds)) < timedelta(milliseconds=1)


def rises(frames: Iterator[Frame]) -> bool:
    times = [frame.at_us for frame in frames]
    return times == sorted(times) and times[0] >= 0


@given(
    outputs=st.lists(st.binary(max_size=12), min_size=1, max_size=6),
    kept=st.sets(st.integers(0, 5), min_size=1),
    cut=st.integers(1, 9),
)
def test_whatever_is_kept_prints_the_same_bytes_at_its_new_offsets(
    outputs: list[bytes], kept: set[int], cut: int
) -> None:
    chosen = sorted(index for index in kept if index < len(outputs)) or [0]
    edited = select(recording(*outputs, cut=cut), (index + 1 for index in chosen))
    assert printed(edited) == [outputs[index] for index in chosen]
    assert [step.command for step in edited.trace.steps] == [f"c{index + 1}" for index in chosen]
    assert [step.step_index for step in edited.trace.steps] == list(range(1, len(chosen) + 1))
    tail = b"$ exit\r\n" if chosen[-1] == len(outputs) - 1 else b""
    wanted = b"".join(f"$ c{index + 1}\r\n".encode() + outputs[index] for index in chosen)
    assert tape_of(edited) == wanted + tail
    assert rises(edited.frames())


def test_the_time_of_what_is_cut_goes_with_it() -> None:
    edited = select(recording(b"a\n", b"b\n", b"c\n", cut=9), [1, 3])
    first, second = edited.trace.steps
    assert about(first.started_at, 10)
    assert about(second.started_at, 20)
    assert second.duration_ms == 500.0
    assert edited.trace.run.started_at == BEGAN
    assert about(edited.trace.run.ended_at, 21)
    came = [frame.at_us for frame in edited.frames() if b"c3" in frame.data]
    assert abs(came[0] - 20 * SECOND) < 1000


def test_a_run_trimmed_at_its_start_begins_with_the_prompt_of_its_first_step() -> None:
    edited = select(recording(b"a\n", b"b\n", b"c\n"), [2])
    run, (step,) = edited.trace.run, edited.trace.steps
    assert step.started_at == BEGAN + timedelta(seconds=20)
    assert abs(step.started_at - run.started_at - timedelta(seconds=10)) < timedelta(milliseconds=1)
    assert run.ended_at == step.started_at + timedelta(milliseconds=500)
    assert run.status is RunStatus.SUCCESS


def test_a_run_that_now_ends_with_a_failure_has_failed() -> None:
    whole = recording(b"a\n", b"b\n")
    failed = msgspec.structs.replace(whole.trace.steps[0], status=StepStatus.FAILED, exit_code=2)
    trace = msgspec.structs.replace(whole.trace, steps=(failed, whole.trace.steps[1]))
    assert select(Recording(trace, whole.frames), [1]).trace.run.status is RunStatus.FAILED


def test_what_no_step_has_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no step 4; it has steps 1 to 2"):
        select(recording(b"a", b"b"), [1, 4])
    with pytest.raises(BadInputError, match="no step would be left"):
        select(recording(b"a", b"b"), [])


def test_silences_are_capped_and_durations_stay() -> None:
    edited = cap_idle(recording(b"a\n", b"b\n", b"c\n"), 2 * SECOND)
    assert [round((step.started_at - BEGAN).total_seconds()) for step in edited.trace.steps] == [2, 4, 6]
    assert {step.duration_ms for step in edited.trace.steps} == {500.0}
    times = [frame.at_us for frame in edited.frames()]
    assert max(after - before for before, after in pairwise(times)) == 2 * SECOND
    assert about(edited.trace.run.ended_at, 7)
    assert printed(edited) == [b"a\n", b"b\n", b"c\n"]


@pytest.mark.parametrize(
    ("span", "steps"),
    [
        ("2..3", [2, 3]),
        ("..2", [1, 2]),
        ("3..", [3, 4]),
        ("15s..0:35", [2, 3]),
        ("0:00:25..", [3, 4]),
        ("10.0s..10.5s", [1]),
    ],
)
def test_a_span_is_of_steps_or_of_times(span: str, steps: Sequence[int]) -> None:
    assert trimmed(recording(b"", b"", b"", b"").trace, span) == steps


@pytest.mark.parametrize("span", ["..", "3", "a..b", "1...2", "-1..2"])
def test_a_span_that_says_nothing_is_refused(span: str) -> None:
    with pytest.raises(BadInputError, match=r"is no FROM\.\.TO"):
        trimmed(recording(b"").trace, span)


def test_recordings_joined_lie_one_behind_the_other() -> None:
    first, second = recording(b"a\n", b"b\n"), recording(b"c\n", workspace="/w/sub")
    effect = FileEffect(path="new", op=EffectOp.CREATED, type=FileType.FILE)
    steps = tuple(msgspec.structs.replace(step, file_effects=(effect,)) for step in second.trace.steps)
    second = Recording(msgspec.structs.replace(second.trace, steps=steps), second.frames)
    whole = joined([first, second])
    assert printed(whole) == [b"a\n", b"b\n", b"c\n"]
    assert tape_of(whole) == tape_of(first) + tape_of(second)
    assert [step.step_index for step in whole.trace.steps] == [1, 2, 3]
    assert whole.trace.steps[2].file_effects[0].path == "sub/new"
    assert rises(whole.frames())


def test_environment_and_files_are_as_the_steps_before_left_them() -> None:
    whole = recording(b"", b"")

    def effect(path: str, op: EffectOp, **more: Any) -> FileEffect:
        return FileEffect(path=path, op=op, type=FileType.FILE, mode=0o644, **more)

    step = msgspec.structs.replace(
        whole.trace.steps[0],
        env_effects=EnvEffects(set={"A": "2", "B": "1"}, unset=("C",)),
        file_effects=(
            effect("new", EffectOp.CREATED, after="sha256:n"),
            effect("old", EffectOp.DELETED),
            effect("there/x", EffectOp.MOVED, moved_from="here/x", after="sha256:x"),
            effect("/elsewhere", EffectOp.CREATED),
        ),
    )
    seen = tuple(SeenFile(path=path, type=FileType.FILE, mode=0o644) for path in ("here/x", "kept", "old"))
    trace = msgspec.structs.replace(
        whole.trace, environment={"A": "1", "C": "3"}, workspace_before=seen, steps=(step, whole.trace.steps[1])
    )
    later = state_before(trace, [step])
    assert later.environment == {"A": "2", "B": "1"}
    assert [file.path for file in later.workspace_before] == ["kept", "new", "there/x"]
    assert select(Recording(trace, whole.frames), [2]).trace.environment == {"A": "2", "B": "1"}


def with_late(whole: Recording, *after_steps: int) -> Recording:
    """The same; behind each of these steps, and 0 for before the first, a file appears by itself, 5 s later."""
    ends = {0: BEGAN} | {step.step_index: step.started_at for step in whole.trace.steps}
    between = tuple(
        LateEffects(
            after_step=after,
            at=ends[after] + timedelta(seconds=5),
            file_effects=(FileEffect(path=f"late-{after}", op=EffectOp.CREATED, type=FileType.FILE, mode=0o644),),
        )
        for after in after_steps
    )
    return Recording(msgspec.structs.replace(whole.trace, between=between), whole.frames)


def late_files(edited: Recording) -> list[tuple[int, str]]:
    return [(late.after_step, effect.path) for late in edited.trace.between for effect in late.file_effects]


@pytest.mark.parametrize(
    ("keep", "left", "there_before"),
    [
        ([1, 2, 3], [(0, "late-0"), (1, "late-1"), (2, "late-2"), (3, "late-3")], []),
        ([1, 3], [(0, "late-0"), (1, "late-1"), (1, "late-2"), (2, "late-3")], []),
        ([2], [], ["late-0", "late-1"]),
        ([2, 3], [(1, "late-2"), (2, "late-3")], ["late-0", "late-1"]),
    ],
)
def test_what_changed_while_no_step_ran_stays_behind_the_step_before_it(
    keep: list[int], left: list[tuple[int, str]], there_before: list[str]
) -> None:
    edited = select(with_late(recording(b"a\n", b"b\n", b"c\n"), 0, 1, 2, 3), keep)
    assert late_files(edited) == left
    assert [seen.path for seen in edited.trace.workspace_before] == there_before
    assert fold(events_of(edited.trace)) == edited.trace


def test_what_changed_while_no_step_ran_keeps_its_place_in_joined_runs_and_shorter_pauses() -> None:
    one, two = with_late(recording(b"a\n", b"b\n"), 1), with_late(recording(b"c\n", workspace="/v"), 0, 1)
    assert late_files(joined([one, two])) == [(1, "late-1"), (2, "/v/late-0"), (3, "/v/late-1")]
    late = cap_idle(one, 2 * SECOND).trace.between[0]
    assert about(late.at, 2 + 5)


def test_events_fold_to_the_same_trace() -> None:
    trace = with_late(recording(b"a\n", b"b\n"), 0, 2).trace
    assert fold(events_of(trace)) == trace


# -- redaction


@pytest.mark.parametrize(
    "output",
    [
        b"key hunter2 end\r\n",
        b"key \x1b[31mhun\x1b[0mter2 end\r\n",
        b"\x1b]0;sudo hunter2\x07x\r\n",
        b"wrapped hun \rter2 end\r\n",
        "\u00e4\u00f6 \u20ac hunter2 \u00fc\r\n".encode(),
        b"\xff\xfehunter2\xfe\r\n",
    ],
)
def test_a_text_goes_however_escapes_cut_it_and_offsets_follow(output: bytes) -> None:
    edited, places = erased(recording(b"before\r\n", output, b"behind\r\n"), [Wanted.text("hunter2")])
    assert places
    tape = tape_of(edited)
    assert not Wanted.text("hunter2").is_in(tape)
    assert printed(edited)[0] == b"before\r\n"
    assert printed(edited)[2] == b"behind\r\n"
    assert MASK.encode() in printed(edited)[1]


def test_a_pattern_masks_what_it_matches_in_every_text_of_the_trace_and_no_digest() -> None:
    whole = recording(b"id 12345678\r\n")
    edited, _ = erased(whole, [Wanted(r"\d{8}"), Wanted("c1")])
    (step,) = edited.trace.steps
    assert step.command == MASK
    assert step.output == f"id {MASK}\r\n"
    assert printed(edited) == [f"id {MASK}\r\n".encode()]
    assert edited.trace.run == whole.trace.run


def left_out(whole: Recording, head: int, tail: int) -> Recording:
    """The same with the middle of its first step's output left out of the text."""
    first, *rest = whole.trace.steps
    text = first.output.replace("\r\n", "\n")
    first = msgspec.structs.replace(
        first, output=f"{text[:head]}{LEFT_OUT}{text[len(text) - tail :]}", output_truncated=True
    )
    return Recording(msgspec.structs.replace(whole.trace, steps=(first, *rest)), whole.frames)


@pytest.mark.parametrize(
    ("secret", "wanted"),
    [
        ("hunter2", Wanted.text("hunter2")),
        ("hunter2", Wanted("[a-z]{6}2")),
        ("hun\nter2", Wanted.text("hun\nter2")),
        ("abab", Wanted.text("abab")),
    ],
)
def test_a_text_across_the_cut_leaves_neither_half(secret: str, wanted: Wanted) -> None:
    whole = recording(f"<<{secret}>> .... <<{secret}>>".replace("\n", "\r\n").encode(), b"hun\r\n")
    for head, tail in product(range(len(secret) + 4), repeat=2):
        edited, _ = erased(left_out(whole, head, tail), [wanted])
        pieces = edited.trace.steps[0].output.split(LEFT_OUT)
        before, after = (piece.replace(MASK, "") for piece in pieces)
        assert before in "<<>>", (head, tail)
        assert after in "<<>>", (head, tail)
        assert before.count("<") == min(head, 2)
        assert after.count(">") == min(tail, 2)
        assert edited.trace.steps[1].output == "hun\r\n"


def test_what_stands_at_a_cut_and_belongs_to_no_such_text_stays() -> None:
    whole = left_out(recording(b"0123 hun ... ter2 0123", b"hunter2"), 8, 9)
    assert erased(whole, [Wanted.text("hunter2")])[0].trace.steps[0].output == f"0123 hun{LEFT_OUT}ter2 0123"


@given(
    st.lists(
        st.sampled_from([b"hunter2", b"hunt", b"er2", b"\x1b[1m", b"\r\n", b"x", b"\xc3\xa4", b"\xff"]), max_size=60
    ),
    st.integers(1, 40),
)
def test_no_block_seam_hides_a_text(pieces: list[bytes], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(erasing, "BLOCK", block)
        patch.setattr(erasing, "AHEAD", 64)
        edited, _ = erased(recording(b"".join(pieces)), [Wanted.text("hunter2")])
    assert not Wanted.text("hunter2").is_in(tape_of(edited))


@pytest.mark.parametrize("pattern", ["(", "a*", "^"])
def test_a_pattern_that_can_not_serve_is_refused(pattern: str) -> None:
    with pytest.raises(BadInputError, match="give "):
        Wanted(pattern)


# -- the cast of an edited run


def test_an_edited_run_exports_with_its_marks_in_place() -> None:
    edited = select(recording(b"a\n", b"b\n", b"c\n"), [2, 3])
    lines = list(to_asciicast(edited.trace.run, edited.frames(), edited.trace.steps, 2))
    assert sum('"m"' in line for line in lines) >= 2


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5), st.binary(max_size=3)), max_size=5))
def test_every_byte_outside_the_splices_is_where_the_offsets_say(cuts: list[tuple[int, int, bytes]]) -> None:
    splices, at = [], 0
    for skip, length, put in cuts:
        splices.append(Splice(at + skip, at + skip + length, put))
        at += skip + length
    whole = recording(b"0123456789" * 8)
    size = len(tape_of(whole))
    splices = [splice for splice in splices if splice.end <= size]
    tape, edited = tape_of(whole), tape_of(changed(whole, splices, ()))
    offsets = Offsets(splices)
    for offset in range(size):
        if not any(splice.start <= offset < splice.end for splice in splices):
            assert edited[offsets.moved(offset)] == tape[offset]


def test_what_is_defined_at_the_beginning_follows_the_steps_that_are_left_out() -> None:
    whole = recording(b"a", b"b", b"c")
    first, second, third = whole.trace.steps
    gone = (
        msgspec.structs.replace(
            first, env_effects=EnvEffects(aliases={"l": "ls"}, functions={"f": "f () { :; }"}, functions_unset=("old",))
        ),
        msgspec.structs.replace(second, env_effects=EnvEffects(aliases_unset=("l",))),
    )
    trace = msgspec.structs.replace(whole.trace, defined=("deploy", "old"), steps=(*gone, third))
    later = select(Recording(trace, whole.frames), [3]).trace
    assert later.defined == ("deploy", "f")
    assert fold(events_of(later)).defined == later.defined
