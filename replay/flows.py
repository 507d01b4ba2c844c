"""Which value flows from which step of a playbook into which later ones, and what a step is tried on."""

import re
from collections.abc import Iterator

import msgspec

from capture.trace import StepKind
from replay import template
from replay.playbook import LinkStrength, Playbook, PlaybookStep
from replay.syntax import analyse
from replay.syntax.vocabulary import named


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One value on its way."""

    from_step: int
    """Prints it; counted from 1."""
    value: str
    """The captured value's name; a weak one itself."""
    to_steps: tuple[int, ...]
    """Use it, rising; none when nothing does yet."""
    strength: LinkStrength = LinkStrength.STRONG
    """Weak: nobody has said yet whether it is the same value."""

    @property
    def weak(self) -> bool:
        """Whether it is in question."""
        return self.strength is LinkStrength.WEAK


def flows(playbook: Playbook) -> tuple[Flow, ...]:
    """Every value that a step prints and a later one may use, by the step that prints it.

    Args:
        playbook: However it was made: compiled, repaired or written.
    """
    return tuple(sorted(_flows(playbook), key=lambda one: one.from_step))


def _flows(playbook: Playbook) -> Iterator[Flow]:
    """From the last step to the first, so that each use belongs to the nearest step before it that prints the value."""
    users: dict[str, list[int]] = {}
    for index in range(len(playbook.steps), 0, -1):
        step = playbook.steps[index - 1]
        for value in step.unconfirmed:
            used = tuple(_users_of(playbook, value, behind=index))
            yield Flow(from_step=index, value=value, to_steps=used, strength=LinkStrength.WEAK)
        for capture in step.capture:
            used = tuple(reversed(users.pop(capture.name, [])))
            yield Flow(from_step=index, value=capture.name, to_steps=used)
        for name in _uses(step):
            users.setdefault(name, []).append(index)


def _users_of(playbook: Playbook, value: str, *, behind: int) -> Iterator[int]:
    whole = re.compile(rf"(?<![\w.]){re.escape(value)}(?![\w])")
    for index, step in enumerate(playbook.steps[behind:], behind + 1):
        if whole.search(step.run):
            yield index


def _uses(step: PlaybookStep) -> frozenset[str]:
    """The names whose values it can't be run without."""
    sent = (answer.send or "" for answer in step.answers)
    needed = (requirement.subject for requirement in step.requires)
    return template.names("\n".join((step.run, step.cwd or "", *step.env.values(), *sent, *needed)))


def producers(playbook: Playbook, index: int) -> tuple[int, ...]:
    """The steps before one whose state it is tried on.

    That is all that leave anything behind: a file, another shell, a value that a step here uses. What is left out only
    looked. Which files a program reads its text doesn't tell, so none that was changed is thought away.

    Args:
        playbook: Whose.
        index: Of the step, counted from 1.

    Returns:
        Rising; steps that are left out anyway are not among them.
    """
    before = [at for at in range(1, index) if not playbook.steps[at - 1].skip]
    needed = {at for at in before if _leaves_something(playbook.steps[at - 1], playbook.shell)} | {index}
    for flow in reversed(flows(playbook)):
        if flow.from_step in before and not flow.weak and not needed.isdisjoint(flow.to_steps):
            needed.add(flow.from_step)
    return tuple(sorted(needed - {index}))


def _leaves_something(step: PlaybookStep, shell: str) -> bool:
    """Whether the files or the shell are others behind it; where nobody looked they may be."""
    return step.kind is not StepKind.SHELL or step.expect.effects != () or _changes_shell(step, shell)


def _changes_shell(step: PlaybookStep, shell: str) -> bool:
    """Whether the shell is another one behind it."""
    told = analyse(step.run, shell)
    lasting = told.assignments or told.functions or told.aliases or not told.ok
    return bool(lasting) or any(use.name in _LASTING for use in told.commands)


_LASTING = named(
    """. alias autoload cd declare enable eval exec export hash mapfile popd pushd read readarray readonly set setopt
    shopt source trap typeset ulimit umask unalias unset unsetopt"""
)
"""Commands that leave the shell another one."""
