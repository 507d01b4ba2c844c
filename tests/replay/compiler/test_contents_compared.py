"""Tests of which contents of written files are compared."""

import msgspec
import pytest

from capture.trace import EffectOp, FileEffect, FileType
from replay.compiler import compile_traces
from replay.compiler.expectations import DIARIES
from tests.data.sessions import all_sessions

BUILT = next(session for session in all_sessions() if session.name == "c-cmake").recorded()


def _is_compared(path: str, content: bytes) -> bool:
    """Whether a file that the build's last step is made to write is compared by what it holds."""
    last = BUILT.steps[-1]
    effect = FileEffect(path=path, op=EffectOp.CREATED, type=FileType.FILE, after="sha256:1", mode=0o644)
    steps = (*BUILT.steps[:-1], msgspec.structs.replace(last, file_effects=(effect,)))
    compiled = compile_traces(
        [msgspec.structs.replace(BUILT, steps=steps)], name="built", blobs={"sha256:1": content}.get
    )
    (expected,) = compiled.playbook.steps[-1].expect.effects or ()
    return expected.content is not None


@pytest.mark.parametrize("path", DIARIES)
def test_what_a_build_tool_notes_of_its_run_is_not_compared(path: str) -> None:
    assert not _is_compared(f"build{path}", b"1\t28\tCMakeFiles/tool.dir/tool.c.o\n")
    assert not _is_compared(path.lstrip("/"), b"1\t28\tCMakeFiles/tool.dir/tool.c.o\n")


@pytest.mark.parametrize(
    "path", ["build/build.ninja", "build/x.ninja_log", "build/CMakeOutput.log", "LastTest.log", "build/CMakeCache.txt"]
)
def test_what_it_makes_is(path: str) -> None:
    assert _is_compared(path, b"rule cc\n")


@pytest.mark.parametrize(
    ("path", "content", "compared"),
    [
        ("run/site.pid", b"4711\n", False),
        ("run/site.lock", b" 4711 host\n", False),
        ("run/site.pid", b"not running\n", True),
        ("run/pid", b"4711\n", False),
        ("run/pid", b"4711 of 8000\n", True),
        ("rapid", b"4711\n", True),
        ("Cargo.lock", b"version = 3\n", True),
        ("yarn.lock", b"# yarn lockfile v1\n", True),
    ],
)
def test_a_lock_that_holds_no_number_of_a_process_is(path: str, content: bytes, compared: bool) -> None:  # noqa: FBT001
    assert _is_compared(path, content) is compared
