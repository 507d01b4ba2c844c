"""Recorded sessions, and what a careful reader said of their values before any was compiled."""

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ruamel.yaml import YAML

from capture.home import Home
from capture.trace import Trace
from replay import template
from replay.compiler import compile_traces
from replay.outcome import Mode, Replay
from replay.playbook import Compilation, LinkStrength, Playbook
from replay.requests import Request
from replay.runner import Runner

DATA = Path(__file__).parents[2] / "data"
PLACES = frozenset({"project", "home"})

Session = dict[str, Any]


class Tape(msgspec.Struct):
    """One recording, with the texts that its steps wrote."""

    trace: Trace
    blobs: dict[str, str]


@cache
def sessions() -> dict[str, Session]:
    """The sessions by id."""
    rows = YAML(typ="safe", pure=True).load((DATA / "values.yaml").read_text(encoding="utf-8"))
    return {row["id"]: row for row in rows}


@cache
def tapes(session_id: str) -> tuple[Tape, ...]:
    """How it was recorded: the first recording is the model."""
    lines = (DATA / "values" / f"{session_id}.ndjson").read_bytes().splitlines()
    return tuple(msgspec.json.decode(line, type=Tape) for line in lines)


def compiled(session: Session) -> Compilation:
    """Its playbook and all decisions, with the answers that a person gave."""
    found = tapes(session["id"])
    contents = {digest: text.encode() for tape in found for digest, text in tape.blobs.items()}
    return compile_traces(
        [tape.trace for tape in found], name="work", blobs=contents.get, answers=session.get("answers", {})
    )


def known_words(session: Session) -> dict[str, str]:
    """What the words in percent signs were in the recording."""
    run = tapes(session["id"])[0].trace.run
    day = run.started_at.date()
    return {
        "%HOST%": run.host,
        "%TODAY%": day.isoformat(),
        "%YESTERDAY%": (day - timedelta(days=1)).isoformat(),
    }


def wanted_parameters(session: Session) -> set[tuple[str, ...]]:
    """Value, type, source and the steps that use it, as the reader wrote them."""
    return {_row(session, text) for text in session.get("parameters", [])}


def _row(session: Session, text: str) -> tuple[str, ...]:
    value, kind, source, used = (part.strip() for part in _filled(session, text).split(" | "))
    return value, kind, source, used


def _filled(session: Session, text: str) -> str:
    for word, value in known_words(session).items():
        text = text.replace(word, value)
    return text


def found_parameters(compilation: Compilation) -> set[tuple[str, ...]]:
    """The same, as the compiler found them."""
    playbook = compilation.playbook
    return {
        (found.recorded or "", found.type.value, found.source.value, _users(playbook, name))
        for name, found in playbook.parameters.items()
        if name not in PLACES
    }


def _users(playbook: Playbook, name: str) -> str:
    """Recorded steps whose command or answers name the parameter, or one that is made of it."""
    names = {name} | {
        other for other, made in playbook.parameters.items() if name in template.names(made.default or "")
    }
    return " ".join(
        str(step.source_step)
        for step in playbook.steps
        if names & (template.names(step.run).union(*(template.names(answer.send or "") for answer in step.answers)))
    )


def wanted_links(session: Session) -> set[tuple[str, str]]:
    """Step to step and value."""
    rows = (_filled(session, text).partition(" ") for text in session.get("links", []))
    return {(steps, value) for steps, _, value in rows}


def found_links(compilation: Compilation) -> set[tuple[str, str]]:
    """The same, by the steps of the recording."""
    source = {index: step.source_step for index, step in enumerate(compilation.playbook.steps, 1)}
    return {(f"{source[link.from_step]}>{source[link.to_step]}", link.value) for link in compilation.links}


def weak_links(compilation: Compilation) -> set[str]:
    """Values that are linked by no more than a question."""
    return {link.value for link in compilation.links if link.strength is LinkStrength.WEAK}


def replayed(
    root: Path, session: Session, playbook: Playbook, *, given: Mapping[str, str], swap: Mapping[str, str]
) -> tuple[Replay, Path]:
    """Replay strictly in a fresh copy of its start; the replay, and the workspace that it left."""
    work, home = root / "work", root / "home"
    for folder in (work, home):
        folder.mkdir(parents=True)
    environment = {
        **os.environ,
        "HOME": str(home),
        "USER": "test",
        "LOGNAME": "test",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    setup = session["setup"]
    for before, after in swap.items():
        setup = setup.replace(before, after)
    subprocess.run(["bash", "-ec", setup], cwd=work, env=environment, check=True, capture_output=True)
    program = Home(root / "program").prepare()
    runner = Runner(program, clock=lambda: datetime.now(UTC), new_id=lambda: "r1", keep=lambda _: None)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        request = Request(playbook=playbook, digest="", mode=Mode.STRICT, workspace=str(work), values=given)
        return runner.run(request), work
