"""Keeps every test away from the developer's own machine, and fails those that leave something running."""

import gc
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.forking import STARTED, hosts_running, start_host
from tests.keys import coverage_of

KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "COLUMNS", "LINES", "VIRTUAL_ENV", "SYSTEMROOT")
PATIENCE_S = 30.0
"""Nothing here takes long; a machine under load may."""
EXAMPLES = 30
"""Of a property, in a normal run; with --bench as many as Hypothesis takes by itself."""
HOMES = count()
DAEMONS_OF_LIBRARIES = ("asyncio_", "ThreadPoolExecutor-", "tqdm_monitor")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bench", action="store_true", help="run the benchmarks and the long suites too")
    parser.addoption("--kills", default="200", metavar="N", help="how many kills the long kill suite does")
    parser.addoption("--update-snapshots", action="store_true", help="take the screens' pictures anew")
    parser.addoption(
        "--unpressed", choices=("tell", "fail"), default="fail", help="of actions that no test does by key"
    )
    parser.addoption("--readme", action="store_true", help="write the benchmarks' figures into README.md")


def pytest_configure(config: pytest.Config) -> None:
    settings.register_profile(
        "short",
        max_examples=EXAMPLES,
        # Other examples each time, but for the machine that judges a change: there a failure must be the change's own.
        derandomize="CI" in os.environ,
        # How long an example takes depends on what else the machine does.
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    if not config.getoption("--bench") and not config.getoption("--hypothesis-profile"):
        settings.load_profile("short")
    # The shim of a version manager finds out at each start which Python is meant, and takes longer than Python itself.
    first = f"{Path(sys.executable).resolve().parent}{os.pathsep}"
    os.environ["PATH"] = first + os.environ["PATH"].removeprefix(first)
    # Begun in the background of a script, it is ignored here and in every program that a test starts and interrupts.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Nothing of what is imported and collected is ever garbage.
    gc.disable()


def pytest_collection_finish() -> None:
    gc.enable()
    gc.freeze()
    # What a screen makes outlives many looks at it: as often as Python looks by itself takes a tenth of the run.
    gc.set_threshold(30_000, 10, 100)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--bench"):
        return
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("bench")])
    items[:] = [item for item in items if not item.get_closest_marker("bench")]


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    coverage_of(item.config).collected.add(item.path)


def pytest_testnodedown(node: Any) -> None:
    """A worker of pytest-xdist has ended."""
    coverage_of(node.config).take(getattr(node, "workeroutput", {}).get("keys"))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A whole run in which no test has done an action by its key has failed, where that is wanted."""
    coverage, output = coverage_of(session.config), getattr(session.config, "workeroutput", None)
    coverage.take_own()
    if output is not None:
        output["keys"] = coverage.told()
    elif exitstatus == pytest.ExitCode.OK and session.config.getoption("--unpressed") == "fail" and coverage.missing():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for area, action in coverage_of(terminalreporter.config).missing():
        terminalreporter.line(f"app/actions: no test does {action} on {area} by its key", red=True)


@pytest.fixture(autouse=True)
def own_world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HOME, the XDG folders and the environment are the test's own."""
    # Counted: pytest would look through all that are there for a number, and there come to be thousands.
    home = tmp_path_factory.getbasetemp() / "homes" / str(next(HOMES))
    for name in list(os.environ):
        if name not in KEPT and not name.startswith(("PYTEST_", "COVERAGE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USER", "tester")
    monkeypatch.setenv("SHELL", "/bin/bash")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / f".{name.lower()}"))
    # Where it is missing, fish reads all manuals of the machine in the background.
    (home / ".data" / "fish" / "generated_completions").mkdir(parents=True)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("REPLAYBOOK_HOME", str(home / "replaybook"))
    return home


@pytest.fixture
def own_hosts() -> None:
    """Sessions of the test have hosts that are started as the program starts them."""


@pytest.fixture(autouse=True)
def forked_hosts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions of a test have hosts that are forked, where it does not ask for its own."""
    if "own_hosts" not in request.fixturenames:
        monkeypatch.setattr("capture.launching._start_host", start_host)


def _children() -> set[int]:
    """Direct child processes of this one, but for the one that starts commands (Linux; elsewhere none are seen)."""
    found: set[int] = set()
    for task in Path("/proc/self/task").glob("*/children"):
        # A thread may end between the two looks.
        with suppress(FileNotFoundError, ProcessLookupError):
            found.update(int(pid) for pid in task.read_text().split())
    return (found | hosts_running()) - STARTED


@pytest.fixture
def mounts(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], list[str]]:
    """What is mounted (Linux), but for what tests beside this one mount in folders of theirs."""
    others = tmp_path_factory.getbasetemp().parent

    def seen() -> list[str]:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        points = {line: Path(line.split()[4]) for line in lines}
        return [line for line, at in points.items() if at.is_relative_to(tmp_path) or not at.is_relative_to(others)]

    return seen


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """A test may leave no thread and no child process."""
    threads, children = set(threading.enumerate()), _children()
    yield
    left = [
        thread
        for thread in threading.enumerate()
        if thread not in threads and not thread.name.startswith(DAEMONS_OF_LIBRARIES)
    ]
    for thread in left:
        thread.join(timeout=PATIENCE_S)
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads left running: {alive}"
    give_up = time.monotonic() + PATIENCE_S
    # A host ends by itself, behind the front end that has left it.
    while hosts_running() - children and time.monotonic() < give_up:
        select.select([], [], [], 0.01)
    processes = _children() - children
    assert not processes, f"processes left running: {processes}"
