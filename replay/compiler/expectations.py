"""Says what each step must come to: exit code, output, file effects, with all that varies masked."""

import math
import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from pathlib import PurePosixPath
from posixpath import basename, join, normpath

import msgspec

from capture.patches import is_patch
from capture.trace import EffectOp, FileEffect, FileType, Step, StepKind, StepStatus
from replay.compiler.draft import Draft, DraftStep, changes
from replay.compiler.stores import bare_repositories, in_stores
from replay.matching import contents, masks, printing
from replay.matching.effects import TREE
from replay.playbook import Expectation, ExpectedEffect
from replay.syntax.wrappers import base_name

LONGEST_OUTPUT = 64 * 1024
"""Characters of output that are compared whole."""
HEAD_LINES, TAIL_LINES = 200, 50
"""Lines that are compared of a longer one."""
MOST_EFFECTS = 60
"""Effects that are told one by one; more of them are told by directory."""
PLAIN_FOLDER = frozenset({0o755, 0o775})
"""Permission bits of a folder of which nothing needs to be said."""
SLOW_MS = 60_000
"""A step that took longer gets a time limit of its own."""
PATIENCE = 10
"""How many times its recorded duration a slow step may take."""
ENDING = frozenset({"fg", "kill", "killall", "pkill", "wait"})
"""Commands that end what runs beside the steps, or wait for that."""
_NUMBER_FILES = (".pid", ".lock")
"""Endings of files that may hold the number of a process; one with a name of nothing else holds it alone."""
_NUMBER_NAMES = frozenset({"pid", "pidfile"})
_BEGINS_WITH_NUMBER = re.compile(rb"\s*\d+\b")
DIARIES = (
    "/.ninja_log",
    "/CMakeFiles/CMakeOutput.log",
    "/CMakeFiles/CMakeError.log",
    "/CMakeFiles/CMakeConfigureLog.yaml",
    "/Testing/Temporary/LastTest.log",
    "/Testing/Temporary/CTestCostData.txt",
)
"""Ends of paths at which build tools note when they did what, how long it took and by which passing names."""


def set_expectations(draft: Draft) -> Draft:
    """Give each step its expectation."""
    notes: list[str] = []
    steps = []
    beside: list[str] = []
    ending: list[str] = []
    bare = bare_repositories(draft.trace)
    for at, step in enumerate(draft.steps):
        expect = Expectation(
            exit=_exit_code(step.recorded),
            output=_output(draft, step, at, notes),
            effects=_effects(draft, step, at, notes, [*ending, *beside], bare),
            committed=_committed(draft, step, at),
        )
        beside += [path for path in _written_beside(draft, step) if path not in beside]
        # What was told to end may still have something to say.
        ending, beside = (beside, []) if _ends_jobs(step) else ([], beside)
        steps.append(step.changed(expect=expect, timeout=_timeout(step)))
    return draft.with_steps(tuple(steps)).noted(*notes)


def _exit_code(recorded: Step) -> int:
    """What it must end with; of one that failed without telling how, 1."""
    if recorded.exit_code is None:
        return int(recorded.status is StepStatus.FAILED)
    return recorded.exit_code


def _output(draft: Draft, step: DraftStep, at: int, notes: list[str]) -> str | None:
    recorded = step.recorded
    if recorded.full_screen or recorded.exit_code is None:
        return None
    if recorded.kind is StepKind.FILE:
        # What the tool of an agent said of a change; who makes it again says nothing.
        return ""
    # What is read from it must stand where it stood: of a changed list of processes no line is as good as another.
    if printing.by_chance(step.analysis) and not step.step.capture:
        notes.append(f"the output of step {at + 1} is left to chance or to the moment, and is not compared")
        return None
    pattern = _pattern(draft, step, at)
    if len(pattern) <= LONGEST_OUTPUT and not recorded.output_truncated:
        return pattern
    notes.append(f"the output of step {at + 1} is long: only its beginning and its end are compared")
    lines = pattern.splitlines()
    return "\n".join([*lines[:HEAD_LINES], "{{lines}}", *lines[-TAIL_LINES:]]) + "\n"


def _pattern(draft: Draft, step: DraftStep, at: int) -> str:
    """The output with all that has a name by its name; of a shortened hash, the rest as a mask."""
    known = {name: value for name, value in draft.meant_at(at, step.recorded.output).items() if name not in step.whole}
    hints, moment = printing.hints(step.analysis), step.recorded.started_at
    pattern = masks.lifted(step.recorded.output, {**known, **step.whole}, moment=moment, hints=hints)
    for name in step.whole:
        pattern = pattern.replace(f"{{{{{name}}}}}", f"{{{{{name}}}}}{{{{hex}}}}")
    return pattern


