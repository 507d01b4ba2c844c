"""A playbook in the making: what every compiler pass takes and gives back."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import chain
from typing import TypeAlias

import msgspec

from capture.trace import EffectOp, FileEffect, Step, Trace
from replay import offers, template
from replay.matching import printing
from replay.playbook import Dropped, Link, Parameter, PlaybookStep, Quality, Question
from replay.syntax import Analysis, analyse
from replay.syntax.kept import kept

_WORD = re.compile(r"[0-9A-Za-z_]+")


class DraftStep(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded step and what has been made of it so far."""

    recorded: Step
    """As it happened."""
    step: PlaybookStep
    """As it will be done again."""
    values: dict[str, str] = {}
    """Values captured here: name to recorded value."""
    shell: str = "bash"
    """Whose text its command is."""
    whole: dict[str, str] = {}
    """Of those that are the beginning of what was printed: name to all of it."""
    read: Analysis | None = None
    """What its command's text tells, once it was read; every pass asks for it."""
    loose: frozenset[str] = frozenset()
    """Paths whose content is not compared: it holds a value that only a later step shows, and that may differ."""
    reads_only: bool = False
    """It calls a tool that changes nothing."""
    deciding: tuple[int, int] | None = None
    """Where in its playbook command stands what decided its safety level, as [start, end)."""

    @property
    def analysis(self) -> Analysis:
        """What its command's text tells."""
        return self.read or analyse(self.recorded.command, self.shell)

    def changed(self, **fields: object) -> "DraftStep":
        """The same with some fields of its playbook step replaced."""
        return msgspec.structs.replace(self, step=msgspec.structs.replace(self.step, **fields))


