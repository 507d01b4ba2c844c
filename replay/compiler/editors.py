"""Turns editor sessions into file operations: what an editor left counts, not its keystrokes."""

from shlex import quote

from capture.shells import fish_text
from capture.trace import EffectOp, FileEffect, FileType, StepKind
from replay import template
from replay.compiler.draft import Draft, DraftStep, changes
from replay.playbook import SafetyLevel

LARGEST = 64 * 1024
"""Longest file that a playbook carries."""
_END = "END_OF_FILE"


def editor_sessions(draft: Draft) -> Draft:
    """Let a full-screen step write the file that it left behind; one that can't be told so waits for a person."""
    done = [_by_hand(draft, step) if step.recorded.full_screen else (step, None) for step in draft.steps]
    notes = [note for _, note in done if note]
    return draft.with_steps(tuple(step for step, _ in done)).noted(*notes)


def _by_hand(draft: Draft, step: DraftStep) -> tuple[DraftStep, str | None]:
    effects = changes(step.recorded)
    texts = [(effect, _text(draft, effect)) for effect in effects]
    number = step.recorded.step_index
    if not effects or any(text is None for _, text in texts):
        why = "a full-screen program: a person must be there"
        by_person = step.changed(safety=SafetyLevel.MANUAL_ONLY, safety_reason=why, note=why)
        return by_person, f"step {number} of the recording is full-screen and can't be replayed by itself"
    run = "\n".join(_written(draft, effect, text or "") for effect, text in texts)
    note = f"what {step.recorded.command.split()[0]} left behind in the recording"
    file_step = step.changed(kind=StepKind.FILE, run=template.escape(run), note=note)
    return file_step, f"step {number} of the recording, an editor session, became a file operation"


def _text(draft: Draft, effect: FileEffect) -> str | None:
    """The text that the effect left; None when it left none that a playbook can carry."""
    writes = effect.op in (EffectOp.CREATED, EffectOp.MODIFIED) and effect.type is FileType.FILE
    content = draft.blobs(effect.after) if writes and effect.after else None
    if content is None or len(content) > LARGEST:
        return None
    try:
        return None if b"\0" in content or b"\r" in content else content.decode()
    except UnicodeDecodeError:
        return None


def _written(draft: Draft, effect: FileEffect, text: str) -> str:
    """A shell command that writes the text."""
    path = effect.path if effect.path.startswith("/") else f"{draft.trace.run.workspace}/{effect.path}"
    if draft.trace.run.shell == "fish":
        return f"printf %s {fish_text.quoted(text)} > {fish_text.quoted(path)}"
    if not text.endswith("\n"):
        return f"printf %s {quote(text)} > {quote(path)}"
    mark = _END
    while mark in text.splitlines():
        mark += "_"
    return f"cat > {quote(path)} <<'{mark}'\n{text}{mark}"
