"""Compiles a session of the corpus as its user would, and replays it in a fresh copy of its start."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from capture.home import Home
from capture.tape.reader import run_ids
from capture.trace import Trace
from tests.data.sessions import Session
from tests.forking import called
from tests.program import COMMAND


def compiled(session: Session, scratch: Path) -> Home:
    """Compile the tape, and answer what the reader foresaw.

    Args:
        session: Skipped where this machine lacks what it needs.
        scratch: An empty folder.

    Returns:
        The home that holds the playbook, which is called as the session.
    """
    missing = session.missing()
    if missing:
        pytest.skip(f"{session.name} needs {', '.join(missing)}, which this machine lacks")
    home = session.unpack(scratch / "replaybook")
    (run,) = run_ids(home)
    trace = session.trace(home)
    again = ("--verify", "--cwd", str(session.begin(scratch / "start")[0])) if session.reader.learned else ()
    told = _program(home.path, home, "compile", run, "--name", session.name, *again)
    if told.get("verification", {}).get("state") == "unavailable":
        pytest.skip(f"{session.name} is learned in a shadow, which this machine lacks")
    _answer(session, trace, home, told)
    return home


def replayed(session: Session, home: Home, root: Path, *, drift: str | None = None) -> tuple[int, str] | None:
    """Replay strictly in a fresh copy of the start.

    Args:
        session: Compiled there.
        home: Of `compiled`.
        root: A folder that isn't there yet.
        drift: Shell text that makes the start another one.

    Returns:
        The step where it stopped and the class of the failure; None when it succeeded.
    """
    work, world = session.begin(root)
    if drift is not None:
        subprocess.run(["bash", "-euc", drift], cwd=work, env=world, check=True, timeout=60)
    told = _program(work, home, "replay", session.name, "--mode", "strict", "--draft", world=world)
    return None if told["status"] == "success" else (told["failure"]["step_index"], told["failure"]["class"])


def _answer(session: Session, trace: Trace, home: Home, told: dict[str, Any]) -> None:
    """Answer, one after the other, the questions that the reader foresaw."""
    foreseen = session.reader.questions
    copied = session.copied(trace)
    answers = {copied.get(one.value.strip("@"), one.value): "yes" if one.answer else "no" for one in foreseen}
    while asked := [one for one in told["questions"] if one["value"] in answers]:
        version = f"{session.name}@{told['version']}"
        answer = answers.pop(asked[0]["value"])
        told = _program(home.path, home, "answer", version, asked[0]["id"], answer)


def _program(cwd: Path, home: Home, *arguments: str, world: dict[str, str] | None = None) -> dict[str, Any]:
    done = called((COMMAND, "--home", home.path, *arguments, "--json"), cwd=cwd, environment=world)
    assert done.stdout, done
    found = json.loads(done.stdout)
    assert isinstance(found, dict), found
    return found
