"""Judges every proposal, whoever made it, on what its commands would newly do."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from posixpath import isabs, join, normpath

import msgspec

from capture.errors import BadInputError
from replay.edits import is_patch
from replay.playbook import Expectation, Playbook, PlaybookStep
from replay.repairs import editing, locating, outsiders, patching, secrets, similar
from replay.repairs.proposal import OUTSIDE, Candidate, Evidence, Files, PatchEntry, PatchOp, Risk, Trust
from replay.repairs.rules.satisfied_already import holds
from replay.syntax import Analysis

NEVER_NEW = frozenset(
    [
        "sudo",
        "doas",
        "su",
        "pkexec",
        "rm",
        "rmdir",
        "unlink",
        "shred",
        "dd",
        "mkfs",
        "truncate",
        "kill",
        "pkill",
        "killall",
        "reboot",
        "shutdown",
        "halt",
        "curl",
        "wget",
        "nc",
        "ncat",
        "netcat",
        "ssh",
        "scp",
        "sftp",
        "ftp",
        "telnet",
        "rsync",
        "apt",
        "apt-get",
        "dnf",
        "yum",
        "brew",
        "pacman",
        "apk",
        "snap",
        "chown",
        "chgrp",
        "chattr",
        "mount",
        "umount",
        "crontab",
        "systemctl",
        "service",
        "iptables",
        "eval",
        "source",
        ".",
        "exec",
        "trap",
        "set",
        "true",
        ":",
        "yes",
    ]
)
"""Commands that no repair may bring in."""
SHELLS = frozenset(["sh", "bash", "dash", "ksh", "zsh", "fish"])
FORCE = re.compile(
    r"--(?:force|yes|assume-yes|no-verify|hard|insecure|delete|overwrite|prune|allow-|skip-|no-check|ignore-)[\w-]*"
    r"|--break-system-packages|--privileged|--no-preserve-root|-[yf]"
)
"""Options that widen what a command may do."""
RULES_ENVIRONMENT = re.compile(
    r"PATH|HOME|SHELL|IFS|ENV|BASH_ENV|PROMPT_COMMAND|PS[0-4]|LD_\w+|DYLD_\w+|GIT_\w+|NODE_OPTIONS|PYTHON(?!PATH)\w*"
    r"|PERL5\w+|RUBY\w+|EDITOR|VISUAL|PAGER|SUDO_\w+"
)
"""Variables that decide what is run, which a repair may not set."""
EXECUTE_MODE = re.compile(r"[ugoa]*\+x")
LONGEST = 4096
ORDER = tuple(Risk)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says of a candidate."""

    candidate: Candidate
    """With its risk set."""
    refused: str | None = None
    """Why it may not be proposed."""


def judge(candidate: Candidate, evidence: Evidence, files: Files) -> Verdict:
    """Refuse what no repair may do, and raise the risk of what could do harm if it is wrong.

    Args:
        candidate: From any source.
        evidence: The failed step.
        files: The machine.

    Returns:
        The candidate with its risk, or why it is refused.
    """
    try:
        patched = patching.apply(evidence.playbook, candidate.patch)
    except BadInputError as error:
        return Verdict(candidate=candidate, refused=str(error))
    reasons = [*_of_entries(candidate, evidence, files), *_of_commands(candidate, evidence, patched, files)]
    if candidate.trust in OUTSIDE:
        reasons += outsiders.reasons(candidate, evidence, patched)
    if reasons:
        return Verdict(candidate=candidate, refused=reasons[0])
    raised = list(_raised(candidate, evidence, patched))
    risk = max([candidate.risk, *(risk for risk, _ in raised)], key=ORDER.index)
    why = next((f" Risk {risk}: {reason}." for level, reason in raised if level is risk), "")
    return Verdict(candidate=msgspec.structs.replace(candidate, risk=risk, rationale=candidate.rationale + why))


def _of_entries(candidate: Candidate, evidence: Evidence, files: Files) -> Iterator[str]:
    """Reasons against single changes."""
    for entry in candidate.patch:
        texts = [entry.value] if isinstance(entry.value, str) else list(entry.value.values())
        yield from (reason for text in texts if (reason := _unprintable(str(text), entry)))
        step = evidence.playbook.steps[entry.step_index - 1]
        match entry.op:
            case PatchOp.SKIP:
                yield from _skipped(step, entry, evidence, files)
            case PatchOp.SET_ENV | PatchOp.SET_PARAMETER:
                yield from _assigned(entry, evidence)
            case PatchOp.REBIND:
                yield from _rebound(entry, evidence, files)
            case _:
                pass


