"""Keeps one shadow: its namespaces, overlays, layers and limits, which all end with this process.

Imported from its own folder by a bare interpreter, with nothing but the standard library, and little of that, for it is
waited for; its argument is a `Spec` as JSON. It says `{"pid": N}` once all
stands, or `{"error": text}`. From then on it answers each line of its input with one line: `begin K` and `back K` with
`{}` or `{"refused": text}`, `struck` with `{"struck": text or null, "reached": [limit]}`. The end of its input ends it.
It is the first process of its namespace: whatever runs in the shadow ends with it, and whatever is mounted there is
mounted no more.
"""

import contextlib
import json
import os
import select
import signal
from time import monotonic, sleep
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from replay.shadow.guarding import Guard, end_all
    from replay.shadow.mounting import BIND, NODEV, NOSUID, RECURSIVELY_PRIVATE, Stack, in_memory, libc, mount
    from replay.shadow.spaces import enter_namespaces
else:
    # Importing a package would import all that is in it.
    from guarding import Guard, end_all
    from mounting import BIND, NODEV, NOSUID, RECURSIVELY_PRIVATE, Stack, in_memory, libc, mount
    from spaces import enter_namespaces

DIE_WITH_PARENT = 1
MOST_LAYERS = 400
"""The kernel takes 500."""
LOOK_S = 0.05
"""How often processes and memory are looked at."""
DISK_LOOK_S = 1.0
"""How often a disk that has no limit of its own is."""
ENDING_S, ENDING_LOOKS = 0.01, 20
"""How long processes that are about to end anyway are waited for."""


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


class Keeper:
    """One shadow that stands.

    Args:
        spec: What is kept.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._marks: dict[int, tuple[int, ...] | str] = {}
        self._guard = Guard(processes=spec.processes, memory=spec.memory, disk=spec.disk, layers=spec.layers)
        mount("none", "/", "", RECURSIVELY_PRIVATE)
        mount("proc", "/proc", "proc", NOSUID | NODEV)
        self._limited = in_memory(spec.layers, spec.disk)
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
            self._guard.look()
            if not self._limited and monotonic() > disk_at:
                disk_at = monotonic() + DISK_LOOK_S
                self._guard.look_at_disk()

    def _answer(self, words: list[str]) -> dict[str, object]:
        try:
            match words:
                case ["begin", step]:
                    self._begin(int(step))
                case ["back", step]:
                    self._back(int(step))
                case _:
                    return {"struck": self._guard.struck, "reached": self._guard.reached}
        except RefusedError as error:
            return {"refused": str(error)}
        except OSError as error:
            return {"refused": f"the shadow's layers can't be kept apart: {error.strerror}"}
        return {}

    # -- layers

    def _begin(self, step: int) -> None:
        self._guard.begin()
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
        end_all()
        for stack, count in zip(self._stacks, mark, strict=True):
            stack.drop(count)
        self._hide()
        self._guard.forget()
        self._marks = {other: kept for other, kept in self._marks.items() if other < step}
        self._marks[step] = mark

    def _not_to_be_brought_back(self) -> str | None:
        """What of this moment lives in processes, and would be missing in a new shell."""
        for _ in range(ENDING_LOOKS):
            left = self._guard.started()
            if not left:
                break
            sleep(ENDING_S)
        else:
            return f"{left[0].name} of an earlier step was running when it began, and would be missing"
        held = next(filter(None, map(self._held_open, self._guard.own)), None)
        return held and f"the shell held {held} open when it began, and a new one would not"

    def _held_open(self, pid: int) -> str | None:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 -- as above
                held = os.readlink(f"/proc/{pid}/fd/{name}")  # noqa: PTH115 -- as above
                if any(held.startswith(f"{target}/") for _, target in self._spec.covered[:1]):
                    return held
        return None


def _say(words: dict[str, object]) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")


def main(argument: str) -> NoReturn:
    """Make the shadow and keep it; ends at once, for there is nothing to tidy up that the kernel doesn't."""
    os._exit(_kept(Spec(**json.loads(argument))))


def _kept(spec: Spec) -> int:
    try:
        enter_namespaces()
    except OSError as error:
        _say({"error": error.strerror})
        return 1
    keeper = os.fork()
    if keeper:
        # What is told to the keeper must not be held back by this one.
        os.close(0)
        os.close(1)
        return os.waitstatus_to_exitcode(os.waitpid(keeper, 0)[1])
    libc().prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
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
