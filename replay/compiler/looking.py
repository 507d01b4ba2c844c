"""Drops looking around: commands that only show something that nothing later depends on."""

from replay.compiler.draft import Draft, DraftStep, changes, changes_nothing
from replay.compiler.tokens import printed_tokens, uses
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
    "command": frozenset({"-v", "-V"}),
}
"""Commands that only show when this is their first word."""
LISTS_BARE = {"git": frozenset({"branch", "remote", "tag", "stash list", "remote -v", "branch -a", "branch -v"})}
"""The same, when these are all their words."""
HELP = frozenset({"--help", "-h", "-?"})
"""Words that make any command only show."""
_PIPED = "awk column cut fold grep head jq less more nl rev sed sort tac tail tr uniq xargs"
FILTERS = frozenset(_PIPED.split())
"""Commands that may stand behind a pipe and still only show."""


def drop_looking_around(draft: Draft) -> Draft:
    """Drop steps that only show, unless they check what an earlier step made or a later one uses what they print."""
    reasons = {
        step.recorded.step_index: "it only looks around"
        for at, step in enumerate(draft.steps)
        if _only_shows(step) and not _checks(draft, at) and not _needed(draft, at)
    }
    return draft if len(reasons) == len(draft.steps) else draft.without(reasons)


def _only_shows(step: DraftStep) -> bool:
    recorded, analysis = step.recorded, step.analysis
    if recorded.exit_code != 0 or recorded.inputs or not analysis.ok or not analysis.commands:
        return False
    redirected = any(path.via is Via.REDIRECT for path in analysis.writes)
    if redirected or analysis.assignments or analysis.functions or not changes_nothing(recorded):
        return False
    return all(_shows(use, first=at == 0) for at, use in enumerate(analysis.commands))


def _shows(use: CommandUse, *, first: bool) -> bool:
    words = [word.value or "" for word in use.words]
    if use.name is None or set(use.wrappers) - {"command", "builtin"}:
        return False
    if use.name in SHOWS or HELP & set(words) or (not first and use.in_pipeline and use.name in FILTERS):
        return True
    rest = words[1:]
    return rest[:1] != [] and (
        rest[0] in SHOWS_WITH.get(use.name, frozenset()) or " ".join(rest) in LISTS_BARE.get(use.name, frozenset())
    )


def _checks(draft: Draft, at: int) -> bool:
    """Whether it shows a file that an earlier step wrote: that is looking at the result."""
    made = {effect.path for step in draft.steps[:at] for effect in changes(step.recorded)}
    read = {path.path for path in draft.steps[at].analysis.reads if path.path}
    return any(path.removeprefix("./") in made or path.rpartition("/")[2] in _names(made) for path in read)


def _names(paths: set[str]) -> set[str]:
    return {path.rpartition("/")[2] for path in paths}


def _needed(draft: Draft, at: int) -> bool:
    """Whether a later command holds something that it printed first."""
    earlier = " ".join(step.recorded.command for step in draft.steps[: at + 1])
    files = {part for seen in draft.trace.workspace_before for part in seen.path.split("/")}
    fresh = [
        token
        for token in printed_tokens(draft.steps[at].recorded.output)
        if token.text not in earlier and token.text not in files
    ]
    return any(uses(step, token) for token in fresh for step in draft.steps[at + 1 :])