def _of_commands(candidate: Candidate, evidence: Evidence, patched: Playbook, files: Files) -> Iterator[str]:
    """Reasons against the commands and expectations that come out."""
    for base, step in _pairs(candidate, evidence.playbook, patched):
        old, new = (base.run if base else ""), step.run
        if old != new and (is_patch(old) or is_patch(new)):
            yield "what a file step writes is for a person to change, in the document"
        elif old != new:
            yield from _widened(old, new, evidence)
            yield from _new_words(old, new, evidence, files)
        if base is not None and any(entry.op is PatchOp.SET_EXPECTATION for entry in candidate.patch):
            yield from _weakened(base.expect, step.expect)


def _pairs(
    candidate: Candidate, base: Playbook, patched: Playbook
) -> Iterator[tuple[PlaybookStep | None, PlaybookStep]]:
    """Each step of the patched version with the one that it was; None for a new one."""
    inserted = Counter((entry.step_index, entry.op) for entry in candidate.patch)
    rest = iter(patched.steps)
    for index, step in enumerate(base.steps, 1):
        for _ in range(inserted[index, PatchOp.INSERT_BEFORE]):
            yield None, next(rest)
        yield step, next(rest)
        for _ in range(inserted[index, PatchOp.INSERT_AFTER]):
            yield None, next(rest)


def _unprintable(text: str, entry: PatchEntry) -> str | None:
    """Why a text can't be shown to a person as it is."""
    if len(text) > LONGEST and entry.op is not PatchOp.REPLACE:
        return f"a value of {len(text)} characters is too long to be reviewed"
    for character in text:
        hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        if hidden and not (character in "\n\t" and entry.op in (PatchOp.REPLACE, PatchOp.SET_EXPECTATION)):
            return f"it holds the invisible character U+{ord(character):04X}"
    return None


def _skipped(step: PlaybookStep, entry: PatchEntry, evidence: Evidence, files: Files) -> Iterator[str]:
    """A step may be left out when what it makes is there, and nothing else leans on it."""
    analysis = editing.parse(step.run)
    if analysis.directories or analysis.variables_set or analysis.functions:
        yield f"step {entry.step_index} changes the shell that later steps run in, so it can't be left out"
    if step.capture:
        yield f"later steps use what step {entry.step_index} prints, so it can't be left out"
    missing = [effect.path for effect in step.expect.effects or () if holds(effect, evidence, files) is False]
    if missing:
        yield f"step {entry.step_index} makes {missing[0]}, which is not there as recorded, so it can't be left out"


def _assigned(entry: PatchEntry, evidence: Evidence) -> Iterator[str]:
    """A variable or parameter that a repair may not set."""
    value = entry.value if isinstance(entry.value, dict) else {}
    name, text = value.get("name", ""), value.get("value", "")
    if entry.op is PatchOp.SET_ENV and (not name.isidentifier() or RULES_ENVIRONMENT.fullmatch(name)):
        yield f"{name or 'a variable without a name'} decides what is run"
    if secrets.is_secret_name(name) or secrets.is_masked(text):
        yield f"{name} looks like a secret, and no secret goes into a playbook"
    if not text:
        yield f"{name} would be empty"
    if entry.op is PatchOp.SET_PARAMETER and name not in evidence.playbook.parameters:
        yield f"{evidence.playbook.name} has no parameter {name}"


def _rebound(entry: PatchEntry, evidence: Evidence, files: Files) -> Iterator[str]:
    """A new name must be there, and no wider than the old one."""
    value = entry.value if isinstance(entry.value, dict) else {}
    if value.get("kind") == "ref":
        if value.get("to", "").startswith("-"):
            yield "a ref can't begin with a dash"
        return
    old, new = (
        normpath(join(evidence.workspace, locating.filled(value.get(key, ""), evidence))) for key in ("from", "to")
    )
    if f"{old}/".startswith(f"{new}/"):
        yield f"{new} holds more than {old}"
    if locating.inside(old, evidence) is not None and locating.inside(new, evidence) is None:
        yield f"{new} is outside the workspace"
    if not files.exists(new):
        yield f"{new} is not there"


def _widened(old: str, new: str, evidence: Evidence) -> Iterator[str]:
    """What a command newly does that no repair may do."""
    before, after = editing.parse(old), editing.parse(new)
    if before.ok and not after.ok:
        yield "it is no complete shell command"
    more = _risks(after) - _risks(before)
    if more:
        kind, verb = next(iter(more))
        yield f"it brings in {kind.replace('_', ' ')} by {verb}"
    yield from _new_commands(before, after)
    yield from _new_targets(before, after, evidence)


def _risks(analysis: Analysis) -> Counter[tuple[str, str]]:
    """Kinds of risk with the tool's name less its version; making a file of ours runnable is none."""
    return Counter(
        (str(risk.kind), re.sub(r"[\d.]+(?=\s|$)", "", risk.verb)) for risk in analysis.risks if risk.verb != "chmod"
    )


