"""Finds the values that differ from one replay to the next: places, secrets, today."""

import re
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from replay import template
from replay.compiler import branches
from replay.compiler.draft import Draft, DraftStep
from replay.compiler.masked import ask_for_secrets
from replay.compiler.naming import free_name, said_of
from replay.matching import masks
from replay.playbook import Parameter, ParameterType, Source

_DAY = timedelta(days=1)
_ROLES = frozenset({"root", "admin", "nobody", "postgres", "git", "ubuntu", "debian", "vagrant"})
"""Users that are meant by their name, whoever one is."""
_USER = re.compile(r"(?i:--?(?:user|username|owner|author|login)|-u|-U|\w*(?:user|username|logname|owner))")
_HOST = re.compile(r"(?i:--?(?:host|hostname|node|machine)|-H|\w*(?:host|hostname))")


def find_parameters(draft: Draft) -> Draft:
    """Make parameters of places, of masked secrets, and of what the machine tells anew each time: user, branch, day."""
    return _directories(_days(_branch(_names(ask_for_secrets(_places(draft))))))


def _places(draft: Draft) -> Draft:
    """The workspace, and the home directory where anything names it."""
    run = draft.trace.run
    if run.workspace not in ("", "/"):
        draft = _with(draft, "project", run.workspace, Parameter(default="{{cwd}}", source=Source.WORKSPACE))
    if run.user_home not in ("", "/", run.workspace) and _is_named(draft, run.user_home):
        draft = _with(draft, "home", run.user_home, Parameter(default="{{home}}", source=Source.ENVIRONMENT))
    # The longer path first: a project below the home is more than a part of the home.
    places = [(name, draft.values[name]) for name in ("project", "home") if name in draft.values]
    for name, path in sorted(places, key=lambda place: -len(place[1])):
        draft = _lifted(draft, name, path)
    return draft


def _with(draft: Draft, name: str, path: str, parameter: Parameter) -> Draft:
    return _set(draft, name, path, msgspec.structs.replace(parameter, type=ParameterType.PATH, recorded=path))


def _set(draft: Draft, name: str, value: str, parameter: Parameter) -> Draft:
    return msgspec.structs.replace(
        draft, parameters={**draft.parameters, name: parameter}, values={**draft.values, name: value}
    )


def _is_named(draft: Draft, path: str) -> bool:
    """Whether a command, what it printed or what it wrote holds the path, and not just as a part of the workspace's."""
    return any(
        True
        for text in _texts(draft)
        if path in text
        for _ in masks.places_of(path, text.replace(draft.trace.run.workspace, ""))
    )


def _texts(draft: Draft) -> Iterator[str]:
    """All that was typed, shown and written, each content once."""
    seen: set[str] = set()
    for step in draft.steps:
        recorded = step.recorded
        yield from (recorded.command, recorded.output, recorded.cwd)
        for effect in recorded.file_effects:
            yield effect.path
            content = draft.blobs(effect.after) if effect.after and effect.after not in seen else None
            seen.add(effect.after or "")
            if content is not None:
                yield content.decode(errors="replace")


def _lifted(draft: Draft, name: str, value: str, means: template.Meaning = template.anywhere) -> Draft:
    return draft.with_runs(lambda run: template.lift(run, value, name, means))


def _names(draft: Draft) -> Draft:
    """Who records, and on which machine, where the command speaks of a user or of a host."""
    run = draft.trace.run
    if run.user not in ("", *_ROLES):
        draft = _bound(draft, "user", run.user, lambda place: _is_user(place, run.user))
    if run.host not in ("", "localhost"):
        draft = _bound(draft, "host", run.host, lambda place: _is_host(place, run.host))
    if run.kernel and _is_named(draft, run.kernel):
        # Build tools write it down; no command has to name it.
        kernel = Parameter(default="{{kernel}}", source=Source.ENVIRONMENT, recorded=run.kernel)
        draft = _lifted(_set(draft, "kernel", run.kernel, kernel), "kernel", run.kernel)
    return draft


def _bound(draft: Draft, name: str, value: str, means: template.Meaning) -> Draft:
    """The draft with a parameter that the machine sets, when any command means it."""
    parameter = Parameter(default=f"{{{{{name}}}}}", source=Source.ENVIRONMENT, recorded=value)
    return _with_environment(draft, name, value, parameter, means, narrow=True)


