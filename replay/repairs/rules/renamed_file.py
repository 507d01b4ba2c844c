"""Finds an input that is gone under another name: by content, by history, then by a unique like name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import basename, dirname, join, relpath, splitext

from capture.trace import EffectOp, FileType
from replay import template
from replay.outcome import FailureClass
from replay.repairs import editing, locating, moved_along, similar
from replay.repairs.moved_along import EMPTY
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

CLASSES = frozenset(
    {
        FailureClass.MISSING_FILE,
        FailureClass.MISSING_DIRECTORY,
        FailureClass.MISSING_COMMAND,
        FailureClass.UNKNOWN_TARGET,
        FailureClass.GIT_REF,
        FailureClass.UNCLASSIFIED,
    }
)
COPIES = (".bak", ".old", ".orig", ".save", ".swp", ".tmp", "~", ".rej")
SAME_FORMAT = (
    frozenset({".yml", ".yaml"}),
    frozenset({".htm", ".html"}),
    frozenset({".jpg", ".jpeg"}),
    frozenset({".md", ".markdown"}),
    frozenset({".tgz", ".tar.gz"}),
    frozenset({".json", ".json5", ".jsonc"}),
    frozenset({".js", ".mjs", ".cjs"}),
    frozenset({".ini", ".cfg", ".conf"}),
)
SAME_CONTENT, IN_HISTORY, SAME_NAME, LIKE_NAME = 0.95, 0.9, 0.8, 0.65
TWIN = OTHER_NUMBER = 0.4
"""Offered, never chosen: a copy that was always there, and a file of another month or version."""
TOO_WIDE = frozenset({"/", "/bin", "/etc", "/home", "/opt", "/tmp", "/usr", "/usr/bin", "/usr/lib", "/var"})  # noqa: S108
"""Folders with names of all kinds in them: a like one says little."""
NUMBER = re.compile(r"\d+")
LIKE = 0.6
MOST = 4


@dataclass(frozen=True)
class Gone:
    """An input that is not there.

    Attributes:
        path: Absolute.
        below: Relative to the workspace; None outside it.
        is_directory: A directory was there.
    """

    path: str
    below: str | None
    is_directory: bool


@dataclass(frozen=True)
class Found:
    """Where it may be now.

    Attributes:
        path: Absolute.
        trust: How it was found.
        confidence: 0 to 1.
        why: The evidence, as the end of a sentence.
    """

    path: str
    trust: Trust
    confidence: float
    why: str


class RenamedFile:
    """Rebinds the old name to the new one in this step and all later ones."""

    name = "renamed-file"

    def matches(self, evidence: Evidence) -> bool:
        """An input that can't be opened, entered or found."""
        return evidence.failure.failure_class in CLASSES

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """A rebinding for each place that the input may be at now."""
        for gone in _gone(evidence, files):
            found = sorted(_found(gone, evidence, files), key=lambda item: -item.confidence)[:MOST]
            if found:
                candidates = (_candidate(gone, item, evidence, files) for item in found)
                return tuple(moved_along.with_others(candidate, evidence, files) for candidate in candidates)
        return ()


def _gone(evidence: Evidence, files: Files) -> Iterator[Gone]:
    """Inputs of the step that are not there, the likeliest first."""
    subject = evidence.failure.subject or ""
    analysis = editing.parse(evidence.command)
    named = [subject] if locating.looks_like_path(subject) and _may_be_path(subject, evidence) else []
    operands = [word.value for word in editing.words(evidence.command) if word.value]
    known = locating.recorded(evidence)
    recorded = [text for text in operands if locating.inside(locating.absolute(text, evidence), evidence) in known]
    read = [use.path for use in (*analysis.reads, *analysis.directories) if use.path and not use.conditional]
    entered = {locating.absolute(use.path, evidence) for use in analysis.directories if use.path}
    if evidence.failure.failure_class is FailureClass.MISSING_DIRECTORY:
        entered |= {locating.absolute(text, evidence) for text in named}
    outputs, targets = locating.written(evidence), locating.targets(evidence)
    removed = locating.effects_on(evidence, EffectOp.DELETED, EffectOp.MOVED, before=evidence.step_index)
    texts = [locating.before_pattern(text) for text in (*named, *recorded, *read)]
    entered |= {locating.absolute(text, evidence) for text in texts if text.endswith("/")}
    for path in dict.fromkeys(locating.absolute(text, evidence) for text in texts if text):
        below = locating.inside(path, evidence)
        if files.exists(path) or below in removed or f"{evidence.workspace}/".startswith(f"{path}/"):
            continue
        seen = known.get(below or "")
        if seen is None and (below in outputs or path in targets):
            continue
        is_directory = seen.type is FileType.DIRECTORY if seen else path in entered
        if not (is_directory and locating.is_output_directory(path, evidence)):
            yield Gone(path, below, is_directory)


