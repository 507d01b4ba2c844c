"""Edited states of a run on disk: each appears whole or not at all, and the original stays until it is purged."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from capture.errors import HostError, RefusedError, UnknownNameError
from capture.events import Resized
from capture.home import EDIT, PRIVATE_FOLDER, UNFINISHED, Home
from capture.tape import text_index
from capture.tape.editing import Recording, events_of
from capture.tape.presence import is_held
from capture.tape.reader import frames_in, read_trace
from capture.tape.unmasking import settle
from capture.tape.writer import LOCK, TRACE, TapeWriter

ORIGINAL = "original"
"""The folder in an edited state that holds the original where that could not stay where it was."""
EARLIER = "earlier-"
"""So begin, in an edited state, the folders of the states between the original and it, the oldest first."""


def write_run(home: Home, recording: Recording) -> None:
    """Write a run that was not recorded but made of others.

    Args:
        home: Where.
        recording: Its trace names the run.

    Raises:
        HostError: It can't be written.
    """
    run_id = recording.trace.run.run_id
    with _explained(run_id), _unfinished(home, run_id) as partial:
        _placed(partial, home.runs / run_id, lambda folder: _write(folder, recording))


def write_files(folder: Path, recording: Recording) -> None:
    """Write the files of a run into a folder that is no home's.

    Args:
        folder: Made when it is not there.
        recording: Any.

    Raises:
        HostError: They can't be written.
    """
    with _explained(recording.trace.run.run_id):
        _write(folder, recording)


def read_run(folder: Path) -> Recording:
    """The recording in a folder; its frames are read when they are asked for."""
    return Recording(read_trace(folder), lambda: frames_in(folder))


class Editions:
    """The states of one run. Use it in a `with`: one edits at a time.

    Args:
        home: Where it is kept.
        run_id: Whole.

    Raises:
        UnknownNameError: No such run.
        RefusedError: It is still being recorded, or someone else edits it.
    """

    def __init__(self, home: Home, run_id: str) -> None:
        self.run_id = run_id
        """Which run."""
        self._home = home
        self._whole = home.runs / run_id
        self._hold = contextlib.ExitStack()
        if not (self.current / TRACE).is_file():
            raise UnknownNameError(f"no run {run_id}; `replaybook runs` lists them")

    def __enter__(self) -> Self:
        descriptor = os.open(self._whole, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._hold.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._hold.close()
            raise RefusedError(f"run {self.run_id} is being edited by another process; try again") from error
        if is_held(self._whole / LOCK):
            self._hold.close()
            raise RefusedError(f"run {self.run_id} is still being recorded; end it first: replaybook end {self.run_id}")
        try:
            self._forget()
            # And behind the change: who searches meanwhile takes in what still stands there.
            self._hold.callback(self._forget)
            settle(self._whole)
            self._tidy()
        except BaseException:
            self._hold.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._hold.close()

    def _forget(self) -> None:
        """Leave nothing of it in the index of what is searched: a text that is masked now must not stay there."""
        with _explained(self.run_id):
            text_index.forget(self._home, [self.run_id])

    @property
    def current(self) -> Path:
        """The folder of the state that counts."""
        return self._home.run_folder(self.run_id)

    @property
    def original(self) -> Path | None:
        """The folder of the state before any edit; None when it was purged, or nothing was edited."""
        inside = self.current / ORIGINAL
        if inside.is_dir():
            return inside
        return self._whole if self.current in self._edits() and (self._whole / TRACE).is_file() else None

    @property
    def earlier(self) -> tuple[Path, ...]:
        """The folders of the states between the original and the current one, the oldest first."""
        found = [path for path in self.current.glob(f"{EARLIER}*") if path.name.removeprefix(EARLIER).isdigit()]
        return tuple(sorted(found, key=lambda path: int(path.name.removeprefix(EARLIER))))

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every state that is kept, the current one first, then backwards to the original."""
        original = () if self.original is None else (self.original,)
        return (self.current, *reversed(self.earlier), *original)

    def edit(self, recording: Recording) -> None:
        """Make this the state that counts; those before it are kept."""
        before = self.current
        earlier = self.earlier if before == self._whole else (*self.earlier, before)

        def write(folder: Path) -> None:
            _write(folder, recording)
            self._keep(folder, earlier)

        with _explained(self.run_id):
            self._place(write)
            self._tidy()

    def replace(self, recordings: Sequence[Recording]) -> None:
        """Give every state that is kept another content: what they were before is gone for good.

        Args:
            recordings: One for each of `folders`, in that order.
        """
        names = [*(path.name for path in reversed(self.earlier)), *([ORIGINAL] if self.original else [])]

        def write(folder: Path) -> None:
            for name, recording in zip((".", *names), recordings, strict=True):
                _write(folder / name, recording)

        with _explained(self.run_id):
            self._place(write)
            self._drop_first()
            self._tidy()

    def undo(self) -> None:
        """Make the state before the current one count again.

        Raises:
            RefusedError: None is kept.
        """
        if not self.earlier:
            self.undo_all()
            return
        *older, last = self.earlier

        def write(folder: Path) -> None:
            _link(last, folder)
            self._keep(folder, older)

        with _explained(self.run_id):
            self._place(write)
            self._tidy()

    def undo_all(self) -> None:
        """Give the original back.

        Raises:
            RefusedError: There is none.
        """
        original = self._wanted_original()
        with _explained(self.run_id):
            if original == self._whole:
                self._discard(self.current)
            else:
                original.rename(self._whole / self._next())
                _sync(self._whole)
            self._tidy()

    def purge(self) -> None:
        """Delete the original for good, and every state between it and the current one.

        Raises:
            RefusedError: There is none.
        """
        original = self._wanted_original()
        with _explained(self.run_id):
            for folder in self.earlier:
                self._discard(folder)
            if original == self._whole:
                self._drop_first()
            else:
                self._discard(original)

    def _wanted_original(self) -> Path:
        if self.original is None:
            raise RefusedError(
                f"run {self.run_id} has no original beside it: it was not edited, or redacted or purged since; "
                f"`replaybook show {self.run_id}` says which"
            )
        return self.original

    def _keep(self, folder: Path, earlier: Sequence[Path]) -> None:
        """Put these states, and the original where it is not at its first place, into a new state."""
        inside = self.current / ORIGINAL
        if inside.is_dir():
            _link(inside, folder / ORIGINAL)
        for number, state in enumerate(earlier, 1):
            _link(state, folder / f"{EARLIER}{number}")

    def _place(self, write: Callable[[Path], None]) -> None:
        name = self._next()
        _placed(self._whole / f"{UNFINISHED}{name}", self._whole / name, write)

    def _next(self) -> str:
        numbers = [int(path.name.removeprefix(EDIT)) for path in self._edits()]
        return f"{EDIT}{max(numbers, default=0) + 1}"

    def _edits(self) -> list[Path]:
        return [path for path in self._whole.glob(f"{EDIT}*") if path.name.removeprefix(EDIT).isdigit()]

    def _tidy(self) -> None:
        """Remove what an edit that was cut short, or that another took the place of, has left."""
        current = self.current
        unfinished = [path for folder in {current, self._whole} for path in folder.glob(f"{UNFINISHED}*")]
        for left in (*unfinished, *(path for path in self._edits() if path != current)):
            self._discard(left)
        if self._whole not in (current, self.original):
            self._drop_first()

    def _drop_first(self) -> None:
        """Delete the files of the state that was recorded, the one that makes it a run first."""
        (self._whole / TRACE).unlink(missing_ok=True)
        for path in self._whole.iterdir():
            if path not in self._edits():
                path.unlink() if path.is_file() else shutil.rmtree(path)
        _sync(self._whole)

    def _discard(self, folder: Path) -> None:
        """Delete a folder; it stops to count at once."""
        gone = folder.with_name(f"{UNFINISHED}{folder.name}.gone")
        folder.rename(gone)
        _sync(gone.parent)
        shutil.rmtree(gone)


