"""Turns editor sessions into file operations: what an editor left counts, not its keystrokes."""

import re
from collections.abc import Mapping
from stat import S_IXUSR

import msgspec

from capture.errors import BadInputError
from capture.trace import EffectOp, FileEffect, FileType, SeenFile, StepKind
from replay import edits, template
from replay.compiler.draft import Draft, DraftStep, changes
from replay.compiler.messages import says_its_message
from replay.playbook import SafetyLevel

LARGEST = 64 * 1024
"""Bytes of the longest file whose change a playbook carries."""
WHOLE_LINES, WHOLE_BYTES = 200, 16 * 1024
"""A file up to this is carried whole, as the base of a three-way merge; of a longer one, lines around the change."""
_ALONE = re.compile(r"(?<!\r)\n")
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""What no line of a patch can name a file with."""


def editor_sessions(draft: Draft) -> Draft:
    """Let a full-screen step make the change that it made to its files; what can't be told so waits for a person."""
    modes: dict[str, int | None] = {seen.path: _bits(seen) for seen in draft.trace.workspace_before}
    known = {step.recorded.step_index: step for step in draft.steps}
    done: dict[int, DraftStep] = {}
    notes: list[str] = []
    for recorded in draft.trace.steps:
        step = known.get(recorded.step_index)
        if step is not None and edits.is_patch(recorded.command):
            done[recorded.step_index] = step
        elif step is not None and recorded.kind is StepKind.FILE:
            done[recorded.step_index] = _again(draft, step, modes)
        elif step is not None and recorded.full_screen and not says_its_message(step, recorded.command):
            done[recorded.step_index], note = _by_hand(draft, step, modes)
            notes.append(note)
        modes |= {effect.path: effect.mode for effect in recorded.file_effects}
    return draft.with_steps(tuple(done.get(step.recorded.step_index, step) for step in draft.steps)).noted(*notes)


def _by_hand(draft: Draft, step: DraftStep, modes: Mapping[str, int | None]) -> tuple[DraftStep, str]:
    number = step.recorded.step_index
    patch = _patch(draft, changes(step.recorded), modes)
    if patch is None:
        why = "a full-screen program: a person must be there"
        by_person = step.changed(safety=SafetyLevel.MANUAL_ONLY, safety_reason=why, note=why)
        return by_person, f"step {number} of the recording is full-screen and can't be replayed by itself"
    note = f"what {step.recorded.command.split()[0]} changed in the recording"
    file_step = step.changed(kind=StepKind.FILE, run=template.escape(patch), note=note)
    return file_step, f"step {number} of the recording, an editor session, became a file operation"


def _again(draft: Draft, step: DraftStep, modes: Mapping[str, int | None]) -> DraftStep:
    """A file step that was replayed; shell text where what it did can't be told as a patch."""
    patch = _patch(draft, changes(step.recorded), modes)
    return step if patch is None else step.changed(kind=StepKind.FILE, run=template.escape(patch))


def _patch(draft: Draft, effects: tuple[FileEffect, ...], modes: Mapping[str, int | None]) -> str | None:
    """The patch of all of a session's changes; None when one of them can't be told as one."""
    told = [_edit(draft, effect, modes.get(effect.path)) for effect in effects]
    found = tuple(edit for edit in told if edit is not None)
    if not found or len(found) < len(told):
        return None
    patch = edits.patch_text(found)
    try:
        return patch if edits.read_patch(patch) == found else None
    except BadInputError:
        return None


def _edit(draft: Draft, effect: FileEffect, mode: int | None) -> edits.FileEdit | None:
    names = (effect.path, effect.moved_from or "")
    if effect.type is not FileType.FILE or any(_UNFIT.search(name) for name in names):
        return None
    match effect.op:
        case EffectOp.CREATED:
            return _made(_text(draft, effect.after), effect)
        case EffectOp.DELETED:
            return _deleted(_text(draft, effect.before), effect)
        case EffectOp.MODIFIED:
            return _modified(draft, effect, None if effect.mode == mode else effect.mode)
        case EffectOp.CHMOD:
            return edits.FileEdit(old=effect.path, new=effect.path, mode=effect.mode)
        case EffectOp.MOVED:
            as_it_was = effect.before is not None and effect.before == effect.after
            return edits.FileEdit(old=effect.moved_from, new=effect.path) if as_it_was else None


def _made(text: str | None, effect: FileEffect, *, replaces: str | None = None) -> edits.FileEdit | None:
    if text is None:
        return None
    plain, crlf = _plain(text)
    special = effect.mode is not None and (effect.mode & S_IXUSR or not effect.mode & 0o077)
    return edits.FileEdit(
        old=None,
        new=effect.path,
        hunks=edits.changed("", plain, whole=True),
        crlf=crlf,
        mode=effect.mode if special else None,
        replaces=replaces,
    )


def _deleted(text: str | None, effect: FileEffect) -> edits.FileEdit | None:
    if text is None:
        return None
    plain, crlf = _plain(text)
    return edits.FileEdit(old=effect.path, new=None, hunks=edits.changed(plain, "", whole=True), crlf=crlf)


def _modified(draft: Draft, effect: FileEffect, mode: int | None) -> edits.FileEdit | None:
    before, after = _text(draft, effect.before), _text(draft, effect.after)
    if before is None or after is None:
        return _made(after, effect, replaces=effect.before) if effect.before and after is not None else None
    (old, was_crlf), (new, crlf) = _plain(before), _plain(after)
    if was_crlf != crlf:
        old, new, crlf = before, after, False
    if _empties(before, after):
        return _made(after, effect, replaces=effect.before)

    def edit(*, whole: bool) -> edits.FileEdit:
        hunks = edits.changed(old, new, whole=whole)
        return edits.FileEdit(old=effect.path, new=effect.path, hunks=hunks, whole=whole, crlf=crlf, mode=mode)

    short = old.count("\n") <= WHOLE_LINES and len(old.encode()) <= WHOLE_BYTES
    around = edit(whole=False)
    return edit(whole=True) if short or not _tells(around, before.encode(), after.encode(), effect.mode) else around


def _tells(edit: edits.FileEdit, before: bytes, after: bytes, mode: int | None) -> bool:
    """Whether the lines around the change tell the recorded file before it from the one after it."""
    text = msgspec.structs.replace(edit, mode=None)
    forth, again = (edits.plan(text, _Recorded(content, mode)) for content in (before, after))
    return forth == edits.Change(path=edit.path, content=after) and again == edits.Already(edit.path)


class _Recorded(msgspec.Struct, frozen=True):
    """One file as it was."""

    held: bytes
    bits: int | None

    def content(self, path: str) -> bytes | None:
        """What it held."""
        del path
        return self.held

    def mode(self, path: str) -> int | None:
        """Its permission bits."""
        del path
        return self.bits


def _empties(before: str, after: str) -> bool:
    """A diff of nothing, or to nothing, has no line that would hold its place in a drifted file."""
    return not before or not after


def _text(draft: Draft, digest: str | None) -> str | None:
    """A recorded text; None when it was not kept, or is none that a playbook can carry."""
    content = draft.blobs(digest) if digest else None
    if content is None or len(content) > LARGEST:
        return None
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


def _plain(text: str) -> tuple[str, bool]:
    """The text with line feeds alone, and whether every one of its lines ended in CR LF."""
    if "\r\n" in text and not _ALONE.search(text):
        return text.replace("\r\n", "\n"), True
    return text, False


def _bits(seen: SeenFile) -> int:
    return seen.mode & 0o7777
