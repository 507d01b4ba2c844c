"""From a recorded step to what it needs: the `requires` of a playbook, kept short enough to be read."""

import os.path
import re
from collections.abc import Iterator

import msgspec

from capture.trace import EffectOp, FileType, SeenFile, Step, Trace
from replay.playbook import Requirement
from replay.syntax import Analysis, CommandUse, PathUse, analyse
from replay.syntax.vocabulary import BASICS, BUILTINS, KEYWORDS, SYSTEM_VARIABLES, own_words
from replay.syntax.wrappers import WRAPPERS

TIME_UP = 124
OTHER_USER = frozenset({"doas", "sudo"})
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
    touched: frozenset[str] = frozenset()
    """Paths (relative to the workspace) that earlier steps made, changed or removed."""
    changed: frozenset[str] = frozenset()
    """Paths that the step itself changed."""
    made: frozenset[str] = frozenset()
    """Of those, the ones that were not there before."""
    environment: dict[str, str] = {}
    """Exported variables as the recording began."""
    assigned: frozenset[str] = frozenset()
    """Variables that earlier steps set."""
    names: frozenset[str] = frozenset()
    """Functions and aliases that earlier steps defined."""
    exit_code: int = 0
    """How the step ended."""
    output: str = ""
    """What it printed: a command that was not found although nothing came of it."""


def facts_before(trace: Trace, step: Step) -> Facts:
    """Look up in a recording what was known before one of its steps.

    Args:
        trace: The recording.
        step: One of its steps.

    Returns:
        What `derive` needs to know.
    """
    earlier = [one for one in trace.steps if one.step_index < step.step_index]
    analyses = [analyse(one.command, trace.run.shell) for one in earlier]
    effects = [effect for one in earlier for effect in one.file_effects]
    origins = {effect.moved_from for effect in effects if effect.moved_from}
    exported = {name for one in earlier for name in one.env_effects.set}
    return Facts(
        cwd=step.cwd,
        workspace=trace.run.workspace,
        # Where a step was not watched, nobody knows what it left of them.
        files={file.path: file for file in trace.workspace_before} if all(one.effects_seen for one in earlier) else {},
        touched=frozenset({effect.path for effect in effects} | origins),
        changed=frozenset(effect.path for effect in step.file_effects),
        made=frozenset(effect.path for effect in step.file_effects if effect.op is EffectOp.CREATED),
        environment=trace.environment,
        assigned=frozenset(exported.union(*(analysis.variables_set for analysis in analyses))),
        names=frozenset(name for analysis in analyses for name in (*analysis.functions, *analysis.aliases)).union(
            own_words(trace.run.shell)
        ),
        exit_code=step.exit_code if step.exit_code is not None else 1,
        output=step.output,
    )


def derive(analysis: Analysis, facts: Facts) -> tuple[Requirement, ...]:
    """Find what a step definitely needs and did not make itself.

    Args:
        analysis: Of its command.
        facts: Of the recording.

    Returns:
        Commands, then files, directories and variables; none twice; nothing for a step that failed, or whose
        syntax could not be read whole.
    """
    if facts.exit_code not in {0, TIME_UP} or not analysis.ok:
        return ()
    found = [
        *_commands(analysis, facts),
        *_paths(analysis, facts),
        *_tool_files(analysis, facts),
        *_variables(analysis, facts),
    ]
    unique = {(need.kind, need.subject): need for need in found}
    return tuple(unique.values())


def _commands(analysis: Analysis, facts: Facts) -> Iterator[Requirement]:
    known = BASICS | BUILTINS | KEYWORDS | (WRAPPERS.keys() - OTHER_USER) | facts.names | set(analysis.functions)
    for use in analysis.commands:
        for name in (*(wrapper for wrapper in use.wrappers if wrapper in OTHER_USER), use.name):
            if name is None or use.conditional or name in known or _was_made(name, use, facts):
                continue
            if re.search(rf"\b{re.escape(name)}: (?:command )?not found", facts.output):
                continue
            yield Requirement(command=name)


def _was_made(name: str, use: CommandUse, facts: Facts) -> bool:
    """A command by path that the session made itself, or that lies where a `cd` of the step leads."""
    if "/" not in name:
        return False
    place = _inside(name, facts)
    return place in facts.touched or place in facts.changed or bool(use.scope)


def _paths(analysis: Analysis, facts: Facts) -> Iterator[Requirement]:
    moves = min((path.order for path in analysis.directories if path.tool in {"cd", "pushd"}), default=None)
    for path in (*analysis.reads, *analysis.mentions, *analysis.removes, *analysis.directories):
        if path.conditional or path.path is None or path.word.glob or (moves is not None and path.order > moves):
            continue
        need = _need(path, facts)
        if need is not None and path.path != ".":
            yield need


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
    own = facts.assigned | set(analysis.variables_set)
    for use in analysis.variables_read:
        known = use.name in facts.environment and use.name not in own and use.name not in SYSTEM_VARIABLES
        if known and not use.guarded and not use.conditional:
            yield Requirement(env=use.name)


def _inside(path: str, facts: Facts) -> str | None:
    """A path relative to the workspace; None outside it."""
    place = os.path.normpath(os.path.join(facts.cwd, path))  # noqa: PTH118 - paths of the recorded world
    relative = os.path.relpath(place, facts.workspace)
    return None if relative.startswith("..") or relative == "." else relative
