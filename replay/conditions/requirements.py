"""From a recorded step to what it needs: the `requires` of a playbook, kept short enough to be read."""

import math
import os.path
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

import msgspec

from capture.files.ignore import Ignore
from capture.trace import EffectOp, FileType, SeenFile, Step, Trace
from replay.conditions.refs import git_needs
from replay.playbook import Requirement
from replay.syntax import Analysis, CommandUse, PathUse, analyse
from replay.syntax.served import served_ports
from replay.syntax.vocabulary import ASKING, BASICS, BUILTINS, KEYWORDS, SYSTEM_VARIABLES, own_words
from replay.syntax.wrappers import WRAPPERS

TIME_UP = 124
OTHER_USER = frozenset({"doas", "sudo"})
ALWAYS_THERE = BASICS | BUILTINS | KEYWORDS | (WRAPPERS.keys() - OTHER_USER)
"""Commands that no playbook needs to ask for."""
MEGABYTE = 1000**2
LEAST_ROOM = 10 * MEGABYTE
"""Files of less than so many bytes find room anywhere."""
MOST_COMMITTED = 20
"""Files of a commit that are asked for one by one."""
MISSING = re.compile(
    r"(?i)no such file|not found|does not exist|cannot (?:stat|open|access|find|read)|can't (?:open|read)"
)
"""What tools say of a path at which nothing is."""
_UNWATCHED = Ignore()
SPARSE = frozenset({"dd", "fallocate", "mksquashfs", "qemu-img", "truncate"})
"""Commands whose files may be larger than the room that they take."""
BUILDS_ON = frozenset({"cherry-pick", "merge", "rebase", "revert"})
"""Subcommands of git whose result is that of the commits that they name."""
MOVE_REFS = BUILDS_ON | {"am", "branch", "clone", "commit", "fetch", "init", "pull", "reset", "tag", "update-ref"}
"""Subcommands of git behind which a name may mean another commit."""
COPIES = frozenset({"cp", "dd", "eval", "install", "ln", "mv", "rsync", "source", ".", "tar", "unzip"})
"""Commands that may bring a repository with them."""
LOOKED_FOR = {
    "cargo": ("Cargo.toml",),
    "go": ("go.mod",),
    "make": ("GNUmakefile", "makefile", "Makefile"),
    "npm": ("package.json",),
    "pnpm": ("package.json",),
    "yarn": ("package.json",),
}
"""Files that commands look for without being told."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the moment before a recorded step."""

    cwd: str
    """Its directory, absolute."""
    workspace: str
    """Absolute."""
    files: dict[str, SeenFile] = {}
    """The workspace as the recording began, by path relative to it."""
    complete: bool = False
    """They are all that there was, but for what nobody watches."""
    touched: AbstractSet[str] = frozenset()
    """Paths (relative to the workspace) that earlier steps made, changed or removed."""
    rewritten: AbstractSet[str] = frozenset()
    """Of those, all but the ones that only got another mode."""
    changed: frozenset[str] = frozenset()
    """Paths that the step itself changed."""
    made: frozenset[str] = frozenset()
    """Of those, the ones that were not there before."""
    environment: dict[str, str] = {}
    """Exported variables as the recording began."""
    assigned: AbstractSet[str] = frozenset()
    """Variables that earlier steps set."""
    names: AbstractSet[str] = frozenset()
    """Functions and aliases that earlier steps defined."""
    repository_given: bool = False
    """No earlier step can have made a git repository."""
    written: int = 0
    """Bytes of the files that the step made."""
    served: AbstractSet[int] = frozenset()
    """Ports that earlier steps served: whether one is free again depends on them."""
    refs: Mapping[str, str] = MappingProxyType({})
    """What the git refs meant that its words name, each with its hash; none once an earlier step may have moved any."""
    tools: Mapping[str, str] = MappingProxyType({})
    """Where the programs lie that its words mean."""
    exit_code: int = 0
    """How the step ended."""
    output: str = ""
    """What it printed: a command that was not found although nothing came of it."""
    committed: tuple[str, ...] = ()
    """What it committed, as `Step.committed`."""


def facts_before(trace: Trace, step: Step) -> Facts:
    """Look up in a recording what was known before one of its steps.

    Args:
        trace: The recording.
        step: One of its steps.

    Returns:
        What `derive` needs to know.
    """
    return next(facts for one, facts in facts_along(trace) if one.step_index == step.step_index)


def facts_along(trace: Trace, analyses: Mapping[int, Analysis] = MappingProxyType({})) -> Iterator[tuple[Step, Facts]]:
    """Go through a recording once, and tell before each step what was known then.

    Args:
        trace: The recording.
        analyses: What is known of its steps' commands already, by step.

    Yields:
        The step, and the facts; their sets grow with the recording, so they hold until the next step is taken.
    """
    files = {file.path: file for file in trace.workspace_before}
    touched, rewritten, assigned, names = set[str](), set[str](), set[str](), set(own_words(trace.run.shell))
    served = set[int]()
    given = settled = True
    for step in trace.steps:
        yield (
            step,
            Facts(
                cwd=step.cwd,
                workspace=trace.run.workspace,
                files=files,
                complete=trace.workspace_complete and step.effects_seen,
                touched=touched,
                rewritten=rewritten,
                changed=frozenset(effect.path for effect in step.file_effects),
                made=frozenset(effect.path for effect in step.file_effects if effect.op is EffectOp.CREATED),
                environment=trace.environment,
                assigned=assigned,
                names=names,
                repository_given=given,
                served=served,
                written=sum(effect.size or 0 for effect in step.file_effects if effect.op is EffectOp.CREATED),
                refs=step.refs if settled else {},
                tools={tool.name: tool.path for tool in step.tools},
                exit_code=step.exit_code if step.exit_code is not None else 1,
                output=step.output,
                committed=step.committed or (),
            ),
        )
        analysis = analyses.get(step.step_index) or analyse(step.command, trace.run.shell)
        # Where a step was not watched, nobody knows what it left of them.
        files = files if step.effects_seen else {}
        touched.update(effect.path for effect in step.file_effects)
        rewritten.update(effect.path for effect in step.file_effects if effect.op is not EffectOp.CHMOD)
        sources = {effect.moved_from for effect in step.file_effects if effect.moved_from}
        touched |= sources
        rewritten |= sources
        assigned.update(step.env_effects.set, analysis.variables_set)
        served.update(port.number for use in analysis.commands for port in served_ports(use))
        given = given and analysis.ok and not any(map(_may_make_repository, analysis.commands))
        names.update(analysis.functions, analysis.aliases)
        settled = settled and not step.committed and analysis.ok and not any(map(_may_move_refs, analysis.commands))


def derive(analysis: Analysis, facts: Facts) -> tuple[Requirement, ...]:
    """Find what a step definitely needs and did not make itself.

    Args:
        analysis: Of its command.
        facts: Of the recording.

    Returns:
        Commands, then files, directories, variables, ports, room on the disk, a repository; none twice. For a step that
        failed what it found and what it did not find; nothing where the syntax could not be read whole.
    """
    if not analysis.ok:
        return ()
    if facts.exit_code not in {0, TIME_UP}:
        return _unique([*_commands(analysis, facts), *_as_found(analysis, facts)])
    found = [
        *_commands(analysis, facts),
        *_paths(analysis, facts),
        *_tool_files(analysis, facts),
        *_commits(facts),
        *_revisions(analysis, facts),
        *_variables(analysis, facts),
        *_machine(analysis, facts),
    ]
    return _unique(found)


def _unique(found: Iterable[Requirement]) -> tuple[Requirement, ...]:
    return tuple({(need.kind, need.subject): need for need in found}.values())


