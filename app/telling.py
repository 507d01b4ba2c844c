"""What both front ends say of comparisons, of the last replays and of what was saved: lines of text."""

from collections.abc import Iterator

from capture.printable import printable
from replay.history.comparison import Comparison, Head, Named, StepComparison
from replay.history.ledger import Account, Ledger
from replay.history.stability import Durations, Stability, StepStability
from replay.history.stability import Verdict as Steadiness
from replay.validation import Outcome


def head_line(head: Head) -> str:
    """Which run it is, in one line."""
    what = f"replay {head.replay_id} of {head.playbook}@{head.version}" if head.replay_id else f"run {head.run_id}"
    where = f", in a shadow ({head.shadow})" if head.shadow else ""
    name = "" if head.replay_id else f" {head.name}"
    return printable(f"{what}{name}: {head.status}, {head.duration_ms:.0f} ms in {head.workspace}{where}")


def difference_lines(step: StepComparison) -> Iterator[str]:
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
    yield from (named_line(variable, "unset") for variable in step.environment)


def named_line(value: Named, without: str) -> str:
    """A value in both runs, and what to say where one has none."""
    one, two = (without if text is None else text for text in (value.one, value.two))
    return f"{value.name}: {one or without or '-'} | {two or without or '-'}"


def comparison_summary(found: Comparison) -> str:
    """How many steps are how."""
    counts = found.summary
    said = [f"{counts.same} the same", f"{counts.differ} differ"]
    said += [f"{number} only in {side}" for side, number in ((1, counts.only_one), (2, counts.only_two)) if number]
    said += [f"{counts.left_out} left out by the playbook"] if counts.left_out else []
    return f"{'same' if found.same else 'different'}: {', '.join(said)}"


def step_lines(step: StepStability) -> Iterator[str]:
    """How a step failed, and what of its output varies."""
    for way in step.divergences:
        times = f"{len(way.replays)} time{'s' if len(way.replays) > 1 else ''}"
        yield printable(
            f"step {step.step_index} diverged {times}, {way.divergence}, {way.failure_class}: {way.message}"
        )
    if step.output.varies:
        unmasked = "not masked" if step.output.compared else "not compared"
        yield f"step {step.step_index} prints what varies ({unmasked}):"
        yield from (f"  in {one.replays}: {printable(one.line)}" for one in step.output.lines)


def validation_lines(found: Outcome) -> list[str]:
    """What a validation came to: its verdict, and what that rests upon."""
    lines = [f"  {found.verdict} in a shadow of level {found.level}: {printable(found.reason)}"]
    if found.control:
        told = "failed as it did outside" if found.control.reproduced else "did not fail as it did outside"
        recorded = f" (run {found.control.run_id})" if found.control.run_id else ""
        lines.append(f"  control: the unrepaired step {told}{recorded}")
    lines += ["  network: as the host's"] if found.network else []
    lines.append(f"  host changes: {found.host_changes}")
    lines += [f"  recorded as run {found.run_id}"] if found.run_id else []
    return [*lines, *(f"  {line}" for line in thorough_lines(found.stability))]


def thorough_lines(found: Stability | None) -> Iterator[str]:
    """Which step flaked and which output varied, over the whole replays of a validation."""
    if found is None:
        return
    lasting = f", median {took(found.duration)}" if found.duration else ""
    yield f"{found.passed} of {len(found.replays)} whole replays passed{lasting}"
    for step in found.steps:
        if step.verdict in (Steadiness.FLAKY, Steadiness.FAILING):
            yield f"step {step.step_index} is {step.verdict}: {step.passed} passed, {step.failed} failed"
        yield from step_lines(step)
    if not found.flaky_steps and not found.varying_steps and found.passed == len(found.replays):
        yield "no step flakes and no output varies"
    yield from (f"{one.replays} {one.reason}" for one in found.left_out)


def took(taken: Durations) -> str:
    """How long, and how far it is spread."""
    return f"{taken.median_ms:.0f} ms (IQR {taken.iqr_ms:.1f}, {taken.min_ms:.0f} to {taken.max_ms:.0f})"


def ledger_sum(found: Ledger) -> str:
    """All accounts in one line."""
    replays = f"{found.replays} replay{'s' if found.replays != 1 else ''}"
    return f"in all: {found.saved_ms / 1000:.3f} s saved by {replays}, {calls(found.model_calls_avoided)}"


def account_head(one: Account) -> str:
    """One playbook in one line."""
    saved = f"{one.saved_ms / 1000:.3f} s saved" if one.saved_ms is not None else "unknown what was saved"
    return f"{one.playbook}: {saved}, {calls(one.model_calls_avoided)}"


def account_lines(one: Account) -> Iterator[str]:
    """The sums of one playbook, and what is in none."""
    yield from (f"  {printable(line)}" for line in one.arithmetic)
    yield from (f"  not counted: {left.replays}, {left.reason}" for left in one.not_counted)


def calls(number: int | None) -> str:
    """Model calls that were avoided, in words."""
    return "model calls avoided: unknown" if number is None else f"{number} model calls avoided"