def _may_be_path(subject: str, evidence: Evidence) -> bool:
    """A bare word is a path only where the class says so: else it may be a command, a ref or a target."""
    if evidence.failure.failure_class in (FailureClass.MISSING_FILE, FailureClass.MISSING_DIRECTORY):
        return True
    path = locating.absolute(subject, evidence)
    return "/" in subject or locating.inside(path, evidence) in locating.recorded(evidence)


def _found(gone: Gone, evidence: Evidence, files: Files) -> tuple[Found, ...]:
    """All places, each once, by its best evidence."""
    if gone.below is None:
        return tuple(_beside(gone, files))
    best: dict[str, Found] = {}
    proven = [*_by_content(gone, evidence, files), *_by_history(gone, evidence, files)]
    certain = any(item.confidence >= IN_HISTORY for item in proven)
    for item in proven if certain else [*proven, *_by_name(gone, evidence, files)]:
        if item.path not in best or best[item.path].confidence < item.confidence:
            best[item.path] = item
    return tuple(best.values())


def _by_content(gone: Gone, evidence: Evidence, files: Files) -> Iterator[Found]:
    """Files that hold what the recorded one held; directories that hold the same files."""
    known = locating.recorded(evidence)
    if gone.is_directory:
        yield from _directories_by_content(gone, evidence, files)
        return
    seen = known.get(gone.below or "")
    if seen is None or seen.sha256 in (None, EMPTY):
        return
    changed = {path for path, file in known.items() if file.sha256 and file.sha256 != seen.sha256}
    others = (path for path in _elsewhere(gone, evidence, files) if locating.inside(path, evidence) not in changed)
    same = [path for path in others if files.sha256(path) == seen.sha256]
    for path in sorted(same, key=lambda path: -similar.closeness(basename(path), basename(gone.path))):
        below = locating.inside(path, evidence)
        if below in known or path.endswith(COPIES):
            yield Found(path, Trust.NEAR_MATCH, TWIN, "has the same content, but is a copy of it")
        else:
            yield Found(path, Trust.HISTORY, SAME_CONTENT, "has exactly the content of the recorded file")


def _directories_by_content(gone: Gone, evidence: Evidence, files: Files) -> Iterator[Found]:
    prefix = f"{gone.below}/"
    children = {
        name[len(prefix) :]: seen
        for name, seen in locating.recorded(evidence).items()
        if name.startswith(prefix) and seen.type is FileType.FILE
    }
    for path in _elsewhere(gone, evidence, files) if children else ():
        if _was_there(path, evidence):
            continue
        there = [rest for rest in children if files.exists(join(path, rest))]
        same = [rest for rest in there if files.sha256(join(path, rest)) == children[rest].sha256]
        if 2 * len(there) < len(children):
            continue
        confidence = SAME_CONTENT if len(same) == len(children) else IN_HISTORY if same else SAME_NAME
        trust = Trust.HISTORY if same else Trust.NEAR_MATCH
        yield Found(path, trust, confidence, f"holds {len(there)} of its {len(children)} recorded files")


def _was_there(path: str, evidence: Evidence) -> bool:
    """Whether a path was in the workspace when the recording began."""
    below = locating.inside(path, evidence)
    return any(name == below or name.startswith(f"{below}/") for name in locating.recorded(evidence))


def _by_history(gone: Gone, evidence: Evidence, files: Files) -> Iterator[Found]:
    """Where version control says that it went."""
    targets: list[str] = []
    for old, new in files.git_renames().items():
        tail = old.removeprefix(gone.below or "/")
        within = gone.is_directory and tail != old and tail.startswith("/") and new.endswith(tail)
        if old == gone.below or within:
            targets.append(new.removesuffix(tail))
    for target in dict.fromkeys(targets):
        path = join(evidence.workspace, target)
        if files.exists(path) and files.is_dir(path) is gone.is_directory:
            yield Found(path, Trust.HISTORY, IN_HISTORY, "is what git's history renamed it to")


def _by_name(gone: Gone, evidence: Evidence, files: Files) -> Iterator[Found]:
    """Paths with a like name that were not there beside it when it was recorded."""
    known, outputs = locating.recorded(evidence), locating.written(evidence)
    digests = {seen.sha256 for seen in known.values() if seen.sha256 and seen.path != gone.below}
    was_empty = (seen := known.get(gone.below or "")) is not None and seen.sha256 == EMPTY
    for path in _elsewhere(gone, evidence, files):
        below = locating.inside(path, evidence)
        confidence = _likeness(gone, path)
        if not confidence or _was_there(path, evidence) or below in outputs or path.endswith(COPIES):
            continue
        digest = None if gone.is_directory else files.sha256(path)
        if digest in digests or (digest == EMPTY and not was_empty):
            continue
        yield Found(path, Trust.NEAR_MATCH, confidence, "has a like name, and was not there when it was recorded")


def _elsewhere(gone: Gone, evidence: Evidence, files: Files) -> Iterator[str]:
    """Paths of the workspace of the same kind."""
    for entry in files.workspace_files():
        path = join(evidence.workspace, entry.as_posix())
        if files.is_dir(path) is gone.is_directory and not gone.path.startswith(f"{path}/"):
            yield path


