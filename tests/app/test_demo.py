"""The demo without a screen: every line of its story is true."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from replay.shadow import Level, strongest
from tests.program import COMMAND


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
    assert ask(home, "playbook", "publish-notes@2")["status"] == "active"
    assert ask(home, "audit", "--verify")["ok"] is True
    assert len(list((home / "runs").iterdir())) >= 2


def ask(home: Path, *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, COMMAND, "--home", home, *arguments, "--json"], capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer
