"""What is typed where nothing is echoed is in no file afterwards: real programs that ask for passwords."""

import contextlib
import os
import resource
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.trace import Step
from capture.wire import SessionMode, StepBegan, StepEnded
from tests.capture.conftest import Start
from tests.capture.driving import Driver
from tests.seat import until
from tests.sshd import Hosts

LARGEST = 64 << 20
NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups"
STARS = """
import sys, termios, tty
print("Word: as stars ", end="", flush=True)
before = termios.tcgetattr(0)
tty.setraw(0)
read = ""
while (key := sys.stdin.read(1)) != "\\r":
    read += key
    print("*", end="", flush=True)
termios.tcsetattr(0, termios.TCSADRAIN, before)
print(f"\\nread {read}")
"""

ASKING = {
    "sudo": (f"{NOBODY} sudo -k true", "password for"),
    "su": (f"{NOBODY} su root -c true", "Password:"),
    "getpass": (f"{sys.executable} -c 'import getpass; print(getpass.getpass())'", "Password:"),
    "bash": ("bash -c 'read -rsp \"Word: \" w; echo; echo got $w'", "Word:"),
    "zsh": ("zsh -fc 'read -rs \"w?Word: \"; echo; echo got $w'", "Word:"),
    "fish": ("fish --no-config -c 'read -s -P \"Word: \" w; echo; echo got $w'", "Word:"),
    "systemd-ask-password": ("systemd-ask-password 'Word:'", "Word:"),
    "stars": (f"{sys.executable} stars.py", "as stars"),
    "ssh-keygen": ("ssh-keygen -y -f locked", "passphrase"),
    "ssh-keygen -p": ("ssh-keygen -q -t ed25519 -f made", "passphrase"),
    "openssl": ("openssl pkey -in locked.pem", "pass phrase"),
    "gpg": ("GPG_TTY=$(tty) gpg --homedir gnupg --no-symkey-cache -o out.gpg -c given", "assphrase"),
}
"""A command that asks, and how; some echo the answer later."""
_SORRY = b"\r\nSorry, try again.\r\n[sudo] password for nobody: "
AGAIN = {"sudo": (_SORRY, _SORRY + _SORRY), "ssh-keygen -q": (b"passphrase again",), "gpg": (b"e-enter",)}
"""What some ask next, and get the same answer to."""
NEEDED = {
    "stars": (),
    "getpass": (),
    "sudo": ("setpriv", "sudo"),
    "su": ("setpriv", "su"),
    "gpg": ("gpg", "pinentry-curses"),
}


@pytest.fixture
def secret() -> str:
    """In no file of the machine until it is typed."""
    return f"Zq7{secrets.token_hex(8)}.K"


