"""Did a step do what was recorded, up to what is known to vary, and if not, where and how."""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from capture.trace import EffectOp, FileType, Step, StepKind
from replay import template
from replay.calls import as_compared, name_of
from replay.diagnosis import Diagnosis, classify
from replay.edits import is_patch, read_patch
from replay.matching import contents, masks, printing
from replay.matching.effects import bound, is_mode, is_path, kind, match_effects, rewritten_alike, was_there
from replay.matching.lines import OutputMatch, match_output
from replay.outcome import Divergence, Failure, FailureClass, Judgement
from replay.playbook import ExpectedEffect, PlaybookStep
from replay.syntax import Via, analyse

ALREADY = frozenset({FailureClass.ALREADY_APPLIED, FailureClass.ALREADY_EXISTS})
"""Why a program may ask what it did not ask before."""
WORDLESS = frozenset({FailureClass.EXIT_CHANGED, FailureClass.UNCLASSIFIED})
"""What a step comes to that failed without saying why."""
LONGEST_LOG = 65_536
"""Bytes at the end of a file that are read for what a step had to say."""
_CUT_SHORT = re.compile(r"([^\n]*[^\s^])[ \t]*\^C\s*\Z")
"""An unfinished line, and behind it the echo of the ctrl-C that ended the step."""
_TOLD = 5
_COMMAND_WIDTH = 60
_LONGEST_LINE = 200


def judge(  # noqa: PLR0913 - what was expected, what came, and all that it is read with
    playbook_step: PlaybookStep,
    step: Step,
    *,
    values: Mapping[str, str],
    holds: Callable[[ExpectedEffect], bool],
    recorded: Mapping[str, str] | None,
    read: Callable[[str], bytes | None],
    shell: str = "bash",
) -> Judgement:
    """Hold a step that ran against what the playbook expects of it.

    Args:
        playbook_step: What was expected.
        step: What happened.
        values: Parameters and earlier captures.
        holds: Whether the wanted state of an effect (its path literal) is there already.
        recorded: For contents, which must be the recorded ones, what had another value in the recording; None when
            such a value may have found its way into them.
        read: The content of a file that the step changed, by its path in `file_effects`; None when it can't be read.
        shell: Whose text its command is.

    Returns:
        The failure, if it is one, and the values captured.
    """
    printed = _output(playbook_step, step, values, shell)
    case = _Case(playbook_step, step, {**values, **printed.captured}, shell)
    failure = (
        case.ended_otherwise(read)
        or case.touched_otherwise(holds)
        or case.printed_otherwise(printed)
        or case.told_another_value(printed)
        or case.asked_less()
        or (None if recorded is None else case.wrote_otherwise(read, recorded))
        or case.left_otherwise()
        or case.committed_otherwise()
    )
    return Judgement(step=step, failure=failure, captured=printed.captured)


def _output(expected: PlaybookStep, step: Step, values: Mapping[str, str], shell: str) -> OutputMatch:
    # One too long to be kept whole is compared as it was kept: what is expected was short enough.
    if expected.expect.output is None or step.full_screen:
        return OutputMatch(captured={}, mismatch=None)
    unordered = not is_patch(expected.run) and printing.side_by_side(analyse(expected.run, shell))
    pattern = expected.expect.output
    found = match_output(pattern, step.output, values, expected.capture, unordered=unordered)
    same = as_compared(step)
    if found.mismatch is None or same is step:
        return found
    return match_output(pattern, same.output, values, expected.capture)


