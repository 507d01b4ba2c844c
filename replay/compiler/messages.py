"""Gives a commit the message that was written in an editor: the message counts, not the keystrokes."""

from pathlib import PurePath
from shlex import quote

import msgspec

from capture.shells import fish_text
from replay import template
from replay.compiler.draft import Draft, DraftStep
from replay.syntax import CommandUse
from replay.syntax.wrappers import base_name

LARGEST = 4096
"""Characters of the longest message that a command carries."""
_MASK = "[masked:"
_BESIDE = frozenset({"add", "mv", "rm", "stage"})
"""What git may do in the same step: none of it opens an editor or a pager."""
_OTHERWISE = (
    "-m",
    "--message",
    "-F",
    "--file",
    "-C",
    "--reuse",
    "-c",
    "--reedit",
    "--fixup",
    "--squash",
    "-e",
    "--edit",
)
"""Options that say where the message comes from, or want the editor whatever it is."""


def write_messages(draft: Draft) -> Draft:
    """Let a commit whose message was written in a full-screen editor say it with `-m`."""
    given = {step.recorded.step_index: _with_message(draft, step) for step in draft.steps}
    if not any(given.values()):
        return draft
    notes = [
        f"step {index} of the recording, whose message was written in an editor, says it with -m"
        for index, step in given.items()
        if step is not None
    ]
    return draft.with_steps(tuple(given[one.recorded.step_index] or one for one in draft.steps)).noted(*notes)


def says_its_message(step: DraftStep, command: str) -> bool:
    """Whether a step was given its message here.

    Args:
        step: Of the draft.
        command: The recorded text.
    """
    return step.recorded.message is not msgspec.UNSET and step.recorded.command != command


def _with_message(draft: Draft, step: DraftStep) -> DraftStep | None:
    recorded, analysis = step.recorded, step.analysis
    message = recorded.message
    if not recorded.full_screen or message is msgspec.UNSET or not analysis.ok or recorded.exit_code != 0:
        return None
    text = message.strip("\n")
    if not text or len(text) > LARGEST or _MASK in text or "\0" in text:
        return None
    commits = [use for use in analysis.commands if _verb(use) == "commit"]
    if len(commits) != 1 or not all(use is commits[0] or _opens_nothing(use) for use in analysis.commands):
        return None
    word = next((word for word in commits[0].words if word.value == "commit"), None)
    if word is None or commits[0].nested or _is_otherwise(commits[0]):
        return None
    quoted = fish_text.quoted(text) if step.shell == "fish" else quote(text)
    command = f"{recorded.command[: word.span.end]} -m {quoted}{recorded.command[word.span.end :]}"
    return msgspec.structs.replace(
        step,
        recorded=msgspec.structs.replace(recorded, command=command),
        read=draft.reads(command),
        step=msgspec.structs.replace(step.step, run=template.escape(command)),
    )


def _verb(use: CommandUse) -> str | None:
    """What git is told to do; None of another command, and where options stand before it that only a table tells."""
    if base_name(use.name) != "git":
        return None
    words = [word.value or "" for word in use.words[1:]]
    while words and words[0].startswith("-"):
        del words[: 2 if words[0] in {"-C", "-c"} else 1]
    return words[0] if words else None


def _opens_nothing(use: CommandUse) -> bool:
    return _verb(use) in _BESIDE or PurePath(use.name or "?").name in {"cd", "true", ":"}


def _is_otherwise(commit: CommandUse) -> bool:
    words = [word.value or "" for word in commit.words[1:]]
    behind = words[words.index("commit") + 1 :]
    return any(
        word.startswith(_OTHERWISE) or (word[:1] == "-" != word[1:2] and {*word[1:]} & {*"mFCce"}) for word in behind
    )
