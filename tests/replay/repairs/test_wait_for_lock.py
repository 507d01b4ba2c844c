"""A lock that another process holds, until it lets go."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from replay.repairs.rules.wait_for_lock import WaitForLock
from tests.replay.repairs.scene import Scene, patches, step

RULE = WaitForLock()
HOLDS_DATABASE = (
    'import sqlite3, sys; c = sqlite3.connect("{}", isolation_level=None); c.execute("begin exclusive"); '
    "print(1, flush=True); sys.stdin.read()"
)


@contextmanager
def held(scene: Scene, *command: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds a lock from its first line on, until its input ends."""
    with subprocess.Popen(command, cwd=scene.work, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        yield holder


@pytest.mark.parametrize(
    ("setup", "holder", "run", "wanted"),
    [
        (
            "sqlite3 shop.db 'create table t(x)'",
            ("python3", "-c", HOLDS_DATABASE.format("shop.db")),
            "sqlite3 shop.db 'insert into t values (1)'",
            "sqlite3 -cmd '.timeout 30000' shop.db 'insert into t values (1)'",
        ),
        (
            ":",
            ("flock", "build.lck", "sh", "-c", "echo 1; cat"),
            "flock -n build.lck touch built",
            "flock -w 30 build.lck touch built",
        ),
        (
            ":",
            ("flock", "deploy.lck", "sh", "-c", "echo 1; cat"),
            "flock --nonblock deploy.lck -c 'touch built'",
            "flock -w 30 deploy.lck -c 'touch built'",
        ),
    ],
)
def test_the_tool_waits_by_itself(scene: Scene, setup: str, holder: tuple[str, ...], run: str, wanted: str) -> None:
    scene.record(setup, step(run))
    with held(scene, *holder) as process:
        proposals = scene.propose(scene.diagnosed(), RULE)
        assert patches(proposals) == [[{"op": "replace", "step_index": 1, "value": wanted}]]
        assert not proposals.candidates[0].preselected
        assert process.stdin is not None
        process.stdin.close()
        assert scene.works(proposals.candidates[0].candidate.patch)


@pytest.mark.parametrize(
    ("lock", "run"), [(".git/index.lock", "git add a"), (".git/refs/heads/next.lock", "git branch next")]
)
def test_git_s_lock_is_waited_for_and_never_deleted(scene: Scene, lock: str, run: str) -> None:
    scene.record("git init -q -b main .; git commit -qm 1 --allow-empty; echo 1 > a", step(run)).drift(f"touch {lock}")

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates
    (entry,) = only.candidate.patch

    assert not only.preselected
    assert (entry.op, str(entry.value).count(lock)) == ("insert_before", 2)
    assert "rm" not in str(entry.value)
    assert scene.sh(str(entry.value).replace("seq 30", "seq 1"), check=False).returncode
    scene.drift(f"rm {lock}")
    assert scene.works(only.candidate.patch)


def test_a_program_without_patience_of_its_own_is_left_alone(scene: Scene) -> None:
    scene.record(
        "sqlite3 a.db 'create table t(x)'",
        step('python3 -c \'import sqlite3; sqlite3.connect("a.db", timeout=0.1).execute("insert into t values(1)")\''),
    )
    with held(scene, "python3", "-c", HOLDS_DATABASE.format("a.db")) as process:
        proposals = scene.propose(scene.diagnosed(), RULE)
        assert process.stdin is not None
        process.stdin.close()

    assert proposals.candidates == ()
    assert "neither killed nor unlocked" in (proposals.abstained or "")
