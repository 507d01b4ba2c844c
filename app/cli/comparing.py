"""compare: two runs, step by step."""

from collections.abc import Iterator

import click

from app.cli.exits import Exit
from app.cli.shared import Settings, as_json, complete_run, emit, example, pass_settings, styled
from app.telling import comparison_summary, difference_lines, head_line, named_line
from capture.printable import printable
from replay.history.comparison import Comparison, StepComparison

_WIDTH = 60


@click.command(
    "compare",
    epilog=example(
        "replaybook compare RUN REPLAY",
        "replaybook compare REPLAY REPLAY --json",
        "replaybook compare RUN RUN --exit-code   # 4 when they differ, for scripts",
    ),
)
@click.argument("one", metavar="RUN", shell_complete=complete_run)
@click.argument("two", metavar="RUN", shell_complete=complete_run)
@click.option("--exit-code", "tells", is_flag=True, help="Answer with 4 when they differ; without it, 0 either way.")
@as_json
@pass_settings
def compare_command(settings: Settings, *, one: str, two: str, tells: bool, as_json: bool) -> int:
    """Show in what two runs differ, step by step: recordings or replays.

    Compared are command, directory, exit code, output, dialogue, file effects with their contents, and variables.
    What is known to vary (durations, dates, ids, the workspace's own path) is no difference; how long they took is
    told only.
    """
    found = settings.core().compare(one, two)
    emit(found, as_json=as_json, human=lambda: compared(found))
    return Exit.STOPPED if tells and not found.same else Exit.DONE


def compared(found: Comparison) -> Iterator[str]:
    """A comparison for a person: only what differs."""
    yield f"1  {head_line(found.one)}"
    yield f"2  {head_line(found.two)}"
    yield from (f"   {named_line(value, '')}" for value in found.values)
    for step in found.steps:
        yield from _step(step)
    yield comparison_summary(found)


def _step(step: StepComparison) -> Iterator[str]:
    command = (step.command.one or step.command.two or "").strip().partition("\n")[0]
    numbers = f"{step.one or '-':>3} {step.two or '-':>3}"
    sign = "-" if step.left_out else "=" if step.same else "≠"
    said = "left out by the playbook" if step.left_out else ", ".join(step.differs).replace("_", " ")
    if None in (step.one, step.two) and not step.left_out:
        said = f"only in {1 if step.two is None else 2}"
    line = f"{sign} {numbers}  {printable(command)[:_WIDTH]}"
    yield styled(f"{line:<70}  {said}".rstrip(), bold=not step.same)
    yield from (f"             {printable(line)}" for line in difference_lines(step))
