"""Finds the values that differ from one replay to the next: places, secrets, today."""

import re
from collections.abc import Iterator

import msgspec

from replay import template
from replay.compiler.draft import Draft, DraftStep
from replay.compiler.links import free_name
from replay.matching import masks
from replay.playbook import Parameter, ParameterType, Source

_MASKED = re.compile(r"\[masked:([\w.-]+)\]")


def find_parameters(draft: Draft) -> Draft:
    """Make parameters of the workspace, the home directory, masked secrets and today's date."""
    return _directories(_today(_secrets(_places(draft))))


def _places(draft: Draft) -> Draft:
    """The workspace, and the home directory where anything names it."""
    run = draft.trace.run
    if run.workspace not in ("", "/"):
        draft = _with(draft, "project", run.workspace, Parameter(default="{{cwd}}", source=Source.WORKSPACE))
    if run.user_home not in ("", "/", run.workspace) and _is_named(draft, run.user_home):
        draft = _with(draft, "home", run.user_home, Parameter(default="{{home}}", source=Source.ENVIRONMENT))
    # The longer path first: a project below the home is more than a part of the home.
    for name, path in sorted(draft.values.items(), key=lambda place: -len(place[1])):
        draft = _lifted(draft, name, path)
    return draft


def _with(draft: Draft, name: str, path: str, parameter: Parameter) -> Draft:
    parameter = msgspec.structs.replace(parameter, type=ParameterType.PATH, recorded=path)
    return msgspec.structs.replace(
        draft, parameters={**draft.parameters, name: parameter}, values={**draft.values, name: path}
    )


def _is_named(draft: Draft, path: str) -> bool:
    """Whether a command, what it printed or what it wrote holds the path, and not just as a part of the workspace's."""
    held = masks.value_at(path)
    return any(
        held.search(text.replace(draft.trace.run.workspace, "")) for step in draft.steps for text in _texts(draft, step)
    )


def _texts(draft: Draft, step: DraftStep) -> Iterator[str]:
    recorded = step.recorded
    yield from (recorded.command, recorded.output, recorded.cwd)
    for effect in recorded.file_effects:
        yield effect.path
        content = draft.blobs(effect.after) if effect.after else None
        if content is not None:
            yield content.decode(errors="replace")


def _lifted(draft: Draft, name: str, value: str) -> Draft:
    return draft.with_steps(tuple(step.changed(run=template.lift(step.step.run, value, name)) for step in draft.steps))


def _secrets(draft: Draft) -> Draft:
    """Each masked secret of a command becomes a parameter that is asked for."""
    parameters = dict(draft.parameters)
    steps: list[DraftStep] = []
    for step in draft.steps:
        run = step.step.run
        for rule in dict.fromkeys(_MASKED.findall(run)):
            name = re.sub(r"[^a-z0-9_]+", "_", rule.lower()).strip("_") or "secret"
            parameters[name] = Parameter(type=ParameterType.SECRET, source=Source.USER)
            run = run.replace(f"[masked:{rule}]", f"{{{{{name}}}}}")
        steps.append(step.changed(run=run))
    return msgspec.structs.replace(draft, parameters=parameters, steps=tuple(steps))


def _today(draft: Draft) -> Draft:
    """The date of the recording's day, typed and not printed before, is meant as today."""
    day = draft.trace.run.started_at.date().isoformat()
    for step in draft.steps:
        if day in step.recorded.output or any(day in seen.path for seen in draft.trace.workspace_before):
            return draft
        if masks.value_at(day).search(step.recorded.command):
            break
    else:
        return draft
    name = free_name("today", {*draft.parameters, *masks.NAMES})
    parameter = Parameter(type=ParameterType.DATE, default="{{today}}", source=Source.ENVIRONMENT, recorded=day)
    draft = msgspec.structs.replace(
        draft, parameters={**draft.parameters, name: parameter}, values={**draft.values, name: day}
    )
    return _lifted(draft, name, day).noted(f"{day}, the day of the recording, became {{{{{name}}}}}")


def _directories(draft: Draft) -> Draft:
    """Say a step's directory where the shell is not there by itself."""
    steps: list[DraftStep] = []
    stands: str | None = None
    for step in draft.steps:
        here = step.recorded.cwd
        steps.append(step if here in (stands, "") else step.changed(cwd=masks.lifted(here, draft.values, masked=False)))
        stands = step.recorded.cwd_after
    return draft.with_steps(tuple(steps))
