"""Steps in a shadow are layers: each is taken back truly, or the sentence says why not."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.errors import BadInputError
from capture.processes import snapshot
from replay.outcome import FailureClass
from replay.place import Place
from replay.protocols import Layers
from replay.shadow import Level, fingerprint, leftovers, limits, offered, open_shadow, stamps
from replay.shadow.artefacts import artefact
from replay.shadow.leftovers import clean_up
from tests.seat import until

OFFERED = offered()
# All by name, whatever this process has found out: all workers of a run must have the same tests.
LEVELS = [
    pytest.param(level.value, marks=pytest.mark.skipif(level not in OFFERED, reason=f"this machine offers no {level}"))
    for level in (Level.L1, Level.L2, Level.L3)
]
pytestmark = pytest.mark.skipif(Level.L3 not in OFFERED, reason="this machine offers no L3")
PYTHON = str(Path(sys.executable).resolve())
ACTS = (
    "echo $((++n)) >a",
    "echo more >>sub/deep/b",
    "rm -rf sub",
    "mkdir -p sub/deep; echo new >sub/deep/c",
    "rm -f a; mkdir -p a; echo x >a/x",
    "rm -rf a; ln -s kept a",
    "mv kept moved",
    "mv moved kept",
    "chmod 640 kept",
    "ln kept hard",
    "rm -rf ./*",
    "touch -d @1000 kept",
    "chmod 700 sub",
    "rm -rf sub; echo file >sub",
)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    # What others on this machine have left is theirs.
    monkeypatch.setattr(leftovers, "parents", lambda: (tmp_path,))
    (tmp_path / "work/sub/deep").mkdir(parents=True)
    (tmp_path / "work/kept").write_text("real\n")
    (tmp_path / "work/sub/deep/b").write_text("b\n")
    return tmp_path / "work"


def run(place: Place, command: str) -> "subprocess.CompletedProcess[str]":
    argv = [*place.wrap, "bash", "-c", command]
    environment = place.environment(os.environ)
    return subprocess.run(argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def act_in(place: Place, command: str) -> None:
    """As `run`, but for bubblewrap, which takes most of the time."""
    entrance = place.wrap[: place.wrap.index("bwrap")]
    subprocess.run([*entrance, "bash", "-c", f"cd {place.workspace}; {command}"], capture_output=True, check=False)


def layers_of(place: Place) -> Layers:
    assert place.layers is not None
    return place.layers


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(ACTS), min_size=1, max_size=6), data=st.data())
def test_back_is_what_was_before_the_step_whatever_was_done(work: Path, acts: list[str], data: st.DataObject) -> None:
    real = stamps(work)
    with open_shadow(work, level=Level.L3, layered=True) as place:
        before: dict[int, dict[str, str]] = {}
        todo = list(acts)
        for _ in range(2):
            first = len(before) + 1
            for index, act in enumerate(todo, first):
                layers_of(place).begin(index)
                before[index] = fingerprint(Path(place.watched))
                act_in(place, act)
            target = data.draw(st.integers(1, len(before)))
            layers_of(place).back_to(target)
            assert fingerprint(Path(place.watched)) == before[target]
            before = {index: seen for index, seen in before.items() if index < target}
            todo = data.draw(st.lists(st.sampled_from(ACTS), min_size=1, max_size=3))
    assert stamps(work) == real


def test_temporary_files_go_back_too(work: Path) -> None:
    with open_shadow(work, level=Level.L3, layered=True) as place:
        layers_of(place).begin(1)
        run(place, "echo one >/tmp/kept-by-step-1")
        layers_of(place).begin(2)
        run(place, "echo two >/tmp/kept-by-step-1; touch /var/tmp/other")
        layers_of(place).back_to(2)
        assert run(place, "cat /tmp/kept-by-step-1; ls /var/tmp").stdout == "one\n"


def test_what_a_running_process_would_miss_is_refused_and_says_the_step_before(work: Path) -> None:
    with open_shadow(work, level=Level.L3, layered=True) as place:
        layers = layers_of(place)
        layers.begin(1)
        with subprocess.Popen(
            [*place.wrap, "bash", "-c", "echo up; exec sleep 1000"], stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == "up\n"
            layers.begin(2)
            with pytest.raises(BadInputError, match=r"(sleep|bwrap).* was running .* step 1 can be gone back to"):
                layers.back_to(2)
            assert server.poll() is None
            layers.back_to(1)
            assert server.wait(60)


def test_where_others_listen_is_out_of_reach_and_may_go_at_any_time(work: Path) -> None:
    connect = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    reach = f'exec {PYTHON} -c "{connect}" "$0"'
    beside = work.parent / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(beside))
        server.listen()
        subprocess.run([PYTHON, "-c", connect, beside], check=True)
        with open_shadow(work, level=Level.L3, layered=True) as place:
            tried = [*place.wrap, "bash", "-c", reach, str(beside)]
            assert "refused" in subprocess.run(tried, capture_output=True, text=True, check=False).stderr
            layers_of(place).begin(1)
            layers_of(place).back_to(1)
            assert "refused" in subprocess.run(tried, capture_output=True, text=True, check=False).stderr
            beside.unlink()
            assert run(place, "cat kept").stdout == "real\n"


def test_a_folder_that_only_the_shadow_has_is_begun_in(work: Path) -> None:
    with open_shadow(work, level=Level.L3) as place:
        run(place, "mkdir made")
        argv = [*place.wrapped(f"{work}/made"), "pwd"]
        assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout == f"{work}/made\n"


LIMITED = [
    ("processes", "for i in $(seq 200); do sleep 1000 & done; wait", "more than 40 processes"),
    (
        "memory",
        f"exec {PYTHON} -c 'x = bytes(range(250)) * (1258291); import time; time.sleep(1000)'",
        "MiB of memory",
    ),
]


@pytest.mark.parametrize(("name", "command", "told"), LIMITED, ids=[name for name, _, _ in LIMITED])
def test_a_limit_ends_what_passes_it_and_says_so(work: Path, name: str, command: str, told: str) -> None:
    value = {"processes": 40, "memory": 200 << 20}[name]
    generous = replace(limits({}), **{name: value})
    # The kernel's own limit, where it counts, comes first: here the keeper's is tried.
    with open_shadow(work, level=Level.L3, limits=generous) as place:
        layers_of(place).begin(1)
        wrap = tuple(word for word in place.wrap if not word.startswith(("--nproc=", "--data=")))
        ended = subprocess.run([*wrap, "bash", "-c", command], capture_output=True, check=False, timeout=300)
        assert ended.returncode in (128 + 9, -9), ended.stderr
        assert told in (place.struck() or "")
        layers_of(place).begin(2)
        assert place.struck() is None


def test_the_disk_is_limited(work: Path) -> None:
    with open_shadow(work, level=Level.L3, limits=replace(limits({}), disk=8 << 20)) as place:
        done = run(place, "for i in $(seq 20); do head -c 1M /dev/zero >f$i || exit; done")
    assert "No space left on device" in done.stderr
    why = artefact(FailureClass.DISK_FULL, done.stderr, network=False, struck=None)
    assert why is not None
    assert "limited" in why


REFUSED = "bash: fork: retry: Resource temporarily unavailable"


@pytest.mark.parametrize(
    ("output", "reached", "found"),
    [
        (REFUSED, ("processes",), "processes"),
        (REFUSED, (), None),
        ("BlockingIOError: [Errno 11] Resource temporarily unavailable", (), None),
        ("MemoryError", ("processes",), None),
        ("Out of memory", (), None),
        ("Killed", ("processes",), None),
    ],
)
def test_only_a_limit_that_was_reached_is_the_shadows(output: str, reached: tuple[str, ...], found: str | None) -> None:
    why = artefact(FailureClass.UNCLASSIFIED, output, network=True, struck=None, reached=reached)
    assert found in why if found and why else why is found, why


def test_all_the_processes_that_there_may_be_are_seen_though_none_was_ended(work: Path) -> None:
    few = replace(limits({}), processes=100)
    with open_shadow(work, level=Level.L3, limits=few) as place:
        layers_of(place).begin(1)
        run(place, "for i in $(seq 20); do sleep 0.3 & done; wait")
        assert place.reached() == frozenset()
        # Threads count: none of these is a process more. They stay until all of them were seen.
        many = "import sys, threading; [threading.Thread(target=sys.stdin.read).start() for _ in range(95)]"
        with subprocess.Popen([*place.wrap, PYTHON, "-c", many], stdin=subprocess.PIPE) as threads:
            until(lambda: place.reached() == frozenset({"processes"}))
            assert threads.stdin is not None
            threads.stdin.close()
        assert place.struck() is None
        layers_of(place).begin(2)
        assert place.reached() == frozenset()


HOLDS = """
import subprocess, sys, tempfile
from pathlib import Path
from replay.shadow import Level, open_shadow
from tests.seat import until
tempfile.tempdir = sys.argv[2]
with open_shadow(Path(sys.argv[1]), level=Level(sys.argv[3])) as place:
    argv = [*place.wrap, "bash", "-c", "cd $1; echo x >made; exec sleep $2", "bash", place.workspace, sys.argv[4]]
    inside = subprocess.Popen(argv, env=place.environment({"PATH": "/usr/bin:/bin"}))
    until(Path(place.watched, "made").exists)
    print("up", flush=True)
    inside.wait()
