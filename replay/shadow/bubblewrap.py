"""Level 2: bubblewrap shows the shell a copy of the workspace under the workspace's own path, and the rest read-only.

The shell keeps its terminal's session (no `--new-session`), for job control needs one. That is safe here: the terminal
was made for this shell alone, so characters pushed into it (TIOCSTI) are read by nobody but this shell.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from replay.place import Place
from replay.shadow.credentials import without_credentials
from replay.shadow.isolation import Grounds, Level

EMPTIED: tuple[Path, ...] = (Path("/tmp"), Path("/var/tmp"), Path("/run"))  # noqa: S108 -- they are hidden, not used
"""Folders that everybody can write, or where sockets lie: private and empty in the shadow."""
NAMESPACES: tuple[str, ...] = (
    "--unshare-user",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
)
"""What the shadow has of its own; all of its processes end with its first."""
ROOTS_OWN: tuple[str, ...] = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID")
"""What root may still do there: what touches files of its own. Nothing that mounts, and nothing of the network."""
DEVICES: tuple[str, ...] = ("null", "zero", "full", "random", "urandom", "tty")
"""Nodes that root gets copies of: bubblewrap shows those of the host, whose modes root could change."""
KERNEL: tuple[str, ...] = ("/proc/sys", "/proc/sysrq-trigger")
"""Settings of the running kernel, which have no namespace."""


class Bubblewrap:
    """A copy of the workspace at the same path, inside bubblewrap."""

    level = Level.L2
    """How good it is."""

    def available(self) -> bool:
        """Whether bubblewrap is installed."""
        return shutil.which("bwrap") is not None

    def place(self, grounds: Grounds) -> Place:
        """How a shell is started over a copy that is there already.

        Args:
            grounds: The shadow's folders.

        Returns:
            The place; both views of the workspace in it.
        """
        return Place(
            origin=str(grounds.origin),
            workspace=str(grounds.origin),
            watched=str(grounds.copy),
            wrap=("bwrap", *arguments(grounds, grounds.copy), "--"),
            level=self.level,
            session_folder=str(grounds.session),
            environment=lambda environment: {
                name: value for name, value in without_credentials(environment).items() if name != "TMPDIR"
            },
        )


def arguments(grounds: Grounds, contents: Path) -> tuple[str, ...]:
    """What bubblewrap is told.

    Args:
        grounds: The shadow's folders.
        contents: What is shown under the workspace's own path.

    Returns:
        Options, in the order in which they are carried out.
    """
    return (
        *NAMESPACES,
        *_privileges(),
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
        *_own_devices(grounds.base / "dev"),
        *(word for path in KERNEL for word in ("--ro-bind-try", path, path)),
        *(word for path in _real(EMPTIED) for word in ("--tmpfs", str(path))),
        *(word for path in _shown_again(grounds) for word in ("--ro-bind", str(path), str(path))),
        *("--bind", str(contents), str(grounds.origin)),
        *_hidden(grounds),
        # The host's control socket lies beside the folder that it shares with the shell.
        *("--tmpfs", str(grounds.session.parent), "--bind", str(grounds.session), str(grounds.session)),
    )


def _privileges() -> Iterator[str]:
    if os.geteuid() == 0:
        yield from ("--cap-drop", "ALL")
        for name in ROOTS_OWN:
            yield from ("--cap-add", f"CAP_{name}")


def _own_devices(folder: Path) -> Iterator[str]:
    if os.geteuid() != 0:
        return
    folder.mkdir(exist_ok=True)
    for name in DEVICES:
        node, status = folder / name, Path("/dev", name).stat()
        try:
            os.mknod(node, status.st_mode, status.st_rdev)
            node.chmod(stat.S_IMODE(status.st_mode))
        except OSError:
            # Refused in a container: the host's own node stays.
            continue
        if _opens(node):
            yield from ("--dev-bind", str(node), f"/dev/{name}")


def _opens(node: Path) -> bool:
    """Whether devices work on its file system; who has no terminal is told so by /dev/tty only after that."""
    try:
        node.open("rb").close()
    except OSError as error:
        return error.errno == errno.ENXIO
    return True


def _real(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path.resolve() for path in paths if path.is_dir()))


def _shown_again(grounds: Grounds) -> tuple[Path, ...]:
    """What of the emptied folders is read all the same: what lies beside the workspace, and where commands live."""
    shown: dict[Path, None] = {}
    for path in (grounds.origin.parent, grounds.home, *grounds.needed):
        for emptied in _real(EMPTIED):
            if path.is_relative_to(emptied) and path != emptied:
                shown[emptied / path.relative_to(emptied).parts[0]] = None
    return tuple(path for path in shown if path.is_dir())


def _hidden(grounds: Grounds) -> Iterator[str]:
    for path in (*grounds.hidden, grounds.base):
        used = any(place.is_relative_to(path) for place in (grounds.origin, grounds.session))
        if used or not _is_visible(path, grounds):
            continue
        if path.is_dir():
            yield from ("--tmpfs", str(path))
        elif path.exists():
            yield from ("--ro-bind", "/dev/null", str(path))


def _is_visible(path: Path, grounds: Grounds) -> bool:
    if not any(path.is_relative_to(emptied) for emptied in _real(EMPTIED)):
        return True
    return any(path.is_relative_to(shown) for shown in (*_shown_again(grounds), grounds.origin))
