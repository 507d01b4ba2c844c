"""Records the sessions of `tests/data/pruning` anew; run it with `python -m tests.replay.compiler.record_sessions`."""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from capture.tape.writer import TRACE
from tests.program import COMMAND

SESSIONS = Path(__file__).parents[2] / "data" / "pruning"
"""One folder a session with its tape, and `sessions.toml` with the answers."""


def sessions() -> dict[str, dict[str, Any]]:
    """Each session's `setup`, `script` and `drops`, by name."""
    return tomllib.loads((SESSIONS / "sessions.toml").read_text())


def record(name: str, *, setup: str, script: str) -> None:
    """Run the setup in an empty folder, record the script there, and keep the tape."""
    with tempfile.TemporaryDirectory(prefix="recorded-", dir="/tmp") as folder:
        place = Path(folder)
        work, home = place / "work", place / "home"
        work.mkdir()
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(place),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
        }
        environment["GIT_CONFIG_NOSYSTEM"] = "1"
        subprocess.run(["bash", "-ec", setup], cwd=work, env=environment, check=True)
        (place / "script.sh").write_text(script.lstrip("\n"))
        argv = [str(COMMAND), "--home", str(home), "record", "--script", str(place / "script.sh"), "--cwd", str(work)]
        subprocess.run(argv, env=environment, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        (tape,) = home.glob(f"runs/*/{TRACE}")
        (SESSIONS / name).mkdir(exist_ok=True)
        shutil.copy(tape, SESSIONS / name / TRACE)


if __name__ == "__main__":
    wanted = sys.argv[1:] or list(sessions())
    for name in wanted:
        one = sessions()[name]
        record(name, setup=one.get("setup", "true"), script=one["script"])
        print(name)  # noqa: T201 - a script for people
