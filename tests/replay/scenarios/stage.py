"""Where a scenario is played: a folder with a workspace, a home and a PATH of its own, set up as often as wanted."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core import Core
from capture.home import Home
from tests.replay.scenarios.ending import Place, seen
from tests.replay.scenarios.scenario import Scenario

_GIT = "[user]\n\tname = Dev\n\temail = dev@example.org\n[init]\n\tdefaultBranch = main\n"
_PATIENCE_S = 60


@dataclass(frozen=True)
class Stage:
    """Where a scenario is played; always at the same path, so that nothing but the drift differs."""

    scenario: Scenario
    base: Path

    @property
    def root(self) -> Path:
        return self.base / "root"

    @property
    def work(self) -> Path:
        return self.root / "tree"

    def build(self) -> None:
        for folder in ("tree", "home", "bin"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "home" / ".gitconfig").write_text(_GIT)
        self.sh(self.scenario.setup)
        shutil.copytree(self.root, self.base / "kept", symlinks=True)

    def again(self, script: str = ":") -> None:
        """The beginning once more, and what changes in it."""
        shutil.rmtree(self.root)
        shutil.copytree(self.base / "kept", self.root, symlinks=True)
        self.sh(script)

    @property
    def kept(self) -> Path:
        """The workspace before anything was done in it."""
        return self.base / "kept" / "tree"

    def drift_again(self) -> Place:
        """The drifted world once more; what it holds."""
        self.sh(self.scenario.undo)
        self.again(self.scenario.drift)
        return seen(self.work)

    @contextmanager
    def drifting(self) -> Iterator[None]:
        """In the drifted world, beside what holds something in it."""
        self.drift_again()
        with self.beside(self.scenario.holds):
            yield

    def sh(self, script: str) -> None:
        done = self.ran(script)
        assert done.returncode == 0, (self.scenario.name, script, done.stdout)

    def ran(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ("bash", "-euc", script),
            cwd=self.work,
            env=self.world({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )

    def world(self, more: Mapping[str, str | None]) -> dict[str, str]:
        path = f"{self.root / 'bin'}:{os.environ['PATH']}"
        world: dict[str, str | None] = {
            "PATH": path,
            "HOME": str(self.root / "home"),
            "ROOT": str(self.root),
            "USER": "dev",
            "SHELL": "/bin/bash",
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "TMPDIR": os.environ.get("TMPDIR"),
            **self.scenario.environment,
            **more,
        }
        return {name: value.replace("$ROOT", str(self.root)) for name, value in world.items() if value is not None}

    @contextmanager
    def living_in(self, more: Mapping[str, str | None]) -> Iterator[Core]:
        """The program in this world."""
        before, world = dict(os.environ), self.world(more)
        os.environ.clear()
        os.environ.update(world)
        try:
            yield Core(Home(self.base / "replaybook").prepare())
        finally:
            os.environ.clear()
            os.environ.update(before)

    @contextmanager
    def beside(self, script: str | None) -> Iterator[None]:
        """Something that holds what the replay needs, from its first line on."""
        if script is None:
            yield
            return
        holder = subprocess.Popen(
            ("bash", "-euc", script),
            cwd=self.work,
            env=self.world({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline(), f"{self.scenario.name}: {script} ended before it held anything"
            yield
        finally:
            os.killpg(holder.pid, signal.SIGKILL)
            holder.communicate()
