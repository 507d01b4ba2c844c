"""Where a stepped replay stands, as lines for a plain terminal (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import ndiff

from app.calls import told_command
from app.cli.voice import Voice
from capture.printable import printable
from capture.trace import Step
from replay.outcome import Failure, StepOutcome
from replay.playbook import PlaybookStep
from replay.stand import Stand
from replay.stepping.breakpoints import Breakpoint
from replay.stepping.parts import why_whole

LONGEST_DIFF = 40
"""Lines of a difference that are shown."""


def place_lines(stand: Stand, hit: str) -> Iterator[str]:
    """Before which step it stands, and what made it halt."""
    index, part = stand.step_index, stand.part
    if hit:
        yield f"breakpoint: {printable(hit)}"
    if stand.refused:
        yield printable(stand.refused)
    if stand.failure:
        yield f"stopped at step {index}{_again(stand)}"
        if not stand.back:
            yield f"nothing is taken back here; quit, then replay with --from {index} goes on, or restart begins anew"
    elif stand.over:
        yield "behind the last step; continue ends the replay"
    elif part:
        yield f"in step {index}, before part {part.number} of {part.count}: {_line(part.command)}"
    else:
        step = stand.playbook.steps[index - 1]
        listed = "" if why_whole(step, stand.playbook.shell) else "  (a list: step goes into it)"
        yield f"before step {index} of {len(stand.playbook.steps)}: {_line(step.run)}{listed}"
        if step.note:
            yield f"  {printable(step.note)}"


def _again(stand: Stand) -> str:
    return "; back tries it again" if stand.step_index in stand.back else ""


def way_back(stand: Stand) -> str:
    """Which steps it can go back to, or why to none."""
    behind = [at for at in stand.back if at < stand.step_index]
    if behind:
        return f"back: to step {', '.join(map(str, behind))}"
    return f"back: no, {stand.no_way_back}" if stand.no_way_back else "back: nothing lies behind"


def step_lines(
    stand: Stand,
    outcomes: Mapping[int, StepOutcome],
    breakpoints: Sequence[Breakpoint],
    voice: Voice,
) -> Iterator[str]:
    """Every step, the one that it stands at marked."""
    for index, step in enumerate(stand.playbook.steps, 1):
        at = [one for one in breakpoints if one.step == index]
        halts = ("step" if any(one.condition is None for one in at) else "condition") if at else ""
        yield voice.stand(index, _line(step.run), outcomes.get(index), here=index == stand.step_index, halts=halts)


def difference_lines(failure: Failure, step: PlaybookStep, ran: Step | None, voice: Voice) -> Iterator[str]:
    """Recorded against actual, only what differs and what stands around it."""
    yield f"{failure.failure_class}: {printable(failure.message)}"
    if ran is None:
        return
    yield from voice.sides()
    recorded = [*_facts(step.expect.exit, _effects(step))]
    actual = [*_facts(ran.exit_code, _happened(ran) if step.expect.effects is not None else [])]
    if step.expect.output is not None:
        recorded += step.expect.output.splitlines()
        actual += ran.output.splitlines()
    lines = [line for line in ndiff(recorded, actual) if not line.startswith("?")]
    shown = _around(lines)
    yield from (voice.difference(printable(line)) for line in shown[:LONGEST_DIFF])
    if len(shown) > LONGEST_DIFF:
        yield f"  … {len(shown) - LONGEST_DIFF} lines more"
    yield from (f"  {printable(line)}" for line in failure.difference.splitlines()[:LONGEST_DIFF])


def _facts(exit_code: int | None, effects: Sequence[str]) -> Iterator[str]:
    yield f"exit {exit_code}"
    yield from sorted(effects)


def _effects(step: PlaybookStep) -> list[str]:
    return [f"{effect.op} {effect.path}" for effect in step.expect.effects or () if not effect.optional]


def _happened(ran: Step) -> list[str]:
    return [f"{effect.op} {effect.path}" for effect in ran.file_effects]


def _around(lines: Sequence[str]) -> list[str]:
    """The lines that differ, with one that is the same on each side."""
    near = {at + by for at, line in enumerate(lines) if not line.startswith("  ") for by in (-1, 0, 1)}
    return [line for at, line in enumerate(lines) if at in near]


def _line(command: str) -> str:
    first, more, _ = printable(told_command(command).strip()).partition("\n")
    return f"{first} …" if more else first