class _Case:
    """One step's end and its expectation; each question answers with the failure that it finds."""

    def __init__(self, expected: PlaybookStep, step: Step, values: Mapping[str, str], shell: str) -> None:
        self._expected, self._step, self._values, self._shell = expected, step, values, shell

    def ended_otherwise(self, read: Callable[[str], bytes | None]) -> Failure | None:
        """Its time limit, a prompt without an answer, a signal or its exit code."""
        step, wanted = self._step, self._expected.expect.exit
        if step.unmet_prompt is not None:
            return self._asked_otherwise(step.unmet_prompt)
        if step.timed_out:
            limit = self._expected.timeout or "its time limit"
            last = _CUT_SHORT.search(step.output)
            asked = f"; it showed {last[1]!r} last, and may have waited for an answer" if last else ""
            said = f"was expected to end within {limit}{asked}"
            return self._failure(Divergence.TIMEOUT, FailureClass.TIMEOUT, said, last[1] if last else "")
        if step.exit_code == wanted:
            return None
        found = self._of_kind(step.output)
        if found.failure_class in WORDLESS and (told := self._redirected(read)):
            # What it had to say went into a file.
            named = self._of_kind(f"{step.output}\n{told}")
            found = found if named.failure_class in WORDLESS else named
        came = f"exit {step.exit_code}" if step.signal is None else f"{step.signal} (exit {step.exit_code})"
        line = found.evidence_line or (_first_words(step.output) if step.kind is StepKind.TOOL else "")
        said = f": {line.strip()}" if line else ""
        return self._failure(
            Divergence.EXIT_CODE if step.signal is None else Divergence.SIGNAL,
            found.failure_class,
            f"was expected to exit {wanted}, and ended with {came}{said}",
            came + said,
            expected=f"exit {wanted}",
            subject=found.subject,
        )

    def _of_kind(self, output: str) -> Diagnosis:
        return classify(
            command=self._step.command,
            exit_code=self._step.exit_code,
            output=output,
            signal=self._step.signal,
            timed_out=False,
            expected_exit=self._expected.expect.exit,
            shell=self._shell,
        )

    def _redirected(self, read: Callable[[str], bytes | None]) -> str:
        """What it wrote into files by redirects of its own command."""
        written = {one.path for one in self._step.file_effects if one.type is FileType.FILE}
        uses = analyse(self._step.command, self._shell).writes
        paths = [one.path for one in uses if one.via is Via.REDIRECT and one.path in written]
        texts = (read(path) or b"" for path in paths if path is not None)
        return "\n".join(text[-LONGEST_LOG:].decode(errors="replace") for text in texts)

    def touched_otherwise(self, holds: Callable[[ExpectedEffect], bool]) -> Failure | None:
        """Paths that it should have changed, or should not."""
        wanted = self._bound() if self._step.effects_seen else None
        differs = None if wanted is None else match_effects(wanted, self._step.file_effects, holds=holds)
        if wanted is None or differs is None:
            return None
        told = [_missed(item, differs.unexpected) for item in differs.missing]
        told += [f"{item} was not expected" for item in differs.unexpected]
        return self._failure(
            Divergence.EFFECTS,
            FailureClass.EFFECTS_CHANGED,
            f"exited {self._step.exit_code} as expected, but {_few(told)}",
            _few([*differs.unexpected]) or "no such change",
            expected=_few(differs.missing) or "no other change",
            subject=differs.subject,
        )

    def printed_otherwise(self, printed: OutputMatch) -> Failure | None:
        """Output that parts from its pattern."""
        differs = printed.mismatch
        if differs is None:
            return None
        divergence, failure_class = self._whose_value()
        came = differs.nearest or differs.actual.partition("\n")[0]
        wanted = differs.expected.partition("\n")[0]
        if differs.reordered:
            text = f"was expected to print {wanted!r} elsewhere: the same lines came in another order"
        elif not wanted:
            text = f"printed {came!r}, which was not expected"
        elif not came:
            text = f"was expected to print {wanted!r}, and printed nothing in its place"
        else:
            text = f"was expected to print {wanted!r}, and printed {came!r}"
        return self._failure(divergence, failure_class, text, differs.actual, expected=differs.expected)

    def told_another_value(self, printed: OutputMatch) -> Failure | None:
        """A value that later steps hold, where the pattern lets it differ and nobody has said what to do then."""
        read = {one.recorded: one.name for one in self._expected.capture}
        for value in self._expected.unconfirmed:
            came = printed.captured.get(read[value]) if value in read else self._again(value)
            if came != value:
                instead = f"printed {came!r}" if came else "didn't"
                return self._failure(
                    Divergence.DATAFLOW,
                    FailureClass.AMBIGUOUS_VALUE,
                    f"was expected to print {value!r}, which later steps hold, and {instead}",
                    came or "",
                    expected=value,
                    subject=value,
                )
        return None

    def _again(self, value: str) -> str | None:
        """The value, where the output holds it."""
        return value if masks.value_at(value).search(self._step.output) else None

    def wrote_otherwise(self, read: Callable[[str], bytes | None], recorded: Mapping[str, str]) -> Failure | None:
        """Files whose content is not the recorded one, with today's values or with those of then."""
        for effect in self._bound() or ():
            if effect.optional:
                continue
            change = next((one for one in self._step.file_effects if is_path(effect.path, one.path)), None)
            if change is None or kind(change.op) is not EffectOp.MODIFIED:
                continue
            if effect.content is not None and not self._is(effect.content, read(change.path), recorded):
                what = "with the content that it had before" if rewritten_alike(change) else "with another content"
            elif effect.content is None and effect.op is EffectOp.MODIFIED and rewritten_alike(change):
                what = "with the content that it had before"
            elif effect.content is None and was_there(effect) and change.op is EffectOp.CREATED:
                what = "anew: it was there before when this was recorded"
            else:
                continue
            return self._failure(
                Divergence.EFFECTS,
                FailureClass.EFFECTS_CHANGED,
                f"was expected to leave {change.path} as recorded, and wrote it {what}",
                f"{change.op} {change.path} {what}",
                expected=f"{effect.op} {masks.plain(effect.path)} with the recorded content",
                subject=change.path,
            )
        return None

    def left_otherwise(self) -> Failure | None:
        """Permission bits that it gave, and that are others now."""
        for effect in self._bound() or ():
            change = next((one for one in self._step.file_effects if is_path(effect.path, one.path)), None)
            if effect.mode is None or effect.optional or change is None or change.mode is None:
                continue
            if not is_mode(effect.mode, change.mode):
                return self._failure(
                    Divergence.EFFECTS,
                    FailureClass.EFFECTS_CHANGED,
                    f"was expected to leave {change.path} with mode {effect.mode}, and left it with {change.mode:o}",
                    f"{change.path} with mode {change.mode:o}",
                    expected=f"{change.path} with mode {effect.mode}",
                    subject=change.path,
                )
        return None

    def committed_otherwise(self) -> Failure | None:
        """Paths that it should have committed, or should not."""
        wanted, came = self._expected.expect.committed, self._step.committed
        if wanted is None or came is None:
            return None
        patterns = [masks.pattern(one, self._values) for one in wanted]
        missing = [
            masks.filled(one, self._values)
            for one, pattern in zip(wanted, patterns, strict=True)
            if not any(re.fullmatch(pattern, other) for other in came)
        ]
        extra = [other for other in came if not any(re.fullmatch(pattern, other) for pattern in patterns)]
        if not missing and not extra:
            return None
        merged = not came and self._merges()
        told = [f"{item} is not in the commit" for item in missing] + [f"{item} was not expected" for item in extra]
        return self._failure(
            Divergence.EFFECTS,
            FailureClass.ALREADY_APPLIED if merged else FailureClass.EFFECTS_CHANGED,
            "made no commit: all of it was merged already" if merged else f"committed something else: {_few(told)}",
            _few(extra) or "no such change in the commit",
            expected=_few(missing) or "no other change in the commit",
            subject=(extra or missing)[0].rpartition(" ")[2],
        )

    def _merges(self) -> bool:
        """Whether it is a merge alone: git ends well, and makes no commit, where there is nothing left to merge."""
        uses = analyse(self._step.command, self._shell).commands
        return len(uses) == 1 and uses[0].name == "git" and "merge" in [word.value for word in uses[0].words[1:2]]

    def _is(self, digest: str, content: bytes | None, recorded: Mapping[str, str]) -> bool:
        moment, then = self._step.started_at, {**self._values, **recorded}
        return content is not None and any(
            contents.is_content(content, digest, values, moment=moment) for values in (self._values, then)
        )

    def _asked_otherwise(self, prompt: str) -> Failure:
        wanted = " or ".join(repr(masks.filled(answer.prompt, self._values)) for answer in self._expected.answers)
        return self._failure(
            Divergence.PROMPT,
            self._why_asked(prompt),
            f"asked {prompt!r}, for which no answer was recorded; {wanted or 'no question'} was expected",
            prompt,
            expected=wanted,
        )

    def asked_less(self) -> Failure | None:
        """Whether a recorded prompt never came: what was answered there was done without being asked."""
        left = self._expected.answers[len(self._step.inputs) :]
        if not left:
            return None
        wanted = repr(masks.filled(left[0].prompt, self._values))
        return self._failure(
            Divergence.PROMPT,
            FailureClass.PROMPT_CHANGED,
            f"ended without asking {wanted}, which the recording answered",
            "no such prompt",
            expected=wanted,
        )

    def _why_asked(self, prompt: str) -> FailureClass:
        """A program that had no question before may ask because something is there already."""
        if self._expected.answers:
            return FailureClass.PROMPT_CHANGED
        found = classify(
            command=self._step.command,
            exit_code=1,
            output=prompt,
            signal=None,
            timed_out=False,
            expected_exit=0,
            shell=self._shell,
        )
        return found.failure_class if found.failure_class in ALREADY else FailureClass.PROMPT_CHANGED

    def _whose_value(self) -> tuple[Divergence, FailureClass]:
        """Whether the output differs just at a value that later steps use."""
        expect = self._expected.expect.output or ""
        names = {capture.name for capture in self._expected.capture}
        if names and self._would_match(masks.renamed(expect, dict.fromkeys(names, "token"))):
            return Divergence.DATAFLOW, FailureClass.STALE_VALUE
        if names and self._step.output.strip() == "" and expect.strip() in {f"{{{{{name}}}}}" for name in names}:
            # It prints nothing but the value, and there was none.
            return Divergence.DATAFLOW, FailureClass.STALE_VALUE
        loose = masks.loosened(expect, self._expected.unconfirmed)
        if self._expected.unconfirmed and self._would_match(loose):
            return Divergence.DATAFLOW, FailureClass.AMBIGUOUS_VALUE
        return Divergence.OUTPUT, FailureClass.OUTPUT_CHANGED

    def _would_match(self, pattern: str) -> bool:
        return match_output(pattern, self._step.output, self._values, self._expected.capture).mismatch is None

    def _bound(self) -> tuple[ExpectedEffect, ...] | None:
        effects = self._expected.expect.effects
        return None if effects is None else tuple(bound(effect, self._values) for effect in effects)

    def _failure(
        self,
        divergence: Divergence,
        failure_class: FailureClass,
        text: str,
        actual: str,
        *,
        expected: str = "",
        subject: str | None = None,
    ) -> Failure:
        index = self._step.step_index
        return Failure(
            step_index=index,
            divergence=divergence,
            failure_class=failure_class,
            message=f"step {index} ({_head(template.known(self._expected.run, self._values))}) {text}",
            expected=expected,
            actual=actual,
            subject=subject,
        )


def _missed(item: str, came: Sequence[str]) -> str:
    """A change that did not happen, with the one that looks most like it: an output may have another name now."""
    near = get_close_matches(item, came, n=1)
    return f"{item} did not happen" + (f" ({near[0]} looks like it)" if near else "")


def _few(items: Sequence[str]) -> str:
    more = len(items) - _TOLD
    return "; ".join([*items[:_TOLD], *([f"and {more} more"] if more > 0 else [])])


def _head(command: str) -> str:
    if is_patch(command):
        return "the patch of " + _few([edit.path for edit in read_patch(command)])
    if name := name_of(command):
        return f"the call of {name}"
    line, _, rest = command.strip().partition("\n")
    return line[:_COMMAND_WIDTH] + "…" if rest or len(line) > _COMMAND_WIDTH else line


def _first_words(output: str) -> str:
    """What a tool's answer begins with, where that is words and no JSON: why it failed."""
    line = next((line.strip() for line in output.splitlines() if line.strip()), "")
    return "" if line.startswith(("{", "[")) else line[:_LONGEST_LINE]
