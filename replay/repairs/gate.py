"""Judges every proposal, whoever made it, on what its commands would newly do."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from posixpath import isabs

import msgspec

from capture.errors import BadInputError
from replay import template
from replay.calls import is_call
from replay.edits import is_patch
from replay.outcome import FailureClass
from replay.playbook import Expectation, Playbook, PlaybookStep
from replay.repairs import bringing, calling, editing, locating, outsiders, patching, reaching, secrets
from replay.repairs.proposal import OUTSIDE, Candidate, Evidence, Files, PatchEntry, PatchOp, Risk, Trust
from replay.repairs.rules.satisfied_already import holds
from replay.syntax import RiskKind, Span

SHELL_MOVES = frozenset({"cd", "chdir", "popd", "pushd"})
"""Commands that take the shell itself to another directory."""
LONGEST = 4096
LONGEST_WAIT_S = 24 * 3600
MOST_NEW_STEPS = 5
DURATION = re.compile(r"(\d{1,7}(?:\.\d+)?)(ms|s|m|h)")
EXPANDS = re.compile(r"[`$;|&<>\n]")
DESTROYING = frozenset({RiskKind.DELETE, RiskKind.KILL, RiskKind.FORCE, RiskKind.PRIVILEGE, RiskKind.PERMISSIONS})
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
PORT_NAME = re.compile(r"port(_\d+)?")
PORTS = range(1024, 65536)
REF = re.compile(r"(?!-)(?!.*\.\.)[\w./#@{}-]+")
MASK = re.compile(r"\{\{[^{}]*\}\}")
NOT_TO_BE_ACCEPTED = frozenset(
    {FailureClass.OUTPUT_CHANGED, FailureClass.EFFECTS_CHANGED, FailureClass.EXIT_CHANGED, FailureClass.PROMPT_CHANGED}
)
"""What a step came to, which no repair may take for what it should come to."""
SATISFIED = frozenset({FailureClass.ALREADY_EXISTS, FailureClass.ALREADY_APPLIED})
ORDER = tuple(Risk)
RENAMED_TOOL = "rule:renamed-tool"
"""The only source that may call another tool: it proposes what one server offers in the place of what it offered."""


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
            case PatchOp.SET_TIMEOUT:
                yield from _limited(entry)
            case _:
                pass
    new = sum(entry.op in (PatchOp.INSERT_BEFORE, PatchOp.INSERT_AFTER) for entry in candidate.patch)
    if new > MOST_NEW_STEPS:
        yield f"{new} new steps are too many to be reviewed"


def _of_commands(candidate: Candidate, evidence: Evidence, patched: Playbook, files: Files) -> Iterator[str]:
    """Reasons against the commands and expectations that come out."""
    written_anew = {entry.step_index for entry in candidate.patch if entry.op is PatchOp.REPLACE}
    for index, base, step in _pairs(candidate, evidence.playbook, patched):
        old, new = (base.run if base else ""), step.run
        if old != new and (is_patch(old) or is_patch(new)):
            yield "what a file step writes is for a person to change, in the document"
        elif old != new and (is_call(old) or is_call(new)):
            rebound = base is not None and index not in written_anew
            yield from calling.reasons(old, new, evidence, renamed=candidate.source == RENAMED_TOOL, rebound=rebound)
        elif old != new:
            rebound = base is not None and index not in written_anew
            yield from bringing.reasons(old, new, evidence, files, rebound=rebound)
        if base is not None and any(entry.op is PatchOp.SET_EXPECTATION for entry in candidate.patch):
            yield from _weakened(base.expect, step.expect, evidence)


def _pairs(
    candidate: Candidate, base: Playbook, patched: Playbook
) -> Iterator[tuple[int, PlaybookStep | None, PlaybookStep]]:
    """Each step of the patched version with the number of the one that it was or stands by, and that one; None: new."""
    inserted = Counter((entry.step_index, entry.op) for entry in candidate.patch)
    rest = iter(patched.steps)
    for index, step in enumerate(base.steps, 1):
        for _ in range(inserted[index, PatchOp.INSERT_BEFORE]):
            yield index, None, next(rest)
        yield index, step, next(rest)
        for _ in range(inserted[index, PatchOp.INSERT_AFTER]):
            yield index, None, next(rest)


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
    moves = any(use.tool in SHELL_MOVES for use in analysis.directories)
    if moves or analysis.variables_set or analysis.functions:
        yield f"step {entry.step_index} changes the shell that later steps run in, so it can't be left out"
    if is_call(step.run) and not step.expect.effects:
        yield f"nobody watched what step {entry.step_index} changes, so nothing shows that it is done already"
    if step.capture:
        yield f"later steps use what step {entry.step_index} prints, so it can't be left out"
    if entry.step_index != evidence.step_index or evidence.failure.failure_class not in SATISFIED:
        yield f"nothing shows that what step {entry.step_index} is for holds already, so it can't be left out"
    missing = [effect.path for effect in step.expect.effects or () if holds(effect, evidence, files) is False]
    if missing:
        yield f"step {entry.step_index} makes {missing[0]}, which is not there as recorded, so it can't be left out"


def _limited(entry: PatchEntry) -> Iterator[str]:
    """A time limit that a person would wait for."""
    found = DURATION.fullmatch(str(entry.value))
    if found is None:
        yield f"{entry.value!r} is no time limit such as 60s"
    elif not 0 < float(found[1]) * UNITS[found[2]] <= LONGEST_WAIT_S:
        yield f"a time limit of {entry.value} is none"


def _assigned(entry: PatchEntry, evidence: Evidence) -> Iterator[str]:
    """A variable or parameter that a repair may not set."""
    value = entry.value if isinstance(entry.value, dict) else {}
    name, text = value.get("name", ""), value.get("value", "")
    if secrets.is_secret_name(name) or secrets.is_masked(text):
        yield f"{name} looks like a secret, and no secret goes into a playbook"
    if not text:
        yield f"{name} would be empty"
    if entry.op is PatchOp.SET_ENV:
        why = reaching.decides(name, locating.filled(text, evidence), evidence)
        yield from [why] if why else []
        if EXPANDS.search(text):
            yield f"{name} would hold shell text"
    else:
        yield from _parameter(value, evidence)


def _parameter(value: dict[str, str], evidence: Evidence) -> Iterator[str]:
    """A value that goes into commands: no wider than the one that it takes the place of."""
    name, text = value.get("name", ""), value.get("value", "")
    if "from" in value:
        if not (PORT_NAME.fullmatch(name) and value["from"].isdigit() and text.isdigit() and int(text) in PORTS):
            yield "a repair makes a parameter of nothing but a port"
        elif name in evidence.playbook.parameters or name in evidence.bindings:
            yield f"{evidence.playbook.name} has a parameter {name} already"
        return
    if name not in evidence.playbook.parameters:
        yield f"{evidence.playbook.name} has no parameter {name}"
        return
    old = evidence.bindings.get(name, "")
    if text.startswith("-") and not old.startswith("-"):
        yield f"{name} would be an option"
    was_in = not old or not reaching.outside(old, evidence)
    if was_in and (path := reaching.outside(text, evidence)):
        yield f"{name} would name {path}, outside the workspace"
    hosts = [found and found["host"] for found in (reaching.URL.match(old), reaching.URL.match(text))]
    if hosts[1] and hosts[0] != hosts[1]:
        yield f"it speaks to {hosts[1]}"
    port = evidence.failure.failure_class is FailureClass.PORT_IN_USE and text.isdigit() and old.isdigit()
    for step in evidence.playbook.steps:
        if name in template.names(step.run) and not (port and _stands_apart(name, step.run)):
            destroys = [risk for risk in editing.parse(step.run).risks if risk.kind in DESTROYING]
            yield from (f"{name} decides what {risk.verb} destroys" for risk in destroys[:1])


def _stands_apart(name: str, run: str) -> bool:
    """Whether a port stands only in commands that destroy nothing, feed none that does and move no shell."""
    read = editing.parse(run)
    destroying = [risk.span for risk in read.risks if risk.kind in DESTROYING]
    quiet = [use.span for use in read.commands if use.name not in SHELL_MOVES]
    places = [found.start() for found in editing.PLACEHOLDER.finditer(run) if found[1] == name]
    return not any(use.more_operands for use in read.commands) and all(
        _within(place, quiet) and not _within(place, destroying) for place in places
    )


def _within(place: int, spans: Sequence[Span]) -> bool:
    return any(span.start <= place < span.end for span in spans)


def _rebound(entry: PatchEntry, evidence: Evidence, files: Files) -> Iterator[str]:
    """A new name must be there, and no wider than the old one."""
    value = entry.value if isinstance(entry.value, dict) else {}
    if value.get("kind") == "ref":
        if not REF.fullmatch(value.get("to", "")):
            yield f"{value.get('to', '')!r} is no name of a ref"
        return
    old, new = (locating.named(value.get(key, ""), evidence) for key in ("from", "to"))
    if f"{old}/".startswith(f"{new}/"):
        yield f"{new} holds more than {old}"
    if locating.inside(old, evidence) is not None and locating.inside(new, evidence) is None:
        yield f"{new} is outside the workspace"
    elif locating.inside(new, evidence) is None and not reaching.are_near(old, new):
        yield f"{new} is outside the workspace, and not beside {old}"
    if not files.exists(new):
        yield f"{new} is not there"


def _weakened(old: Expectation, new: Expectation, evidence: Evidence) -> Iterator[str]:
    if old == new:
        return
    if evidence.failure.failure_class in NOT_TO_BE_ACCEPTED:
        yield "what the step came to is not taken for what it should come to"
    if new.exit != old.exit:
        yield "it takes another exit code for the expected one"
    less = old.output is not None and (new.output is None or _certain(new.output) < _certain(old.output))
    if less or (old.effects is not None and new.effects != old.effects) or old.committed != new.committed:
        yield "it expects less than was recorded"


def _certain(output: str) -> int:
    """How many characters of an expected output stand for themselves, to the nearest half."""
    return len(MASK.sub("", output).split())


def _raised(candidate: Candidate, evidence: Evidence, patched: Playbook) -> Iterator[tuple[Risk, str]]:
    """Risks that a person should know of, with why."""
    proven = candidate.trust in (Trust.TOOL_HINT, Trust.DATAFLOW, Trust.HISTORY)
    if candidate.trust in OUTSIDE:
        yield Risk.MEDIUM, "it was not made on this machine"
    for _, base, step in _pairs(candidate, evidence.playbook, patched):
        if base is None:
            yield from _of_new_step(step.run)
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


def _of_new_step(run: str) -> Iterator[tuple[Risk, str]]:
    if {use.tool for use in editing.parse(run).writes} - {"mkdir", "chmod"}:
        yield Risk.HIGH, "it is a new step that writes"
    if bringing.SET_ASIDE.fullmatch(run):
        yield Risk.HIGH, "it moves local changes"
    elif editing.uses(run, "git"):
        yield Risk.MEDIUM, "it asks git, or moves its head"


def _leaves_workspace(entry: PatchEntry) -> bool:
    target = entry.value.get("to", "") if isinstance(entry.value, dict) else ""
    return isabs(target) or target.startswith(("~", "{{home}}", ".."))
