"""Keeps one shadow: its namespaces, overlays, layers and limits, which all end with this process.

Imported from its own folder by a bare interpreter, with nothing but the standard library, and little of that, for it is
waited for; its argument is a `Spec` as JSON. It says `{"pid": N}` once all
stands, or `{"error": text}`. From then on it answers each line of its input with one line: `begin K` and `back K` with
`{}` or `{"refused": text}`, `struck` with `{"struck": text or null}`. The end of its input ends it. It is the first
process of its namespace: whatever runs in the shadow ends with it, and whatever is mounted there is mounted no more.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
from collections.abc import Iterator
from time import monotonic, sleep
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from replay.shadow.written import Known, keep_apart
else:
    # Importing a package would import all that is in it.
    from written import Known, keep_apart

NEW_NAMESPACES = 0x00020000 | 0x10000000 | 0x20000000
"""Of mounts, users and processes."""
NOSUID, NODEV, BIND, RECURSIVELY_PRIVATE, DETACH = 2, 4, 4096, (1 << 18) | (1 << 14), 2
DIE_WITH_PARENT = 1
MOST_LAYERS = 400
"""The kernel takes 500."""
LOOK_S = 0.05
"""How often processes and memory are looked at."""
DISK_LOOK_S = 1.0
"""How often a disk that has no limit of its own is."""
ENDING_S, ENDING_LOOKS = 0.01, 20
"""How long processes that are about to end anyway are waited for."""
PAGE = os.sysconf("SC_PAGE_SIZE")
BYTES_A_FILE = 4096
MIB = 1 << 20


class Spec(NamedTuple):
    """What is to be kept.

    Attributes:
        covered: Folders, and where an overlay over each is mounted.
        hidden: Files that nobody in the shadow may open.
        layers: A folder for what is written.
        disk: Bytes that may be written.
        memory: Bytes that the processes may hold together.
        processes: How many there may be.
        layered: Whether each step's writes are kept apart.
    """

    covered: list[tuple[str, str]]
    hidden: list[str]
    layers: str
    disk: int
    memory: int
    processes: int
    layered: bool


class RefusedError(Exception):
    """It can't be done truly; says why."""


class Stack:
    """One overlay with the layers beneath it; its folders' names are short, for a mount's options are.

    Args:
        name: Of its folder.
        target: Where it is mounted.
    """

    def __init__(self, name: str, target: str) -> None:
        self.name = name
        self.target = target
        self.chain: list[str] = []
        self._known: Known = {}
        self._made = 0
        self._upper = ""

    def cover(self, folder: str) -> None:
        """Lay the overlay over its target for the first time."""
        os.mkdir(self.name)  # noqa: PTH102 -- text, as all names here
        self._bottom = self._next()
        mount(folder, self._bottom, "", BIND)
        self._mount()

    def begin(self) -> int:
        """Keep apart what was written so far; returns how many layers there are now."""
        layer = f"{self.name}/{self._made + 1}"
        self._known, found = keep_apart(self._upper, layer, self._known)
        if found:
            self._made += 1
            self.chain.append(layer)
        return len(self.chain)

    def drop(self, count: int) -> None:
        """Leave only so many layers; nothing may run over it."""
        unmount(self.target)
        del self.chain[count:]
        self._known = {}
        self._mount()

    def _mount(self) -> None:
        self._upper, work = self._next(), self._next()
        model = os.stat(self._bottom)  # noqa: PTH116 -- as above
        os.chown(self._upper, model.st_uid, model.st_gid)
        os.chmod(self._upper, model.st_mode & 0o7777)  # noqa: PTH101 -- as above
        lower = ":".join((*reversed(self.chain), self._bottom))
        options = f"userxattr,xino=off,lowerdir={lower},upperdir={self._upper},workdir={work}"
        mount("overlay", self.target, "overlay", NOSUID | NODEV, options)

    def _next(self) -> str:
        self._made += 1
        name = f"{self.name}/{self._made}"
        os.mkdir(name)  # noqa: PTH102 -- as above
        return name


class Process(NamedTuple):
    """One process of the shadow."""

    pid: int
    name: str
    resident: int
    """Bytes."""


