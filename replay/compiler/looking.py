"""Drops looking around: commands that only show something that nothing later depends on."""

import posixpath
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import pairwise

from capture.trace import FileType
from replay.compiler.draft import Draft, DraftStep, changes, changes_nothing, command_names
from replay.compiler.needs import EDITORS, SINKS, Uses
from replay.compiler.states import touched
from replay.compiler.tokens import PLACE
from replay.syntax import CommandUse, Via

_FILES = "cat dir file free head help history less ll la ls man more pwd stat tail tree"
_MACHINE = "clear date df du hostname id jobs ps top htop type uname uptime whatis whereis which whoami"
SHOWS = frozenset(f"{_FILES} {_MACHINE}".split())
"""Commands that only show; one that counts, as `wc`, is a check."""
SHOWS_WITH = {
    "git": frozenset({"status", "log", "diff", "show", "blame", "reflog", "shortlog", "help"}),
    "docker": frozenset({"ps", "images", "logs", "inspect", "info"}),
    "kubectl": frozenset({"get", "describe", "logs"}),
    "npm": frozenset({"ls", "list", "view", "help"}),
    "pip": frozenset({"list", "show", "help"}),
    "cargo": frozenset({"tree", "help"}),
    "systemctl": frozenset({"status"}),
    "tar": frozenset({"t", "tf", "-tf", "tvf", "-tvf", "-t", "--list"}),
    "unzip": frozenset({"-l"}),
    "command": frozenset({"-v", "-V"}),
}
"""Commands that only show when this is their first word."""
LISTS_BARE = {"git": frozenset({"branch", "remote", "tag", "stash list", "remote -v", "branch -a", "branch -v"})}
"""The same, when these are all their words."""
HELP = frozenset({"--help", "--version"})
"""Words that make any command only show."""
HELP_LAST = frozenset({"-h", "-?", "-V", "-v", "-version", "version", "help"})
"""The same, when they are all that is said: `psql -h host` is at work."""
_PIPED = "awk column cut fold grep head jq less more nl rev sed sort tac tail tr uniq xargs"
FILTERS = frozenset(_PIPED.split())
"""Commands that may stand behind a pipe and still only show."""


_ORDERS = ("+", "-c", "-S", "-s", "--cmd")
"""Beginnings of words that tell an editor to do something by itself."""
_LINE = re.compile(r"\+\d*")
_PLACES = re.compile(r"[/~.]")
"""What stands in the name of a file elsewhere."""
_EXITS = {"git": frozenset({"--exit-code", "--quiet", "--check"})}
"""Words that make a look a check: the exit code answers."""


def drop_looking_around(draft: Draft) -> Draft:
    """Drop steps that only show, unless they check what the work came to or work that stays uses what they print."""
    used, results = Uses(draft), _Results(draft.trace.run.workspace)
    workspace, looks = draft.trace.run.workspace, list[int]()
    before = (seen.path for seen in draft.trace.workspace_before if seen.type is FileType.FILE)
    watched = {posixpath.join(workspace, path) for path in before}
    for at, step in enumerate(draft.steps):
        if not only_shows(step) and not _saved_nothing(step, watched):
            results.add(step)
        elif step.recorded.full_screen or not results.are_shown_by(step):
            # What a pager shows on the whole screen is compared with nothing, so it is no check.
            looks.append(at)
        files = (one.path for one in changes(step.recorded) if one.type is FileType.FILE)
        watched |= {posixpath.join(workspace, path) for path in files}
    gone = set[int]()
    for at in reversed(looks):
        if not used.needed(at, without=gone):
            gone.add(at)
    reasons = {draft.steps[at].recorded.step_index: _reason(draft.steps[at]) for at in gone}
    return draft if len(reasons) == len(draft.steps) else draft.without(reasons)


