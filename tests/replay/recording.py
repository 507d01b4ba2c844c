"""Records command lists in a real shell, one process a step: enough of a session for pure code to chew on."""

import hashlib
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from capture.files.effects import Hints, Workspace
from capture.files.ignore import DEFAULT_IGNORES, Ignore
from capture.trace import EnvEffects, Input, Run, RunStatus, Step, StepStatus, Trace

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
_AROUND = """\
[ ! -e "$S/env" ] || . "$S/env"
trap 'r=$?; pwd > "$S/pwd"; declare -px | grep -v "^declare -x S=" > "$S/env"; exit $r' EXIT
"""


class Machine:
    """A workspace with a shell in it.

    Args:
        root: A fresh folder; `work` in it becomes the workspace.
        setup: Shell text run there first, unrecorded.
    """

    def __init__(self, root: Path, setup: str = "") -> None:
        self.work, self.state = root / "work", root / "state"
        for folder in (self.work, self.state, root / "home"):
            folder.mkdir(parents=True, exist_ok=True)
        self.contents: dict[str, bytes] = {}
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(root / "home"),
            "LC_ALL": "C.UTF-8",
            "USER": "tester",
        }
        self._cwd = str(self.work)
        subprocess.run(["bash", "-ec", setup], cwd=self.work, env=self.environment, check=True, capture_output=True)
        self._workspace = Workspace(self.work, Ignore(DEFAULT_IGNORES), keep=self._keep)
        self.before, _ = self._workspace.baseline()

    def _keep(self, content: bytes) -> None:
        self.contents["sha256:" + hashlib.sha256(content).hexdigest()] = content

    def read(self, path: str) -> bytes | None:
        """A file of the workspace, or an absolute path."""
        try:
            return (self.work / path).read_bytes()
        except OSError:
            return None

    def run(self, command: str, index: int, typed: str = "", at: datetime = NOW) -> Step:
        """Run one command and tell what it did; what is typed is not echoed."""
        cwd = self._cwd
        ended = subprocess.run(
            ["bash", "-c", _AROUND + command],
            cwd=cwd,
            env={**self.environment, "S": str(self.state)},
            input=typed,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self._cwd = (self.state / "pwd").read_text().strip()
        output = re.sub(
            r"^bash: line (\d+)", lambda found: f"bash: line {int(found[1]) - 2}", ended.stdout, flags=re.MULTILINE
        )
        effects = self._workspace.changes(Hints())
        self._workspace.settle()
        return Step(
            step_index=index,
            command=command,
            cwd=cwd,
            cwd_after=self._cwd,
            status=StepStatus.FAILED if ended.returncode else StepStatus.SUCCESS,
            exit_code=ended.returncode,
            started_at=at,
            duration_ms=1.0,
            output=output,
            file_effects=effects,
            env_effects=EnvEffects(),
            inputs=(Input(prompt=ended.stdout.splitlines()[-1], text=typed),) if typed else (),
        )

    def record(self, commands: Sequence[str], *, user_home: str | None = None) -> Trace:
        """Run the commands as one session."""
        steps = tuple(self.run(command, index) for index, command in enumerate(commands, 1))
        return self.trace(steps, user_home=user_home)

    def trace(self, steps: tuple[Step, ...], *, user_home: str | None = None) -> Trace:
        """A session of these steps."""
        run = Run(
            run_id="20261122-210000-aaaa",
            name="rec",
            status=RunStatus.SUCCESS,
            started_at=NOW,
            shell="bash",
            cwd=str(self.work),
            host="here",
            user_home=user_home or self.environment["HOME"],
            workspace=str(self.work),
        )
        return Trace(run=run, steps=steps, environment=dict(self.environment), workspace_before=self.before)

    @property
    def blobs(self) -> Callable[[str], bytes | None]:
        """Kept contents, by hash."""
        return self.contents.get
