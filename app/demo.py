"""The whole story on a throw-away home: recorded for real, drifted for real, repaired by an explicit approval."""

import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core import Core
from capture.errors import ReplaybookError
from capture.home import Home
from capture.scripted import ScriptEntry
from replay.inbox import Decision
from replay.library.rows import Verdict
from replay.outcome import Mode, Replay, ReplayStatus

NAME = "publish-notes"
GOAL = "build the release notes page and check it"
BUILD = """#!/usr/bin/env bash
set -euo pipefail
started=$EPOCHREALTIME
mkdir -p public
{ echo "<h1>$(head -n 1 "$1")</h1>"; tail -n +2 "$1" | sed 's|.*|<p>&</p>|'; } > public/notes.html
took=$(( (${EPOCHREALTIME/[.,]/} - ${started/[.,]/}) / 1000 ))
echo "built public/notes.html: $(grep -c '<p>' public/notes.html) paragraphs in ${took} ms"
"""
TEST = """#!/usr/bin/env bash
set -euo pipefail
grep -q '<h1>Release 1.4</h1>' public/notes.html
grep -q 'exact replays' public/notes.html
echo "2 checks passed"
"""
NOTES = "Release 1.4\nrecords a session once\nreplays it: exact replays\nasks before it repairs\n"
SESSION = (
    "git log --oneline",
    "./bulid.sh notes/release.txt",
    "./build.sh notes/release.txt",
    "./test.sh",
    "cksum notes/release.txt public/notes.html > public/SUMS",
)
"""What is typed: a look around, a typing mistake, then the work."""
DRIFT = "git mv notes/release.txt notes/release-1.4.txt && git commit -qm 'Name the notes by their release'"


class DemoError(ReplaybookError):
    """A line of the story did not come true."""


@dataclass(frozen=True)
class Stage:
    """A throw-away home with a recorded, compiled and drifted playbook.

    Attributes:
        core: Over that home.
        workspace: The drifted project.
        ref: The playbook version that fails there.
    """

    core: Core
    workspace: Path
    ref: str


def set_stage(told: Callable[[str], None]) -> Stage:
    """Make the project, record the session, compile it, and let the world drift.

    Args:
        told: Called with each line of the story.

    Returns:
        The stage for the rest of it.

    Raises:
        DemoError: Something did not happen as told.
    """
    place = Path(tempfile.mkdtemp(prefix="replaybook-demo-")).resolve()
    core = Core(Home(place / "home").prepare())
    workspace = place / "project"
    _make_project(workspace)
    told(f"home       {core.home.path}")
    told(f"workspace  {workspace}")
    trace = core.record_entries(
        [ScriptEntry(command=command) for command in SESSION], name="notes", goal=GOAL, cwd=str(workspace)
    )
    _must(len(trace.steps) == len(SESSION), f"recorded {len(trace.steps)} steps of {len(SESSION)}")
    told(f"recorded   {len(trace.steps)} steps of a real bash session as run {trace.run.run_id}")
    compilation = core.compile([trace.run.run_id], name=NAME)
    ref = f"{NAME}@{compilation.playbook.version}"
    dropped = "; ".join(f"step {drop.source_step_index} ({drop.reason})" for drop in compilation.dropped)
    told(f"compiled   {ref} with {len(compilation.playbook.steps)} steps; left out {dropped}")
    ready = core.replay(ref, mode=Mode.SIMULATE, cwd=str(workspace))
    _must(ready.status is ReplayStatus.READY, f"simulate said {ready.status} before anything drifted")
    told("simulated  ready: nothing was run")
    _shell(DRIFT, workspace)
    told(f"drifted    {DRIFT}")
    return Stage(core=core, workspace=workspace, ref=ref)


def tell_story(told: Callable[[str], None]) -> None:
    """The whole story without a screen, every line of it checked.

    Raises:
        DemoError: The first line that did not come true.
    """
    stage = set_stage(told)
    core, where = stage.core, str(stage.workspace)
    simulated = core.replay(stage.ref, mode=Mode.SIMULATE, cwd=where)
    _must(simulated.status is ReplayStatus.NOT_READY, f"simulate said {simulated.status} in the drifted world")
    told(f"simulated  not ready: {_reason(simulated)}")
    guided = core.replay(stage.ref, mode=Mode.GUIDED, cwd=where, draft=True)
    _must(guided.status is ReplayStatus.NEEDS_REVIEW, f"guided ended {guided.status}")
    told(f"stopped    {guided.failure.message if guided.failure else ''}")
    repair = core.repair(guided.repairs[0])
    told(f"repaired   proposal {repair.repair_id} by {repair.source}: {repair.rationale}")
    approved = core.review(repair.repair_id, Decision.APPROVE, note="the notes were renamed")
    _must(approved.created_version is not None, f"the approval made no version: {approved.status}")
    ref = f"{NAME}@{approved.created_version}"
    told(f"approved   {ref} is a draft, made from {stage.ref}")
    validated = core.validate(ref)
    found = validated.validation
    _must(found.verdict is Verdict.GREEN, f"validation is {found.verdict}: {found.reason}")
    _must(found.control and found.control.reproduced, "the unrepaired step did not fail in the shadow")
    told(f"validated  {found.verdict} in a shadow of level {found.level}, host changes {found.host_changes}")
    promoted = core.promote(ref)
    told(f"promoted   {ref} is {promoted.status}")
    strict = core.replay(ref, mode=Mode.STRICT, cwd=where)
    _must(strict.status is ReplayStatus.SUCCESS, f"strict ended {strict.status}: {_reason(strict)}")
    told(f"green      strict replay of {ref} succeeded, recorded as run {strict.run_id}")
    audit = core.verify_audit()
    _must(audit.ok, "the audit log is not whole")
    told(f"audited    {audit.entries} decisions, the chain is whole; see: replaybook --home {core.home.path} audit")


def _make_project(workspace: Path) -> None:
    """A small git project with a build and a test."""
    (workspace / "notes").mkdir(parents=True)
    for name, text in (("build.sh", BUILD), ("test.sh", TEST)):
        (workspace / name).write_text(text, encoding="utf-8")
        (workspace / name).chmod(0o755)
    (workspace / "notes" / "release.txt").write_text(NOTES, encoding="utf-8")
    (workspace / ".gitignore").write_text("public/\n", encoding="utf-8")
    _shell(
        "git init -q . && git config user.name Demo && git config user.email demo@example.invalid"
        " && git add -A && git commit -qm 'Start the release notes'",
        workspace,
    )


def _shell(command: str, cwd: Path) -> None:
    done = subprocess.run(["bash", "-c", command], cwd=cwd, capture_output=True, text=True, check=False)
    _must(done.returncode == 0, f"{command.split(maxsplit=1)[0]} failed in {cwd}: {done.stderr.strip()}")


def _reason(replay: Replay) -> str:
    """Why it did not go through: the failure, or the first check that fails."""
    if replay.failure:
        return replay.failure.message
    return next((check.message for step in replay.steps for check in step.checks if check.failure_class), "")


def _must(true: object, otherwise: str) -> None:
    if not true:
        raise DemoError(f"the demo stopped: {otherwise}")
