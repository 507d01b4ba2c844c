"""The values of a playbook: which are parameters, which flow from step to step, and which only a person can tell."""

import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from capture.errors import BadInputError
from replay.outcome import ReplayStatus
from replay.playbook import Compilation
from tests.replay.compiler import corpus
from tests.replay.compiler.corpus import Session, compiled, replayed, sessions

WHOLE = {name: session for name, session in sessions().items() if not session.get("parts")}
AGAIN = {name: session for name, session in WHOLE.items() if "again" in session}
SHARES = 20
"""How many twins a normal run replays: one out of each share, another one each time."""
Sides = Callable[[Session, Compilation], tuple[set[Any], set[Any]]]

PASSES: dict[str, Sides] = {
    "parameters": lambda session, made: (corpus.wanted_parameters(session), corpus.found_parameters(made)),
    "links": lambda session, made: (corpus.wanted_links(session), corpus.found_links(made)),
    "questions": lambda session, made: (
        set(session.get("questions", [])),
        {question.value for question in made.questions} | corpus.weak_links(made),
    ),
}


@pytest.mark.parametrize("what", PASSES)
def test_what_is_found_is_what_a_careful_reader_found(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    right = wanted = found = 0
    parted = {}
    for name, session in WHOLE.items():
        reader, compiler = PASSES[what](session, compiled(session))
        right, wanted, found = right + len(reader & compiler), wanted + len(reader), found + len(compiler)
        if reader != compiler:
            parted[name] = {"missed": reader - compiler, "too much": compiler - reader}
    with capsys.disabled():
        print(f"\n{what}: precision {right}/{found}, recall {right}/{wanted}")  # noqa: T201 - the figures are the point
    assert not parted


@pytest.mark.parametrize("name", sorted(set(sessions()) - set(WHOLE)))
def test_other_work_is_not_compiled_into_one(name: str) -> None:
    with pytest.raises(BadInputError, match="compile them one by one"):
        compiled(sessions()[name])


@pytest.mark.parametrize("share", range(SHARES))
def test_an_undrifted_twin_replays(tmp_path: Path, share: int) -> None:
    _twin_replays(tmp_path, random.choice(sorted(WHOLE)[share::SHARES]))  # noqa: S311 -- the seed of the run draws it


@pytest.mark.bench
@pytest.mark.parametrize("name", WHOLE)
def test_every_undrifted_twin_replays(tmp_path: Path, name: str) -> None:
    _twin_replays(tmp_path, name)


def _twin_replays(tmp_path: Path, name: str) -> None:
    replay, _ = replayed(tmp_path, WHOLE[name], compiled(WHOLE[name]).playbook, given={}, swap={})
    assert (replay.status, replay.failure) == (ReplayStatus.SUCCESS, None)


@pytest.mark.parametrize("name", AGAIN)
def test_it_goes_on_with_other_values(tmp_path: Path, name: str) -> None:
    session, again = AGAIN[name], AGAIN[name]["again"]
    playbook = compiled(session).playbook
    if "refused" in again:
        with pytest.raises(BadInputError, match=again["refused"]):
            replayed(tmp_path, session, playbook, given=again["set"], swap={})
        return
    replay, work = replayed(tmp_path, session, playbook, given=again.get("set", {}), swap=again.get("swap", {}))
    assert (replay.failure and replay.failure.failure_class) == again.get("stops"), replay.failure
    if "holds" in again:
        assert subprocess.run(["bash", "-c", again["holds"]], cwd=work, check=False).returncode == 0
