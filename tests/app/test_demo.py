"""The demo without a screen: every line of its story is true."""

import re
import subprocess
from pathlib import Path

import pytest

from replay.shadow import Level, strongest
from tests.program import COMMAND, Program


@pytest.mark.skipif(strongest() is Level.L0, reason="this machine has no way to isolate a shadow")
def test_the_demo_tells_the_story_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    done = subprocess.run([COMMAND, "demo"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [line.split(None, 1)[0] for line in done.stdout.splitlines()]
    for word in (
        "recorded",
        "compiled",
        "simulated",
        "stopped",
        "repaired",
        "approved",
        "validated",
        "promoted",
        "green",
    ):
        assert word in told
    found = re.search(r"^home +(\S+)$", done.stdout, re.MULTILINE)
    assert found
    home = Path(found[1])
    program = Program(home, tmp_path)
    assert program.json("playbook", "publish-notes@2")["status"] == "active"
    assert program.json("audit", "--verify")["ok"] is True
    assert len(list((home / "runs").iterdir())) >= 2
