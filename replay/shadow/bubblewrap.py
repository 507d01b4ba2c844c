"""Level 2: bubblewrap shows the shell a copy of the workspace under the workspace's own path, and the rest read-only.

The shell keeps its terminal's session (no `--new-session`), for job control needs one. That is safe here: the terminal
was made for this shell alone, so characters pushed into it (TIOCSTI) are read by nobody but this shell.
"""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from replay.place import CHDIR, Place
from replay.shadow.credentials import without_credentials
from replay.shadow.folders import copy_workspace
from replay.shadow.isolation import Grounds, Level, Limits

EMPTIED: tuple[Path, ...] = (Path("/tmp"), Path("/var/tmp"), Path("/run"))  # noqa: S108 -- they are hidden, not used
"""Folders that everybody can write, or where sockets lie: private and empty in the shadow."""
NAMESPACES: tuple[str, ...] = (
    "--unshare-pid",
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


_HIDE = "--hide="
"""Before a socket, in the place of an option of bubblewrap's."""
_STARTED = (
    "sh",
    "-c",
    f"""begins=yes
for word do
  shift
  case $begins$word in
    yes--) begins= && set -- "$@" -- ;;
    yes{_HIDE}*) [ ! -e "${{word#{_HIDE}}}" ] || set -- "$@" --ro-bind /dev/null "${{word#{_HIDE}}}" ;;
    *) set -- "$@" "$word" ;;
  esac
done
exec bwrap "$@\"""",
    "sh",
)
"""Becomes bubblewrap, without the sockets that are gone when a shell is started: it would not start for them."""


class Bubblewrap:
    """A copy of the workspace at the same path, inside bubblewrap."""

    level = Level.L2
    """How good it is."""

    def lacking(self) -> str | None:
        """What is missing."""
        return None if shutil.which("bwrap") else "bubblewrap is not installed"

    @contextlib.contextmanager
    def open(self, grounds: Grounds) -> Iterator[Place]:
        """A shadow over a copy of the workspace.

        Args:
            grounds: The shadow's folders.

        Yields:
            The place; both views of the workspace in it.

        Raises:
            HostError: The copy failed.
            BadInputError: The workspace is too big to be copied.
        """
        copy_workspace(grounds.origin, grounds.copy)
        yield Place(
            origin=str(grounds.origin),
            workspace=str(grounds.origin),
            watched=str(grounds.copy),
            wrap=(*_STARTED, "--unshare-user", *arguments(grounds, grounds.copy), "--", *bounds(grounds.limits)),
            level=self.level,
            session_folder=str(grounds.session),
            environment=environment,
            network=grounds.network,
            time_s=grounds.limits.time_s,
        )


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Variables without secrets, and without a folder for temporary files that is not there."""
    return {name: value for name, value in without_credentials(variables).items() if name != "TMPDIR"}


def bounds(limits: Limits, *, guarded: bool = False) -> tuple[str, ...]:
    """What is put before a command line to hold it within limits, as well as the kernel can without groups.

    Args:
        limits: Which.
        guarded: Somebody watches over the memory: then nothing is refused that would be had outside, and what is ended
            for it is known to have been.
    """
    if shutil.which("prlimit") is None:
        return ()
    data = () if guarded else (f"--data={limits.memory}",)
    return ("prlimit", f"--nproc={limits.processes}", f"--fsize={limits.disk}", *data, "--")


def arguments(grounds: Grounds, contents: Path, *, emptied: Path | None = None) -> tuple[str, ...]:
    """What bubblewrap is told.

    Args:
        grounds: The shadow's folders.
        contents: What is shown under the workspace's own path.
        emptied: A folder that holds what is written to the emptied folders, each under its own path; None: they end
            with the shell.

    Returns:
        Options, in the order in which they are carried out.
    """
    return (
        *NAMESPACES,
        *(() if grounds.network else ("--unshare-net",)),
        *_privileges(),
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
        *_own_devices(grounds.base / "dev"),
        *(word for path in KERNEL for word in ("--ro-bind-try", path, path)),
        *(word for path in real(EMPTIED) for word in _empty(path, emptied)),
        *(word for path in _shown_again(grounds) for word in ("--ro-bind", str(path), str(path))),
        *("--bind", str(contents), str(grounds.origin)),
        *_hidden(grounds),
        # The host's control socket lies beside the folder that it shares with the shell.
        *("--tmpfs", str(grounds.session.parent), "--bind", str(grounds.session), str(grounds.session)),
        *(CHDIR, str(grounds.origin)),
    )


def _empty(path: Path, emptied: Path | None) -> tuple[str, ...]:
    if emptied is None:
        return ("--tmpfs", str(path))
    return ("--bind", str(emptied / path.relative_to("/")), str(path))


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


def real(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Folders that exist, links resolved."""
    return tuple(dict.fromkeys(path.resolve() for path in paths if path.is_dir()))


def _shown_again(grounds: Grounds) -> tuple[Path, ...]:
    """What of the emptied folders is read all the same: what lies beside the workspace, and where commands live."""
    shown: dict[Path, None] = {}
    for path in (grounds.origin.parent, grounds.home, *grounds.needed):
        for emptied in real(EMPTIED):
            if path.is_relative_to(emptied) and path != emptied:
                shown[emptied / path.relative_to(emptied).parts[0]] = None
    return tuple(path for path in shown if path.is_dir())


def _hidden(grounds: Grounds) -> Iterator[str]:
    sockets = frozenset(grounds.sockets)
    for path in (*grounds.hidden, *grounds.sockets, grounds.base):
        used = any(place.is_relative_to(path) for place in (grounds.origin, grounds.session))
        if used or not is_visible(path, grounds):
            continue
        if path in sockets:
            yield f"{_HIDE}{path}"
        elif path.is_dir():
            yield from ("--tmpfs", str(path))
        elif path.exists():
            yield from ("--ro-bind", "/dev/null", str(path))


def is_visible(path: Path, grounds: Grounds) -> bool:
    """Whether what lies there on the host would be seen in the shadow, were it not hidden."""
    if not any(path.is_relative_to(emptied) for emptied in real(EMPTIED)):
        return True
    return any(path.is_relative_to(shown) for shown in (*_shown_again(grounds), grounds.origin))
