"""Finds typed values that a person would set anew another time: versions, tags, branches, days, ports, addresses."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise

import msgspec

from capture.trace import StepKind
from replay import calls, template
from replay.compiler import branches, ports
from replay.compiler.draft import Draft, DraftStep
from replay.compiler.naming import free_name, said_of
from replay.compiler.typed import Held, Told
from replay.conditions.refs import ALWAYS, BEHIND_REF, OBJECT, git_needs
from replay.matching import masks
from replay.playbook import Parameter, ParameterType, Source
from replay.syntax import CommandUse
from replay.syntax.processes import process_numbers
from replay.syntax.served import served_ports

_YEAR = r"(?:19|20)\d\d"
_MONTH = rf"{_YEAR}-(?:0[1-9]|1[0-2])"
_DAY = re.compile(rf"(?<!\d)(?<!\d-){_MONTH}-(?:0[1-9]|[12]\d|3[01])(?!-?\d)")
_ONLY_MONTH = re.compile(rf"(?<!\d)(?<!\d-){_MONTH}(?![\d-])")
_PIN = r"(?<![=<>~!]=)(?<![\w.@^~])"
_VERSION = re.compile(rf"{_PIN}(?:v\d+|\d+\.\d+)(?:\.\d+)+(?:-(?:rc|alpha|beta|pre|dev)[.\d]*)?(?!\w|\.\d)")
_FOUR_PARTS = re.compile(r"\d+(?:\.\d+){3,}")
_CLIENTS = frozenset({"curl", "http", "wget", "xh"})
_OWN_SERVER = re.compile(r"https?://(?:localhost|127(?:\.\d+){3}|\[::1\]):\d+(?!\d)")
_ADDRESS = re.compile(r"https?://[\w.:%@-]+(?:/[\w./%~+-]*)?")
_PORT_OF_HOST = re.compile(r"(?:://[\w.-]+|\blocalhost|\b\d+\.\d+\.\d+\.\d+):(\d{4,5})\b")
_PORT = re.compile(r"\d{4,5}")
_PORT_SET = re.compile(r"(?i:port=)(\d{4,5})")
_NEAR_DAYS = 2
"""A day so near to the recording's may be one that a program works out."""
_ID = re.compile(rf"(?<![\w-]){masks.VALUES['uuid']}(?![\w-])")
_KINDS = ("id", "month", "day", "version", "server_port", "tag", "branch", "url")
"""What the parameters are called; the ones behind may be made of the ones before."""
_DISTINCT = re.compile(r"\w[\d/_.-]|\d\w")
"""A name that is no plain word, and so means the same wherever it stands."""


_REFS = frozenset({"branch", "tag"})
_TYPES = {"server_port": ParameterType.INT, "day": ParameterType.DATE}
_LABELLED = frozenset({"id", "month", "day", "version", "url"})
"""Kinds that are called what the option or the variable before them says."""


class Typed(msgspec.Struct, frozen=True):
    """A value in a command."""

    kind: str
    text: str
    said: str = ""
    """What the command calls it."""
    made: bool = False
    """It comes into being there, and so can be nothing else."""


def find_literals(draft: Draft) -> Draft:
    """Make parameters of values that were typed before anything printed them; their defaults are these very values."""
    found: dict[str, Typed] = {}
    told, news = set[str](), _News(draft)
    for at, step in enumerate(draft.steps):
        for typed in _typed(step) if step.recorded.command not in told else ():
            if typed.text not in found and news.is_new(at, typed):
                said = said_of(step.recorded.command, typed.text) if typed.kind in _LABELLED else ""
                found[typed.text] = msgspec.structs.replace(typed, said=said)
        # What was old or found at its first time is so ever after.
        told.add(step.recorded.command)
    values = sorted(found.values(), key=lambda typed: _KINDS.index(typed.kind))
    names = dict(_named(draft, values))
    for typed in values:
        draft = _with(draft, names, typed)
    held = Held([f"{step.step.run}\n{step.step.cwd or ''}" for step in draft.steps])
    for name, text in sorted(names.items(), key=lambda item: -len(item[1])):
        draft = _lifted(draft, held, name, found[text])
    return _told_where_left(_without_unused(draft, names), {name: found[text] for name, text in names.items()})