def _with_environment(
    draft: Draft,
    label: str,
    value: str,
    parameter: Parameter,
    means: template.Meaning = template.anywhere,
    *,
    narrow: bool = False,
) -> Draft:
    name = free_name(label, {*draft.parameters, *masks.NAMES})
    lifted = _lifted(draft, name, value, means)
    if lifted.steps == draft.steps:
        return draft
    return msgspec.structs.replace(
        lifted,
        parameters={**draft.parameters, name: parameter},
        values={**draft.values, name: value},
        narrow={**draft.narrow, name: ""} if narrow else draft.narrow,
    ).noted(f"{value} became {{{{{name}}}}}, which is {parameter.default} of the day and the machine of the replay")


def _is_user(place: template.Place, user: str) -> bool:
    front, behind = place.around(user)
    at_host = re.match(r"@[\w.-]", behind) is not None and re.search(r"(?:^|//|[=:,])$", front) is not None
    said = f"{front or place.before}".rstrip("=")
    return at_host or (not behind and _USER.fullmatch(said) is not None)


def _is_host(place: template.Place, host: str) -> bool:
    front, behind = place.around(host)
    address = front.endswith(("@", "//")) and not re.match(r"[\w.-]", behind)
    said = f"{front or place.before}".rstrip("=")
    return address or (not behind and _HOST.fullmatch(said) is not None)


def _branch(draft: Draft) -> Draft:
    """The branch that the work stands on, pushed or pulled by its name; one that everybody shares is meant by name."""
    stood = branches.stood_on(draft.trace, draft.reads)
    for step in draft.steps:
        named = branches.exchanged(step) - branches.TRUNKS
        branch = stood.get(step.recorded.step_index) if named else None
        if branch is None or branch not in named:
            continue
        name = free_name("branch", {*draft.parameters, *masks.NAMES})
        steps = tuple(
            one.changed(run=template.lift(one.step.run, branch, name, _as_ref(branches.ref_words(one), branch)))
            for one in draft.steps
        )
        parameter = Parameter(default="{{branch}}", source=Source.ENVIRONMENT, recorded=branch)
        return msgspec.structs.replace(
            draft,
            steps=steps,
            parameters={**draft.parameters, name: parameter},
            values={**draft.values, name: branch},
            narrow={**draft.narrow, name: "git"},
        ).noted(f"{branch}, the branch that the work stood on, became {{{{{name}}}}}")
    return draft


def _as_ref(words: frozenset[int], branch: str) -> template.Meaning:
    return lambda place: place.index in words and branches.is_ref(place, branch)


def _days(draft: Draft) -> Draft:
    """The recording's day, typed and not printed before, is meant as today; the days beside it where they are named."""
    today = draft.trace.run.started_at.date()
    for label, day in (("today", today), ("yesterday", today - _DAY), ("tomorrow", today + _DAY)):
        text = day.isoformat()
        if text in draft.values.values() or not _was_typed_first(draft, text):
            continue
        said = _said(draft, text)
        if label == "today" or said:
            parameter = Parameter(
                type=ParameterType.DATE, default=f"{{{{{label}}}}}", source=Source.ENVIRONMENT, recorded=text
            )
            draft = _with_environment(draft, label if label == "today" else said, text, parameter)
    return draft


def _was_typed_first(draft: Draft, text: str) -> bool:
    """Whether a command holds the day before anything shows it."""
    if any(text in seen.path for seen in draft.trace.workspace_before):
        return False
    for step in draft.steps:
        if text in step.recorded.output:
            return False
        if any(True for _ in masks.places_of(text, step.recorded.command)):
            return True
    return False


def _said(draft: Draft, text: str) -> str:
    """What an option or a variable calls the day; empty when none does."""
    return next((said for step in draft.steps if (said := said_of(step.recorded.command, text))), "")


def _directories(draft: Draft) -> Draft:
    """Say a step's directory where the shell is not there by itself."""
    steps: list[DraftStep] = []
    stands: str | None = None
    for step in draft.steps:
        here = step.recorded.cwd
        steps.append(step if here in (stands, "") else step.changed(cwd=masks.lifted(here, draft.places, masked=False)))
        stands = step.recorded.cwd_after
    return draft.with_steps(tuple(steps))
