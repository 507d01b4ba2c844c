from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from capture.importers.claude.calls import CHANGED_NOTHING
from capture.importers.claude.edits import hunks
from capture.patches import CONTEXT, FileEdit, Hunk, changed, read_patch, split
from capture.trace import EffectOp, FileEffect, StepKind, Trace
from replay.edits import Change, plan
from tests.capture.importers.claude.sessions import CWD, Written, home, imported, left_out, why_dead

OLD = "one\ntwo\nthree\n"
lines = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "d"]), max_size=12).map("".join)


class Disk:
    def __init__(self, held: bytes | None) -> None:
        self._held = held

    def content(self, path: str) -> bytes | None:
        del path
        return self._held

    def mode(self, path: str) -> int | None:
        del path
        return None if self._held is None else 0o644


def only_effect(trace: Trace) -> FileEffect:
    step = trace.steps[-1]
    assert step.kind is StepKind.FILE
    (effect,) = step.file_effects
    return effect


def makes(trace: Trace, before: str | None) -> str | None:
    """What the last step's patch makes of a file."""
    (edit,) = read_patch(trace.steps[-1].command)
    change = plan(edit, Disk(None if before is None else before.encode()))
    assert isinstance(change, Change)
    return None if change.content is None else change.content.decode()


def digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def session() -> Written:
    written = Written()
    written.prompt("go")
    return written


def test_a_file_that_is_written_anew(tmp_path: Path) -> None:
    written = session()
    written.write("src/new.py", OLD)
    trace = imported(tmp_path, written)
    effect = only_effect(trace)
    assert (effect.path, effect.op, effect.before, effect.after) == (
        "src/new.py",
        EffectOp.CREATED,
        None,
        digest(OLD),
    )
    assert home(tmp_path).blob(digest(OLD)) == OLD.encode()
    assert makes(trace, None) == OLD
    assert trace.steps[-1].exit_code == 0


def test_a_file_that_is_written_over(tmp_path: Path) -> None:
    written = session()
    written.write("a.txt", "one\n2\nthree\n", OLD)
    trace = imported(tmp_path, written)
    effect = only_effect(trace)
    assert (effect.op, effect.before, effect.after) == (EffectOp.MODIFIED, digest(OLD), digest("one\n2\nthree\n"))
    assert makes(trace, OLD) == "one\n2\nthree\n"


def test_an_edit_and_several_at_once(tmp_path: Path) -> None:
    written = session()
    written.edit("a.txt", "two", "2", OLD)
    assert makes(imported(tmp_path, written), OLD) == "one\n2\nthree\n"
    edits = [{"old_string": "one", "new_string": "1"}, {"old_string": "t", "new_string": "T", "replace_all": True}]
    call = written.call("MultiEdit", {"file_path": f"{CWD}/a.txt", "edits": edits})
    written.result(call, "ok", outcome={"filePath": f"{CWD}/a.txt", "edits": edits, "originalFileContents": OLD})
    assert makes(imported(tmp_path, written), OLD) == "1\nTwo\nThree\n"


def test_an_edit_of_which_only_the_patch_is_kept(tmp_path: Path) -> None:
    written = session()
    patch = [{"oldStart": 1, "oldLines": 3, "newStart": 1, "newLines": 3, "lines": [" one", "-two", "+2", " three"]}]
    written.edit("a.txt", "two", "2", None, structuredPatch=patch)
    trace = imported(tmp_path, written)
    assert makes(trace, OLD) == "one\n2\nthree\n"
    assert (only_effect(trace).before, only_effect(trace).after) == (None, None)


def test_an_edit_that_is_told_too_poorly_stands_as_a_call(tmp_path: Path) -> None:
    written = session()
    written.result(written.call("Edit", {"file_path": f"{CWD}/a", "old_string": "x", "new_string": "y"}), "ok")
    trace = imported(tmp_path, written)
    assert trace.steps[0].command.startswith("tool:Edit ")
    assert "changes of files that the record does not tell in full" in left_out(trace)


def test_an_edit_that_failed_changed_nothing(tmp_path: Path) -> None:
    written = session()
    text = "<tool_use_error>String to replace not found in file.</tool_use_error>"
    given = {"file_path": f"{CWD}/a", "old_string": "x", "new_string": "y"}
    written.result(written.call("Edit", given), text, error=True, outcome=f"Error: {text}")
    step = imported(tmp_path, written).steps[0]
    assert (step.kind, step.exit_code, why_dead(step)) == (StepKind.TOOL, 1, CHANGED_NOTHING)


def test_a_notebook(tmp_path: Path) -> None:
    written = session()
    outcome: dict[str, Any] = {"original_file": "{}\n", "updated_file": '{"cells": []}\n', "cell_id": "x"}
    call = written.call("NotebookEdit", {"notebook_path": f"{CWD}/a.ipynb", "new_source": "1"})
    written.result(call, "ok", outcome=outcome)
    assert makes(imported(tmp_path, written), "{}\n") == '{"cells": []}\n'


def test_line_ends_of_other_systems(tmp_path: Path) -> None:
    written = session()
    written.edit("a.txt", "two", "2", OLD.replace("\n", "\r\n"))
    assert makes(imported(tmp_path, written), OLD.replace("\n", "\r\n")) == "one\r\n2\r\nthree\r\n"


@settings(max_examples=60, deadline=None)
@given(lines, lines)
def test_hunks_make_one_text_of_another(before: str, after: str) -> None:
    found = hunks(before, after)
    if before == after:
        assert found == ()
    elif before and after:
        change = plan((FileEdit(old="a", new="a", hunks=found)), Disk(before.encode()))
        assert isinstance(change, Change)
        assert change.content == after.encode()


def line_by_line(before: str, after: str) -> tuple[Hunk, ...]:
    """As `hunks`, by comparing whole lines from both ends."""
    old, new = split(before), split(after)
    same = [
        sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*both, strict=False)))
        for both in ((old, new), (old[::-1], new[::-1]))
    ]
    tail = min(same[1], len(old) - same[0], len(new) - same[0])
    first, last = max(0, same[0] - CONTEXT), max(0, tail - CONTEXT)
    middle, instead = old[first : len(old) - last], new[first : len(new) - last]
    return tuple(Hunk(one.start + first, one.lines) for one in changed("".join(middle), "".join(instead), whole=False))


@given(lines, lines, lines, lines)
def test_hunks_are_those_that_comparing_lines_gives(head: str, old: str, new: str, tail: str) -> None:
    before, after = head + old + tail, head + new + tail
    assert hunks(before, after) == line_by_line(before, after)
