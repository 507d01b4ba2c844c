"""Gives variables that the recording had to the steps that need them, with its places as they are now."""

from collections.abc import Callable
from posixpath import join

from replay import template
from replay.repairs import editing
from replay.repairs.proposal import Evidence, PatchEntry, PatchOp
from replay.repairs.reaching import FOLDER_LISTS


def portable(value: str, evidence: Evidence) -> str:
    """A recorded value as a template, with the recorded workspace and home as their parameters.

    Args:
        value: As it was; a list of places is split at its colons.
        evidence: The failed step.
    """
    return ":".join(_place(template.escape(part), evidence) for part in value.split(":"))


def _place(text: str, evidence: Evidence) -> str:
    for name, parameter in evidence.playbook.parameters.items():
        recorded = parameter.recorded
        if recorded and (text == recorded or text.startswith(f"{recorded}/")):
            return editing.placeholder(name) + text[len(recorded) :]
    return text


def in_workspace(path: str, evidence: Evidence) -> str | None:
    """An absolute path below the workspace's parameter, where there is one; None outside of the workspace."""
    if path != evidence.workspace and not path.startswith(f"{evidence.workspace}/"):
        return None
    root = next((name for name, value in evidence.bindings.items() if value == evidence.workspace), None)
    known = root is not None and root in evidence.playbook.parameters
    top = editing.placeholder(str(root)) if known else template.escape(evidence.workspace)
    below = path[len(evidence.workspace) :].strip("/")
    return join(top, template.escape(below)) if below else top


def entries(
    variable: str, value: str, evidence: Evidence, wants: Callable[[str], bool] = lambda _: False
) -> tuple[PatchEntry, ...]:
    """The variable set for the failed step, and for later ones that want it.

    Args:
        variable: Its name.
        value: As a template.
        evidence: The failed step.
        wants: Says of a later step's command whether it does; none does once a step sets the variable itself.
    """
    found: list[PatchEntry] = []
    for index, step in enumerate(evidence.playbook.steps, 1):
        if index < evidence.step_index:
            continue
        if index == evidence.step_index or wants(step.run):
            found.append(_entry(variable, value, index, step.run))
        if variable in editing.parse(step.run).variables_set:
            break
    return tuple(found)


def _entry(variable: str, value: str, index: int, run: str) -> PatchEntry:
    """The step's variable; a list of folders that a command is given in its own words grows there, as it would win."""
    words = [
        each.word
        for use in editing.parse(run).commands
        for each in use.assignments
        if each.name == variable in FOLDER_LISTS and each.word
    ]
    if not words or any(editing.shown(word.text) != run[word.span.start : word.span.end] for word in words):
        return PatchEntry(op=PatchOp.SET_ENV, step_index=index, value={"name": variable, "value": value})
    grown = [
        (word.span.start, word.span.end, f"{editing.quoted(value)}:{editing.shown(word.text)}".rstrip(":"))
        for word in {word.span.start: word for word in words}.values()
    ]
    return PatchEntry(op=PatchOp.REPLACE, step_index=index, value=editing.replaced(run, grown))
