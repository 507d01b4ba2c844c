"""Real sessions, compiled from their tapes: what a careful reader would make of them, and whether they replay."""

import random
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.data import comparing, replaying
from tests.data.sessions import Session, all_sessions

SESSIONS = {session.name: session for session in all_sessions()}
SHARES = 4
"""How many sessions a normal run replays: one out of each share, another one each time."""
FLOORS = {"pruning": (0.99, 0.64), "parameters": (0.76, 0.89), "links": (0.96, 1.0), "questions": (0.57, 0.8)}
"""Precision and recall that were reached."""
RED: dict[str, dict[str, tuple[int, str]]] = {}
"""Sessions whose playbook does not replay yet: by place, the step where it stops, and the class that is said."""
TAPE_BYTES, ALL_TAPES_BYTES = 20_000, 2_000_000


_decisions = cache(lambda name: comparing.decisions(SESSIONS[name]))


def test_the_corpus_is_large_and_its_tapes_are_small() -> None:
    sizes = [session.tape.stat().st_size for session in SESSIONS.values()]
    assert len(sizes) >= 60
    assert max(sizes) < TAPE_BYTES
    assert sum(sizes) < ALL_TAPES_BYTES


@pytest.mark.parametrize("name", SESSIONS)
def test_a_tape_holds_the_session_that_was_typed(name: str, tmp_path: Path) -> None:
    session = SESSIONS[name]
    trace = session.trace(session.unpack(tmp_path))
    assert len(trace.steps) == len(session.entries)
    assert "@" not in "".join(session.copied(trace).values())
    assert trace.run.shell == session.reader.shell


@pytest.mark.parametrize("name", SESSIONS)
def test_the_compiler_decides_as_a_careful_reader_but_where_it_is_known_not_to(name: str) -> None:
    assert comparing.differences(*_decisions(name)) == comparing.known().get(name, {})


def test_precision_and_recall_of_each_pass(capsys: pytest.CaptureFixture[str]) -> None:
    found = comparing.scores(_decisions(name) for name in SESSIONS)
    with capsys.disabled():
        print("\n" + comparing.table(found))  # noqa: T201 -- the figures are for people
    for kind, (precision, recall, _) in found.items():
        assert precision >= FLOORS[kind][0], kind
        assert recall >= FLOORS[kind][1], kind


@pytest.mark.parametrize("share", range(SHARES))
def test_a_playbook_replays_in_a_fresh_copy_of_its_start(share: int, tmp_path: Path) -> None:
    session = random.choice([*SESSIONS.values()][share::SHARES])  # noqa: S311 -- the seed of the run draws it
    _replays(session, tmp_path)


@pytest.mark.bench
@pytest.mark.parametrize("name", SESSIONS)
def test_every_playbook_replays_where_it_was_recorded_and_elsewhere(name: str, tmp_path: Path) -> None:
    _replays(SESSIONS[name], tmp_path)


def _replays(session: Session, scratch: Path) -> None:
    """Compile the tape as its user would, and replay it strictly where it was recorded and elsewhere."""
    home = replaying.compiled(session, scratch)
    stopped = {}
    for place, root in _places(session, scratch):
        failure = replaying.replayed(session, home, root)
        if failure is not None:
            stopped[place] = failure
    assert stopped == RED.get(session.name, {})


def _places(session: Session, scratch: Path) -> Iterator[tuple[str, Path]]:
    """A place whose name needs quoting, and the one where it was recorded unless that is taken."""
    yield "elsewhere", scratch / "else where"
    recorded = Path("/tmp") / f"work-{session.name}"
    try:
        recorded.mkdir()
    except FileExistsError:
        return
    try:
        yield "there", recorded
    finally:
        shutil.rmtree(recorded, ignore_errors=True)