def _effects(
    draft: Draft, step: DraftStep, at: int, notes: list[str], beside: Sequence[str], bare: frozenset[str]
) -> tuple[ExpectedEffect, ...] | None:
    """What the step changes, and what something beside it may change meanwhile."""
    if printing.in_background(step.analysis):
        notes.append(f"step {at + 1} leaves something running: what it writes is not compared")
        return None
    if not step.recorded.effects_seen:
        why = "others ran beside" if step.recorded.apart else "nobody watched the files of"
        notes.append(f"{why} step {at + 1}: what it writes is not compared")
        return None
    if draft.trace.run.imported is not None and not _is_told(step.recorded):
        notes.append(f"what step {at + 1} wrote is not known, because its recording was imported: it is not compared")
        return None
    own = {use.path for use in (*step.analysis.writes, *step.analysis.removes)}
    logs = [path for path in beside if path not in own]
    happened = [
        change for change in changes(step.recorded) if change.op is not EffectOp.MODIFIED or change.path not in logs
    ]
    seen = {change.path for change in happened}
    pairs = [(change.path, _effect(draft, step, at, change)) for change in happened]
    pairs += [(path, _meanwhile(draft, step, at, path)) for path in logs if path not in seen]
    pairs += [(path, _folder(draft, step, at, path)) for path in _parents(step.recorded) if path not in seen]
    pairs = in_stores(pairs, bare)
    told = tuple(effect for _, effect in pairs)
    if len(told) <= MOST_EFFECTS:
        return told
    used = _used(draft)
    workspace = draft.trace.run.workspace
    named = {effect.path for path, effect in pairs if join(workspace, path) in used}
    return tuple(_by_directory(told, named))


def _is_told(step: Step) -> bool:
    """Whether an agent's record tells all that a step changes: a patch that moves nothing."""
    moves = any(effect.op is EffectOp.MOVED for effect in step.file_effects)
    return step.kind is StepKind.FILE and bool(step.file_effects) and not moves


def _parents(step: Step) -> Iterator[str]:
    """Directories that a patch makes where they are not there; nobody knows whether they were."""
    made = (effect.path for effect in step.file_effects if effect.op is EffectOp.CREATED)
    if step.kind is StepKind.FILE and is_patch(step.command):
        yield from dict.fromkeys(
            str(parent) for path in made for parent in PurePosixPath(path).parents if str(parent) not in "./"
        )


def _folder(draft: Draft, step: DraftStep, at: int, path: str) -> ExpectedEffect:
    made = FileEffect(path=path, op=EffectOp.CREATED, type=FileType.DIRECTORY)
    return msgspec.structs.replace(_effect(draft, step, at, made), optional=True)


def _written_beside(draft: Draft, step: DraftStep) -> Iterator[str]:
    """Files, as effects name them, that something writes which the step leaves running."""
    if not printing.in_background(step.analysis):
        return
    workspace = draft.trace.run.workspace
    effects = {join(workspace, effect.path): effect.path for effect in step.recorded.file_effects}
    for use in step.analysis.writes:
        place = normpath(join(step.recorded.cwd, use.path or ""))
        if place in effects:
            yield effects[place]


def _ends_jobs(step: DraftStep) -> bool:
    return any(base_name(use.name) in ENDING for use in step.analysis.commands)


def _meanwhile(draft: Draft, step: DraftStep, at: int, path: str) -> ExpectedEffect:
    """When a log grows is the affair of what writes it."""
    named = masks.lifted(path, draft.meant_at(at, path), moment=step.recorded.started_at)
    return ExpectedEffect(op=EffectOp.MODIFIED, path=named, optional=True)


def _effect(draft: Draft, step: DraftStep, at: int, effect: FileEffect) -> ExpectedEffect:
    known = draft.meant_at(at, effect.path, effect.moved_from or "")
    moment = step.recorded.started_at

    def path(text: str) -> str:
        return masks.lifted(text, known, moment=moment)

    return ExpectedEffect(
        op=effect.op,
        path=path(effect.path),
        directory=effect.type is FileType.DIRECTORY,
        content=_content(draft, step, at, effect),
        moved_from=None if effect.moved_from is None else path(effect.moved_from),
        replaces=_replaces(draft, step, effect),
        mode=_mode(effect),
    )


