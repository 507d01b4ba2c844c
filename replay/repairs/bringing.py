"""Says what a changed command would newly do, command by command: only what is known to be harmless may be new."""

import re
from collections import Counter
from collections.abc import Iterator
from posixpath import basename, dirname

from replay.repairs import commands, editing, locating, reaching, similar, tables
from replay.repairs.proposal import Evidence, Files
from replay.syntax import Analysis, Assignment, CommandUse
from replay.syntax.observing import LOOKING, LOOKING_GIT
from replay.syntax.vocabulary import SHELLS
from replay.syntax.wrappers import base_name

HARMLESS = LOOKING | {"[", "[[", "test", "cd", "echo", "printf", "break"}
"""Commands that may be new."""
HARMLESS_GIT = LOOKING_GIT | {"status", "diff"}
WRITERS = frozenset({"cp", "sort", "tee"})
"""Commands that may be new where they write nothing but a new file of the workspace."""
WAITS = frozenset({"timeout", "flock"})
"""What may be put around a command: it only waits, or ends it."""
EXECUTE_MODE = re.compile(r"[ugoa]*\+x")
LINE_ENDS = re.compile(r"sed -i\.\w+ 's/\\r\$//' [\w./-]+")
"""Line ends changed, with the file as it was kept beside it."""
SET_ASIDE = re.compile(r"git stash push(?: --include-untracked)? -m '[\w :.-]+'|git commit -qam '[\w :.-]+'")
"""Local changes kept for later."""
CHANGES_SHELL = frozenset({"unset", "shopt", "set", "umask", "ulimit", "enable", "hash"})
ALIKE = 0.5
SOCKETS = re.compile(r"/dev/(?:tcp|udp)\b")
HERE = re.compile(r"<<")


def reasons(old: str, new: str, evidence: Evidence, files: Files, *, rebound: bool) -> Iterator[str]:
    """What speaks against a changed command.

    Args:
        old: Its text; empty for a new step.
        new: As it would be.
        evidence: The failed step.
        files: The machine.
        rebound: A path's new name made all the difference.

    Returns:
        Sentences without a subject.
    """
    if LINE_ENDS.fullmatch(new) or (not old and SET_ASIDE.fullmatch(new)):
        yield from (f"it names {path}, outside the workspace" for path in _outside(new.split()[-1:], evidence))
        return
    before, after = editing.parse(old), editing.parse(new)
    if before.ok and not after.ok:
        yield "it is no complete shell command"
    for kind, found, had in (
        ("function", after.functions, before.functions),
        ("alias", after.aliases, before.aliases),
    ):
        yield from (f"it defines the {kind} {name}" for name in found if name not in had)
    if len(SOCKETS.findall(new)) > len(SOCKETS.findall(old)):
        yield "it speaks to another machine"
    if len(HERE.findall(new)) > len(HERE.findall(old)) and any(_reads_programs(use.name) for use in after.commands):
        yield "it hands a program text of its own"
    yield from _of_variables(before, after, evidence)
    yield from _of_risks(before, after)
    pairs, lost = _paired(before, after)
    for was, use in pairs:
        yield from (
            _of_new(use, new, evidence, files)
            if was is None
            else _of_changed(was, use, evidence, files, rebound=rebound)
        )
    if old and before.ok and lost:
        yield f"it no longer runs {editing.shown(lost[0].name or 'what it ran')}"
    yield from _of_writes(before, after, evidence, files, rebound=rebound)
    if not rebound:
        gone = {use.path for use in before.removes}
        yield from (f"it removes {use.text}" for use in after.removes if use.path not in gone)


def _paired(before: Analysis, after: Analysis) -> tuple[list[tuple[CommandUse | None, CommandUse]], list[CommandUse]]:
    """Each command with the one that it was, None for a new one; and those that are gone."""
    rest = list(before.commands)
    found: dict[int, CommandUse] = {}
    for alike in (_same, _same_tool, _renamed):
        for at, use in enumerate(after.commands):
            was = next((each for each in rest if alike(each, use)), None) if at not in found else None
            if was is not None:
                found[at] = was
                rest.remove(was)
    return [(found.get(at), use) for at, use in enumerate(after.commands)], rest


def _texts(use: CommandUse) -> list[str]:
    return [word.value if word.value is not None else word.text for word in use.words]


def _same(was: CommandUse, use: CommandUse) -> bool:
    return _texts(was) == _texts(use)


def _same_tool(was: CommandUse, use: CommandUse) -> bool:
    return was.name is not None and base_name(was.name) == base_name(use.name)


def _renamed(was: CommandUse, use: CommandUse) -> bool:
    """The same words behind another name, or behind an interpreter and its options."""
    if was.name is None or use.name is None:
        return False
    old, new = _texts(was), _texts(use)
    interpreted = new[-len(old) :] == old and _interprets(use.name) and _plain(new[1 : -len(old)], use)
    return old[1:] == new[1:] or interpreted or _succeeds(was, use)


def _succeeds(was: CommandUse, use: CommandUse) -> bool:
    """The same words behind what the table has for the name, or behind the name split at its dash."""
    old, new = _texts(was), _texts(use)
    now = new[: len(new) - len(old) + 1]
    split = len(now) == 2 and old[0] == "-".join(now)  # noqa: PLR2004 - a tool and its subcommand
    return new[len(now) :] == old[1:] and (split or tuple(now) == tables.successor(old[0]))


def _plain(options: list[str], use: CommandUse) -> bool:
    """Options of an interpreter behind which its script stands, and no program."""
    ends_early = "[a-bd-zA-Z]+" if use.name in SHELLS else "[a-bdf-oqs-zA-DF-Z]+"
    return all(re.fullmatch(f"-{ends_early}", option) for option in options)


def _interprets(name: str | None) -> bool:
    bare = basename(editing.shown(name or ""))
    return bare in reaching.AWKS or reaching.is_interpreter(bare)


def _reads_programs(name: str | None) -> bool:
    bare = basename(editing.shown(name or ""))
    return _interprets(name) or bare in reaching.SQL | reaching.FETCHERS | {
        "sed",
        "ed",
        "ex",
        "bc",
        "make",
        "patch",
        "git",
    }


def _of_changed(was: CommandUse, use: CommandUse, evidence: Evidence, files: Files, *, rebound: bool) -> Iterator[str]:
    """A command that was there, with other words, another name, or in another place."""
    if (was.counts and not use.counts) or (use.conditional and not was.conditional) or (was.runs and not use.runs):
        yield f"a failure of {editing.shown(use.name or use.words[0].text)} would no longer show"
    yield from (
        f"it brings in {name}" for name in use.wrappers if name not in was.wrappers and base_name(name) not in WAITS
    )
    if use.in_pipeline and not was.in_pipeline and base_name(use.name) in SHELLS:
        yield f"it pipes text into {use.name}"
    if _succeeds(was, use):
        return
    if not _same_tool(was, use):
        yield from _of_name(was, use, evidence, files, rebound=rebound)
    yield from reaching.reasons(was, use, evidence, files, rebound=rebound)


def _of_name(was: CommandUse, use: CommandUse, evidence: Evidence, files: Files, *, rebound: bool) -> Iterator[str]:
    """Another name for a command: one that is here, and that doesn't read its words as programs."""
    old, new = editing.shown(was.name or ""), editing.shown(use.name or "")
    if rebound:
        return
    if "/" in new and reaching.outside(new, evidence) and not _is_known(old, new, evidence, files):
        yield f"it runs {new}, outside the workspace"
    if _texts(use)[1:] != _texts(was)[1:]:
        return
    if _interprets(new) and not _interprets(old):
        yield f"it runs {new} in the place of {old}"
    elif base_name(new) not in HARMLESS and new not in _here(old, evidence, files) and not _alike(old, new):
        yield f"it runs {new} in the place of {old}, which is not like it"


def _is_known(old: str, new: str, evidence: Evidence, files: Files) -> bool:
    """Whether a command outside the workspace is the system's, or that very name where it is known to lie."""
    if new.startswith(commands.SYSTEM) or (basename(new) == old and new in _here(old, evidence, files)):
        return True
    return _interprets(new) and dirname(new) in commands.recorded_folders(evidence)


def _here(old: str, evidence: Evidence, files: Files) -> set[str]:
    return {name for name, _, _, _ in commands.names(old, evidence, files)}


def _alike(old: str, new: str) -> bool:
    first, second = (re.sub(r"[-_.]?[\d.]+$", "", commands.EXTENSION.sub("", basename(name))) for name in (old, new))
    return similar.closeness(first, second) >= ALIKE or similar.share_word(first, second)


def _of_new(use: CommandUse, run: str, evidence: Evidence, files: Files) -> Iterator[str]:
    """A command that was not there."""
    name = base_name(use.name)
    values = [editing.value(word) or "" for word in use.words]
    if name is None:
        yield "it brings in a command that can't be told before it runs"
        return
    yield from (f"it brings in {wrapper}" for wrapper in use.wrappers if base_name(wrapper) not in WAITS)
    yield from (f"it names {path}, outside the workspace" for path in _outside(values[1:], evidence))
    for text in values[1:]:
        yield from reaching.of_word(name, text, (), evidence, files)
    if name == "mkdir":
        yield from ("it makes a directory with modes of its own" for text in values[1:] if text.startswith("-m"))
    elif name == "chmod":
        yield from ["it changes modes by more than the execute bit"] if not _only_execute_bit(values) else []
    elif name == "git":
        yield from ["it brings in git " + " ".join(values[1:2])] if not _harmless_git(values) else []
    elif name not in HARMLESS | WRITERS and not _is_recorded(run, evidence):
        yield f"it brings in {editing.shown(name)}"


def _only_execute_bit(values: list[str]) -> bool:
    """`chmod +x FILE…` and nothing else."""
    mode, *paths = values[1:] or [""]
    return bool(EXECUTE_MODE.fullmatch(mode)) and bool(paths) and not any(path.startswith("-") for path in paths)


def _harmless_git(values: list[str]) -> bool:
    """Looking, or going to a branch that is there."""
    verb, *rest = values[1:] or [""]
    goes = verb in ("switch", "checkout") and len([text for text in rest if text not in ("-q", "--quiet")]) == 1
    options = [text for text in rest if text.startswith("-") and text not in ("-q", "--quiet")]
    if goes:
        return not options and not {".", "--"} & set(rest)
    return verb in HARMLESS_GIT and not any(text.startswith(("--output", "--textconv", "--ext")) for text in options)


def _is_recorded(run: str, evidence: Evidence) -> bool:
    """Whether the playbook does exactly that already, and so may do it once more."""
    return any(step.run == run for step in evidence.playbook.steps)


def _of_variables(before: Analysis, after: Analysis, evidence: Evidence) -> Iterator[str]:
    """Variables that decide what is run."""
    known = {(each.name, each.word and each.word.text) for each in _assigned(before)}
    for each in _assigned(after):
        if (each.name, each.word and each.word.text) in known:
            continue
        text = editing.shown(each.word.value or "") if each.word else ""
        if why := reaching.decides(each.name, text, evidence):
            yield why
        elif each.word and (path := reaching.outside(text, evidence)):
            yield f"{each.name} would name {path}, outside the workspace"
    for name in {*after.variables_set} - {*before.variables_set}:
        if why := reaching.decides(name, "", evidence):
            yield why
    yield from (f"it unsets {name}" for name in {*after.variables_unset} - {*before.variables_unset})
    yield from ("it changes how the shell treats failures" for _ in [1] if after.nounset is not before.nounset)


def _assigned(analysis: Analysis) -> list[Assignment]:
    return [*analysis.assignments, *(each for use in analysis.commands for each in use.assignments)]


def _of_risks(before: Analysis, after: Analysis) -> Iterator[str]:
    more = _risks(after) - _risks(before)
    if more:
        kind, verb = next(iter(more))
        yield f"it brings in {kind.replace('_', ' ')} by {verb}"


def _risks(analysis: Analysis) -> Counter[tuple[str, str]]:
    """Kinds of risk with the tool's name less its version; making a file of ours runnable is none."""
    return Counter(
        (str(risk.kind), re.sub(r"[\d.]+(?=\s|$)", "", risk.verb)) for risk in analysis.risks if risk.verb != "chmod"
    )


def _of_writes(before: Analysis, after: Analysis, evidence: Evidence, files: Files, *, rebound: bool) -> Iterator[str]:
    """Places that it would newly write: outside the workspace, or over what the work never wrote."""
    known = {use.path for use in before.writes}
    reads = {use.path for use in before.reads}
    for use in after.writes:
        if use.path in known:
            continue
        if use.path is None:
            yield "it writes to a place that can't be told before it runs"
            continue
        text = locating.filled(editing.shown(use.path), evidence)
        path = locating.absolute(text, evidence)
        if path != "/dev/null" and locating.inside(path, evidence) is None:
            yield f"it writes to {text}, outside the workspace"
        elif (
            not rebound and (use.path in reads or files.exists(path)) and not _written(path, use.tool, evidence, files)
        ):
            yield f"it writes over {text}, which the work only had to read"


def _written(path: str, tool: str | None, evidence: Evidence, files: Files) -> bool:
    """Whether a path is the work's own to write, or only made or marked by the command."""
    return (
        tool in ("mkdir", "chmod", "flock")
        or files.is_dir(path)
        or locating.inside(path, evidence) in locating.written(evidence)
    )


def _outside(values: list[str], evidence: Evidence) -> Iterator[str]:
    yield from (path for text in values if (path := reaching.outside(text, evidence)))
