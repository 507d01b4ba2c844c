"""Lets a git ref's new name follow through a playbook: git commands, what they need and what they print."""

import re

import msgspec

from replay.playbook import Playbook, PlaybookStep
from replay.repairs import editing

BEFORE = r"(^|[:^+]|\.\.|(?:^|[:^+.])(?:refs/\w+/)?(?:origin|upstream|heads|tags)/)"
"""What may stand before a ref in a word: nothing, a range, a refspec, a remote."""
AFTER = r"(?=$|[:~^@]|\.\.)"
PRINTED_BEFORE = r"(?<![\w/-])(?<!\w\.)((?:origin/|upstream/)?)"
PRINTED_AFTER = r"(?![\w/-]|\.\w)"


def rename(playbook: Playbook, first: int, old: str, new: str) -> Playbook:
    """A git ref's new name, from one step on.

    Args:
        playbook: The base.
        first: The first step that changes, counted from 1.
        old: Branch or tag.
        new: Its name now.

    Returns:
        The changed playbook.
    """
    steps = [step if index < first else _step(step, old, new) for index, step in enumerate(playbook.steps, 1)]
    return msgspec.structs.replace(playbook, steps=tuple(steps))


def _step(step: PlaybookStep, old: str, new: str) -> PlaybookStep:
    uses = editing.uses(step.run, "git")
    if not uses:
        return step
    within = re.compile(BEFORE + re.escape(old) + AFTER)
    printed = re.compile(PRINTED_BEFORE + re.escape(old) + PRINTED_AFTER)
    edits: list[tuple[int, int, str]] = []
    for word in (word for use in uses for word in editing.words_of(step.run, use)):
        text = editing.value(word) or ""
        changed = within.sub(lambda found: found[1] + new, text)
        if changed != text:
            edits.append((word.span.start, word.span.end, editing.quoted(changed, like=word.text)))
    requires = tuple(
        msgspec.structs.replace(
            need,
            revision=need.revision and within.sub(lambda found: found[1] + new, need.revision),
            ref=new if need.ref == old else need.ref,
        )
        for need in step.requires
    )
    expect = step.expect
    if expect.output is not None:
        output = printed.sub(lambda found: found[1] + new, expect.output)
        expect = msgspec.structs.replace(expect, output=output)
    return msgspec.structs.replace(step, run=editing.replaced(step.run, edits), requires=requires, expect=expect)