def _commands(analysis: Analysis, facts: Facts) -> Iterator[Requirement]:
    defined = facts.names, analysis.functions
    for use in analysis.commands:
        for name in (*(wrapper for wrapper in use.wrappers if wrapper in OTHER_USER), use.name):
            if name is None or use.conditional or name in ALWAYS_THERE or any(name in known for known in defined):
                continue
            if _was_made(name, use, facts):
                continue
            if re.search(rf"\b{re.escape(name)}: (?:command )?not found", facts.output):
                continue
            yield Requirement(command=name, sha256=_of_command(name, facts))


def _of_command(name: str, facts: Facts) -> str | None:
    """The digest of a command of the workspace's own."""
    place = _inside(name if "/" in name else facts.tools.get(name, "/"), facts)
    before = facts.files.get(place) if place is not None and place not in facts.touched else None
    return _digest(before) if before else None


def _was_made(name: str, use: CommandUse, facts: Facts) -> bool:
    """A command by path that the session made itself, or that lies where a `cd` of the step leads."""
    if "/" not in name:
        return False
    place = _inside(name, facts)
    return place in facts.touched or place in facts.changed or bool(use.scope)


def _paths(analysis: Analysis, facts: Facts) -> Iterator[Requirement]:
    moves = min((path.order for path in analysis.directories if path.tool in {"cd", "pushd"}), default=None)
    added_to = (path for path in analysis.writes if path.append and not path.makes)
    for path in (*analysis.reads, *analysis.mentions, *analysis.removes, *added_to, *analysis.directories):
        if path.conditional or path.path is None or path.word.glob or (moves is not None and path.order > moves):
            continue
        need = _need(path, facts)
        if need is not None and path.path != ".":
            yield need


def _as_found(analysis: Analysis, facts: Facts) -> Iterator[Requirement]:
    """What a step that failed came upon: another content, or a file where none was, and it may end otherwise."""
    moves = min((path.order for path in analysis.directories if path.tool in {"cd", "pushd"}), default=None)
    for path in (*analysis.reads, *analysis.mentions, *analysis.removes):
        if path.conditional or path.path is None or path.word.glob or (moves is not None and path.order > moves):
            continue
        need = _need(path, facts)
        if need is not None:
            yield need
        elif _was_absent(path, facts):
            yield Requirement(absent=path.path.rstrip("/"))


def _was_absent(path: PathUse, facts: Facts) -> bool:
    """Whether nothing was there, and that has something to do with the failure."""
    text = path.path or ""
    place = _inside(text, facts)
    if place is None or not facts.complete or {place, *_above(place)} & {*facts.touched, *facts.made}:
        return False
    if place in facts.files or _UNWATCHED.matches(place):
        return False
    if facts.output.strip():
        return any(text in line and MISSING.search(line) for line in facts.output.splitlines())
    return path.tool not in ASKING


def _above(place: str) -> Iterator[str]:
    """The directories that a relative path lies in."""
    while place := os.path.dirname(place):  # noqa: PTH120 - paths of the recorded world
        yield place


def _tool_files(analysis: Analysis, facts: Facts) -> Iterator[Requirement]:
    """The files that tools look for by themselves."""
    if any(path.tool in {"cd", "pushd", "make", "npm"} for path in analysis.directories):
        return
    for use in analysis.commands:
        for name in LOOKED_FOR.get(use.name or "", ()):
            place = _inside(name, facts) or ""
            before = facts.files.get(place)
            if before is not None and place not in facts.touched and not use.conditional:
                yield Requirement(file=name, sha256=_digest(before))


def _commits(facts: Facts) -> Iterator[Requirement]:
    """Files of before the recording that went into a commit as they were: no step's effects tell of them."""
    if facts.cwd != facts.workspace or len(facts.committed) > MOST_COMMITTED:
        return
    for told in facts.committed:
        before = facts.files.get(place) if (place := _kept_path(told)) else None
        if before is not None and not {place} & (facts.rewritten | facts.changed) and _digest(before):
            yield Requirement(file=place, sha256=_digest(before))


