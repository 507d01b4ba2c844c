"""Drops work that was undone again, together with what undid it, where the recording proves that nothing is left."""

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from capture.trace import EffectOp
from replay.compiler.draft import Draft, DraftStep, changes, changes_nothing, command_names
from replay.compiler.looking import only_shows
from replay.compiler.needs import EDITORS, SINKS, Uses, may_touch, names_left, plain, reads_names, reads_only_named
from replay.compiler.staging import index_is_clean, is_quiet, staged, unstages
from replay.compiler.states import ABSENT, OPTION, FileStates, ShellStates, shell_changes, touched
from replay.syntax import analyse
from replay.syntax.vocabulary import SYSTEM_VARIABLES

WINDOW = 100
"""Steps back from what undoes, within which the doing is looked for."""
MOVING = frozenset({"cd", "pushd", "popd"})
"""Commands that only change the directory."""
SETTING = frozenset({"export", "unset", "set", "shopt"})
"""Commands that only change variables and options."""
EDITING = frozenset({"sed", "tee", "truncate", "tar", "unzip", "gzip", "gunzip", "sort"})
"""Commands that do no more to files than their effects say; they may read others, which doesn't matter when they go."""
BY_DATE = frozenset(
    {"make", "gmake", "ninja", "cmake", "cargo", "go", "rsync", "gradle", "mvn", "scons", "bazel", "find"}
)
"""Commands that look at when a file was written: one that was written again with what it held is news to them."""
LOCALE = ("LC_", "LANG", "TZ", "POSIXLY_CORRECT")
"""Beginnings of variables that change what any program does."""

Group: TypeAlias = tuple[int, ...]
"""Indices into the steps of a draft, all to be left out together; the last one undoes the others."""


def drop_undone(draft: Draft) -> Draft:
    """Drop files made and removed, edits taken back, what was staged or set for nothing, and ways there and back."""
    for find in (_files, _staging, _settings, _ways):
        draft = _without(draft, find(draft))
    return draft


def _without(draft: Draft, groups: Sequence[Group]) -> Draft:
    """Leave the groups out; one with a step that a person keeps stays whole, since either half alone is other work."""
    reasons: dict[int, str] = {}
    for group in groups:
        numbers = [draft.steps[at].recorded.step_index for at in group]
        kept = draft.keep.intersection(numbers)
        told = dict(_reasons(draft, group))
        if kept:
            others = ", ".join(str(one) for one in numbers if one not in kept)
            if others:
                draft = draft.noted(
                    f"step {min(kept)} of the recording is kept, and with it {others}: one undoes the other"
                )
        else:
            reasons |= told
    return draft if len(reasons) == len(draft.steps) else draft.without(reasons)


def _reasons(draft: Draft, group: Group) -> Iterator[tuple[int, str]]:
    *done, last = (draft.steps[at] for at in group)
    for step in done:
        looks = only_shows(step) and step.recorded.cwd == step.recorded.cwd_after
        why = "it looks at what" if looks else "it is undone, without a trace, by what"
        yield step.recorded.step_index, f"{why} step {last.recorded.step_index} {'undoes' if looks else 'does'}"
    first = next(step for step in done if not (only_shows(step) and changes_nothing(step.recorded)) or step is done[0])
    yield last.recorded.step_index, f"it only undoes step {first.recorded.step_index}"


def _disjoint(draft: Draft, find: Callable[[int, set[int]], Group | None]) -> list[Group]:
    """The groups found for each step, in order; a step is in one at most."""
    groups: list[Group] = []
    gone: set[int] = set()
    for last in range(1, len(draft.steps)):
        group = find(last, gone)
        if group is not None:
            groups.append(group)
            gone.update(group)
    return groups


def _files(draft: Draft) -> list[Group]:
    states, used = FileStates(draft.trace), Uses(draft)
    dated = max((at for at, step in enumerate(draft.steps) if _by_date(step)), default=-1)

    changed = [touched(changes(step.recorded)) for step in draft.steps]
    made = {path: at for at in reversed(range(len(changed))) for path in changed[at]}

    def find(last: int, gone: set[int]) -> Group | None:
        paths = set(changed[last])
        if not paths:
            return None
        group = [last]
        for at in range(last - 1, max(-1, last - WINDOW), -1):
            step, here = draft.steps[at], changed[at]
            if at in gone or here.isdisjoint(paths):
                continue
            if not _only_files(draft, at) or (len(group) == 1 and not _only_files(draft, last)):
                return None
            paths |= here
            group = [at, *group]
            first = step.recorded.step_index
            if all(states.same(path, first, draft.steps[last].recorded.step_index) for path in paths):
                whole = _with_lookers(draft, group, paths, gone)
                blind = not any(used.needed(one) for one in whole or ()) and _popped(draft, group)
                stays = any(states.before(path, first) != ABSENT for path in paths)
                if not whole or not blind or (stays and last < dated):
                    return None
                # What takes the work back from what the work made shows that this is good, as a restored backup does.
                return None if any(made.get(one, last) < group[0] for one in _read(draft, last) - paths) else whole
        return None

    return _disjoint(draft, find)


