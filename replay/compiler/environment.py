"""What was exported, defined or activated before the recording began: told, and carried only where a person says so."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from capture.errors import BadInputError
from capture.pauses import Unrecorded
from capture.trace import EnvEffects, Step, StepKind, StepStatus
from replay.compiler.draft import Draft, DraftStep, command_names
from replay.compiler.naming import free_name
from replay.compiler.pauses import UNRECORDED
from replay.matching import masks
from replay.playbook import Parameter, ParameterType, PlaybookStep, Requirement, Source
from replay.syntax import analyse
from replay.syntax.vocabulary import BASICS, BUILTINS, SYSTEM_VARIABLES, named

ALL = "all"
"""Stands for every variable that a step uses."""
VIRTUAL_ENV = "VIRTUAL_ENV"
_PYTHON = "python python3 pip pip3 pytest tox mypy ruff black flask django-admin gunicorn uvicorn jupyter"


class Activation(NamedTuple):
    """A tool that puts a directory of its own on PATH."""

    said: str
    """What was done, for people."""
    folder: str
    """Below the variable's value; the value itself when empty."""
    commands: frozenset[str]
    """That come from there; empty for any."""


ACTIVATIONS = {
    VIRTUAL_ENV: Activation("the virtual environment {} was active", "/bin", named(_PYTHON)),
    "CONDA_PREFIX": Activation("the conda environment {} was active", "/bin", named(_PYTHON)),
    "NVM_BIN": Activation("nvm had put {} on PATH", "", named("node npm npx corepack yarn pnpm")),
}
_DIRENV = "DIRENV_DIR"
_MASKED = re.compile(r"\[masked(?::[\w.-]+)?\]")
_READ = re.compile(r"\$\{?([A-Za-z_]\w*)")
_TRUTHS = frozenset({"true", "false", "yes", "no", "on", "off"})
_SHORTEST = 5
"""Characters of a value that means the same wherever it is printed."""
_BUILT_IN = frozenset({"cwd", "home", "user", "host", "kernel", "branch", "today", "yesterday", "tomorrow"})


def used_before(draft: Draft) -> dict[str, int]:
    """Variables that were set before the recording began, each with the first step that uses it, counted from 1."""
    told = draft.trace.environment
    on_path = told.get("PATH", "").split(":")
    found: dict[str, int] = {}
    own = set[str]()
    for at, step in enumerate(draft.steps, 1):
        read = _read(step) - own
        names = [name for name in sorted(read) if name in told and name not in SYSTEM_VARIABLES]
        for name, activation in ACTIVATIONS.items():
            there = name not in own and name in told and f"{told[name]}{activation.folder}" in on_path
            if there and _runs(step, activation.commands):
                names.append(name)
        for name in names:
            found.setdefault(name, at)
        own |= _sets(step)
    return found


def wanted(draft: Draft, names: Sequence[str]) -> tuple[str, ...]:
    """The variables that a person wants to be carried, in the order in which they are set.

    Args:
        draft: With the steps that are kept.
        names: As a person gave them; `all` for all that are used.

    Raises:
        BadInputError: One of them was not exported then.
    """
    told, used = draft.trace.environment, used_before(draft)
    carriable = [name for name in used if name == VIRTUAL_ENV or name not in ACTIVATIONS]
    strange = next((name for name in names if name != ALL and name not in told), None)
    if strange is not None:
        known = ", ".join(carriable) or "none"
        raise BadInputError(
            f"{strange} was not exported when run {draft.trace.run.name} began; variables of then that its steps use: "
            f"{known}"
        )
    chosen = {*(name for name in names if name != ALL), *(carriable if ALL in names else ())}
    return tuple(sorted(chosen, key=lambda name: (name != VIRTUAL_ENV, name)))


def carry_environment(draft: Draft) -> Draft:
    """Set what a person wants to be carried before the first step; each value is a parameter."""
    made: list[DraftStep] = []
    for at, name in enumerate(draft.carried):
        draft, step = _carried(draft, name, at - len(draft.carried))
        made.append(step)
    left = {name: value for name, value in draft.trace.environment.items() if name not in draft.carried}
    trace = msgspec.structs.replace(draft.trace, environment=left)
    return msgspec.structs.replace(draft, trace=trace, steps=(*made, *draft.steps))


def note_environment(draft: Draft) -> Draft:
    """Tell what a replay needs of the moment before the recording."""
    unsaid = tuple(_unsaid(draft))
    return msgspec.structs.replace(draft, unsaid=unsaid).noted(*unsaid)


def _read(step: DraftStep) -> set[str]:
    if step.analysis.foreign:
        return set(_READ.findall(step.recorded.command))
    return {use.name for use in step.analysis.variables_read} - {*step.analysis.variables_set}


def _runs(step: DraftStep, commands: frozenset[str]) -> bool:
    return any(name in commands for name in command_names(step))