def _replaces(draft: Draft, step: DraftStep, effect: FileEffect) -> bool | None:
    """Whether a moved path took the place of another; of older recordings, by what their other effects tell."""
    if effect.op is not EffectOp.MOVED:
        return None
    if effect.replaced is not None:
        return True
    known, before = draft.comings.get(effect.path, ()), step.recorded.step_index
    stood = next((there for at, there in reversed(known) if at < before), False)
    return True if stood else (False if draft.trace.workspace_complete else None)


def _mode(effect: FileEffect) -> str | None:
    """The permission bits that the step gave; those of a file that it changed or moved were there before."""
    given = effect.op in (EffectOp.CREATED, EffectOp.CHMOD) and effect.type is not FileType.SYMLINK
    if not given or effect.mode is None or (effect.type is FileType.DIRECTORY and effect.mode in PLAIN_FOLDER):
        return None
    return f"{effect.mode:o}"


def _committed(draft: Draft, step: DraftStep, at: int) -> tuple[str, ...] | None:
    """What it commits; nothing is told of what commits nothing."""
    if not step.recorded.committed:
        return None
    known, moment = draft.meant_at(at, *step.recorded.committed), step.recorded.started_at
    return tuple(masks.lifted(one, known, moment=moment) for one in step.recorded.committed)


def _content(draft: Draft, step: DraftStep, at: int, effect: FileEffect) -> str | None:
    """The digest of a text that the step wrote; None for what is not to be compared."""
    written = effect.op is not EffectOp.DELETED and effect.op is not EffectOp.CHMOD
    if not written or effect.type not in (FileType.FILE, FileType.SYMLINK) or effect.after is None:
        return None
    loose = effect.path in step.loose or f"/{effect.path}".endswith(DIARIES) or printing.by_chance(step.analysis)
    if loose or _copies_chance(draft, at, effect):
        return None
    data = draft.blobs(effect.after)
    if data is not None and _holds_process(effect.path, data):
        return None
    if data is not None and effect.type is FileType.SYMLINK:
        data = contents.of_link(data)
    known = draft.known_at(at, data.decode(errors="replace")) if data is not None else {}
    digest = None if data is None else masks.content_digest(data, known, moment=step.recorded.started_at)
    # What is no text, or too large, must be the same to the byte where it is a copy of what was there.
    copied = digest is None and any(seen.sha256 == effect.after for seen in draft.trace.workspace_before)
    return effect.after if copied else digest


def _holds_process(path: str, data: bytes) -> bool:
    """Whether a file is one that holds the number of a process."""
    if basename(path).lower() in _NUMBER_NAMES:
        return data.strip().isdigit()
    return path.endswith(_NUMBER_FILES) and _BEGINS_WITH_NUMBER.match(data) is not None


def _copies_chance(draft: Draft, at: int, effect: FileEffect) -> bool:
    """Whether a step before it made this very content by chance, as a key that is copied then."""
    return bool(effect.size) and draft.made_by_chance.get(effect.after, at) < at


def _used(draft: Draft) -> set[str]:
    """Absolute paths that the commands of the playbook read or run."""
    return {
        normpath(join(step.recorded.cwd, path))
        for step in draft.steps
        for path in (*(use.path for use in step.analysis.reads), *(use.name for use in step.analysis.commands))
        if path and "/" in path
    }


def _by_directory(effects: Sequence[ExpectedEffect], named: Container[str]) -> list[ExpectedEffect]:
    """Many effects below a directory as one, but for those that are needed by their names."""
    tops = Counter(_top(effect) for effect in effects)
    folded = {top for top, count in tops.items() if top and count > MOST_EFFECTS // 4}
    told = {effect.path: effect for effect in effects if _top(effect) not in folded}
    told |= {one.path: msgspec.structs.replace(one, content=None) for one in effects if one.path in named}
    for effect in effects:
        if _top(effect) in folded:
            op = EffectOp.DELETED if effect.op is EffectOp.DELETED else EffectOp.CREATED
            path = f"{_top(effect)}{TREE}"
            told.setdefault(path, ExpectedEffect(op=op, path=path))
    return [told[path] for path in sorted(told)]


def _top(effect: ExpectedEffect) -> str:
    """The first directory of its path; empty for a path that has none."""
    top, slash, _ = effect.path.partition("/")
    return top if slash else ""


def _timeout(step: DraftStep) -> str | None:
    if step.recorded.duration_ms <= SLOW_MS:
        return None
    return f"{math.ceil(step.recorded.duration_ms * PATIENCE / 1000)}s"