def _read(draft: Draft, at: int) -> set[str]:
    """Paths that a step's words read, as effects name them."""
    step, inside = draft.steps[at], f"{draft.trace.run.workspace}/"
    read = (posixpath.join(step.recorded.cwd, use.path) for use in step.analysis.reads if use.path)
    return {posixpath.normpath(path).removeprefix(inside) for path in read}


def _by_date(step: DraftStep) -> bool:
    # Reading a command costs; most hold none of the names anywhere.
    text = step.recorded.command
    named = any(name in text for name in BY_DATE) and bool(BY_DATE & {*command_names(step)})
    return named or not {"-nt", "-ot"}.isdisjoint(text.split())


def _popped(draft: Draft, group: Sequence[int]) -> bool:
    """Whether git's stash holds afterwards what it held before."""
    words = [draft.steps[at].recorded.command.split() for at in group if command_names(draft.steps[at]) == ("git",)]
    stashes = [one for one in words if one[1:2] == ["stash"]]
    return len(stashes) == 2 * sum(one[2:3] == ["pop"] for one in stashes)


def _with_lookers(draft: Draft, group: Sequence[int], paths: set[str], gone: set[int]) -> Group | None:
    """The group and what only looked at its files; None when anything else between may have used them."""
    whole = set(group)
    workspace = draft.trace.run.workspace
    for at in range(group[0] + 1, group[-1]):
        step = draft.steps[at]
        if at in whole or at in gone:
            continue
        if only_shows(step) and may_touch(step, paths, workspace):
            whole.add(at)
        elif not (plain(step) or reads_only_named(step, paths)) or may_touch(step, paths, workspace):
            return None
    return tuple(sorted(whole))


def _only_files(draft: Draft, at: int) -> bool:
    """Whether its recorded file effects are all that it did."""
    step, recorded = draft.steps[at], draft.steps[at].recorded
    if recorded.exit_code != 0 or not recorded.effects_seen or recorded.env_effects.any or names_left(step):
        return False
    if recorded.cwd != recorded.cwd_after:
        return False
    if recorded.full_screen:
        return {*command_names(step)} <= EDITORS
    found = step.analysis
    if not found.ok or found.unknown or recorded.inputs or not _seen_whole(draft, step):
        return False
    if command_names(step) == ("git",):
        return _restores(draft, step)
    return plain(step) or (bool(found.commands) and {*command_names(step)} <= EDITING)


def _seen_whole(draft: Draft, step: DraftStep) -> bool:
    """Whether each path that its words write or remove is among its recorded effects: nobody watches the others."""
    here, paths = step.recorded.cwd, touched(changes(step.recorded))
    seen = {posixpath.join(draft.trace.run.workspace, path) for path in paths}
    for use in (*step.analysis.writes, *step.analysis.removes):
        if use.path in SINKS:
            continue
        # A word that holds a pattern or a variable stands for paths that no one can name here.
        if use.path is None or use.word.glob or use.word.tilde or use.word.alternatives:
            return False
        path = posixpath.normpath(posixpath.join(here, use.path))
        if not any(one == path or one.startswith(f"{path}/") for one in seen):
            return False
    return True


def _restores(draft: Draft, step: DraftStep) -> bool:
    """Whether it is a git command that changes files alone, given what is known to be staged."""
    words = [word.value or "" for word in step.analysis.commands[0].words[1:] if word.value not in {"-q", "--quiet"}]
    options = {word for word in words if word.startswith("-")}
    clean = index_is_clean(draft.trace.steps, step.recorded.step_index, step.shell)
    match words:
        case ["checkout", "--", *_] | ["checkout", "."] | ["clean", *_] | ["stash", "pop"]:
            return True
        case ["restore", *_]:
            return not options
        case ["reset", "--hard"] | ["reset", "--hard", "HEAD"]:
            return clean
        case ["stash", *rest] if rest[:1] in ([], ["push"], ["-u"], ["save"]):
            return clean and all(effect.op is not EffectOp.MOVED for effect in changes(step.recorded))
    return False


