"""Hosts of a fleet: each a real sshd on loopback with its own port, key, home and faults, reached by the real ssh.

What ssh is told of them stands in a configuration file that an `ssh` in `commands` takes by itself: with that folder
first on the PATH, a program finds the hosts under their names as it finds those of its user.
"""

import contextlib
import os
import pwd
import select
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

import pytest

from tests.seat import until

SERVER = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
CLIENT = shutil.which("ssh")
PASSPHRASE = "correct horse"
MARK = "REPLAYBOOK_TEST_HOST"
LONGEST_START_S = 10


class Key(Enum):
    """Which host key the user's known hosts have of a host."""

    KNOWN = "its own"
    NONE = "none: ssh asks whether it is the right one"
    WRONG = "another one: ssh warns of somebody in the middle"


class Login(Enum):
    """What a host wants of who comes."""

    OPEN = "a key that lies there"
    SEALED = "a key under PASSPHRASE, which ssh asks for"
    PASSWORD = "a password, which nobody has"


class Host:
    """One host: `folder` is the home that is logged in to."""

    def __init__(self, name: str, folder: Path, port: int) -> None:
        self.name = name
        self.folder = folder
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None
        """Its sshd; None while there is none."""

    @property
    def commands(self) -> Path:
        """First on the PATH of who is logged in."""
        return self.folder / "bin"

    @property
    def logins(self) -> int:
        """How often somebody has come in."""
        return len(self._sessions())

    def command(self, name: str, text: str) -> None:
        """Give it a command of its own.

        Args:
            name: What it is called by.
            text: Of a bash script, its first line left out.
        """
        script = self.commands / name
        script.write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
        script.chmod(0o700)

    def drop(self) -> None:
        """Cut all connections to it, as a cable is pulled; it can be reached again."""
        for session, started in self._sessions():
            with contextlib.suppress(OSError):
                # Of many hosts' sessions the numbers are soon given anew: when it was started tells one from another.
                if Path(f"/proc/{session}/stat").read_text().rpartition(")")[2].split()[19] == started:
                    os.kill(session, signal.SIGKILL)

    def kill(self) -> None:
        """Kill its sshd with all connections; it can't be reached any more."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        self.drop()

    def _sessions(self) -> list[tuple[int, str]]:
        """The process of each connection there was, the parent of its login, and when it was started, in ticks."""
        came = self.folder.with_name("sessions")
        lines = came.read_text().splitlines() if came.exists() else []
        return [(int(pid), started) for pid, _, started in (line.partition(" ") for line in lines)]


class Hosts:
    """Hosts of one test, by their names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = folder / "own"
        """Holds a folder for each host."""
        self.commands = folder / "commands"
        """Holds an `ssh` that knows them."""
        self.config = folder / "config"
        """What that one is told by."""
        self.named: dict[str, Host] = {}
        self._silent: list[socket.socket] = []
        self._held: list[socket.socket] = []
        self.commands.mkdir(parents=True, mode=0o700)
        ssh = self.commands / "ssh"
        ssh.write_text(f'#!/bin/sh\nexec {CLIENT} -F {self.config} "$@"\n', encoding="utf-8")
        ssh.chmod(0o700)
        self.config.write_text(
            _lines(
                "Host *",
                "HostName 127.0.0.1",
                f"User {pwd.getpwuid(os.getuid()).pw_name}",
                f"UserKnownHostsFile {folder / 'known'}",
                "GlobalKnownHostsFile /dev/null",
                "IdentityAgent none",
                "IdentitiesOnly yes",
                # Its usual one takes ten times as long, and nobody listens here.
                "KexAlgorithms curve25519-sha256",
                "LogLevel ERROR",
            ),
            encoding="utf-8",
        )

    def __getitem__(self, name: str) -> Host:
        return self.named[name]

    @property
    def path(self) -> str:
        """A PATH on which `ssh` knows the hosts."""
        return f"{self.commands}{os.pathsep}{os.environ['PATH']}"

    def add(self, name: str, *, login: Login = Login.OPEN, key: Key = Key.KNOWN, first: str = "") -> Host:
        """Start one.

        Args:
            name: What ssh knows it by.
            login: What it wants.
            key: What the user knows of it.
            first: Shell lines that run when somebody has come in, before their shell or command.

        Returns:
            It, listening.
        """
        own = self.own / name
        home = own / "home"
        (home / "bin").mkdir(parents=True, mode=0o700)
        identity = self.identity(sealed=login is Login.SEALED)
        _keygen(own / "key")
        enters = own / "login"
        enters.write_text(_login(name, home, own / "sessions", first), encoding="utf-8")
        enters.chmod(0o700)
        host = Host(name, home, self._port())
        (own / "sshd").write_text(_settings(own, host.port, identity, login), encoding="utf-8")
        self._tell(host, identity)
        if key is not Key.NONE:
            known = self._other() if key is Key.WRONG else own / "key"
            with (self.folder / "known").open("a", encoding="utf-8") as file:
                file.write(f"[127.0.0.1]:{host.port} {known.with_suffix('.pub').read_text()}")
        self.named[name] = host
        self.start(name)
        return host

    def start(self, name: str) -> None:
        """Start the sshd of a host that has none, or whose sshd was killed.

        Args:
            name: Of the host.
        """
        host = self.named[name]
        host.kill()
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        argv = [str(SERVER), "-D", "-f", str(self.own / name / "sshd"), "-E", str(self.own / name / "log")]
        host.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
        (self.own / name / "pid").write_text(str(host.process.pid), encoding="ascii")

        def listens() -> bool:
            assert host.process is not None
            assert host.process.poll() is None, (self.own / name / "log").read_text()
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", host.port)) == 0

        until(listens)

    def add_silent(self, name: str) -> None:
        """A host that takes connections and says nothing.

        Args:
            name: What ssh knows it by.
        """
        listening = socket.create_server(("127.0.0.1", 0))
        self._silent.append(listening)
        self._tell(Host(name, self.own / name, listening.getsockname()[1]), self.identity())

    def add_absent(self, name: str) -> None:
        """A host where nothing listens.

        Args:
            name: What ssh knows it by.
        """
        self._tell(Host(name, self.own / name, self._port()), self.identity())

    def identity(self, *, sealed: bool = False) -> Path:
        """The key that lies there, or the one under PASSPHRASE; the public one beside it."""
        path = self.folder / ("sealed" if sealed else "open")
        if not path.exists():
            _keygen(path, PASSPHRASE if sealed else "")
        return path

    def close(self) -> None:
        """End them with everything that was begun on them."""
        for one in (*self._silent, *self._held):
            one.close()
        for host in self.named.values():
            host.kill()
        mark = f"{MARK}={self.own}/".encode()
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (process / "environ").read_bytes():
                    ended = os.pidfd_open(int(process.name))
                    signal.pidfd_send_signal(ended, signal.SIGKILL)
                    select.select([ended], [], [], LONGEST_START_S)
                    os.close(ended)

    def _port(self) -> int:
        """One where nobody listens, and which nobody but a host of these can have while they live."""
        held = socket.socket()
        self._held.append(held)
        # With this an sshd may listen there, which sets it too: nothing listens at the one that holds it.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])

    def _tell(self, host: Host, identity: Path) -> None:
        with self.config.open("a", encoding="utf-8") as file:
            file.write(_lines(f"Host {host.name}", f"Port {host.port}", f"IdentityFile {identity}"))

    def _other(self) -> Path:
        path = self.folder / "other"
        if not path.exists():
            _keygen(path)
        return path


