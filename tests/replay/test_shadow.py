import contextlib
import os
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from capture.errors import BadInputError, HostError
from capture.files.effects import Hints, Workspace
from capture.files.ignore import Ignore
from capture.naming import new_run_id
from capture.session import Session
from capture.trace import Step
from capture.wire import Ended, SessionMode, SessionSpec, StepEnded
from replay.place import Place
from replay.shadow import Level, fingerprint, landlock_exec, leftovers, offered, open_shadow, opening, strongest
from replay.shadow.bubblewrap import DEVICES
from replay.shadow.folders import copy_workspace, remove

ELSEWHERE = ("/tmp/rb-test", "/var/tmp/rb-test", "/etc/rb-test", "/dev/shm/rb-test")
PROBED = offered()
LEVELS = [
    pytest.param(level, marks=pytest.mark.skipif(level not in PROBED, reason=f"this machine offers no {level}"))
    for level in (Level.L1, Level.L2, Level.L3)
]
every_level = pytest.mark.parametrize("level", LEVELS)
every_bubble = pytest.mark.parametrize("level", LEVELS[1:])
at_level_3 = pytest.mark.skipif(Level.L3 not in PROBED, reason="this machine offers no L3")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root could do the harm")
PYTHON = str(Path(sys.executable).resolve())
CONNECT = "import socket,sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5)"
CONNECT_NAMED = "import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
CONNECT_ABSTRACT = "import socket,sys; socket.socket(socket.AF_UNIX).connect('\\0' + sys.argv[1])"


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of temporary files of its own, with a workspace in it; seen by no shadow of another test."""
    own = Path(tempfile.mkdtemp(prefix="rb-test-")).resolve()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    monkeypatch.setattr(leftovers, "parents", lambda: (own,))
    (own / "work" / "sub").mkdir(parents=True)
    (own / "work" / "kept").write_text("real\n")
    yield own
    remove(own)


@pytest.fixture
def work(root: Path) -> Path:
    return root / "work"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def run(place: Place, command: str, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = place.environment({**os.environ, **variables})
    return subprocess.run(
        [*place.wrap, "bash", "-c", command, "bash", *arguments],
        cwd=place.workspace,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_strongest_level_is_the_first_of_those_offered() -> None:
    assert strongest() is (PROBED[0] if PROBED else Level.L0)


@every_level
def test_what_is_written_inside_is_watched_and_stays_there(work: Path, level: Level) -> None:
    before = fingerprint(work)
    with open_shadow(work, level=level) as place:
        assert place.level == level
        files = Workspace(Path(place.watched), Ignore())
        files.baseline()
        done = run(place, "cat kept; echo changed >kept; echo x >sub/new; rm -r ./none 2>/dev/null; chmod 600 kept")
        assert done.stdout == "real\n"
        assert [(effect.op, effect.path) for effect in files.changes(Hints())] == [
            ("modified", "kept"),
            ("created", "sub/new"),
        ]
    assert fingerprint(work) == before


@every_level
def test_what_lies_outside_can_be_read_but_not_written(root: Path, work: Path, level: Level) -> None:
    outside, home = root / "beside", Path(os.environ["HOME"])
    outside.write_text("beside\n")
    before, at_home = fingerprint(root), fingerprint(home)
    command = (
        f'cat "$1"; for f in "$1" "$2/new" {" ".join(ELSEWHERE)}; do echo x >"$f"; done;'
        'rm "$1"; mv "$1" "$1.moved"; ln "$1" "$1.link"; mkdir "$2/folder"; truncate -s 0 "$1"'
    )
    with open_shadow(work, level=level) as place:
        assert run(place, command, str(outside), str(home)).stdout == "beside\n"
    assert fingerprint(root) == before
    assert fingerprint(home) == at_home
    assert not [path for path in ELSEWHERE if Path(path).exists()]


@every_level
def test_the_network_is_out_of_reach(work: Path, listener: socket.socket, level: Level) -> None:
    if level is Level.L1 and landlock_exec.abi() < landlock_exec.ABI_WITH_NETWORK:
        pytest.skip("Landlock guards TCP from kernel 6.7 on")
    port = str(listener.getsockname()[1])
    subprocess.run([PYTHON, "-c", CONNECT, port], check=True)
    with open_shadow(work, level=level) as place:
        done = run(place, 'exec "$1" -c "$2" "$3"', PYTHON, CONNECT, port)
    assert done.returncode
    assert "Error" in done.stderr


@every_bubble
def test_a_nameless_socket_is_out_of_reach(work: Path, level: Level) -> None:
    name = f"rb-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server, open_shadow(work, level=level) as place:
        server.bind(f"\0{name}")
        server.listen()
        subprocess.run([PYTHON, "-c", CONNECT_ABSTRACT, name], check=True)
        assert run(place, 'exec "$1" -c "$2" "$3"', PYTHON, CONNECT_ABSTRACT, name).returncode


@every_bubble
def test_a_socket_with_a_name_is_out_of_reach_and_may_go_at_any_time(root: Path, work: Path, level: Level) -> None:
    beside = root / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(beside))
        server.listen()
        subprocess.run([PYTHON, "-c", CONNECT_NAMED, beside], check=True)
        with open_shadow(work, level=level) as place:
            assert "refused" in run(place, 'exec "$1" -c "$2" "$3"', PYTHON, CONNECT_NAMED, str(beside)).stderr
            beside.unlink()
            assert run(place, 'cat kept; echo "$1" "$2"', "--", f"--hide={beside}").stdout.split() == [
                "real",
                "--",
                f"--hide={beside}",
            ]


@every_level
def test_keys_tokens_and_the_programs_own_home_are_hidden(root: Path, work: Path, level: Level) -> None:
    home, own = Path(os.environ["HOME"]), root / "replaybook"
    for folder in (home / ".ssh", home / ".config" / "gh", own):
        folder.mkdir(parents=True)
        (folder / "file").write_text("hunter2")
    (home / ".netrc").write_text("hunter2")
    (home / ".bashrc").write_text("plain")
    (home / "way-in").symlink_to(home / ".ssh")
    read = 'cat "$1"/.ssh/* "$1"/.config/gh/* "$1"/.netrc "$1"/way-in/* "$2"/* "$1"/.bashrc'
    with open_shadow(work, hidden=[own], level=level) as place:
        done = run(place, f"{read}; env", str(home), str(own), DB_PASSWORD="hunter2", SSH_AUTH_SOCK="/x", PLAIN="stays")
    assert "hunter2" not in done.stdout
    assert "SSH_AUTH_SOCK" not in done.stdout
    assert done.stdout.startswith("plain")
    assert "PLAIN=stays" in done.stdout


@every_level
def test_nothing_is_left_behind(root: Path, work: Path, level: Level) -> None:
    unlike_any_other = f"9{os.getpid()}"
    with open_shadow(work, level=level) as place:
        command = 'setsid sleep "$1" >/dev/null 2>&1 & mkdir -p locked/in; touch locked/in/f; chmod 0 locked'
        run(place, command, unlike_any_other)
    assert list(root.iterdir()) == [work]
    assert [b"sleep", unlike_any_other.encode()] not in [line.split(b"\0")[:2] for line in command_lines()]


def command_lines() -> Iterator[bytes]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield path.read_bytes()


@every_level
def test_an_interactive_shell_works_on_a_terminal_inside(root: Path, work: Path, level: Level) -> None:
    with open_shadow(work, level=level) as place:
        spec = SessionSpec(
            home=str(root / "home"),
            run_id=new_run_id(datetime.now(UTC)),
            name="shadow",
            shell="bash",
            cwd=place.workspace,
            workspace=place.workspace,
            watched=place.watched,
            mode=SessionMode.HANDED,
            wrap=place.wrap,
            folder=place.session_folder,
            environment=place.environment(os.environ),
        )
        with Session.start(spec) as session:
            first = step(session, "cd sub && echo hi >f && pwd")
            second = step(session, "[ -t 0 ] && sleep 0 & wait $! && cat f")
            session.finish()
    assert (first.exit_code, first.output) == (0, f"{place.workspace}/sub\n")
    assert [effect.path for effect in first.file_effects] == ["sub/f"]
    assert second.exit_code == 0
    assert second.output.endswith("hi\n")
    assert not (work / "sub" / "f").exists()


def step(session: Session, command: str) -> Step:
    session.run(command)
    while (message := session.receive(60)) is not None:
        assert not isinstance(message, Ended)
        if isinstance(message, StepEnded):
            return message.step
    pytest.fail(f"{command} did not end")


@every_bubble
def test_a_shadow_has_its_own_processes_and_empty_temporary_folders(work: Path, level: Level) -> None:
    with open_shadow(work, level=level) as place:
        assert place.workspace == str(work)
        done = run(
            place, 'kill -0 "$1" || echo unseen; ls /run | wc -l; echo x >/tmp/mine && cat /tmp/mine', str(os.getpid())
        )
    assert done.stdout.split() == ["unseen", "0", "x"]


@every_bubble
@as_root
def test_root_inside_can_not_touch_the_kernel_or_the_devices(work: Path, level: Level) -> None:
    setting = Path("/proc/sys/kernel/hung_task_warnings")
    # Each attempt would set what is set already: nothing is harmed should one succeed.
    attempts = (
        'v=$(cat "$1"); echo "$v" >"$1" && echo leaked',
        "umount /proc/sys && echo leaked; mount -o remount,rw,bind / && echo leaked",
        "mknod sda b 8 0 && echo leaked",
        'unshare -Urm sh -c "mount -o remount,rw,bind /" && echo leaked',
    )

    def reached(place: Place, name: str) -> bool:
        before = Path("/dev", name).stat().st_ctime_ns
        run(place, 'chmod 666 "/dev/$1"', name)
        return Path("/dev", name).stat().st_ctime_ns != before

    with open_shadow(work, level=level) as place:
        done = run(place, "; ".join(attempts), str(setting))
        # Others on this machine touch /dev/null too, but not each time.
        leaked = [name for name in DEVICES if all(reached(place, name) for _ in range(3))]
        assert run(place, "echo x >/dev/null && touch mine && chmod 400 mine && echo y >mine").returncode == 0
    assert done.stdout == ""
    assert leaked == []


def test_a_copy_is_faithful(root: Path, work: Path) -> None:
    tool = work / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o751)
    os.utime(tool, ns=(1_000_000_007, 2_000_000_009))
    os.link(tool, work / "hard")
    (work / "link").symlink_to("missing")
    os.mkfifo(work / "pipe")
    copy_workspace(work, root / "copy")
    copied = (root / "copy" / "tool").stat()
    assert copied.st_mtime_ns == 2_000_000_009
    assert stat.S_IMODE(copied.st_mode) == 0o751
    assert (root / "copy" / "hard").stat().st_ino == copied.st_ino
    assert fingerprint(root / "copy") == fingerprint(work)


def test_a_huge_workspace_is_refused(root: Path, work: Path) -> None:
    (work / "big").write_bytes(bytes(3 << 20))
    with pytest.raises(BadInputError, match="more than 2 MiB"):
        copy_workspace(work, root / "copy", limit=2 << 20)
    assert not (root / "copy").exists()


@pytest.mark.parametrize(
    "change",
    [
        "echo x >>kept",
        "chmod 600 kept",
        "rm kept",
        "touch .git-like",
        "ln -sfn sub kept",
        "mkdir empty",
        "touch -r kept t; mv t kept",
    ],
)
def test_a_fingerprint_shows_every_change(work: Path, change: str) -> None:
    before = fingerprint(work)
    subprocess.run(["bash", "-euc", change], cwd=work, check=True)
    assert fingerprint(work) != before


def test_without_isolation_there_is_no_shadow(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "ISOLATIONS", ())
    opening.why_not.cache_clear()
    assert strongest() is Level.L0
    with pytest.raises(HostError, match="doctor"), open_shadow(work):
        pass
    opening.why_not.cache_clear()


@pytest.mark.skipif(not PROBED, reason="this machine offers no isolation")
def test_no_weaker_level_is_tried_out_than_the_one_that_opens(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Level] = []
    monkeypatch.setattr(opening, "why_not", tried.append)
    with open_shadow(work) as place:
        assert tried[-1] == place.level


def test_a_workspace_that_is_not_there_is_refused(root: Path) -> None:
    with pytest.raises(BadInputError, match="not a directory"), open_shadow(root / "none"):
        pass