@contextlib.contextmanager
def _unfinished(home: Home, run_id: str) -> Iterator[Path]:
    """A folder for a run that is not whole yet, held as long as it is written; those that nobody holds are deleted."""
    # Not beside the other runs: what is not whole must not be listed.
    folder = home.path / f"{UNFINISHED}{run_id}"
    with contextlib.ExitStack() as hold:
        # Not the folder of the runs: who removes contents holds that, and waits for whoever makes a run of others.
        with _locked(home.path):
            for left in home.path.glob(f"{UNFINISHED}*/"):
                with contextlib.suppress(BlockingIOError), _locked(left, wait=False):
                    shutil.rmtree(left, ignore_errors=True)
            folder.mkdir(mode=PRIVATE_FOLDER)
            hold.enter_context(_locked(folder))
        yield folder


@contextlib.contextmanager
def _locked(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a folder against other processes.

    Raises:
        BlockingIOError: Another one holds it, and it is not to be waited for.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def _placed(partial: Path, target: Path, write: Callable[[Path], None]) -> None:
    """Fill a folder, force it onto the disk, and only then give it its name."""
    try:
        write(partial)
        for folder in (partial, *(path for path in partial.rglob("*") if path.is_dir())):
            _sync_all(folder)
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _sync(target.parent)


def _link(state: Path, folder: Path) -> None:
    """The same files once more; the states that lie within are left out."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True)
    for path in state.iterdir():
        if path.is_file():
            os.link(path, folder / path.name)


def _write(folder: Path, recording: Recording) -> None:
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    tape = TapeWriter(folder)
    try:
        for event in events_of(recording.trace, _resizes(recording)):
            tape.event(event)
        for frame in recording.frames():
            if frame.resize is not None:
                tape.resize(*frame.resize, frame.at_us)
            tape.write(frame.data, frame.at_us)
    finally:
        tape.close()


def _resizes(recording: Recording) -> Iterator[Resized]:
    sizes = ((frame.resize, frame.at_us) for frame in recording.frames() if frame.resize is not None)
    for number, ((columns, rows), at_us) in enumerate(sizes):
        # The first one is the size that the run began with.
        if number:
            yield Resized(columns=columns, rows=rows, at_us=at_us)


def _sync_all(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_file():
            _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _explained(run_id: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HostError(
            f"run {run_id} can't be written: {error.strerror}; free space or fix permissions, then try again"
        ) from error
