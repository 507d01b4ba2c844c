"""Finds out which path of the machine and of the document a failed step means; shared by the rules about files."""

import re
from collections.abc import Iterator
from posixpath import dirname, join, normpath, relpath

from capture.trace import EffectOp, FileType, SeenFile
from replay import template
from replay.playbook import ParameterType, PlaybookStep
from replay.repairs import editing
from replay.repairs.proposal import Evidence, Files, PatchEntry, PatchOp

WILDCARD = re.compile(r"[*?]|\[[^\]/]+\]")
KEPT_FOR_GIT = (".gitkeep", ".keep", ".gitignore")
"""Files that only make an empty directory stay."""


def directory(evidence: Evidence) -> str:
    """The absolute directory that the step begins in."""
    wanted = evidence.step.cwd
    if wanted is None:
        return evidence.cwd
    return normpath(join(evidence.cwd, filled(wanted, evidence)))


def absolute(path: str, evidence: Evidence) -> str:
    """A path as the failed step means it; behind a `cd` in the same command, the recorded file decides."""
    if path == "~" or path.startswith("~/"):
        path = (evidence.bindings.get("home") or evidence.home or "~") + path[1:]
    start = directory(evidence)
    known = recorded(evidence)
    for base in (start, *_visited(evidence, start)):
        found = normpath(join(base, path))
        if inside(found, evidence) in known:
            return found
    return normpath(join(start, path))


def filled(text: str, evidence: Evidence) -> str:
    """A text of the document with the values that are known; the others stay placeholders."""
    known = {name: evidence.bindings.get(name, editing.placeholder(name)) for name in template.names(text)}
    return template.render(text, known)


def inside(path: str, evidence: Evidence) -> str | None:
    """An absolute path relative to the workspace; None when it is the workspace or outside it."""
    below = relpath(path, evidence.workspace)
    return None if below in (".", "..") or below.startswith("../") else below


def in_document(path: str, evidence: Evidence) -> str:
    """An absolute path as a patch names it: relative to the workspace, else below the home, else absolute."""
    below = inside(path, evidence)
    if below is not None:
        return template.escape(below)
    home = evidence.bindings.get("home") or evidence.home
    if home and path.startswith(f"{home}/"):
        top = "{{home}}" if "home" in evidence.playbook.parameters else "~"
        return top + template.escape(path[len(home) :])
    return template.escape(path)


def named(text: str, evidence: Evidence) -> str:
    """The absolute path that a patch names."""
    path = filled(text, evidence)
    if evidence.home and path.startswith("~/"):
        path = evidence.home + path[1:]
    return normpath(join(evidence.workspace, path))


def spelt(path: str, evidence: Evidence) -> str:
    """An absolute path as a word of a new command in the failed step's directory."""
    below = inside(path, evidence)
    text = template.escape(path) if below is None else template.escape(relpath(path, directory(evidence)))
    return editing.quoted(f"./{text}" if text.startswith("-") else text)


def recorded(evidence: Evidence) -> dict[str, SeenFile]:
    """What was in the workspace when the recording began, by path."""
    return {file.path: file for file in evidence.recorded_files}


def effects_on(evidence: Evidence, *ops: EffectOp, before: int | None = None) -> frozenset[str]:
    """Paths, relative to the workspace, that steps of the playbook are expected to change in these ways."""
    steps: tuple[PlaybookStep, ...] = evidence.playbook.steps[: before and before - 1]
    paths = (effect.path for step in steps for effect in step.expect.effects or () if effect.op in ops)
    found = (normpath(join(evidence.workspace, filled(path, evidence))) for path in paths)
    return frozenset(path for path in (inside(path, evidence) for path in found) if path)


def written(evidence: Evidence) -> frozenset[str]:
    """Paths that the playbook's steps make or write."""
    return effects_on(evidence, EffectOp.CREATED, EffectOp.MODIFIED, EffectOp.MOVED)


def targets(evidence: Evidence) -> frozenset[str]:
    """Absolute paths that the failed command writes."""
    uses = editing.parse(evidence.command).writes
    return frozenset(absolute(use.path, evidence) for use in uses if use.path)


def is_output_directory(path: str, evidence: Evidence) -> bool:
    """Whether a directory of the workspace only ever took what the work writes.

    Args:
        path: Absolute.
        evidence: The failed step.

    Returns:
        True when steps write below it, and nothing that they could read was in it when the recording began.
    """
    below = inside(path, evidence)
    if below is None:
        return False
    outputs = written(evidence)
    held = [
        file.path
        for file in evidence.recorded_files
        if file.path.startswith(f"{below}/") and file.type is not FileType.DIRECTORY
    ]
    inputs = [name for name in held if name not in outputs and not name.endswith(KEPT_FOR_GIT)]
    return not inputs and (any(name.startswith(f"{below}/") for name in outputs) or _writes_below(path, evidence))


def missing_ancestor(path: str, files: Files) -> str:
    """The topmost part of an absolute path that is not there."""
    while not files.exists(dirname(path)) and dirname(path) != path:
        path = dirname(path)
    return path


def before_pattern(text: str) -> str:
    """A path; of one with wildcards the directory before the first of them, ended by a slash, or nothing."""
    found = WILDCARD.search(text)
    return text if found is None else text[: text.rfind("/", 0, found.start()) + 1]


def looks_like_path(text: str) -> bool:
    """Whether a name in a message can be a path at all."""
    return bool(text) and "\n" not in text and not text.startswith("-")


def replace_from_here(evidence: Evidence, old: str, new: str, *, tools: frozenset[str]) -> tuple[PatchEntry, ...]:
    """REPLACE entries that put one word in another's place, in this step and in later ones that use the same tools.

    Args:
        evidence: The failed step.
        old: The word's value.
        new: What takes its place.
        tools: Names of the commands whose words may change.

    Returns:
        An entry for each step that changes.
    """
    return tuple(
        PatchEntry(op=PatchOp.REPLACE, step_index=index, value=run)
        for index, step in enumerate(evidence.playbook.steps, 1)
        if index >= evidence.step_index and (run := editing.with_words(step.run, old, new, tools=tools)) != step.run
    )


def parameter_holding(path: str, evidence: Evidence) -> str | None:
    """The parameter in the failed step whose value is this absolute path."""
    used = template.names(evidence.step.run)
    for name, parameter in evidence.playbook.parameters.items():
        value = evidence.bindings.get(name)
        holds_text = parameter.type in (ParameterType.PATH, ParameterType.STRING)
        if value and name in used and holds_text and absolute(value, evidence) == path:
            return name
    return None


def _visited(evidence: Evidence, start: str) -> Iterator[str]:
    """Directories that the command itself goes to."""
    for use in editing.parse(evidence.command).directories:
        if use.path and use.path != "-":
            start = normpath(join(start, use.path))
            yield start


def _writes_below(path: str, evidence: Evidence) -> bool:
    return any(target.startswith(f"{path}/") for target in targets(evidence))
