"""Starts `replaybook` as a process of its own without importing it anew: one process has imported it, and forks.

A start costs a quarter of a second of imports, and the tests make a thousand. What a fork runs is the program from its
`main` on, with arguments, folder, environment, files, exit code and signals of its own. What Python reads only while it
starts can't be given to a fork; who gives that starts the command itself.
"""

import array
import atexit
import fcntl
import gc
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from capture import launching
from capture.host_process import NUMBER, HostProcess
from capture.wire import SessionSpec
from tests import hosting

ONLY_AT_START = ("PYTHON", "LD_", "LC_")
"""Variables that decide things before `main`, by how they begin."""
LATER = ("PYTHON_KEYRING_",)
"""Those that begin alike, and are read when they are wanted."""
PATIENCE_S = 120.0
"""Nothing here takes long; a machine under load may."""
ROOT = Path(__file__).parent.parent
STARTED: set[int] = set()
"""Processes that outlive the test that started them, and end with all tests."""
_NUMBER = struct.Struct("i")
_LONGEST = 1 << 20


class Forking:
    """The process that forks, seen from the tests."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.hosts, forks = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        """To the process that forks hosts."""
        self._decided = {"LC_ALL": "C.UTF-8"}
        if found := os.environ.get("PYTHONPATH"):
            self._decided["PYTHONPATH"] = found
        passed = [one.fileno() for one in (theirs, forks, self.hosts)]
        with theirs, forks:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.forking", *map(str, passed)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={"PATH": os.environ["PATH"], **self._decided},
                pass_fds=passed,
            )
        (self.forks_hosts,) = NUMBER.unpack(self.hosts.recv(NUMBER.size))

    def close(self) -> None:
        """Let it end."""
        self.hosts.close()
        self._requests.close()
        self.process.wait()

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Whether a fork with these variables is what a start would be."""
        return _decided(environment) == self._decided

    def run(
        self, argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str], stdin: int
    ) -> tuple[int, bytes, bytes]:
        """Run the program to its end.

        Args:
            argv: The name that it is called by, and its arguments.
            cwd: Where it begins.
            environment: All its variables.
            stdin: A file that it reads from.

        Returns:
            Its exit code (negative for a signal), and what it printed to stdout and stderr.

        Raises:
            subprocess.TimeoutExpired: It took too long, and was killed.
        """
        read_ends, write_ends = zip(*(os.pipe() for _ in range(3)), strict=True)
        try:
            self._ask(argv, cwd, environment, (*write_ends, stdin), terminal=False)
            for end in write_ends:
                os.close(end)
            out, err, told = _read_all(read_ends, argv)
        finally:
            for end in read_ends:
                os.close(end)
        (status,) = _NUMBER.unpack_from(told, _NUMBER.size)
        return os.waitstatus_to_exitcode(status), out, err

    def sit(self, argv: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str], terminal: int) -> "Forked":
        """Begin the program on a terminal that becomes its own, as the leader of a session.

        Args:
            argv: The name that it is called by, and its arguments.
            cwd: Where it begins.
            environment: All its variables.
            terminal: Its stdin, stdout and stderr.
        """
        told, theirs = os.pipe()
        self._ask(list(map(str, argv)), cwd, environment, (terminal, terminal, theirs, terminal), terminal=True)
        os.close(theirs)
        return Forked(told)

    def _ask(
        self,
        argv: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        files: Sequence[int],
        *,
        terminal: bool,
    ) -> None:
        request = json.dumps([list(argv), os.fspath(cwd), dict(environment), terminal]).encode()
        self._requests.sendmsg([request], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))])


class Forked:
    """A program that was begun on a terminal, as much of `subprocess.Popen` as its tests need.

    Args:
        told: A pipe from which its number comes, and how it ended.
    """

    def __init__(self, told: int) -> None:
        self._told = told
        (self.pid,) = _NUMBER.unpack(os.read(told, _NUMBER.size))
        self._code: int | None = None

    @property
    def returncode(self) -> int:
        """Negative for a signal."""
        assert self._code is not None, "it runs on"
        return self._code

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._ended(0.0)

    def wait(self, timeout: float = PATIENCE_S) -> int:
        """Its exit code.

        Raises:
            subprocess.TimeoutExpired: It runs on.
        """
        if (code := self._ended(timeout)) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Nothing once it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _ended(self, timeout: float) -> int | None:
        if self._code is None and select.select([self._told], [], [], timeout)[0]:
            (status,) = _NUMBER.unpack(os.read(self._told, _NUMBER.size))
            self._code = os.waitstatus_to_exitcode(status)
            os.close(self._told)
        return self._code


