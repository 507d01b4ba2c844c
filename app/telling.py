"""What both front ends say of comparisons, of the last replays and of what was saved: lines of text."""

from collections.abc import Iterator

from app.dialogue import NOT_TOLD
from capture.printable import printable
from replay.history.comparison import Comparison, Head, Named, StepComparison
from replay.history.ledger import Account, Ledger, Recorded
from replay.history.stability import Durations, Stability, StepStability
from replay.history.stability import Verdict as Steadiness
from replay.history.usage import Used
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
    return f"in all: {found.saved_ms / 1000:.3f} s saved by {replays}, {avoided_words(found.avoided)}"


def against_lines(found: Ledger) -> Iterator[str]:
    """What the recorded runs took against what their replays did, each over the same replays."""
    yield f"time: {found.recorded_ms / 1000:.3f} s recorded, {found.replayed_ms / 1000:.3f} s replayed"
    yield f"model calls: {against(found.recorded.model_calls, found.used.model_calls)}"
    yield f"prompt tokens: {against(found.recorded.prompt_tokens, found.used.prompt_tokens)}"
    yield f"completion tokens: {against(found.recorded.completion_tokens, found.used.completion_tokens)}"
    if found.not_counted_used.any:
        yield f"replays that are not counted took {used_words(found.not_counted_used)}"


def against(recorded: int | None, replayed: int | None) -> str:
    """One count of a recording, and the same of its replay."""
    return f"{count_words(recorded)} recorded, {count_words(replayed)} replayed"


def count_words(count: int | None) -> str:
    """A count as it is read; nothing is estimated."""
    return NOT_TOLD if count is None else f"{count:,}"


def used_words(used: Used) -> str:
    """What models did, in one line."""
    tokens = f"{count_words(used.prompt_tokens)} prompt and {count_words(used.completion_tokens)} completion tokens"
    return f"{count_words(used.model_calls)} model calls, {tokens}"


def account_head(one: Account) -> str:
    """One playbook in one line."""
    saved = f"{one.saved_ms / 1000:.3f} s saved" if one.saved_ms is not None else "unknown what was saved"
    return f"{one.playbook}: {saved}, {avoided_words(one.avoided)}"


def account_lines(one: Account) -> Iterator[str]:
    """What the recordings of a playbook took, its sums, and what is in none."""
    yield from (f"  {printable(recorded_line(recorded))}" for recorded in one.recorded)
    yield from (f"  {printable(line)}" for line in one.arithmetic)
    yield from (f"  not counted: {left.replays}, {left.reason}" for left in one.not_counted)
    if one.not_counted_used.any:
        yield f"  those took {used_words(one.not_counted_used)}, which is in no sum"


def recorded_line(one: Recorded) -> str:
    """A recording by what it took."""
    took_words = NOT_TOLD if one.untold is not None else used_words(one.used)
    whose = f" by {one.agent.name}" if one.agent else ""
    return f"recording {one.run_id}{whose}: {one.duration_ms / 1000:.3f} s, {took_words}"


def avoided_words(avoided: Used) -> str:
    """Model calls and tokens that were avoided, in words."""
    if avoided.model_calls is None:
        return f"model calls avoided: {NOT_TOLD}"
    counts = (avoided.prompt_tokens, avoided.completion_tokens)
    told = [f"{count:,} {words}" for count, words in zip(counts, ("prompt", "completion"), strict=True) if count]
    tokens = f" ({' and '.join(told)} tokens)" if told else ""
    return f"{avoided.model_calls:,} model calls avoided{tokens}"
