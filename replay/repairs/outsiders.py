"""What a proposal from outside of this machine may do less than a rule's: change what commands are given, not which."""

import re
from collections import Counter
from collections.abc import Iterator
from posixpath import isabs

from replay.outcome import FailureClass
from replay.playbook import Playbook
from replay.repairs import editing, locating
from replay.repairs.proposal import Candidate, Evidence, PatchOp
from replay.syntax import Analysis, CommandUse
from replay.syntax.tree import Source, descend

HELPERS = frozenset({"mkdir", "chmod"})
"""Commands that may be put before others; `chmod` only as the gate lets it through."""
NAMELESS = frozenset({FailureClass.MISSING_COMMAND, FailureClass.BAD_INTERPRETER})
"""Failures in which a command may have another name."""
OPERATORS = frozenset(
    {
        "||",
        "|",
        "|&",
        "&",
        "!",
        "if_statement",
        "while_statement",
        "for_statement",
        "c_style_for_statement",
        "case_statement",
        "function_definition",
        "subshell",
        "command_substitution",
        "process_substitution",
        "heredoc_redirect",
        "herestring_redirect",
        "test_command",
        "declaration_command",
        "unset_command",
        "variable_assignment",
    }
)
"""What decides whether a command runs or whether its failure shows, and what hides commands in words."""
PROGRAMS = re.compile(
    r"(?:python|perl|ruby|node|deno|bun|php|lua|[gmn]?awk|tclsh|osascript|pwsh|jq|ed|ex|vim?|gdb)[\d.]*|(?:ba|da|k|z|fi)?sh"
)
"""Commands that are given programs, in words or by name."""
SED_SCRIPT = re.compile(
    r"(?:[\d,$]+|/[^/\n]*/)?(?:s([/|#,@])(?:(?!\1)[^\n\\]|\\.)*\1(?:(?!\1)[^\n\\]|\\.)*\1[gIp\d]*|[dp])"
)
"""A `sed` script that only edits what it reads: no file is written, no command run."""
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|/dev/(?:tcp|udp)/", re.IGNORECASE)


def reasons(candidate: Candidate, evidence: Evidence, patched: Playbook) -> Iterator[str]:
    """Reasons against a proposal from outside, beside those that hold for every source.

    Args:
        candidate: From outside.
        evidence: The failed step.
        patched: The playbook with the patch.
    """
    old = evidence.step.run
    for entry in candidate.patch:
        match entry.op:
            case PatchOp.REPLACE if isinstance(entry.value, str):
                yield from _changed(old, entry.value, evidence)
            case PatchOp.INSERT_BEFORE if isinstance(entry.value, str):
                yield from _inserted(entry.value, evidence)
            case PatchOp.SET_ENV | PatchOp.SET_PARAMETER | PatchOp.REBIND if isinstance(entry.value, dict):
                yield from _given(entry.value, evidence)
            case PatchOp.SKIP if not evidence.step.expect.effects:
                yield f"nothing shows that what step {entry.step_index} does is done already"
            case PatchOp.SKIP | PatchOp.SET_TIMEOUT:
                # The gate holds what the step makes against what is there.
                pass
            case _:
                yield f"nothing outside may propose {entry.op}"
    if len(patched.steps) > len(evidence.playbook.steps) + 1:
        yield "it brings in more than one step"


def _changed(old: str, new: str, evidence: Evidence) -> Iterator[str]:
    before, after = editing.parse(old), editing.parse(new)
    yield from _new_shape(old, new)
    yield from _other_commands(before, after, evidence)
    yield from _new_words(old, new, evidence)
    known = {use.path for use in before.writes}
    for use in after.writes:
        if use.path not in known and use.tool not in HELPERS:
            yield f"it writes to {editing.shown(use.path or use.text)}, which the recorded step does not"


def _inserted(run: str, evidence: Evidence) -> Iterator[str]:
    yield from _new_shape("", run)
    for use in editing.parse(run).commands:
        if use.name not in HELPERS or use.wrappers:
            yield f"it brings in {use.name or 'a command that can not be told before it runs'}"
    yield from _new_words("", run, evidence)