"""


@pytest.fixture
def unlike_any_other() -> str:
    return f"8{os.getpid()}"


def sleepers(mark: str) -> list[int]:
    found = []
    for pid in snapshot():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"sleep", mark.encode()]:
            found.append(pid)
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_after_kill_9_nothing_runs_and_the_next_start_removes_the_rest(
    work: Path, level: str, unlike_any_other: str, mounts: Callable[[], list[str]]
) -> None:
    mounted = mounts()
    argv = [sys.executable, "-c", HOLDS, str(work), str(work.parent), level, unlike_any_other]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "up\n"
        assert clean_up() == 0, "a living one was taken for a dead one's"
        holder.kill()
    if level in ("L2", "L3"):
        until(lambda: not sleepers(unlike_any_other))
    assert clean_up() == 1
    assert not sleepers(unlike_any_other)
    assert list(work.parent.iterdir()) == [work]
    assert not (work / "made").exists()
    assert mounts() == mounted


USER = 65534
SYSTEMS = "/usr/bin/python3"
"""Ours may lie in a home directory that others can't enter."""


def has_our_version(python: str) -> bool:
    command = [python, "-c", "import sys; print(sys.version_info[:2])"]
    if not Path(python).exists():
        return False
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == str(
        sys.version_info[:2]
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(not has_our_version(SYSTEMS), reason="the system's Python is another one than ours")
def test_an_ordinary_user_has_it_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    del tmp_path_factory
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        work, code = Path(folder) / "work", Path(folder) / "code"
        work.mkdir()
        (work / "kept").write_text("real\n")
        # What is compiled comes and goes while tests beside this one import it.
        compiled = shutil.ignore_patterns("__pycache__")
        for name in ("replay", "capture"):
            shutil.copytree(Path(__file__).parents[2] / name, code / name, ignore=compiled)
        subprocess.run(["chown", "-R", f"{USER}:{USER}", folder], check=True)
        told = as_user(work, code)
        if told.stdout.startswith("refused"):
            pytest.skip(told.stdout)
        assert told.stdout.split() == ["L3", "made", "Read-only", "real"], told.stderr
        assert [path.name for path in work.iterdir()] == ["kept"]


TRIES = '''
import os, subprocess, sys
from pathlib import Path
from replay.shadow import Level, open_shadow, why_not
why = why_not(Level.L3)
if why:
    print("refused:", why)
    sys.exit()
command = """[ "$(id -u)" = "$1" ] || exit 7; echo made >new; cat new
(echo x >/etc/rb-test || echo x >"$HOME/../beside") 2>&1 | grep -o -m 1 -e Read-only -e denied; cat kept; rm -rf kept"""
with open_shadow(Path(sys.argv[1]), level=Level.L3, layered=True) as place:
    print(place.level)
    argv = [*place.wrap, "bash", "-c", command, "bash", str(os.getuid())]
    done = subprocess.run(argv, env=place.environment(os.environ), capture_output=True, text=True)
    print(done.stdout, done.stderr)
'''


def as_user(work: Path, code: Path) -> "subprocess.CompletedProcess[str]":
    packages = [path for path in sys.path if path.endswith("site-packages")]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(work), "TMPDIR": str(work.parent)}
    environment["PYTHONPATH"] = os.pathsep.join([str(code), *packages])
    return subprocess.run(
        ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--", SYSTEMS, "-c", TRIES, str(work)],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("failure_class", "output", "network", "found"),
    [
        (FailureClass.UNCLASSIFIED, "OSError: [Errno 18] Invalid cross-device link: 'a' -> 'b'", False, "overlay"),
        (FailureClass.UNCLASSIFIED, "chown: changing ownership of 'x': Invalid argument", True, "owner"),
        (FailureClass.UNCLASSIFIED, "touch: x: Value too large for defined data type", True, "owner"),
        (FailureClass.NETWORK, "curl: (6) Could not resolve host: example.org", False, "no network"),
        (FailureClass.GIT_REMOTE, "ssh: Could not resolve hostname h: Name or service not known", False, "no network"),
        (FailureClass.NETWORK, "curl: (6) Could not resolve host: example.org", True, None),
        (FailureClass.GIT_REMOTE, "fatal: 'x' does not appear to be a git repository", False, None),
        (FailureClass.READ_ONLY, "touch: cannot touch '/etc/x': Read-only file system", True, "outside"),
        (FailureClass.KILLED, "MemoryError", True, "memory"),
        (FailureClass.UNCLASSIFIED, "bash: fork: retry: Resource temporarily unavailable", True, "processes"),
        (FailureClass.UNCLASSIFIED, "OSError: [Errno 27] File too large", True, "limited"),
        (FailureClass.UNCLASSIFIED, "date: invalid argument", False, None),
    ],
)
def test_what_fails_by_the_shadow_is_told_from_what_fails(
    failure_class: FailureClass, output: str, *, network: bool, found: str | None
) -> None:
    why = artefact(failure_class, output, network=network, struck=None)
    assert found in why if found and why else why is found, why