def _revisions(analysis: Analysis, facts: Facts) -> Iterator[Requirement]:
    """The refs of before the recording that it builds on."""
    if any(path.tool in {"cd", "pushd", "git"} for path in analysis.directories):
        return
    for use in analysis.commands:
        needs = git_needs(use)
        if use.conditional or needs is None or needs.verb not in BUILDS_ON:
            if _may_move_refs(use):
                return
            continue
        yield from (Requirement(revision=name, commit=facts.refs[name]) for name in needs.refs if name in facts.refs)


def _may_move_refs(use: CommandUse) -> bool:
    """Whether refs that were there before may mean another commit behind it."""
    needs = git_needs(use)
    if needs is None:
        return use.name == "git" or (use.name not in ALWAYS_THERE and use.name in COPIES)
    return needs.verb in MOVE_REFS


def _kept_path(told: str) -> str | None:
    """The path of `A 100644 notes.md`; None of what was deleted, or is no path."""
    found = re.fullmatch(r"[^D] \d+ (.+)", told)
    return found[1] if found else None


def _digest(file: SeenFile) -> str | None:
    return file.sha256.removeprefix("sha256:") if file.sha256 and file.type is FileType.FILE else None


def _need(path: PathUse, facts: Facts) -> Requirement | None:
    """What was there when the recording began and nobody has touched since must be there again."""
    text = path.path or ""
    place = _inside(text, facts)
    before = facts.files.get(place) if place is not None else None
    if before is None or place in facts.touched or place in facts.made or path.tolerant:
        return None
    shown = text.rstrip("/") or text
    if before.type is FileType.DIRECTORY:
        return Requirement(directory=shown)
    return Requirement(file=shown, sha256=_digest(before))


def _variables(analysis: Analysis, facts: Facts) -> Iterator[Requirement]:
    for use in analysis.variables_read:
        own = use.name in facts.assigned or use.name in analysis.variables_set
        known = use.name in facts.environment and not own and use.name not in SYSTEM_VARIABLES
        if known and not use.guarded and not use.conditional:
            yield Requirement(env=use.name)


def _machine(analysis: Analysis, facts: Facts) -> Iterator[Requirement]:
    """What it needs of the machine: free ports, room, a repository that was there before the recording."""
    certain = [use for use in analysis.commands if not use.conditional]
    yield from _ports(analysis, facts)
    if facts.written >= LEAST_ROOM and not any(use.name in SPARSE for use in analysis.commands):
        yield Requirement(disk=f"{math.ceil(facts.written / MEGABYTE)} MB")
    here = not any(path.tool in {"cd", "pushd", "git"} for path in analysis.directories)
    if facts.repository_given and here and "GIT_DIR" not in facts.environment and any(map(_works_in_git, certain)):
        yield Requirement(git=".")


def _ports(analysis: Analysis, facts: Facts) -> Iterator[Requirement]:
    """Ports that must be free; of a server in the background whose messages nobody sees above all."""
    for use in analysis.commands:
        starts = use.runs and (not use.conditional or not use.counts)
        for port in served_ports(use) if starts else ():
            if port.number not in facts.served:
                yield Requirement(port=f"{port.host}:{port.number}" if port.host else str(port.number))


def _works_in_git(use: CommandUse) -> bool:
    needs = git_needs(use)
    elsewhere = any((word.value or "").startswith(("-C", "--git-dir", "--work-tree")) for word in use.words)
    return needs is not None and needs.index and not elsewhere and not use.scope


def _may_make_repository(use: CommandUse) -> bool:
    """Whether a repository may be there only because of it."""
    needs = git_needs(use)
    return (needs is None or not needs.repository) and (use.name not in ALWAYS_THERE or use.name in COPIES)


def _inside(path: str, facts: Facts) -> str | None:
    """A path relative to the workspace; None outside it."""
    place = os.path.normpath(os.path.join(facts.cwd, path))  # noqa: PTH118 - paths of the recorded world
    relative = os.path.relpath(place, facts.workspace)
    return None if relative.startswith("..") or relative == "." else relative