def _carried(draft: Draft, name: str, index: int) -> tuple[Draft, DraftStep]:
    """The draft with the parameter of a variable, and the step that sets it."""
    value, first = draft.trace.environment[name], draft.trace.steps[0]
    activates = name == VIRTUAL_ENV
    label = "venv" if activates else re.sub(r"\W", "_", name.lower())
    called = free_name(label, {*draft.parameters, *masks.NAMES, *_BUILT_IN})
    secret = _MASKED.search(value) is not None
    parameter = Parameter(
        type=ParameterType.SECRET if secret else _type(value),
        default=None if secret else masks.lifted(value, draft.places, masked=False),
        source=Source.ENVIRONMENT,
        recorded=None if secret else value,
    )
    fish = draft.trace.run.shell == "fish"
    script = f"{{{{{called}}}}}/bin/activate{'.fish' if fish else ''}"
    run = f". {script}" if activates else f"export {name}={{{{{called}}}}}"
    step = PlaybookStep(
        kind=StepKind.ENV,
        run=run,
        requires=(Requirement(file=script),) if activates else (),
        note=f"{name} was set before the recording began",
    )
    recorded = Step(
        step_index=index,
        kind=StepKind.ENV,
        command=f". {value}/bin/activate" if activates else f"export {name}",
        cwd=first.cwd,
        cwd_after=first.cwd,
        status=StepStatus.SUCCESS,
        exit_code=0,
        started_at=first.started_at,
        duration_ms=0.0,
        env_effects=EnvEffects(set={name: value}),
    )
    told = "its value is asked for" if secret else f"it was {value} in the recording"
    draft = msgspec.structs.replace(
        draft,
        parameters={**draft.parameters, called: parameter},
        values=draft.values if secret else {**draft.values, called: value},
        narrow=draft.narrow if _is_telling(value) else {**draft.narrow, called: ""},
    ).noted(f"{name} is set to {{{{{called}}}}} before the first step, as a person wanted; {told}")
    # A variable is set whatever its value is; what a script that activates sets is in the effects.
    read = analyse(recorded.command if activates else f"export {name}=x")
    return draft, DraftStep(recorded=recorded, shell=draft.trace.run.shell, read=read, step=step)


def _is_telling(value: str) -> bool:
    """Whether a value means the same wherever it is printed, and not just a number or a switch."""
    return len(value) >= _SHORTEST and not value.isdigit() and value.lower() not in _TRUTHS


def _type(value: str) -> ParameterType:
    if re.fullmatch(r"/[^:\n]*", value):
        return ParameterType.PATH
    if re.fullmatch(r"[+-]?\d+", value):
        return ParameterType.INT
    return ParameterType.BOOL if value.lower() in _TRUTHS else ParameterType.STRING


def _unsaid(draft: Draft) -> Iterator[str]:
    told = draft.trace.environment
    used = {name: at for name, at in used_before(draft).items() if name not in draft.carried}
    for name, at in used.items():
        if name in ACTIVATIONS:
            said = ACTIVATIONS[name].said.format(told[name])
            carry = f"; compile with --env {name} to activate it first" if name == VIRTUAL_ENV else ""
            yield f"{said} before the recording began, and step {at} runs a command of it{carry}"
        else:
            how = "ask for it" if _MASKED.search(told[name]) else "set it first"
            since = "while the recording was paused" if told[name] == UNRECORDED else "before the recording began"
            when = f"{name} was exported {since}, and step {at} reads it"
            yield f"{when}; compile with --env {name} to {how}"
    if used and _DIRENV in told:
        yield f"direnv had loaded {told[_DIRENV].removeprefix('-')} before the recording began"
    yield from _defined(draft)
    yield from _paused(draft)


def _defined(draft: Draft) -> Iterator[str]:
    """Functions and aliases of then; those that only add options to a common command are left out."""
    known = {*draft.trace.defined} - BASICS - BUILTINS
    for at, step in enumerate(draft.steps, 1):
        for name in sorted({name for name in command_names(step) if name in known}):
            known.discard(name)
            paused = any(name in pause.defined for pause in draft.trace.pauses)
            since = "while the recording was paused" if paused else "before the recording began"
            yield (
                f"{name}, a function or an alias, was defined {since}, and step {at} runs it; "
                "the shell of a replay must define it as well"
            )
        known -= {*step.analysis.functions, *step.analysis.aliases}


def _paused(draft: Draft) -> Iterator[str]:
    """What was done unrecorded, where steps stand behind it."""
    last = max((step.recorded.step_index for step in draft.steps), default=0)
    for pause in draft.trace.pauses:
        late = draft.trace.late(pause.after_step)
        idle = pause.commands == 0 and not pause.done and not late
        if pause.after_step >= last or idle:
            continue
        where = f"behind step {pause.after_step} of the recording" if pause.after_step else "before its first step"
        yield (
            f"something was done unrecorded {where}{f' ({pause.done})' if pause.done else ''}: "
            "what steps behind it need may come from there"
        )
        yield from _set_again(draft, pause)


def _set_again(draft: Draft, pause: Unrecorded) -> Iterator[str]:
    """Variables that a step had set, and a pause has set otherwise."""
    before = [step for step in draft.steps if step.recorded.step_index <= pause.after_step]
    changed = {name for step in before for name in _sets(step)} & {*pause.set, *pause.unset}
    for at, step in enumerate(draft.steps[len(before) :], len(before) + 1):
        for name in sorted(_read(step) & changed):
            yield (
                f"{name} was changed while the recording was paused, and step {at} reads it; a replay has what its own "
                "steps have set"
            )
        changed -= _read(step) | _sets(step)


def _sets(step: DraftStep) -> set[str]:
    return {*step.analysis.variables_set, *step.recorded.env_effects.set}
