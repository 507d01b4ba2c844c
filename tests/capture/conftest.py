from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from capture.wire import Ready, SessionMode
from tests.capture.driving import Driver, spec_for
from tests.sshd import Hosts, hosts_in

Start = Callable[..., Driver]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts sessions, waits until their shell is ready, and closes them."""
    drivers: list[Driver] = []

    def begin(mode: SessionMode = SessionMode.HANDED, **changes: Any) -> Driver:
        driver = Driver(spec_for(tmp_path, mode, **changes))
        drivers.append(driver)
        driver.wait_for(Ready)
        return driver

    yield begin
    for driver in drivers:
        # One that is kept would outlive its test.
        driver.session.end()
        driver.session.close()


@pytest.fixture
def handed(start: Start) -> Driver:
    return start(SessionMode.HANDED)


@pytest.fixture
def typed(start: Start) -> Driver:
    return start(SessionMode.TYPED)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """One host, `elsewhere`."""
    with hosts_in(tmp_path / "hosts") as hosts:
        hosts.add("elsewhere")
        yield hosts


@pytest.fixture
def host(hosts: Hosts) -> str:
    """The command line of an ssh to it."""
    return f"{hosts.commands / 'ssh'} -tt -q elsewhere"
