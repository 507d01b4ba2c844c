"""A real workspace with a playbook of one or more steps, its drift, and the evidence of the step that fails in it."""

import hashlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from capture.trace import EffectOp, FileType, SeenFile, Step, StepStatus
from replay import diagnosis, template
from replay.outcome import Divergence, Failure, FailureClass
from replay.playbook import Expectation, ExpectedEffect, Parameter, ParameterType, Playbook, PlaybookStep, Source, Tool
from replay.repairs import patching
from replay.repairs.files import WorkspaceFiles
from replay.repairs.proposal import Evidence, PatchEntry, Rule
from replay.repairs.propose import Proposals, propose

GIT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


def step(run: str, *, effects: Sequence[str] | None = None, output: str | None = None) -> PlaybookStep:
    """A step; each effect is `op path`."""
    expected = None if effects is None else tuple(_effect(text) for text in effects)
    return PlaybookStep(run=run, expect=Expectation(output=output, effects=expected))


def _effect(text: str) -> ExpectedEffect:
    op, path = text.split(" ", 1)
    return ExpectedEffect(op=EffectOp(op), path=path.rstrip("/"), directory=path.endswith("/"))


@dataclass
class Scene:
    """A workspace below `root`."""

    root: Path
    steps: list[PlaybookStep] = field(default_factory=list)
    recorded: tuple[SeenFile, ...] = ()
    path: str = field(default_factory=lambda: os.environ["PATH"])
    recorded_environment: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    tools: dict[str, Tool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.work = self.root / "work"
        self.work.mkdir()
        (self.root / "home").mkdir()

    def sh(self, script: str, *, check: bool = True, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **GIT, "LC_ALL": "C", "PATH": self.path, "HOME": str(self.root / "home")}
        return subprocess.run(
            ("/bin/bash", "-c", script),
            cwd=cwd or self.work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=check,
        )

    def record(self, setup: str, *steps: PlaybookStep) -> "Scene":
        """Build the workspace, and take it for the one that was recorded."""
        self.sh(setup)
        self.steps = list(steps)
        self.recorded = tuple(
            _seen(path, self.work) for path in sorted(self.work.rglob("*")) if ".git" not in path.parts
        )
        return self

    def drift(self, script: str) -> "Scene":
        self.sh(script)
        return self

    @property
    def playbook(self) -> Playbook:
        project = Parameter(type=ParameterType.PATH, default="{{cwd}}", source=Source.WORKSPACE)
        parameters = {"project": project} | self.parameters
        return Playbook(name="pb", parameters=parameters, steps=tuple(self.steps), tools=self.tools)

    @property
    def bindings(self) -> dict[str, str]:
        values = {name: parameter.default or "" for name, parameter in self.parameters.items()}
        return {"project": str(self.work), **values}

    def blocked(self, failure_class: FailureClass, subject: str | None, *, at: int = 1, cwd: str = ".") -> Evidence:
        """The step as a precondition stops it."""
        return self._evidence(failure_class, subject, at=at, cwd=cwd, actual=None)

    def failed(
        self, failure_class: FailureClass, subject: str | None = None, *, at: int = 1, cwd: str = "."
    ) -> Evidence:
        """The step as it fails when it is really run."""
        command = self._command(at)
        done = self.sh(command, check=False, cwd=self.work / cwd)
        assert done.returncode != 0, f"{command} did not fail: {done.stdout}"
        actual = Step(
            step_index=at,
            command=command,
            cwd=str(self.work / cwd),
            cwd_after=str(self.work / cwd),
            status=StepStatus.FAILED,
            exit_code=done.returncode,
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
            duration_ms=5.0,
            output=done.stdout,
        )
        return self._evidence(failure_class, subject, at=at, cwd=cwd, actual=actual)

    def diagnosed(self, *, at: int = 1) -> Evidence:
        """The step as it fails when it is really run, in the class that its output tells."""
        evidence = self.failed(FailureClass.UNCLASSIFIED, at=at)
        actual = evidence.actual
        found = diagnosis.classify(
            command=evidence.command,
            exit_code=actual.exit_code if actual else None,
            output=evidence.output,
            signal=None,
            timed_out=False,
            expected_exit=0,
        )
        failure = msgspec.structs.replace(evidence.failure, failure_class=found.failure_class, subject=found.subject)
        return msgspec.structs.replace(evidence, failure=failure)

    def _evidence(
        self, failure_class: FailureClass, subject: str | None, *, at: int, cwd: str, actual: Step | None
    ) -> Evidence:
        failure = Failure(
            step_index=at,
            divergence=Divergence.EXIT_CODE if actual else Divergence.PRECONDITION,
            failure_class=failure_class,
            message="it failed",
            subject=subject,
        )
        return Evidence(
            playbook=self.playbook,
            failure=failure,
            command=self._command(at),
            cwd=str(self.work / cwd),
            workspace=str(self.work),
            home=str(self.root / "home"),
            actual=actual,
            bindings=self.bindings,
            recorded_files=self.recorded,
            recorded_environment=self.recorded_environment,
        )

    def _command(self, at: int) -> str:
        return template.render_shell(self.steps[at - 1].run, self.bindings)

    def files(self, cwd: str = ".") -> WorkspaceFiles:
        return WorkspaceFiles(
            cwd=str(self.work / cwd),
            workspace=str(self.work),
            environment={**os.environ, **GIT, "PATH": self.path, "HOME": str(self.root / "home")},
            ignored=lambda path: path.split("/")[0] == ".git",
        )

    def propose(self, evidence: Evidence, *rules: Rule) -> Proposals:
        """What these rules come to, behind the gate and in order."""
        return propose(evidence, self.files(), rules=rules)

    def works(self, patch: Sequence[PatchEntry]) -> bool:
        """Whether the patched playbook runs through in the drifted workspace, for real."""
        patched = patching.apply(self.playbook, patch)
        lines = [
            "".join(f"export {name}='{template.render(value, self.bindings)}'\n" for name, value in each.env.items())
            + template.render_shell(each.run, self.bindings)
            for each in patched.steps
            if not each.skip
        ]
        return self.sh("set -e\n" + "\n".join(lines), check=False).returncode == 0


def patches(proposals: Proposals) -> list[list[dict[str, object]]]:
    """All patches, best first, as plain values."""
    return [[msgspec.to_builtins(entry) for entry in ranked.candidate.patch] for ranked in proposals.candidates]


def _seen(path: Path, work: Path) -> SeenFile:
    content = path.read_bytes() if path.is_file() else None
    return SeenFile(
        path=path.relative_to(work).as_posix(),
        type=FileType.DIRECTORY if path.is_dir() else FileType.FILE,
        sha256=None if content is None else f"sha256:{hashlib.sha256(content).hexdigest()}",
        mode=path.lstat().st_mode & 0o777,
    )
