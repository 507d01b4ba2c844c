"""show --diff: what steps changed in files, line by line."""

from collections.abc import Iterator

from app.cli.shared import emit, styled
from app.core import Core
from app.documents import show_document
from app.file_diffs import FileDiff
from capture.printable import printable
from capture.trace import Trace


def show_written(core: Core, trace: Trace, only: int | None, *, as_json: bool) -> None:
    """Print what a run's steps wrote.

    Args:
        core: Who knows the contents.
        trace: The run.
        only: One step; None: all.
        as_json: As `show` does, with `files` beside `steps`.
    """
    steps = [step for step in trace.steps if only in (None, step.step_index)]
    files = {step.step_index: core.written(step) for step in steps if step.file_effects}
    document = {
        **show_document(trace, step=only),
        "files": [{"step_index": index, "written": told} for index, told in files.items()],
    }

    def human() -> Iterator[str]:
        for step in steps:
            if step.step_index in files:
                yield styled(f"step {step.step_index}  {printable(step.command)}", bold=True)
                for file in files[step.step_index]:
                    yield from _file(file)
        if not files:
            yield "no file was changed"

    emit(document, as_json=as_json, human=human)


def _file(file: FileDiff) -> Iterator[str]:
    why = f": {file.why_not}" if file.why_not else ""
    yield f"  {file.op} {printable(file.path)}{why}"
    yield from (f"    {printable(line)}" for line in file.lines)
