"""Finds typed values that a person would set anew another time: versions, tags, branches, days, ports, addresses."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import msgspec

from replay import template
from replay.compiler.draft import Draft, DraftStep, command_names
from replay.compiler.links import free_name
from replay.conditions.refs import ALWAYS, BEHIND_REF, OBJECT, git_needs
from replay.matching import masks
from replay.playbook import Parameter, ParameterType, Source
from replay.syntax import CommandUse
from replay.syntax.served import served_ports

_YEAR = r"(?:19|20)\d\d"
_MONTH = rf"{_YEAR}-(?:0[1-9]|1[0-2])"
_DAY = re.compile(rf"(?<!\d)(?<!\d-){_MONTH}-(?:0[1-9]|[12]\d|3[01])(?!-?\d)")
_ONLY_MONTH = re.compile(rf"(?<!\d)(?<!\d-){_MONTH}(?![\d-])")
_PIN = r"(?<![=<>~!]=)(?<![\w.@^~])"
_VERSION = re.compile(rf"{_PIN}(?:v\d+|\d+\.\d+)(?:\.\d+)+(?:-(?:rc|alpha|beta|pre|dev)[.\d]*)?(?!\w|\.\d)")
_FOUR_PARTS = re.compile(r"\d+(?:\.\d+){3,}")
_ADDRESS = re.compile(r"https?://[\w.:%@-]+(?:/[\w./%~+-]*)?")
_PORT_OF_HOST = re.compile(r"(?:://[\w.-]+|\blocalhost|\b\d+\.\d+\.\d+\.\d+):(\d{4,5})\b")
_PORT_OPTIONS = frozenset({"-p", "--port", "-P", "--listen"})
_PORT = re.compile(r"\d{4,5}")
_PORT_SET = re.compile(r"(?i:(?:--port|\w*port)=)(\d{4,5})")
_NEAR_DAYS = 2
"""A day so near to the recording's may be one that a program works out."""
_KINDS = ("month", "day", "version", "server_port", "tag", "branch", "url")
"""What the parameters are called; the ones behind may be made of the ones before."""
_DISTINCT = re.compile(r"\w[\d/_.-]|\d\w")
"""A name that is no plain word, and so means the same wherever it stands."""


class Typed(msgspec.Struct, frozen=True):
    """A value in a command."""

    kind: str
    text: str


def find_literals(draft: Draft) -> Draft:
    """Make parameters of values that were typed before anything printed them; their defaults are these very values."""
    found: dict[str, Typed] = {}
    shown = "\n".join(draft.known_at(len(draft.steps) - 1).values())
    for step in draft.steps:
        for typed in _typed(step):
            if typed.text not in found and _is_new(draft, typed, shown):
                found[typed.text] = typed
        shown += "\n" + step.recorded.output
    values = sorted(found.values(), key=lambda typed: _KINDS.index(typed.kind))
    names = dict(_named(draft, values))
    for typed in values:
        draft = _with(draft, names, typed)
    for name, text in sorted(names.items(), key=lambda item: -len(item[1])):
        draft = _lifted(draft, name, found[text])
    return draft


def _typed(step: DraftStep) -> Iterator[Typed]:
    """The values in a step's commands, in order."""
    for use in step.analysis.commands:
        words = [word.value or "" for word in use.words]
        words += [each.word.value or "" for each in use.assignments if each.word is not None]
        yield from _git_names(use)
        yield from (Typed("server_port", str(port.number)) for port in served_ports(use) if port.span != use.span)
        for before, word in pairwise(["", *words]):
            if before in _PORT_OPTIONS and _PORT.fullmatch(word):
                yield Typed("server_port", word)
            yield from _in_word(word)
    for each in step.analysis.assignments:
        yield from _in_word(f"{each.name}={each.word.value}" if each.word and each.word.value else "")


def _in_word(word: str) -> Iterator[Typed]:
    yield from (Typed("url", found[0]) for found in _ADDRESS.finditer(word))
    for pattern in (_PORT_OF_HOST, _PORT_SET):
        yield from (Typed("server_port", found[1]) for found in pattern.finditer(word))
    yield from (Typed("day", found[0]) for found in _DAY.finditer(word))
    yield from (Typed("month", found[0]) for found in _ONLY_MONTH.finditer(word))
    for found in _VERSION.finditer(word):
        if not _FOUR_PARTS.fullmatch(found[0]):
            yield Typed("tag" if found[0].startswith("v") else "version", found[0])


def _git_names(use: CommandUse) -> Iterator[Typed]:
    """Branches and tags that a git command makes or names."""
    needs = git_needs(use)
    if needs is None:
        return
    yield from (Typed("tag", name) for name in needs.new_tags)
    for name in (*needs.new_branches, *needs.refs, *needs.refs_or_paths):
        base = BEHIND_REF.sub("", name)
        if base and base not in ALWAYS and not OBJECT.fullmatch(base) and not base.startswith(("-", "refs/")):
            yield Typed("branch", base)


def _is_new(draft: Draft, typed: Typed, shown: str) -> bool:
    """Whether nothing has printed it yet, and it is no path and no day that the clock tells."""
    if masks.value_at(typed.text).search(shown):
        return False
    if typed.kind == "branch":
        changed = {effect.path for step in draft.steps for effect in step.recorded.file_effects}
        return typed.text not in changed | {seen.path for seen in draft.trace.workspace_before}
    if typed.kind == "day":
        return _is_far(typed.text, draft.trace.run.started_at.date())
    return True


def _is_far(text: str, today: date) -> bool:
    try:
        return abs((date.fromisoformat(text) - today).days) > _NEAR_DAYS
    except ValueError:
        return False


def _named(draft: Draft, values: list[Typed]) -> Iterator[tuple[str, str]]:
    taken = {*draft.known_at(len(draft.steps) - 1), *draft.parameters, *masks.NAMES}
    for typed in values:
        name = free_name(typed.kind, taken)
        taken.add(name)
        yield name, typed.text


def _with(draft: Draft, names: dict[str, str], typed: Typed) -> Draft:
    """The draft with the parameter; its default follows the ones that it is made of."""
    name = next(name for name, text in names.items() if text == typed.text)
    known = {other: text for other, text in names.items() if other in draft.parameters}
    default = masks.lifted(typed.text, known, masked=False)
    bare = next((other for other, text in known.items() if typed.text == f"v{text}"), None)
    parameter = Parameter(
        type=ParameterType.INT if typed.kind == "server_port" else ParameterType.STRING,
        default=f"v{{{{{bare}}}}}" if bare else default,
        source=Source.USER,
        recorded=typed.text,
    )
    return msgspec.structs.replace(
        draft, parameters={**draft.parameters, name: parameter}, values={**draft.values, name: typed.text}
    ).noted(f"{{{{{name}}}}} was typed as {typed.text}, and can be set to another one")


def _lifted(draft: Draft, name: str, typed: Typed) -> Draft:
    """The name in the commands; a branch called by a plain word only where git is spoken to."""
    everywhere = typed.kind != "branch" or _DISTINCT.search(typed.text)
    steps = []
    for step in draft.steps:
        meant = everywhere or "git" in command_names(step)
        run = template.lift(step.step.run, typed.text, name) if meant else step.step.run
        cwd = step.step.cwd and (template.lift_text(step.step.cwd, typed.text, name) if meant else step.step.cwd)
        steps.append(step.changed(run=run, cwd=cwd))
    return draft.with_steps(tuple(steps))