def _beside(gone: Gone, files: Files) -> Iterator[Found]:
    """Outside the workspace: like names where the path breaks off, or else the same name a folder away."""
    top = locating.missing_ancestor(gone.path, files)
    folder, rest = dirname(top), gone.path[len(top) :]
    if folder in TOO_WIDE:
        return
    alike = {
        join(folder, name): confidence
        for name in files.names_in(folder)
        if (confidence := _likeness(Gone(top, None, bool(rest) or gone.is_directory), join(folder, name)))
        and not name.endswith(COPIES)
    }
    here = {path: confidence for path, confidence in alike.items() if _is_same_kind(path + rest, gone, files)}
    for path, confidence in here.items():
        yield Found(path + rest, Trust.NEAR_MATCH, min(confidence, LIKE_NAME), "is the like name in the same directory")
    if here or (not rest and not gone.is_directory):
        return
    upper = [folder] if dirname(folder) in TOO_WIDE else [folder, dirname(folder)]
    for path in dict.fromkeys(join(near, name, basename(top)) for near in upper for name in files.names_in(near)):
        if path != top and _is_same_kind(path + rest, gone, files):
            yield Found(path + rest, Trust.NEAR_MATCH, LIKE_NAME, "has the same name, a folder away")


def _is_same_kind(path: str, gone: Gone, files: Files) -> bool:
    """Whether a file is where one was, or a directory where one was."""
    return files.exists(path) and files.is_dir(path) is gone.is_directory


def _likeness(gone: Gone, path: str) -> float:
    """How much a path's name says that it is the one; 0 when nothing."""
    old, new = basename(gone.path), basename(path)
    if old == new or (dirname(gone.path) == dirname(path) and old.lower() == new.lower()):
        return SAME_NAME
    if dirname(gone.path) != dirname(path):
        return LIKE_NAME if similar.plain(old) == similar.plain(new) else 0.0
    (old_stem, old_kind), (new_stem, new_kind) = splitext(old), splitext(new)
    if old_stem == new_stem:
        same_format = any({old_kind, new_kind} <= kinds for kinds in SAME_FORMAT)
        return SAME_NAME if same_format else LIKE_NAME
    if old_kind.lower() != new_kind.lower() and not any({old_kind, new_kind} <= kinds for kinds in SAME_FORMAT):
        return 0.0
    if NUMBER.sub("#", old_stem) == NUMBER.sub("#", new_stem):
        return OTHER_NUMBER
    alike = similar.closeness(old_stem, new_stem) >= LIKE or similar.share_word(old_stem, new_stem)
    return LIKE_NAME if alike or similar.plain(old_stem) == similar.plain(new_stem) else 0.0


def _candidate(gone: Gone, found: Found, evidence: Evidence, files: Files) -> Candidate:
    """The rebinding, of the whole directory where that is what moved."""
    old, new = gone.path, found.path
    while basename(old) == basename(new) and not files.exists(dirname(old)) and dirname(new) != evidence.workspace:
        old, new = dirname(old), dirname(new)
    parameter = locating.parameter_holding(gone.path, evidence)
    entry = PatchEntry(
        op=PatchOp.REBIND,
        step_index=evidence.step_index,
        value={"from": _in_document(old, gone, evidence), "to": _in_document(new, gone, evidence)},
    )
    if parameter:
        value = {"name": parameter, "value": _parameter_value(parameter, found.path, evidence)}
        entry = PatchEntry(op=PatchOp.SET_PARAMETER, step_index=evidence.step_index, value=value)
    return Candidate(
        source=f"rule:{RenamedFile.name}",
        patch=(entry,),
        rationale=f"{_short(gone.path, evidence)} is gone; {_short(found.path, evidence)} {found.why}.",
        confidence=found.confidence,
        trust=found.trust,
    )


def _in_document(path: str, gone: Gone, evidence: Evidence) -> str:
    """A path as the patch names it; outside the workspace in the manner of the command that names the old one."""
    analysis = editing.parse(evidence.command)
    named = [use.path for use in (*analysis.reads, *analysis.directories)]
    named += [word.value for word in editing.words(evidence.command)]
    above = [text for text in named if text and text.startswith("../")]
    up = gone.below is None and any(locating.absolute(text, evidence) == gone.path for text in above)
    return template.escape(relpath(path, evidence.workspace)) if up else locating.in_document(path, evidence)


def _parameter_value(name: str, path: str, evidence: Evidence) -> str:
    """The new path in the manner of the parameter's old value."""
    default = evidence.playbook.parameters[name].default or ""
    below = locating.inside(path, evidence)
    if below is not None and not evidence.bindings[name].startswith("/"):
        return template.escape(below)
    return "{{cwd}}/" + template.escape(below) if below and default.startswith("{{cwd}}") else template.escape(path)


def _short(path: str, evidence: Evidence) -> str:
    return locating.inside(path, evidence) or path
