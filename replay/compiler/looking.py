"""Drops looking around: commands that only show something that nothing later depends on."""

from replay.compiler.draft import Draft, DraftStep, changes, changes_nothing
from replay.compiler.needs import SINKS, Uses
from replay.compiler.states import touched
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


_EXITS = {"git": frozenset({"--exit-code", "--quiet", "--check"})}
"""Words that make a look a check: the exit code answers."""


def drop_looking_around(draft: Draft) -> Draft:
    """Drop steps that only show, unless they check what an earlier step made or a later one uses what they print."""
    used, made = Uses(draft), set[str]()
    reasons = {}
    for at, step in enumerate(draft.steps):
        if only_shows(step) and not _checks(step, made) and not used.needed(at):
            reasons[step.recorded.step_index] = "it only looks around"
        for path in touched(changes(step.recorded)):
            made |= {path, path.rpartition("/")[2]}
    return draft if len(reasons) == len(draft.steps) else draft.without(reasons)


def only_shows(step: DraftStep) -> bool:
    """Whether a step shows something, or fails to, and leaves everything as it was."""
    recorded, analysis = step.recorded, step.analysis
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


def _checks(step: DraftStep, made: set[str]) -> bool:
    """Whether it shows a file that an earlier step wrote: that is looking at the result.

    Args:
        step: What only shows.
        made: Paths that earlier steps changed, and their last names.
    """
    read = {path.path for path in step.analysis.reads if path.path}
    return any(path.removeprefix("./") in made or path.rpartition("/")[2] in made for path in read)