@contextmanager
def hosts_in(folder: Path) -> Iterator[Hosts]:
    """Hosts that end with the test.

    Args:
        folder: Takes what they need.
    """
    if SERVER is None or CLIENT is None:
        pytest.skip("openssh is not installed: no host can be reached")
    hosts = Hosts(folder)
    try:
        yield hosts
    finally:
        hosts.close()


def _login(name: str, home: Path, sessions: Path, first: str) -> str:
    """What runs when somebody has come in; dash leaves SHLVL to bash, which reads .bashrc under sshd by it."""
    return _lines(
        "#!/bin/sh",
        f"export HOME={shlex.quote(str(home))} {MARK}={shlex.quote(f'{home.parent.parent}/{name}')}",
        'export PATH="$HOME/bin:$PATH" SSHD_SESSION=$PPID',
        'read -r stat < "/proc/$PPID/stat"; set -- ${stat##*) }',
        f'echo "$PPID ${{20}}" >> {shlex.quote(str(sessions))}',
        'cd "$HOME"',
        first,
        '[ -z "$SSH_ORIGINAL_COMMAND" ] || exec bash -c "$SSH_ORIGINAL_COMMAND"',
        "exec bash -l",
    )


def _settings(own: Path, port: int, identity: Path, login: Login) -> str:
    return _lines(
        "ListenAddress 127.0.0.1",
        f"Port {port}",
        f"HostKey {own / 'key'}",
        f"AuthorizedKeysFile {identity}.pub",
        f"ForceCommand {own / 'login'}",
        # The shell that runs that reads what stands in the home: never the developer's own.
        f"SetEnv HOME={own}",
        f"PubkeyAuthentication {'no' if login is Login.PASSWORD else 'yes'}",
        f"PasswordAuthentication {'yes' if login is Login.PASSWORD else 'no'}",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin yes",
        "PermitUserRC no",
        "PidFile none",
        "PrintLastLog no",
        "PrintMotd no",
        "StrictModes no",
        "UsePAM no",
        # However many come at once, none is sent away.
        "MaxStartups 1000",
    )


def _keygen(path: Path, passphrase: str = "") -> None:
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-a", "1", "-N", passphrase, "-f", str(path)]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


def _lines(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines if line)