def _staging(draft: Draft) -> list[Group]:
    def find(last: int, gone: set[int]) -> Group | None:
        back = unstages(draft.steps[last]) if "git" in draft.steps[last].recorded.command else None
        if back is None:
            return None
        group = [last]
        for at in range(last - 1, max(-1, last - WINDOW), -1):
            step = draft.steps[at]
            added = staged(step)
            if added is not None and at not in gone:
                if step.recorded.cwd != draft.steps[last].recorded.cwd or not (back == () or set(added) <= set(back)):
                    return None
                group = [at, *group]
                if index_is_clean(draft.trace.steps, step.recorded.step_index, step.shell):
                    return tuple(group)
            elif not is_quiet(step) and at not in gone:
                return None
        return None

    return _disjoint(draft, find)


def _settings(draft: Draft) -> list[Group]:
    states = ShellStates(draft.trace)

    def find(last: int, gone: set[int]) -> Group | None:
        names = set(shell_changes(draft.steps[last].recorded))
        if not names or not _only_sets(draft.steps[last]):
            return None
        for at in range(last - 1, max(-1, last - WINDOW), -1):
            step = draft.steps[at]
            here = set(shell_changes(step.recorded))
            if at in gone:
                continue
            if here & names:
                first, end = step.recorded.step_index, draft.steps[last].recorded.step_index
                proven = _only_sets(step) and here <= names and all(states.same(one, first, end) for one in names)
                return (at, last) if proven and _exported_only(draft, at, names) else None
            if not _blind_to(step, names):
                return None
        return None

    return _disjoint(draft, find)


def _only_sets(step: DraftStep) -> bool:
    recorded, effects = step.recorded, step.recorded.env_effects
    if recorded.exit_code != 0 or not _changes_nothing_else(step) or not {*command_names(step)} <= SETTING:
        return False
    others = (*effects.aliases, *effects.aliases_unset, *effects.functions, *effects.functions_unset)
    left = names_left(step) - set(effects.set)
    return step.analysis.ok and not step.analysis.unknown and not others and not left


def _changes_nothing_else(step: DraftStep) -> bool:
    """Whether, variables and options aside, all is as before."""
    return not changes(step.recorded) and step.recorded.cwd == step.recorded.cwd_after


def _exported_only(draft: Draft, at: int, names: set[str]) -> bool:
    """Whether no earlier step gave one of the names a value that is not exported, which unsetting would lose too."""
    plain_names = {name for name in names if not name.startswith(OPTION)}
    earlier = draft.trace.steps[: draft.steps[at].recorded.step_index - 1]
    known = {name for name in plain_names if name in draft.trace.environment or name in SYSTEM_VARIABLES}
    named = (one.command for one in earlier if any(name in one.command for name in plain_names))
    shell = draft.trace.run.shell
    return not known and not any(plain_names & {*analyse(command, shell).variables_set} for command in named)


def _blind_to(step: DraftStep, names: set[str]) -> bool:
    """Whether a step between can't tell whether the variables and options are set."""
    felt = any(name.startswith((OPTION, *LOCALE)) or name in SYSTEM_VARIABLES for name in names)
    return not felt and plain(step) and not reads_names(step, names)


def _ways(draft: Draft) -> list[Group]:
    def find(last: int, gone: set[int]) -> Group | None:
        end = draft.steps[last].recorded.cwd_after
        if end == draft.steps[last].recorded.cwd:
            return None
        group: list[int] = []
        for at in range(last, max(-1, last - WINDOW), -1):
            if at in gone:
                continue
            if not _only_moves(draft.steps[at]):
                return None
            group = [at, *group]
            if len(group) > 1 and draft.steps[at].recorded.cwd == end:
                return tuple(group) if _balanced(draft, group) and not _looks_back(draft, last) else None
        return None

    return _disjoint(draft, find)


def _only_moves(step: DraftStep) -> bool:
    recorded = step.recorded
    moves = set(command_names(step)) <= MOVING and bool(command_names(step))
    alone = step.analysis.ok and not recorded.inputs and not changes(recorded) and not names_left(step)
    return moves and alone and recorded.exit_code == 0 and not _sets_more(shell_changes(recorded))


def _sets_more(states: Mapping[str, object]) -> bool:
    return bool(set(states) - {"PWD", "OLDPWD"})


def _balanced(draft: Draft, group: Sequence[int]) -> bool:
    """Whether the stack of directories is as it was."""
    depth = [0]
    for at in group:
        for name in command_names(draft.steps[at]):
            depth.append(depth[-1] + {"pushd": 1, "popd": -1}.get(name or "", 0))
    return depth[-1] == 0 and min(depth) == 0


def _looks_back(draft: Draft, last: int) -> bool:
    """Whether a later step goes to wherever the shell was before, until one has gone somewhere else."""
    for step in draft.steps[last + 1 :]:
        found = step.analysis
        if any(use.name == "OLDPWD" for use in found.variables_read) or "~-" in found.text:
            return True
        for use in found.commands:
            words = [word.value for word in use.words]
            if words[:1] in (["cd"], ["pushd"], ["popd"]):
                return "-" in words
    return False