class Draft(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A playbook in the making."""

    trace: Trace
    """What it is made from."""
    steps: tuple[DraftStep, ...]
    """Steps kept so far, in order."""
    blobs: Callable[[str], bytes | None]
    """Content by its `sha256:…`; None when it was not kept."""
    reads: Callable[[str], Analysis] = analyse
    """What a command's text tells, in this recording's shell; it reads the same text once in a compilation."""
    keep: frozenset[int] = frozenset()
    """Recorded steps that no pass may drop."""
    answers: Mapping[str, bool] = {}
    """What a person said of weak values: whether a later use is whatever an earlier step prints."""
    parameters: dict[str, Parameter] = {}
    """By name."""
    values: dict[str, str] = {}
    """What the parameters were in this trace, by name; secrets left out."""
    narrow: Mapping[str, str] = {}
    """Parameters that mean the same only where a command says so, as a user's name that is a directory's too; each with
    the tool that speaks of it even where it isn't told; empty for none."""
    links: tuple[Link, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    """One for every decision that a person may reverse."""
    quality: Quality = Quality(score=1.0)
    known_tools: offers.Known = offers.nothing_known
    """What is known of the tools that it calls."""
    carried: tuple[str, ...] = ()
    """Variables of before the recording that a person wants to be set first."""
    unsaid: tuple[str, ...] = ()
    """What a replay needs of the moment before the recording and nobody has said, a sentence each."""

    def known_at(self, index: int, *texts: str) -> dict[str, str]:
        """Values that have a name once the step (index into `steps`) has run.

        Args:
            index: Of the step.
            texts: Only values that may stand in one of these, as tokens of their own; none: all of them.
        """
        if not texts:
            return {name: value for at, name, value in self._named if at <= index}
        words, by_word = {"", *chain.from_iterable(map(_WORD.findall, texts))}, self._by_word
        found = [one for word in words if word in by_word for one in by_word[word]]
        return {name: value for at, name, value in sorted(found) if at <= index}

    @cached_property
    def _named(self) -> tuple[tuple[int, str, str], ...]:
        """The step that gives a value its name (index into `steps`, -1 for a parameter), the name and the value."""
        captured = ((at, *item) for at, step in enumerate(self.steps) for item in step.values.items())
        return (*((-1, *item) for item in self.values.items()), *captured)

    @cached_property
    def _by_word(self) -> dict[str, list[tuple[int, str, str]]]:
        """The same by the first word of each value; at the borders of a token that is a whole word of the text."""
        found: dict[str, list[tuple[int, str, str]]] = {}
        for named in self._named:
            word = _WORD.search(named[2])
            found.setdefault(word[0] if word else "", []).append(named)
        return found

    @cached_property
    def made_by_chance(self) -> dict[str | None, int]:
        """Contents that steps make by chance or of the moment, each with the first such step (index into `steps`)."""
        by_chance = [(at, step) for at, step in enumerate(self.steps) if printing.by_chance(step.analysis)]
        return {effect.after: at for at, step in reversed(by_chance) for effect in step.recorded.file_effects}

    @cached_property
    def comings(self) -> dict[str, list[tuple[int, bool]]]:
        """When paths came and went: behind which step (from 1; 0: before all), and whether each was there then."""
        known: dict[str, list[tuple[int, bool]]] = {seen.path: [(0, True)] for seen in self.trace.workspace_before}
        for at, step in enumerate(self.trace.steps, 1):
            for one in (*step.file_effects, *self.trace.late(step.step_index)):
                if one.moved_from is not None and one.moved_from != one.path:
                    known.setdefault(one.moved_from, []).append((at, False))
                known.setdefault(one.path, []).append((at, one.op is not EffectOp.DELETED))
        return known

    def meant_at(self, index: int, *texts: str, before: bool = False) -> dict[str, str]:
        """Values that the step (index into `steps`) can be about, once it has run or before.

        Args:
            index: Of the step.
            texts: As in `known_at`.
            before: Before it has run.

        Returns:
            By name; of the narrow ones only those that its command names, that it prints first, or that its tool
            speaks of.
        """
        known = self.known_at(index - 1 if before else index, *texts)
        if self.narrow.keys().isdisjoint(known):
            return known
        step = self.steps[index]
        named, tools = template.names(step.step.run), command_names(step)
        return {
            name: value
            for name, value in known.items()
            if name not in self.narrow or name in named or name in step.values or self.narrow[name] in tools
        }

    @property
    def places(self) -> dict[str, str]:
        """Values that mean the same in whatever path they stand."""
        return {name: value for name, value in self.values.items() if name not in self.narrow}

    def with_runs(self, change: Callable[[str], str]) -> "Draft":
        """The same with another text of each step's command, which depends on nothing but the text there was."""
        changed = {text: change(text) for text in dict.fromkeys(step.step.run for step in self.steps)}
        return self.with_steps(
            tuple(
                step if changed[step.step.run] == step.step.run else step.changed(run=changed[step.step.run])
                for step in self.steps
            )
        )

    def with_steps(self, steps: tuple[DraftStep, ...]) -> "Draft":
        """The same with other steps."""
        return msgspec.structs.replace(self, steps=steps)

    def noted(self, *notes: str) -> "Draft":
        """The same with more notes."""
        return msgspec.structs.replace(self, notes=(*self.notes, *notes))

    def without(self, reasons: Mapping[int, str]) -> "Draft":
        """The same without some steps.

        Args:
            reasons: Recorded step to why it is left out; those in `keep` stay.

        Returns:
            The smaller draft, with a note and an entry in `dropped` for each.
        """
        reasons = {index: reason for index, reason in reasons.items() if index not in self.keep}
        dropped = [Dropped(source_step_index=index, reason=reason) for index, reason in sorted(reasons.items())]
        notes = [f"left out step {one.source_step_index} of the recording: {one.reason}" for one in dropped]
        return msgspec.structs.replace(
            self,
            steps=tuple(step for step in self.steps if step.recorded.step_index not in reasons),
            dropped=tuple(sorted((*self.dropped, *dropped), key=lambda one: one.source_step_index)),
            notes=(*self.notes, *notes),
        )


Pass: TypeAlias = Callable[[Draft], Draft]
"""One decision, made over the whole draft."""


def command_names(step: DraftStep) -> tuple[str | None, ...]:
    """Names of the commands that it runs, wrappers seen through."""
    return _names(step.analysis)


@kept
def _names(analysis: Analysis) -> tuple[str | None, ...]:
    return tuple(use.name for use in analysis.commands)


def changes(step: Step) -> tuple[FileEffect, ...]:
    """Its file effects, but for files that were written again with the content that they had."""
    return tuple(effect for effect in step.file_effects if not _rewritten_alike(effect))


def changes_nothing(step: Step) -> bool:
    """Whether neither a file nor the shell is another after it."""
    return not changes(step) and step.cwd == step.cwd_after and not step.env_effects.any


def _rewritten_alike(effect: FileEffect) -> bool:
    return effect.op is EffectOp.MODIFIED and effect.before is not None and effect.before == effect.after
