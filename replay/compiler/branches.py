"""Tells a branch from a file or a word of the same name: where git is told a ref, and which one the work stood on."""

import re
from collections.abc import Callable, Iterator

from capture.trace import Trace
from replay import template
from replay.compiler.draft import DraftStep
from replay.conditions.refs import git_needs
from replay.syntax import Analysis, CommandUse, Word
from replay.syntax.operands import git_words

TRUNKS = frozenset({"main", "master", "trunk", "develop", "dev"})
"""Branches that are meant by their name, whichever one stands on."""
_TAKES_REFS = frozenset({"push", "pull", "fetch", "merge", "rebase", "branch", "switch", "tag", "cherry-pick"})
_EXCHANGES = frozenset({"push", "pull"})
_MOVES = frozenset({"checkout", "switch", "clone", "worktree", "bisect", "rebase"})
_SAYS = (
    re.compile(r"^On branch (\S+)$", re.MULTILINE),
    re.compile(r"^\[(\S+) (?:\(root-commit\) )?[0-9a-f]{7,40}\]", re.MULTILINE),
    re.compile(r"^\* (\S+)$", re.MULTILINE),
)
_RANGE = re.compile(r"\.{2,3}")
_ASKED = frozenset({"git branch --show-current", "git rev-parse --abbrev-ref HEAD", "git symbolic-ref --short HEAD"})


def ref_words(step: DraftStep) -> frozenset[int]:
    """Which words of a step's command tell git a ref, by their index."""
    spans = {(word.span.start, word.span.end) for use in step.analysis.commands for word in _refs(use)}
    return frozenset(place.index for place in template.words(step.recorded.command) if place.span in spans)


def is_ref(place: template.Place, value: str) -> bool:
    """Whether the value there is the ref, or the end of one below a remote: `origin/fix`, `fix:fix`, `main..fix`."""
    front, behind = place.around(value)
    before = not front or front[-1] in ":+^~@{" or front.endswith("..") or re.fullmatch(r"(?:refs/)?\w+/", front)
    return bool(before) and (not behind or behind[0] in ":^~@" or behind.startswith(".."))


def stands_apart(place: template.Place, value: str) -> bool:
    """Whether a value with a slash is no part of a longer path or of a file's name there."""
    front, behind = place.around(value)
    return not front.endswith("/") and not re.match(r"/|\.\w|-", behind)


def stood_on(trace: Trace, reads: Callable[[str], Analysis]) -> dict[int, str]:
    """The branch that the work began on and still stands on when a step begins, as far as the recording says.

    Args:
        trace: The whole recording, looking around included.
        reads: What a command's text tells.

    Returns:
        By recorded step; none for those where it isn't known, or where another branch was gone to.
    """
    found: dict[int, str] = {}
    said: str | None = None
    for step in trace.steps:
        if said is not None:
            found[step.step_index] = said
        uses = reads(step.command).commands
        if any(_verb(use) in _MOVES for use in uses):
            break
        if any(use.name == "git" for use in uses):
            asked = step.output.strip() if step.command.strip() in _ASKED else ""
            told = (each[1] for pattern in _SAYS for each in pattern.finditer(step.output))
            said = asked or next(told, None) or said
    return found


def exchanged(step: DraftStep) -> frozenset[str]:
    """The branches that a step pushes or pulls by name."""
    return frozenset(
        word.value.lstrip("+").partition(":")[0]
        for use in step.analysis.commands
        if _verb(use) in _EXCHANGES
        for word in _refs(use)
        if word.value
    )


def _verb(use: CommandUse) -> str | None:
    words = git_words(use) if use.name == "git" else ()
    return words[0].value if words else None


def _refs(use: CommandUse) -> Iterator[Word]:
    """The words that tell git a ref."""
    verb = _verb(use)
    if verb is None:
        return
    needs = git_needs(use)
    named = {*needs.refs, *needs.refs_or_paths, *needs.new_branches, *needs.new_tags} if needs else set[str]()
    for word in git_words(use)[1:]:
        if word.value == "--":
            return
        if (
            word.value
            and not word.value.startswith("-")
            and (verb in _TAKES_REFS or named & {word.value, *_RANGE.split(word.value)})
        ):
            yield word
