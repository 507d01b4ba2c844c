"""rm, through the installed command: what only the run needed is gone, and nothing that anything else needs."""

from pathlib import Path

import pytest

from tests.program import Program
from tests.seat import end_all, replaybook


@pytest.fixture
def program(tmp_path: Path) -> Program:
    work = tmp_path / "work"
    work.mkdir()
    return Program(tmp_path / "home", work)


def holding(program: Program, text: str) -> list[str]:
    return [
        str(path.relative_to(program.home))
        for path in program.home.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    ]


def blobs(program: Program) -> list[bytes]:
    return sorted(path.read_bytes() for path in (program.home / "blobs").iterdir())


def test_a_run_goes_with_its_original_and_its_contents(program: Program) -> None:
    run = program.record("echo swordfish > kept", "echo more > other", "echo swordfish > again")
    other = program.record("echo more > third")
    program.json("edit", run, "--cut", "1")
    # Whoever opens only the catalog finds all that a command did.
    assert not (program.home / "catalog.journal").exists()
    assert holding(program, "swordfish")
    program.json("rm", run)
    assert holding(program, "swordfish") == []
    assert [one["run_id"] for one in program("runs", "--json").rows] == [other]
    assert blobs(program) == [b"more\n"]
    program.json("rm", other)
    assert blobs(program) == []


def test_what_a_session_has_written_that_still_runs_stays(program: Program) -> None:
    run = program.record("echo shared > one")
    with replaybook(program.home, "record", "--name", "live", cwd=program.cwd) as seat:
        seat.run("echo shared > two")
        # The shell says "done" before the host hears that the step has ended; at the next one it has.
        seat.run("true")
        program.json("rm", run)
        assert blobs(program) == [b"shared\n"]
        assert program("rm", "live").code == 6
        seat.type("exit\r")
        assert seat.over() == 0
    end_all(program.home)
    program.json("rm", "live")
    assert blobs(program) == []


def test_an_import_and_a_playbook_that_name_a_content_keep_it(program: Program) -> None:
    run = program.record("printf '#!/bin/sh\\necho hi\\n' > hi.sh")
    after = program.record("sh ./hi.sh")
    program.json("compile", after, "--name", "greet")
    program.json("rm", after)
    named = "sha256" in program("playbook", "greet").out
    program.json("rm", run)
    assert bool(blobs(program)) is named
