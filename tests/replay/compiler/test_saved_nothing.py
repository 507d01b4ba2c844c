"""Tests of editors that only showed a file: left out where the recorder would have seen a change, and nowhere else."""

import msgspec
import pytest

from capture.trace import EffectOp, FileEffect, FileType
from replay.compiler import compile_traces
from tests.data.sessions import all_sessions

(LOOKED,) = (session for session in all_sessions() if session.name == "vim-looked-only")


def _left_out(**changed: object) -> bool:
    """Whether the editor's step is left out when it was otherwise in this respect."""
    trace = LOOKED.recorded()
    steps = (msgspec.structs.replace(trace.steps[0], **changed), *trace.steps[1:])
    compiled = compile_traces([msgspec.structs.replace(trace, steps=steps)], name="looked", blobs=lambda _: None)
    return 1 in {dropped.source_step_index for dropped in compiled.dropped}


@pytest.mark.parametrize("command", ["vim -u NONE -n -R notes.txt", "nano notes.txt", "vi +2 ./notes.txt"])
def test_an_editor_that_saved_nothing_looked_around(command: str) -> None:
    assert _left_out(command=command)


@pytest.mark.parametrize(
    "command",
    [
        "vim ~/.bashrc",
        "vim /etc/hosts notes.txt",
        "vim notes.txt ../elsewhere.txt",
        "vim new.txt",
        "vim",
        "vim -R ../notes.txt notes.txt",
        'vim "$FILE" notes.txt',
        "vim notes.txt; make",
        "vim +delete notes.txt",
        "vim -c make notes.txt",
        "ranger notes.txt",
    ],
)
def test_one_that_may_have_saved_where_nobody_looked_stays(command: str) -> None:
    assert not _left_out(command=command)


@pytest.mark.parametrize(
    "changed",
    [
        {"file_effects": (FileEffect(path="notes.txt", op=EffectOp.MODIFIED, type=FileType.FILE, before="sha256:1"),)},
        {"effects_seen": False},
        {"full_screen": False},
        {"cwd": "/srv"},
        {"cwd_after": "/srv"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_one_that_changed_something_or_was_not_watched_stays(changed: dict[str, object]) -> None:
    assert not _left_out(**changed)
