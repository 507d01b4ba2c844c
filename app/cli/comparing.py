"""compare: two runs, step by step."""

from collections.abc import Iterator

import click

from app.cli.exits import Exit
from app.cli.shared import Settings, as_json, complete_run, emit, example, pass_settings, styled
from capture.printable import printable
from replay.history.comparison import Comparison, Head, Named, StepComparison

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
    yield f"1  {_head(found.one)}"
    yield f"2  {_head(found.two)}"
    yield from (f"   {_named(value, '')}" for value in found.values)
    for step in found.steps:
        yield from _step(step)
    yield _summary(found)


def _head(head: Head) -> str:
    what = f"replay {head.replay_id} of {head.playbook}@{head.version}" if head.replay_id else f"run {head.run_id}"
    where = f", in a shadow ({head.shadow})" if head.shadow else ""
    name = "" if head.replay_id else f" {head.name}"
    return printable(f"{what}{name}: {head.status}, {head.duration_ms:.0f} ms in {head.workspace}{where}")


def _step(step: StepComparison) -> Iterator[str]:
    command = (step.command.one or step.command.two or "").strip().partition("\n")[0]
    numbers = f"{step.one or '-':>3} {step.two or '-':>3}"
    sign = "-" if step.left_out else "=" if step.same else "≠"
    said = "left out by the playbook" if step.left_out else ", ".join(step.differs).replace("_", " ")
    if None in (step.one, step.two) and not step.left_out:
        said = f"only in {1 if step.two is None else 2}"
    line = f"{sign} {numbers}  {printable(command)[:_WIDTH]}"
    yield styled(f"{line:<70}  {said}".rstrip(), bold=not step.same)
    yield from (f"             {printable(line)}" for line in told(step))


def told(step: StepComparison) -> Iterator[str]:
    """Everything in which a step differs, a line each."""
    if "command" in step.differs:
        yield from (f"-{step.command.one.strip()}", f"+{step.command.two.strip()}")
    if step.directory:
        yield f"directory: {step.directory.one} | {step.directory.two}"
    if step.exit_code and step.signal:
        yield " | ".join(
            f"exit {code}" + (f" ({signal})" if signal else "")
            for code, signal in ((step.exit_code.one, step.signal.one), (step.exit_code.two, step.signal.two))
        )
    yield from step.output.splitlines()
    yield from step.dialogue.splitlines()
    for effect in step.effects:
        yield f"{effect.path}: {effect.one or 'untouched'} | {effect.two or 'untouched'} ({', '.join(effect.differs)})"
        yield from (f"  {line}" for line in effect.diff.splitlines())
    yield from (_named(variable, "unset") for variable in step.environment)


def _named(value: Named, without: str) -> str:
    one, two = (without if text is None else text for text in (value.one, value.two))
    return f"{value.name}: {one or without or '-'} | {two or without or '-'}"


def _summary(found: Comparison) -> str:
    counts = found.summary
    said = [f"{counts.same} the same", f"{counts.differ} differ"]
    said += [f"{number} only in {side}" for side, number in ((1, counts.only_one), (2, counts.only_two)) if number]
    said += [f"{counts.left_out} left out by the playbook"] if counts.left_out else []
    return f"{'same' if found.same else 'different'}: {', '.join(said)}"
