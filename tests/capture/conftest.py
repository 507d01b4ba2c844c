import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from capture.wire import Ready, SessionMode
from tests.capture.driving import PATIENCE_S, Driver, spec_for

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
def host(tmp_path: Path) -> Iterator[str]:
    """The command line of an ssh to an sshd of the test's own, with throw-away keys."""
    server = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if server is None or shutil.which("ssh") is None:
        pytest.skip("openssh is not installed")
    folder = tmp_path / "sshd"
    folder.mkdir(mode=0o700)
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "ListenAddress": "127.0.0.1",
        "Port": port,
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "authorized",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PermitRootLogin": "yes",
        "PasswordAuthentication": "no",
        "PrintMotd": "no",
        "PrintLastLog": "no",
    }
    arguments = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    daemon = subprocess.Popen([server, "-D", "-f", "/dev/null", *arguments], stderr=subprocess.DEVNULL)
    try:
        give_up = time.monotonic() + PATIENCE_S
        while not _listens(port):
            assert daemon.poll() is None, "sshd did not start"
            assert time.monotonic() < give_up
        yield (
            f"ssh -tt -q -F /dev/null -i {folder / 'user'} -p {port} -o StrictHostKeyChecking=no "
            f"-o UserKnownHostsFile=/dev/null {getpass.getuser() if os.geteuid() else 'root'}@127.0.0.1"
        )
    finally:
        daemon.terminate()
        daemon.wait()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0
