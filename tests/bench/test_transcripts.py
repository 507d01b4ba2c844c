"""How long an agent's own record of 100 MB takes to become a run, and how much memory that needs."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from capture.tape.reader import load_trace
from tests.bench import transcripts
from tests.bench.figures import ROOT, Figure, report
from tests.bench.long_sessions import codelike, write_session
from tests.capture.importers.importing import home_in
from tests.capture.importers.mapped.logs import EVENTS

MEGABYTES = 100
WITHIN_S = 3.0
WITHIN_MB = 400
_IMPORT = r"""
import json, re, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from capture.home import Home
from capture.importers.agents import import_agent_record
home = Home(Path(sys.argv[1])).prepare()
def peak():
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
at = time.perf_counter()
form, mapping = sys.argv[3], sys.argv[4] or None
import_agent_record(home, form, sys.argv[2], run_id="long", now=datetime.now(UTC), mapping=mapping)
took = time.perf_counter() - at
# The process that reads ahead counts whole, though most of it is shared with the one that it comes from.
reader = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"s": took, "kb": peak() - before + reader}))
"""


@pytest.mark.bench
def test_a_long_session_of_claude_code(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    session = tmp_path / "long.jsonl"
    steps = write_session(session, MEGABYTES << 20, codelike())
    size = session.stat().st_size
    told = _imported(home.path, session, "claude")
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


@pytest.mark.bench
@pytest.mark.parametrize(("form", "pieces"), [("codex", transcripts.codex), ("jsonl", transcripts.mapped)])
def test_a_long_rollout_and_a_long_log(tmp_path: Path, form: str, pieces: Callable[[], Iterator[bytes]]) -> None:
    session, mapping = tmp_path / "long.jsonl", tmp_path / "map.toml"
    transcripts.write(session, pieces, MEGABYTES << 20)
    mapping.write_text(EVENTS)
    told = _imported(home_in(tmp_path).path, session, form, mapping if form == "jsonl" else None)
    extra_mb = told["kb"] / 1024
    report(
        Figure(
            what=f"import of {MEGABYTES} MB, {form}",
            goal=f"≤ {WITHIN_S:.0f} s, bounded memory",
            ours=f"{told['s']:.1f} s, {extra_mb:.0f} MB more memory",
            peers=f"reading its JSON alone {_json_alone(session):.1f} s",
            met=told["s"] <= WITHIN_S and extra_mb <= WITHIN_MB,
        )
    )


def _imported(home: Path, session: Path, form: str, mapping: Path | None = None) -> dict[str, float]:
    """Seconds, and kilobytes of memory, in a process of its own."""
    argv = [sys.executable, "-c", _IMPORT, str(home), str(session), form, str(mapping or "")]
    done = subprocess.run(argv, check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _json_alone(path: Path) -> float:
    at = time.perf_counter()
    with path.open("rb") as file:
        for line in file:
            json.loads(line)
    return time.perf_counter() - at
