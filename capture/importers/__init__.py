"""Other tools' recordings become runs; each format is one file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO

from capture.errors import BadInputError
from capture.home import Home
from capture.importers.agents import MAPPED, READERS, import_agent_record
from capture.importers.asciicast import read_asciicast
from capture.importers.files import STANDARD_INPUT, opened, whole_or_not_at_all
from capture.importers.foreign import Moment, Recording
from capture.importers.taking import Taking, run_of
from capture.importers.typescript import read_typescript
from capture.printable import printable
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules

FORMATS = ("asciicast", "asciicast-v3", "asciicast-v2", "typescript", *READERS, MAPPED)
"""What can be imported; `asciicast` takes the version that the file says."""
_LONGEST_NAME = 200
TOLD_EVERY = 500
"""Moments between two words on how far an import is."""


def import_file(  # noqa: PLR0913 - what an import is told
    home: Home,
    form: str,
    path: str,
    *,
    run_id: str,
    now: datetime,
    stdin: IO[bytes] | None = None,
    timing: str | None = None,
    mapping: str | None = None,
    name: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Take over a recording that another tool made; what could not be taken over stands in the run's `imported`.

    Args:
        home: Where the run is kept.
        form: One of `FORMATS`.
        path: The file; `-` is `stdin`.
        run_id: Of the run.
        now: When it is imported.
        stdin: Read for `-`; None: no file is called so.
        timing: The timing file of a typescript.
        mapping: The mapping file of a `jsonl`.
        name: Of the run; None: the file's title, or its name.
        progress: Is told again and again how many moments were taken over; what it raises ends the import.

    Raises:
        BadInputError: The file is not what it should be, or nothing is in it; nothing is kept.
        HostError: The run can't be written.
    """
    if mapping is not None and form != MAPPED:
        raise BadInputError(f"--map is for {MAPPED}; {form} is read without one")
    if form in READERS or form == MAPPED:
        if timing is not None:
            raise BadInputError(f"--timing is for typescripts; {form} holds its times itself")
        import_agent_record(
            home, form, path, run_id=run_id, now=now, stdin=stdin, mapping=mapping, name=name, progress=progress
        )
        return
    with ExitStack() as files:
        recording = _recording(form, path, timing, stdin, files)
        if progress:
            recording = recording._replace(moments=_counted(recording.moments, progress))
        redactor = Redactor(load_rules(home))
        title = redactor.command(" ".join(printable(recording.head.title or "").split()))[0][:_LONGEST_NAME]
        shown = name or title or ("stdin" if path == STANDARD_INPUT else Path(path).stem)
        run = run_of(recording, run_id=run_id, name=shown, otherwise=now)
        with whole_or_not_at_all(home.run_folder(run_id)) as tape:
            taking = Taking(tape, run, redactor)
            taking.take(recording)
            if not taking.taken:
                why = "; ".join(recording.left_out.sentences()) or "its header is all there is"
                raise BadInputError(f"{path} holds no recording ({why}); give another file")


def _counted(moments: Iterator[Moment], progress: Callable[[int], None]) -> Iterator[Moment]:
    for number, moment in enumerate(moments):
        if number % TOLD_EVERY == 0:
            progress(number)
        yield moment


def _recording(form: str, path: str, timing: str | None, stdin: IO[bytes] | None, files: ExitStack) -> Recording:
    if form not in FORMATS:
        raise BadInputError(f"{form} can't be imported; {', '.join(FORMATS)} can")
    if form == "typescript":
        if timing == path:
            raise BadInputError(f"{path} can't be both the typescript and its timing file; name the other one")
        times = None if timing is None else opened(timing, stdin, files)
        return read_typescript(opened(path, stdin, files), path, times, timing or "")
    if timing is not None:
        raise BadInputError(f"--timing is for typescripts; {form} holds its times itself")
    _, _, version = form.partition("-v")
    return read_asciicast(opened(path, stdin, files), path, int(version) if version else None)