def _told_where_left(draft: Draft, names: Mapping[str, Typed]) -> Draft:
    """With a note on each command that holds such a value where no name can be put for it."""
    for name, typed in names.items():
        if name not in draft.parameters or typed.kind == "server_port" or _is_narrow(typed):
            continue
        stands = masks.value_at(typed.text)
        left = [
            str(at)
            for at, step in enumerate(draft.steps, 1)
            if typed.text in step.step.run and stands.search(step.step.run)
        ]
        if left:
            draft = draft.noted(
                f"{{{{{name}}}}} can't safely stand for {typed.text} in step {', '.join(left)}: set to another value, "
                "it has to be changed there by hand"
            )
    return draft


def _without_unused(draft: Draft, names: dict[str, str]) -> Draft:
    """The draft without those that stand nowhere: all of it is made of other names already."""
    used = [name for step in draft.steps for name in template.names(f"{step.step.run} {step.step.cwd or ''}")]
    used += [name for parameter in draft.parameters.values() for name in template.names(parameter.default or "")]
    typed = {one.strip() for step in draft.steps for given in step.recorded.inputs if (one := given.text or "")}
    unused = {name for name in names if name not in used and names[name] not in typed}
    return msgspec.structs.replace(
        draft,
        parameters={name: one for name, one in draft.parameters.items() if name not in unused},
        values={name: one for name, one in draft.values.items() if name not in unused},
        notes=tuple(note for note in draft.notes if not note.startswith(tuple(map(_typed_note, unused)))),
    )


def _typed(step: DraftStep) -> Iterator[Typed]:
    """The values in a step's commands, in order."""
    if step.step.kind is StepKind.TOOL:
        for given in calls.given(step.recorded.command):
            named = given.key.lower().endswith("port") and _PORT.fullmatch(given.text)
            yield from (Typed("server_port", given.text),) if named else _in_word(given.text)
        return
    processes = {one.number for one in process_numbers(step.analysis)}
    for use in step.analysis.commands:
        words = [word.value or "" for word in use.words]
        words += [each.word.value or "" for each in use.assignments if each.word is not None]
        yield from _git_names(use)
        yield from (Typed("server_port", str(port.number)) for port in served_ports(use) if port.span != use.span)
        for before, word in pairwise(["", *words]):
            if before in ports.OPTIONS and _PORT.fullmatch(word) and word not in processes:
                yield Typed("server_port", word)
            # Of what a server on this machine is asked for, the port says all that may differ.
            asked = use.name in _CLIENTS and _OWN_SERVER.search(word)
            yield from (typed for typed in _in_word(word) if not asked or typed.kind != "url")
    for each in step.analysis.assignments:
        yield from _in_word(f"{each.name}={each.word.value}" if each.word and each.word.value else "")


def _in_word(word: str) -> Iterator[Typed]:
    yield from (Typed("url", found[0]) for found in _ADDRESS.finditer(word))
    yield from (Typed("id", found[0]) for found in _ID.finditer(word))
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
            yield Typed("branch", base, made=base in needs.new_branches)


class _News:
    """Tells whether a typed value is new where it stands.

    Args:
        draft: Whose steps have typed it.
    """

    def __init__(self, draft: Draft) -> None:
        self._known = "\n".join(draft.known_at(len(draft.steps) - 1).values())
        self._shown = Told([step.recorded.output for step in draft.steps])
        self._asked = [question.value for question in draft.questions]
        self._today = draft.trace.run.started_at.date()
        self._paths = {effect.path for step in draft.steps for effect in step.recorded.file_effects}
        self._paths |= {seen.path for seen in draft.trace.workspace_before}

    def is_new(self, at: int, typed: Typed) -> bool:
        """Whether nothing has printed it before the step, and it is no path and no day that the clock tells."""
        another = typed.kind == "server_port" and self._printed_otherwise(at, typed)
        if not another and (
            _holds(self._known, typed.text) or (at > 0 and self._shown.holds_token(at - 1, typed.text))
        ):
            return False
        bare = typed.text.removeprefix("v")
        if any(_holds(bare, asked) for asked in self._asked):
            return False
        if typed.kind == "branch":
            return typed.made or typed.text not in self._paths
        return typed.kind != "day" or _is_far(typed.text, self._today)

    def _printed_otherwise(self, at: int, typed: Typed) -> bool:
        """Whether what was printed is another number: nothing there speaks of a port."""
        shown = f"{self._known}\n{self._shown.upto(at - 1) if at else ''}"
        return not any(ports.printed_as_port(shown, start) for start in masks.places_of(typed.text, shown))