def _new_commands(before: Analysis, after: Analysis) -> Iterator[str]:
    known = {use.name for use in before.commands} | {name for use in before.commands for name in use.wrappers}
    piped = {use.name for use in before.commands if use.in_pipeline}
    for use in after.commands:
        for name in (use.name, *use.wrappers):
            if name in NEVER_NEW and name not in known:
                yield f"it brings in {name}"
        if use.name is None and len(before.commands) < len(after.commands):
            yield "it brings in a command that can't be told before it runs"
        if use.in_pipeline and use.name in SHELLS and use.name not in piped:
            yield f"it pipes text into {use.name}"
        words = [editing.value(word) or "" for word in use.words]
        if use.name == "chmod" and use.name not in known and not _only_execute_bit(words):
            yield "it changes modes by more than the execute bit"


def _only_execute_bit(words: list[str]) -> bool:
    """`chmod +x FILE…` and nothing else."""
    mode, *paths = words[words.index("chmod") + 1 :] or [""]
    return bool(EXECUTE_MODE.fullmatch(mode)) and bool(paths) and not any(path.startswith("-") for path in paths)


def _new_words(old: str, new: str, evidence: Evidence, files: Files) -> Iterator[str]:
    """Options that force, and names that delete or publish, which were not there before; a path names itself only."""
    before, after = ([editing.value(word) for word in editing.words(run)] for run in (old, new))
    gone = " ".join(text for text in before if text and text not in after)
    for text in after:
        if not text or text in before:
            continue
        if FORCE.fullmatch(text.partition("=")[0]):
            yield f"it brings in the option {text}"
        elif old and similar.is_hazardous(text, gone) and not _is_path(text, evidence, files):
            yield f"{text!r} names something that deletes, publishes or installs"


def _is_path(text: str, evidence: Evidence, files: Files) -> bool:
    return (
        text.startswith("-")
        or "/" in text
        or files.exists(locating.absolute(locating.filled(text, evidence), evidence))
    )


def _new_targets(before: Analysis, after: Analysis, evidence: Evidence) -> Iterator[str]:
    known = {use.path for use in before.writes}
    for use in after.writes:
        if use.path in known:
            continue
        if use.path is None:
            yield "it writes to a place that can't be told before it runs"
        elif not _in_workspace(editing.shown(use.path), evidence):
            yield f"it writes to {editing.shown(use.path)}, outside the workspace"


def _in_workspace(text: str, evidence: Evidence) -> bool:
    path = locating.filled(text, evidence)
    if path == "/dev/null":
        return True
    return locating.inside(locating.absolute(path, evidence), evidence) is not None


def _weakened(old: Expectation, new: Expectation) -> Iterator[str]:
    if new.exit != old.exit:
        yield "it takes another exit code for the expected one"
    if (old.output is not None and new.output is None) or (old.effects is not None and new.effects != old.effects):
        yield "it expects less than was recorded"


def _raised(candidate: Candidate, evidence: Evidence, patched: Playbook) -> Iterator[tuple[Risk, str]]:
    """Risks that a person should know of, with why."""
    proven = candidate.trust in (Trust.TOOL_HINT, Trust.DATAFLOW, Trust.HISTORY)
    if candidate.trust in OUTSIDE:
        yield Risk.MEDIUM, "it was not made on this machine"
    for base, step in _pairs(candidate, evidence.playbook, patched):
        if base is None and {use.tool for use in editing.parse(step.run).writes} - {"mkdir", "chmod"}:
            yield Risk.HIGH, "it is a new step that writes"
        if base is None or base.run == step.run:
            continue
        before, after = editing.parse(base.run), editing.parse(step.run)
        touched = [risk for risk in after.risks if step.run[risk.span.start : risk.span.end] not in base.run]
        if touched:
            level = Risk.MEDIUM if proven else Risk.HIGH
            yield level, f"{touched[0].verb} in the changed command can do harm"
        elif after.risks:
            yield Risk.MEDIUM, f"the changed command holds {after.risks[0].verb}"
        if len({use.path for use in after.writes}) > len({use.path for use in before.writes}):
            yield Risk.HIGH, "it writes to more places than before"
    if any(entry.op is PatchOp.SET_EXPECTATION for entry in candidate.patch):
        yield Risk.HIGH, "it changes what counts as success"
    if any(_leaves_workspace(entry) for entry in candidate.patch):
        yield Risk.MEDIUM, "it reads from outside the workspace"


def _leaves_workspace(entry: PatchEntry) -> bool:
    target = entry.value.get("to", "") if isinstance(entry.value, dict) else ""
    return isabs(target) or target.startswith(("~", "{{home}}", ".."))
