"""How long an agent's own record of 100 MB takes to become a run, and how much memory that needs."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from capture.tape.reader import load_trace
from tests.bench.figures import ROOT, Figure, report
from tests.bench.long_sessions import codelike, write_session
from tests.capture.importers.importing import home_in

MEGABYTES = 100
WITHIN_S = 3.0
WITHIN_MB = 400
_IMPORT = r"""
import json, re, sys, time
from datetime import UTC, datetime
from pathlib import Path
from capture.home import Home
from capture.importers.agents import import_agent_record
home = Home(Path(sys.argv[1])).prepare()
def peak():
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
at = time.perf_counter()
import_agent_record(home, "claude", sys.argv[2], run_id="long", now=datetime.now(UTC))
took = time.perf_counter() - at
print(json.dumps({"s": took, "kb": peak() - before}))
"""


@pytest.mark.bench
def test_a_long_session_of_claude_code(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    session = tmp_path / "long.jsonl"
    steps = write_session(session, MEGABYTES << 20, codelike())
    size = session.stat().st_size
    told = json.loads(
        subprocess.run(
            [sys.executable, "-c", _IMPORT, str(home.path), str(session)],
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
        ).stdout
    )
    trace = load_trace(home, "long")
    assert len(trace.steps) == steps
    assert trace.run.imported is not None
    assert not trace.run.imported.left_out
    seconds, extra_mb = told["s"] * MEGABYTES * (1 << 20) / size, told["kb"] / 1024
    report(
        Figure(
            what=f"import of a session of {MEGABYTES} MB",
            goal=f"≤ {WITHIN_S:.0f} s, bounded memory",
            ours=f"{seconds:.1f} s for {steps} calls, {extra_mb:.0f} MB more memory",
            peers=f"reading its JSON alone {_json_alone(session):.1f} s",
            met=seconds <= WITHIN_S and extra_mb <= WITHIN_MB,
        )
    )


def _json_alone(path: Path) -> float:
    at = time.perf_counter()
    with path.open("rb") as file:
        for line in file:
            json.loads(line)
    return time.perf_counter() - at