class Keeper:
    """One shadow that stands.

    Args:
        spec: What is kept.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._own: frozenset[int] | None = None
        self._marks: dict[int, tuple[int, ...] | str] = {}
        self._struck: str | None = None
        mount("none", "/", "", RECURSIVELY_PRIVATE)
        mount("proc", "/proc", "proc", NOSUID | NODEV)
        self._limited = _in_memory(spec)
        os.chdir(spec.layers)
        self._stacks = [Stack(str(number), target) for number, (_, target) in enumerate(spec.covered)]
        for stack, (folder, _) in zip(self._stacks, spec.covered, strict=True):
            stack.cover(folder)
        self._hide()

    def _hide(self) -> None:
        for path in self._spec.hidden:
            # What is gone by now need not be hidden.
            with contextlib.suppress(FileNotFoundError):
                mount("/dev/null", path, "", BIND)

    def serve(self) -> None:
        """Answer until the input ends."""
        waiting, disk_at = b"", monotonic()
        while True:
            ready, _, _ = select.select([0], [], [], LOOK_S)
            if ready:
                data = os.read(0, 4096)
                if not data:
                    return
                *lines, waiting = (waiting + data).split(b"\n")
                for line in lines:
                    _say(self._answer(line.decode().split()))
            self._guard()
            if not self._limited and monotonic() > disk_at:
                disk_at = monotonic() + DISK_LOOK_S
                self._guard_disk()

    def _answer(self, words: list[str]) -> dict[str, object]:
        try:
            match words:
                case ["begin", step]:
                    self._begin(int(step))
                case ["back", step]:
                    self._back(int(step))
                case _:
                    return {"struck": self._struck}
        except RefusedError as error:
            return {"refused": str(error)}
        except OSError as error:
            return {"refused": f"the shadow's layers can't be kept apart: {error.strerror}"}
        return {}

    # -- layers

    def _begin(self, step: int) -> None:
        self._struck = None
        if self._own is None:
            self._own = frozenset(process.pid for process in _processes())
        self._marks = {other: mark for other, mark in self._marks.items() if other < step}
        if not self._spec.layered:
            self._marks[step] = "its writes are not kept apart"
            return
        why = self._not_to_be_brought_back()
        if why is None and sum(len(stack.chain) for stack in self._stacks) >= MOST_LAYERS:
            why = f"there are {MOST_LAYERS} layers already"
        self._marks[step] = why or tuple(stack.begin() for stack in self._stacks)

    def _back(self, step: int) -> None:
        mark = self._marks.get(step, "it has not begun")
        if isinstance(mark, str):
            earlier = [other for other, kept in self._marks.items() if other < step and not isinstance(kept, str)]
            instead = f"; step {max(earlier)} can be gone back to" if earlier else ""
            raise RefusedError(f"step {step} can't be gone back to: {mark}{instead}")
        self._end_all()
        for stack, count in zip(self._stacks, mark, strict=True):
            stack.drop(count)
        self._hide()
        self._own, self._struck = None, None
        self._marks = {other: kept for other, kept in self._marks.items() if other < step}
        self._marks[step] = mark

    def _not_to_be_brought_back(self) -> str | None:
        """What of this moment lives in processes, and would be missing in a new shell."""
        for _ in range(ENDING_LOOKS):
            left = self._started()
            if not left:
                break
            sleep(ENDING_S)
        else:
            return f"{left[0].name} of an earlier step was running when it began, and would be missing"
        held = next(filter(None, map(self._held_open, self._own or ())), None)
        return held and f"the shell held {held} open when it began, and a new one would not"

    def _held_open(self, pid: int) -> str | None:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 -- as above
                held = os.readlink(f"/proc/{pid}/fd/{name}")  # noqa: PTH115 -- as above
                if any(held.startswith(f"{target}/") for _, target in self._spec.covered[:1]):
                    return held
        return None

    # -- limits

    def _started(self) -> list[Process]:
        """What the steps have started and is still there, the biggest first."""
        own = self._own or frozenset()
        return sorted((one for one in _processes() if one.pid not in own), key=lambda one: -one.resident)

    def _guard(self) -> None:
        with contextlib.suppress(OSError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if self._own is None:
            return
        started = self._started()
        if len(started) > self._spec.processes:
            self._strike(started, f"more than {self._spec.processes} processes")
        elif sum(one.resident for one in started) > self._spec.memory:
            self._strike(started[:1], f"more than {self._spec.memory // MIB} MiB of memory")

    def _guard_disk(self) -> None:
        if self._own is not None and _used(self._spec.layers, self._spec.disk) > self._spec.disk:
            self._strike(self._started(), f"more than {self._spec.disk // MIB} MiB written")

    def _strike(self, doomed: list[Process], what: str) -> None:
        self._struck = what
        for process in doomed:
            with contextlib.suppress(OSError):
                os.kill(process.pid, signal.SIGKILL)

    def _end_all(self) -> None:
        """End all that runs in the shadow but this process, and wait until it is gone."""
        while list(_processes()):
            with contextlib.suppress(OSError):
                # From the first process of a namespace: everything in it.
                os.kill(-1, signal.SIGKILL)
            with contextlib.suppress(OSError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            sleep(0.001)


def _processes() -> Iterator[Process]:
    """All but the keeper and the dead."""
    for name in os.listdir("/proc"):  # noqa: PTH208 -- as above
        if not name.isdigit() or name == "1":
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123 -- as above
                text = file.read()
        except OSError:
            continue
        begin, end = text.index(b"("), text.rindex(b")")
        fields = text[end + 2 :].split()
        if fields[0] not in (b"Z", b"X"):
            yield Process(int(name), text[begin + 1 : end].decode(errors="replace"), int(fields[21]) * PAGE)


def _used(folder: str, limit: int) -> int:
    total = 0
    for directory, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(f"{directory}/{name}").st_blocks * 512
        if total > limit:
            break
    return total


def _in_memory(spec: Spec) -> bool:
    """Keep the layers in memory, which ends with the mount and has a limit; False where that can't hold an upper."""
    files = max(spec.disk // BYTES_A_FILE, 1024)
    try:
        mount("layers", spec.layers, "tmpfs", NOSUID | NODEV, f"size={spec.disk},nr_inodes={files},mode=700")
    except OSError:
        return False
    try:
        os.setxattr(spec.layers, "user.probe", b"")
    except OSError:
        unmount(spec.layers)
        return False
    return True


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount something.

    Raises:
        OSError: The kernel refuses.
    """
    words = os.fsencode(source), os.fsencode(target), kind.encode() or None
    if _libc().mount(*words, ctypes.c_ulong(flags), options.encode() or None):
        raise _error(f"mounting {kind or 'a bind'} on {target}")


def unmount(target: str) -> None:
    """Unmount what lies on top; who still looks at it goes on doing so.

    Raises:
        OSError: The kernel refuses.
    """
    if _libc().umount2(os.fsencode(target), DETACH):
        raise _error(f"unmounting {target}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _error(what: str) -> OSError:
    error = ctypes.get_errno()
    return OSError(error, f"{what}: {os.strerror(error)}")


def _enter_namespaces() -> None:
    """Have users, mounts and, from the next child on, processes of one's own.

    Raises:
        OSError: The kernel, or somebody's rules for it, refuse.
    """
    user, group = os.geteuid(), os.getegid()
    maps = {kind: _map_of(kind, own) for kind, own in (("uid", user), ("gid", group))}
    reading, writing = os.pipe()
    outside = os.getpid()
    # Only from outside of the namespace may root's ids all be given to it.
    mapper = os.fork()
    if mapper == 0:
        os.close(writing)
        os.read(reading, 1)
        try:
            if user:
                _write(f"/proc/{outside}/setgroups", "deny")
            for kind, text in maps.items():
                _write(f"/proc/{outside}/{kind}_map", text)
        except OSError:
            os._exit(1)
        os._exit(0)
    if _libc().unshare(NEW_NAMESPACES):
        error = _error("namespaces")
        os.kill(mapper, signal.SIGKILL)
        os.waitpid(mapper, 0)
        raise error
    os.close(reading)
    os.close(writing)
    if os.waitpid(mapper, 0)[1]:
        raise OSError(1, "the ids of a user namespace can't be set")


def _map_of(kind: str, own: int) -> str:
    """The ids that the namespace has: for root all that there are, so that files of others have owners."""
    if os.geteuid():
        return f"0 {own} 1\n"
    with open(f"/proc/self/{kind}_map", encoding="ascii") as file:  # noqa: PTH123 -- as above
        ranges = [line.split() for line in file]
    return "".join(f"{inside} {inside} {count}\n" for inside, _, count in ranges)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123 -- as above
        file.write(text)


def _say(words: dict[str, object]) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")


def main(argument: str) -> NoReturn:
    """Make the shadow and keep it; ends at once, for there is nothing to tidy up that the kernel doesn't."""
    os._exit(_kept(Spec(**json.loads(argument))))


def _kept(spec: Spec) -> int:
    try:
        _enter_namespaces()
    except OSError as error:
        _say({"error": error.strerror})
        return 1
    keeper = os.fork()
    if keeper:
        # What is told to the keeper must not be held back by this one.
        os.close(0)
        os.close(1)
        return os.waitstatus_to_exitcode(os.waitpid(keeper, 0)[1])
    _libc().prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    try:
        # As the outside calls it, for /proc is still the one of the outside.
        pid = int(os.readlink("/proc/self"))  # noqa: PTH115 -- as above
        kept = Keeper(spec)
    except OSError as error:
        _say({"error": error.strerror})
        return 1
    _say({"pid": pid})
    kept.serve()
    return 0