@pytest.fixture
def seat(start: Start, own_world: Path) -> Iterator[Driver]:
    (own_world / ".bashrc").write_text("PS1='here> '\n", encoding="utf-8")
    driver = start(SessionMode.TYPED, shell="bash")
    work = Path(driver.spec.cwd)
    (work / "stars.py").write_text(STARS)
    (work / "given").write_text("given\n")
    yield driver
    if shutil.which("gpgconf"):
        subprocess.run(["gpgconf", "--homedir", work / "gnupg", "--kill", "all"], check=False, capture_output=True)
    # It outlives its agent, and spins once its terminal is gone.
    for noted in work.glob("gnupg/asking"):
        for pid in map(int, noted.read_text().split()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _locked(work: Path, secret: str) -> None:
    """Keys that the secret opens, and an agent that asks on the terminal."""
    if shutil.which("ssh-keygen"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", secret, "-f", work / "locked"], check=True)
    if shutil.which("openssl"):
        made = ["openssl", "genpkey", "-algorithm", "ed25519", "-aes-256-cbc", "-pass", f"pass:{secret}"]
        subprocess.run([*made, "-out", work / "locked.pem"], check=True, capture_output=True)
    (work / "gnupg").mkdir(mode=0o700)
    if pinentry := shutil.which("pinentry-curses"):
        noted = work / "gnupg" / "pinentry"
        noted.write_text(f'#!/bin/sh\necho $$ >>"{work}/gnupg/asking"\nexec {pinentry} "$@"\n')
        noted.chmod(0o700)
        (work / "gnupg" / "gpg-agent.conf").write_text(f"pinentry-program {noted}\n")


def _echoes(terminal: str) -> bool:
    descriptor = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
    try:
        return bool(termios.tcgetattr(descriptor)[3] & termios.ECHO)
    finally:
        os.close(descriptor)


def _is_new(path: Path, since: float) -> bool:
    try:
        return path.lstat().st_mtime >= since
    except OSError:
        return False  # another process' folder, gone by now


def _holding(needle: bytes, since: float, *places: Path) -> list[str]:
    """Files written since then that hold it, in folders in which something was made since then."""
    found = []
    for place in places:
        for folder, folders, names in os.walk(place):
            folders[:] = [name for name in folders if _is_new(Path(folder, name), since)]
            for path in (Path(folder, name) for name in names):
                try:
                    seen = path.lstat()
                    if path.is_file() and not path.is_symlink() and seen.st_mtime >= since and seen.st_size < LARGEST:
                        found += [str(path)] if needle in path.read_bytes() else []
                except OSError:
                    continue  # another process' file, gone by now
    return found


@pytest.mark.parametrize("asking", ASKING)
def test_a_password_is_in_no_file_wherever_one_looks(seat: Driver, own_world: Path, secret: str, asking: str) -> None:
    command, prompt = ASKING[asking]
    _missing(asking, command)
    _locked(Path(seat.spec.cwd), secret)
    _types_it(seat, own_world, secret, command, prompt)


def test_a_passphrase_for_another_host_is_in_no_file(
    seat: Driver, own_world: Path, hosts: Hosts, host: str, secret: str
) -> None:
    argv = ["ssh-keygen", "-q", "-p", "-P", "", "-N", secret, "-f", str(hosts.identity())]
    subprocess.run(argv, check=True, capture_output=True)
    step = _types_it(seat, own_world, secret, f"{host} 'echo $((40 + 2)) there'", "passphrase")
    assert step.output.endswith("42 there\n")


def _missing(asking: str, command: str) -> None:
    for program in NEEDED.get(asking, (asking.partition(" ")[0],)):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if NOBODY in command and os.geteuid() != 0:
        pytest.skip("only root can become somebody who is asked for a password")


def _types_it(seat: Driver, own_world: Path, secret: str, command: str, prompt: str) -> Step:
    """Answer with the secret, and look for it."""
    began = time.time() - 2
    work = Path(seat.spec.cwd)
    terminal = seat.type_command("tty").output.strip()
    seat.type(f"{command}\r")
    seat.wait_for(StepBegan)
    asked_again = next((again for program, again in AGAIN.items() if program in command), ())
    for question in (prompt.encode(), *asked_again):
        seat.wait_for_output(question)
        until(lambda: not _echoes(terminal))
        for key in f"{secret}\r":
            seat.type(key)
    asked = seat.wait_for(StepEnded).step
    seat.end()
    places = (Path(seat.spec.home), own_world, work, Path(tempfile.gettempdir()), Path("/dev/shm"))
    assert _holding(secret.encode(), began, *places) == []
    assert asked.command == command
    assert {one.text for one in asked.inputs if one.secret} == {None} or "gpg" in command
    return asked


@pytest.mark.usefixtures("own_hosts")
def test_a_host_that_crashes_leaves_no_core(start: Start) -> None:
    if sys.platform != "linux" or Path("/proc/sys/kernel/core_pattern").read_text().startswith("|"):
        pytest.skip("where a core would be written can't be told")
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] == 0:
        pytest.skip("this machine writes no cores")
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        driver = start(SessionMode.TYPED, shell="bash")
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    driver.type_command("echo begun")
    where = Path(f"/proc/{driver.host_pid}/cwd").readlink()
    limits = Path(f"/proc/{driver.host_pid}/limits").read_text()
    assert "Max core file size        0 " not in limits, "the limit alone would explain it"
    cores = {path.name for path in where.glob("core*")}
    os.kill(driver.host_pid, signal.SIGSEGV)
    driver.session.close()
    assert {path.name for path in where.glob("core*")} == cores