def _new_shape(old: str, new: str) -> Iterator[str]:
    """Operators and constructs that are there more often than before."""
    more = _shape(new) - _shape(old)
    for kind in more:
        yield f"it brings in {kind.removesuffix('_statement').replace('_', ' ')}"


def _shape(run: str) -> Counter[str]:
    root = Source(editing.PLACEHOLDER.sub("x", run)).root
    return Counter(node.type for node in descend(root) if node.type in OPERATORS)


def _other_commands(before: Analysis, after: Analysis, evidence: Evidence) -> Iterator[str]:
    """Commands that are not the recorded ones; one that is missing here may have another name."""
    had = Counter(_names(before))
    has = Counter(name for name in _names(after) if name not in HELPERS or name in had)
    come, gone = has - had, had - has
    if come and (evidence.failure.failure_class not in NAMELESS or come.total() != gone.total()):
        yield f"it brings in {next(iter(come))}, which the recorded step does not run"
    elif come and any(PROGRAMS.fullmatch(name) and not _alike(name, gone) for name in come):
        yield f"it brings in {next(iter(come))}, which runs what it is given"
    elif gone and not come:
        yield f"it leaves out {next(iter(gone))}"


def _names(analysis: Analysis) -> Iterator[str]:
    for use in analysis.commands:
        yield editing.shown(use.name or "a command that can't be told before it runs")
        yield from use.wrappers


def _alike(name: str, gone: Counter[str]) -> bool:
    """Whether it is another version of one that has gone."""
    bare = re.sub(r"[\d.]+$", "", name)
    return any(re.sub(r"[\d.]+$", "", one) == bare for one in gone)


def _new_words(old: str, new: str, evidence: Evidence) -> Iterator[str]:
    """Words that a command is newly given, and may not be."""
    known = {editing.value(word) for word in editing.words(old)}
    for use in editing.parse(new).commands:
        for word in (*use.words[1:], *use.outer):
            text = editing.value(word)
            if text in known or text in use.wrappers or text == use.name:
                continue
            if text is None:
                yield "it gives a command what can't be told before it runs"
                return
            yield from _new_word(use, text, evidence)
        for assignment in use.assignments:
            if f"{assignment.name}=" not in old:
                yield f"it sets {assignment.name} in the command"
    for found in ADDRESS.finditer(new):
        if found[0] not in old:
            yield "it names another address"


def _new_word(use: CommandUse, text: str, evidence: Evidence) -> Iterator[str]:
    name = use.name or ""
    if PROGRAMS.fullmatch(name) and not _is_argument(text, evidence):
        yield f"it gives {name} another program"
    if name in ("sed", "gsed") and not text.startswith("-") and not _is_argument(text, evidence):
        yield from () if SED_SCRIPT.fullmatch(text) else ("it gives sed a script that may do more than edit",)
    if name in ("sed", "gsed") and re.match(r"-[a-zA-Z]*[ief]|--(?:in-place|expression|file)", text):
        yield f"it gives sed {text}"
    yield from _outside(text.partition("=")[2] if text.startswith("-") and "=" in text else text, evidence)


def _is_argument(text: str, evidence: Evidence) -> bool:
    """Whether it names a file of the workspace, by its look."""
    path = locating.filled(text, evidence)
    plain = re.fullmatch(r"[\w./+@%-]+", path) is not None and not text.startswith("-")
    return plain and locating.inside(locating.absolute(path, evidence), evidence) is not None


def _outside(text: str, evidence: Evidence) -> Iterator[str]:
    """A path that leads out of the workspace."""
    path = locating.filled(text, evidence)
    if path == "/dev/null" or not (isabs(path) or path.startswith("~") or ".." in path.split("/")):
        return
    found = locating.absolute(path, evidence)
    whose = path.startswith("~") and not (path.startswith("~/") and evidence.bindings.get("home"))
    if whose or (found != evidence.workspace and locating.inside(found, evidence) is None):
        yield f"it names {text}, outside the workspace"


def _given(value: dict[str, str], evidence: Evidence) -> Iterator[str]:
    """A value or a new name for a path, which may lead nowhere else and run nothing."""
    for key in ("value", "to"):
        text = value.get(key, "")
        yield from _outside(text, evidence)
        if ADDRESS.search(text):
            yield "it names another address"
        if "$" in text or "`" in text:
            yield "it holds what the shell would run"