def called(
    argv: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str] | None = None, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the installed command to its end, off any terminal.

    Args:
        argv: The command, and its arguments.
        cwd: Where it begins.
        environment: All its variables; None: those of this process.
        typed: What it reads from stdin.
    """
    words, variables = list(map(str, argv)), dict(os.environ if environment is None else environment)
    with tempfile.TemporaryFile() as stdin:
        stdin.write(typed.encode())
        stdin.seek(0)
        given = stdin.fileno()
        if forking().fits(variables):
            code, out, err = forking().run(words, cwd=cwd, environment=variables, stdin=given)
        else:
            done = subprocess.run(
                words, cwd=cwd, env=variables, stdin=given, capture_output=True, timeout=PATIENCE_S, check=False
            )
            code, out, err = done.returncode, done.stdout, done.stderr
    return subprocess.CompletedProcess(words, code, _text(out), _text(err))


def _text(printed: bytes) -> str:
    return printed.decode().replace("\r\n", "\n").replace("\r", "\n")


def _decided(environment: Mapping[str, str]) -> dict[str, str]:
    named = environment.items()
    return {name: value for name, value in named if name.startswith(ONLY_AT_START) and not name.startswith(LATER)}


def _read_all(ends: Sequence[int], argv: Sequence[str]) -> list[bytes]:
    """What comes from pipes until all are closed; the last begins with the number of the process that fills them."""
    came = {end: bytearray() for end in ends}
    give_up = time.monotonic() + PATIENCE_S
    left = list(ends)
    while left:
        ready = select.select(left, [], [], max(0.0, give_up - time.monotonic()))[0]
        if not ready:
            os.kill(_NUMBER.unpack_from(came[ends[-1]])[0], signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(argv), PATIENCE_S)
        for end in ready:
            data = os.read(end, 65536)
            came[end] += data
            if not data:
                left.remove(end)
    return [bytes(came[end]) for end in ends]


@cache
def forking() -> Forking:
    """The one of this process; it ends with it."""
    started = Forking()
    STARTED.add(started.process.pid)
    atexit.register(started.close)
    return started


def start_host(spec: SessionSpec, listener: socket.socket, log: Path) -> HostProcess:
    """In place of `capture.launching._start_host`, in this process."""
    return hosting.forked(forking().hosts, spec, listener, log)


def hosts_running() -> set[int]:
    """Hosts that were forked for this process or its programs, and have not ended."""
    return hosting.running(forking().forks_hosts) if forking.cache_info().currsize else set()


def _serve(requests: socket.socket) -> None:
    """Fork for each request; return in the fork, which is the program from then on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, ends, *_ = socket.recv_fds(requests, _LONGEST, 4)
        if not request:
            sys.exit()
        if os.fork() == 0:
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if _begun(json.loads(request), *ends):
                return
        for end in ends:
            os.close(end)


def _begun(request: tuple[list[str], str, dict[str, str], bool], out: int, err: int, told: int, stdin: int) -> bool:
    """Fork once more: the first waits for the second and tells how it ended, the second takes its place.

    Returns:
        True, in the second only.
    """
    pid = os.fork()
    if pid:
        for end in (out, err, stdin):
            os.close(end)
        os.write(told, _NUMBER.pack(pid))
        os.write(told, _NUMBER.pack(os.waitpid(pid, 0)[1]))
        os._exit(0)
    os.close(told)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for end, number in ((stdin, 0), (out, 1), (err, 2)):
        os.dup2(end, number)
        os.close(end)
    sys.argv[:], cwd, environment, terminal = request
    if terminal:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    return True


def _end(ended: SystemExit) -> NoReturn:
    """End as Python does, but free nothing of what was imported: that takes longer than most commands."""
    threading._shutdown()  # type: ignore[attr-defined] # as the interpreter does at its end
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        raise ended from None
    os._exit(int(ended.code or 0))


if __name__ == "__main__":
    main = import_module("app.cli.main")
    for module in {*main.COMMANDS.values(), "app.core"}:
        import_module(module)
    gc.freeze()
    programs, forks, hosts = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    if os.fork() == 0:
        for end in (programs, hosts):
            end.close()
        hosting.serve(forks)
        os._exit(0)
    forks.close()
    hosts.set_inheritable(False)
    launching._start_host = partial(hosting.forked, hosts)
    _serve(programs)
    try:
        main.main()
    except SystemExit as ended:
        _end(ended)
