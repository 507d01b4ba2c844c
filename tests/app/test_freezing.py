"""The one switch: it stops replays of other processes with all that they run, and lets none begin until it is off."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from capture.home import Home
from capture.tape.reader import host_of, is_recording, load_trace, run_ids
from capture.trace import RunStatus
from replay.governance import freezing
from tests.program import COMMAND, Program
from tests.seat import PATIENCE_S, until

STUBBORN = "trap '' INT TERM HUP; sh -c 'trap \"\" INT TERM HUP; echo $$ > inner; while :; do sleep 1; done'"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A playbook whose second step never ends by itself, nor when it is asked to."""
    made = Program(tmp_path / "home", tmp_path / "work")
    made.cwd.mkdir()
    steps = [{"run": ": > first"}, {"run": STUBBORN, "timeout": "1h"}, {"run": "touch third"}]
    version = made.home / "playbooks" / "p" / "1.yaml"
    version.parent.mkdir(parents=True)
    version.write_text(json.dumps({"replaybook": 1, "name": "p", "steps": steps}), encoding="utf-8")
    return made


@contextmanager
def running(program: Program, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A replay in another process, come to the step that does not end."""
    argv = [str(COMMAND), "--home", str(program.home), *["replay", "p", "--mode", "strict", "--json"], *arguments]
    with subprocess.Popen(argv, cwd=program.cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def until_there(path: Path) -> int:
    until(lambda: path.exists() and path.read_text().strip())
    return int(path.read_text())


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_it_ends_the_running_step_with_all_its_processes_and_refuses_what_comes(program: Program) -> None:
    with running(program, "--draft") as replay:
        inner = until_there(program.cwd / "inner")
        frozen = program.json("freeze", "--reason", "on hold")
        assert (frozen["frozen"]["reason"], len(frozen["stopped"]), frozen["left"]) == ("on hold", 1, [])
        assert not is_alive(inner)
        out, err = replay.communicate(timeout=PATIENCE_S)
        assert replay.returncode == 6, err
    document = program.rows_of("replays")[0]
    assert out.count("\n") == 1
    assert (document["status"], document["stopped_at"]) == ("refused", 2)
    assert (document["failure"]["divergence"], document["failure"]["class"]) == ("policy", "killed")
    assert "on hold" in document["failure"]["message"]
    assert [step["status"] for step in document["steps"]] == ["success", "failed", "not_run"]
    assert not (program.cwd / "third").exists()
    assert load_trace(Home(program.home), frozen["stopped"][0]).run.status is RunStatus.PARTIAL

    for line in ("replay p --mode strict --draft", "validate p@1", "replay p --mode strict --shadow"):
        refused = program(*line.split())
        assert refused.code == 6
        assert refused.err.count("\n") == 1
        assert "on hold; replaybook freeze --lift lets them run again" in refused.err
    assert program("replay", "p", "--mode", "simulate").code in (0, 3)
    assert [one["state"] for one in program.rows_of("doctor") if one["name"] == "replays"] == ["degraded"]

    assert program.json("freeze", "--lift")["frozen"] is None
    told = [(entry["action"], entry["details"]) for entry in program.rows_of("audit")]
    assert told[-2:] == [("frozen", {"reason": "on hold"}), ("thawed", {})]


def test_it_ends_a_shadow_and_a_replay_whose_own_process_hangs(program: Program) -> None:
    with running(program, "--shadow") as shadow, running(program, "--draft") as hangs:
        until_there(program.cwd / "inner")
        os.kill(hangs.pid, signal.SIGSTOP)
        frozen = program.json("freeze")
        assert frozen["left"] == []
        shadow.communicate(timeout=PATIENCE_S)
        assert shadow.returncode == 6
        os.kill(hangs.pid, signal.SIGCONT)
        hangs.communicate(timeout=PATIENCE_S)
        assert hangs.returncode == 6


def test_what_a_host_runs_ends_with_it_where_only_killing_helps(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(program.home)
    # Nothing is waited for that would end by itself.
    monkeypatch.setattr(freezing, "ORDERLY_S", 1.0)
    with running(program, "--draft") as replay:
        inner = until_there(program.cwd / "inner")
        (run_id,) = run_ids(home)
        host = host_of(home, run_id)
        assert host is not None
        os.kill(host.pid, signal.SIGSTOP)
        os.kill(replay.pid, signal.SIGSTOP)
        freezing.freeze(home, freezing.Frozen(by="somebody", at="2026-11-28T12:00:00Z"))
        until(lambda: not is_alive(inner))
        until(lambda: not is_recording(home, run_id))


def test_a_damaged_switch_is_on(program: Program) -> None:
    (program.home / "frozen.json").write_text("{", encoding="utf-8")
    refused = program("replay", "p", "--mode", "strict", "--draft")
    assert refused.code == 6
    assert "damaged" in refused.err
    assert program("freeze", "--lift").code == 0
    assert program("freeze", "--lift", "--reason", "x").code == 2
