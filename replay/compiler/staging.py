"""What the recording tells of git's index: when it is known to hold nothing but the last commit."""

from collections.abc import Sequence

from capture.trace import Step
from replay.compiler.draft import DraftStep, command_names
from replay.compiler.looking import SHOWS
from replay.compiler.needs import plain
from replay.syntax import analyse
from replay.syntax.vocabulary import ASKING, BASICS, BUILTINS, named

_NO_CHANGE = named("blame branch config diff fetch log ls-files remote reflog rev-parse shortlog show tag")
"""Commands of git that leave the index alone."""
RUNNING = named(". bash builtin command env eval exec install nice nohup source stdbuf time timeout trap xargs")
"""Commands that run others."""
_PARTIAL = frozenset({"--", "-o", "--only", "--dry-run", "-p", "--patch"})
"""Options with which a commit leaves something staged."""
LOOK_BACK = 200
"""Steps that a proof is looked for in."""


def index_is_clean(steps: Sequence[Step], step_index: int, shell: str) -> bool:
    """Whether the recording proves that nothing was staged when a step began.

    Args:
        steps: The whole recording.
        step_index: The step, counted from 1.
        shell: Whose text its commands are.

    Returns:
        False too where nothing proves either.
    """
    for step in reversed(steps[max(0, step_index - 1 - LOOK_BACK) : step_index - 1]):
        told = _told(step, shell)
        if told is not None:
            return told
    return False


def staged(step: DraftStep) -> tuple[str, ...] | None:
    """The paths that a plain `git add` stages, empty for all of them; None for any other step."""
    words = _git(step)
    if words[:1] != ["add"] or step.recorded.exit_code != 0:
        return None
    options = {word for word in words[1:] if word.startswith("-") and word != "--"}
    paths = tuple(word for word in words[1:] if not word.startswith("-"))
    if not options <= {"-A", "--all", "-v", "-f"}:
        return None
    return (ALL,) if options & {"-A", "--all"} and not paths else paths


ALL = ":/"
"""git's word for the whole working tree."""


def unstages(step: DraftStep) -> tuple[str, ...] | None:
    """The paths that are taken out of the index, empty for all of them; None for any other step."""
    words = [word for word in _git(step) if word not in {"-q", "--quiet"}]
    if step.recorded.exit_code != 0:
        return None
    match words:
        case ["reset"] | ["reset", "HEAD"] | ["reset", "--mixed"]:
            return ()
        case ["reset", "HEAD", "--", *paths] | ["reset", "--", *paths] | ["reset", "HEAD", *paths] | ["reset", *paths]:
            return _plain_paths(paths)
        case ["restore", "--staged" | "-S", *paths]:
            return _plain_paths(paths)
    return None


def _plain_paths(paths: Sequence[str]) -> tuple[str, ...] | None:
    if any(path.startswith("-") for path in paths):
        return None
    return () if ALL in paths else tuple(paths)


def is_quiet(step: DraftStep) -> bool:
    """Whether it can neither have changed nor used the index."""
    return plain(step)


def _git(step: DraftStep) -> list[str]:
    """The words behind `git` of a step that is this one command; empty for any other."""
    if command_names(step) != ("git",) or not step.analysis.ok:
        return []
    return [word.value or "\0" for word in step.analysis.commands[0].words[1:]]


def _told(step: Step, shell: str) -> bool | None:
    """Whether the index is clean behind the step; None when it is as before, and that is not known."""
    found = analyse(step.command, shell)
    names = [use.name for use in found.commands]
    if "git" not in names:
        known = step.effects_seen and found.ok and not found.unknown and _far_from_git(names)
        return None if known else False
    words = [word.value or "\0" for word in found.commands[0].words[1:]]
    if len(names) > 1 or not words:
        return False
    if words[0] in _NO_CHANGE or (words[0] == "status" and step.exit_code != 0):
        return None
    if words[0] == "status":
        return _shown_clean(step.output, words[1:])
    return step.exit_code == 0 and _cleans(words, step.output)


def _cleans(words: Sequence[str], output: str) -> bool:
    """Whether a git command that succeeded leaves nothing staged."""
    if words[0] == "commit":
        options = {word.partition("=")[0] for word in words[1:] if word.startswith("-")}
        return not options & _PARTIAL and _no_paths(words)
    fresh = words[0] == "clone" or (words[0] == "init" and "Reinitialized" not in output)
    return fresh or list(words) in (["reset"], ["reset", "-q"], ["reset", "--hard"])


def _no_paths(words: Sequence[str]) -> bool:
    """Whether a commit takes the whole index: its only words without a dash follow an option with a value."""
    valued = False
    for word in words[1:]:
        if not word.startswith("-") and not valued:
            return False
        flags = word.startswith("-") and not word.startswith("--")
        valued = (flags and word[-1] in "mFCc") or word in {"--message", "--file", "--author", "--date"}
    return True


def _far_from_git(names: Sequence[str | None]) -> bool:
    """Whether none of the commands may run another one that nobody named."""
    return {*names} <= (BASICS | BUILTINS | SHOWS | ASKING) - RUNNING


def _shown_clean(output: str, words: Sequence[str]) -> bool | None:
    if not words:
        told = "On branch" in output or "HEAD detached" in output
        return "to be committed" not in output and "Unmerged" not in output if told else None
    if words in (["-s"], ["--short"], ["--porcelain"]):
        return all(line[:1] == " " or line[:2] == "??" for line in output.splitlines())
    return None