def _holds(text: str, value: str) -> bool:
    return any(True for _ in masks.places_of(value, text))


def _is_far(text: str, today: date) -> bool:
    try:
        return abs((date.fromisoformat(text) - today).days) > _NEAR_DAYS
    except ValueError:
        return False


def _named(draft: Draft, values: list[Typed]) -> Iterator[tuple[str, str]]:
    taken = {*draft.known_at(len(draft.steps) - 1), *draft.parameters, *masks.NAMES}
    for typed in values:
        name = free_name(typed.said or typed.kind, taken)
        taken.add(name)
        yield name, typed.text


def _with(draft: Draft, names: dict[str, str], typed: Typed) -> Draft:
    """The draft with the parameter; its default follows the ones that it is made of."""
    name = next(name for name, text in names.items() if text == typed.text)
    known = {other: text for other, text in names.items() if other in draft.parameters}
    default = masks.lifted(typed.text, known, masked=False)
    bare = next((other for other, text in known.items() if typed.text == f"v{text}"), None)
    parameter = Parameter(
        type=_TYPES.get(typed.kind, ParameterType.STRING),
        default=f"v{{{{{bare}}}}}" if bare else default,
        source=Source.USER,
        recorded=typed.text,
    )
    return msgspec.structs.replace(
        draft,
        parameters={**draft.parameters, name: parameter},
        values={**draft.values, name: typed.text},
        narrow={**draft.narrow, name: "git"} if _is_narrow(typed) else draft.narrow,
    ).noted(f"{_typed_note(name)} as {typed.text}, and can be set to another one")


def _typed_note(name: str) -> str:
    return f"{{{{{name}}}}} was typed"


def _lifted(draft: Draft, held: Held, name: str, typed: Typed) -> Draft:
    """The name in the commands, where it means the same."""
    everywhere = typed.kind != "server_port" and not _is_narrow(typed)
    steps = list(draft.steps)
    for at in held.holding(typed.text):
        step = steps[at]
        if typed.text in step.step.run:
            step = step.changed(run=template.lift(step.step.run, typed.text, name, _meaning(step, typed)))
        if everywhere and step.step.cwd and typed.text in step.step.cwd:
            step = step.changed(cwd=template.lift_text(step.step.cwd, typed.text, name))
        steps[at] = step
    return draft.with_steps(tuple(steps))


def _is_narrow(typed: Typed) -> bool:
    """Whether it is a ref that may be a file's or a plain word's name too."""
    return typed.kind == "branch" or (typed.kind == "tag" and _DISTINCT.search(typed.text) is None)


def _meaning(step: DraftStep, typed: Typed) -> template.Meaning:
    """Where in a step's command the value means the same: a branch where git is told it, a port where it can be one."""
    if typed.kind == "server_port":
        taken = {(one.span.start, one.span.end) for one in process_numbers(step.analysis)}
        other = {place.index for place in template.words(step.recorded.command) if place.span in taken}
        return lambda place: place.index not in other and ports.may_be_port(place, typed.text)
    if typed.kind not in _REFS:
        return template.anywhere
    words, distinct = branches.ref_words(step), _DISTINCT.search(typed.text) is not None
    return lambda place: (
        (place.index in words and branches.is_ref(place, typed.text))
        or (distinct and ("/" not in typed.text or branches.stands_apart(place, typed.text)))
    )