def _saved_nothing(step: DraftStep, watched: AbstractSet[str]) -> bool:
    """Whether it is an editor that opened files which the recorder watched, no other one, and changed none of them.

    Args:
        step: Any step.
        watched: Absolute paths of files whose change would have been seen.
    """
    recorded, analysis = step.recorded, step.analysis
    unchanged = recorded.full_screen and recorded.effects_seen and changes_nothing(recorded)
    alone = analysis.ok and len(analysis.commands) == 1 and {*command_names(step)} <= EDITORS and not analysis.writes
    if not unchanged or not alone:
        return False
    words = [word.value or "" for word in analysis.commands[0].words]
    opened = [_absolute(step, word) in watched for word in words]
    others = [pair for pair, known in zip(pairwise(words), opened[1:], strict=True) if not known]
    return any(opened) and all(_is_setting(*pair) for pair in others)


def _is_setting(before: str, word: str) -> bool:
    """Whether a word of an editor is a line's number, an option, or a plain word behind one: no order, no file."""
    if word.startswith(("-", "+")):
        return _LINE.fullmatch(word) is not None or not word.startswith(_ORDERS)
    return before.startswith("-") and _PLACES.search(word) is None and word != ""


def _reason(step: DraftStep) -> str:
    if step.recorded.full_screen and {*command_names(step)} <= EDITORS:
        return "it is an editor that saved nothing"
    failed = step.recorded.exit_code != 0
    return "it only looked, failed, and left all as it was" if failed else "it only looks around"


def only_shows(step: DraftStep) -> bool:
    """Whether a step shows something, or fails to, and leaves everything as it was."""
    recorded, analysis = step.recorded, step.analysis
    if step.reads_only:
        return changes_nothing(recorded)
    if recorded.inputs or not analysis.ok or not analysis.commands:
        return False
    redirected = any(path.via is Via.REDIRECT and path.path not in SINKS for path in analysis.writes)
    if redirected or analysis.assignments or analysis.functions or not changes_nothing(recorded):
        return False
    return all(_shows(use, first=at == 0) for at, use in enumerate(analysis.commands))


def _shows(use: CommandUse, *, first: bool) -> bool:
    words = [word.value or "" for word in use.words]
    if use.name is None or set(use.wrappers) - {"command", "builtin"} or _EXITS.get(use.name, frozenset()) & {*words}:
        return False
    if use.name in SHOWS or _asks_for_help(words) or (not first and use.in_pipeline and use.name in FILTERS):
        return True
    rest = words[1:]
    return rest[:1] != [] and (
        rest[0] in SHOWS_WITH.get(use.name, frozenset()) or " ".join(rest) in LISTS_BARE.get(use.name, frozenset())
    )


def _asks_for_help(words: list[str]) -> bool:
    return bool(HELP & set(words)) or (len(words) == 2 and words[1] in HELP_LAST)  # noqa: PLR2004 - itself and the word


class _Results:
    """What the work so far has made, and which places outside of the workspace it told of.

    Args:
        workspace: Absolute; nobody watches what lies outside of it.
    """

    def __init__(self, workspace: str) -> None:
        self._workspace = workspace
        self._made, self._names, self._told = set[str](), set[str](), set[str]()

    def add(self, step: DraftStep) -> None:
        """Note a step that is no mere look."""
        for path in touched(changes(step.recorded)):
            self._made.add(posixpath.join(self._workspace, path))
            self._names.add(posixpath.basename(path))
        for use in (*step.analysis.writes, *step.analysis.removes):
            self._made.update({_absolute(step, use.path)} if use.path else ())
        if "/" in step.recorded.output:
            self._told.update(PLACE.finds.findall(step.recorded.output))

    def are_shown_by(self, step: DraftStep) -> bool:
        """Whether a look is one at the result: at what was made, at what lies in it, or at what was told of."""
        read = {use.path for use in step.analysis.reads if use.path}
        return any(self._holds(_absolute(step, path)) for path in read)

    def _holds(self, path: str) -> bool:
        if posixpath.basename(path) in self._names or any(place in self._made for place in _upwards(path)):
            return True
        return path in self._told and not path.startswith(f"{self._workspace}/")


def _absolute(step: DraftStep, path: str) -> str:
    return posixpath.normpath(posixpath.join(step.recorded.cwd, path))


def _upwards(path: str) -> Iterator[str]:
    """An absolute path, and the directories that it lies in."""
    while path not in ("", "/"):
        yield path
        path = posixpath.dirname(path)
