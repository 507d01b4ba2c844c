"""Gives a file of ours its execute bit back, or calls it with the interpreter that it names."""

from replay.outcome import FailureClass
from replay.repairs import commands, editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

CLASSES = frozenset({FailureClass.NOT_EXECUTABLE, FailureClass.PERMISSION_DENIED})
EXECUTE = 0o111


class ExecuteBit:
    """`chmod +x` before the step, for files of the workspace only; second, the interpreter called by name."""

    name = "execute-bit"

    def matches(self, evidence: Evidence) -> bool:
        """A program that may not be run."""
        return evidence.failure.failure_class in CLASSES

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """The bit, then the interpreter."""
        path = _script(evidence, files)
        if path is None:
            return ()
        below = locating.inside(path, evidence)
        if below is None:
            return _by_interpreter(path, evidence, files)
        bit = Candidate(
            source=f"rule:{self.name}",
            patch=(
                PatchEntry(
                    op=PatchOp.INSERT_BEFORE,
                    step_index=evidence.step_index,
                    value=f"chmod +x {locating.spelt(path, evidence)}",
                ),
            ),
            rationale=f"{below} is a file of the workspace that the recording ran, and it has no execute bit.",
            confidence=0.9,
            trust=Trust.IDEMPOTENT,
        )
        return (bit, *_by_interpreter(path, evidence, files))


def _script(evidence: Evidence, files: Files) -> str | None:
    """The file that could not be run, and was in the recording."""
    called = [use.name for use in editing.parse(evidence.command).commands if use.name and "/" in use.name]
    known = locating.recorded(evidence)
    for text in dict.fromkeys(filter(None, (evidence.failure.subject, *called))):
        path = locating.absolute(text, evidence)
        below = locating.inside(path, evidence)
        if not files.exists(path) or files.is_dir(path) or files.is_executable(path):
            continue
        had_bit = below is not None and below in known and known[below].mode & EXECUTE
        if text in called or had_bit:
            return path
    return None


def _by_interpreter(path: str, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
    """The command called through its interpreter, where it names one that is here."""
    interpreter = commands.shebang(files.read_text(path))
    if not interpreter or interpreter[0] not in files.commands():
        return ()
    run = evidence.step.run
    for use in editing.parse(evidence.command).commands:
        if use.name and "/" in use.name and locating.absolute(use.name, evidence) == path:
            run = editing.with_prefix(run, use.name, " ".join(interpreter))
    return (
        Candidate(
            source=f"rule:{ExecuteBit.name}",
            patch=(PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=run),),
            rationale=f"{locating.inside(path, evidence) or path} names {interpreter[0]} as its interpreter, "
            "which is here.",
            confidence=0.7,
            trust=Trust.IDEMPOTENT,
        ),
    )
