"""Masked secrets of commands become parameters that are asked for, one for each that is known to be one of its own."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from capture.trace import Masked
from replay import template
from replay.compiler.draft import Draft, DraftStep
from replay.compiler.naming import Names
from replay.matching import masks
from replay.playbook import Parameter, ParameterType, Source

_MASKED = re.compile(r"\[masked:([\w.-]+)\]")
_FIELD = "command"
_ASKED = Parameter(type=ParameterType.SECRET, source=Source.USER)


def ask_for_secrets(draft: Draft) -> Draft:
    """Make a parameter of each masked secret.

    Two masks are one parameter only where the recording says that the same secret stood there: another one in its place
    could do what was never done.
    """
    naming = _Naming(draft)
    steps = tuple(
        step.changed(run=naming.named(step)) if _MASKED.search(step.step.run) else step for step in draft.steps
    )
    if not naming.names:
        return draft
    parameters = {**draft.parameters, **dict.fromkeys(naming.names, _ASKED)}
    return msgspec.structs.replace(draft, parameters=parameters, steps=steps).noted(*naming.notes())


def told_apart(drafts: Sequence[Draft]) -> Sequence[Draft]:
    """Give secrets that are two in one of several recordings two names in all of them.

    Args:
        drafts: As many steps each, the same work at the same index.
    """
    asked = [{name for name, one in draft.parameters.items() if one == _ASKED} for draft in drafts]
    if not any(asked):
        return drafts
    rows = [[_names(step, names) for step in draft.steps] for draft, names in zip(drafts, asked, strict=True)]
    if any(len({*map(len, steps)}) > 1 for steps in zip(*rows, strict=True)):
        return drafts
    columns = [tuple(zip(*steps, strict=True)) for steps in zip(*rows, strict=True)]
    every = zip(drafts, asked, strict=True)
    free = Names({*masks.NAMES, *(name for draft, names in every for name in draft.parameters if name not in names)})
    called: dict[tuple[str, ...], str] = {}
    for together in dict.fromkeys(one for column in columns for one in column):
        called[together] = free.free(together[0])
        free.take(called[together])
    return [
        _renamed(draft, names, [[called[one] for one in column] for column in columns])
        for draft, names in zip(drafts, asked, strict=True)
    ]


def _names(step: DraftStep, asked: Collection[str]) -> list[str]:
    return [found[1] for found in template.TOKEN.finditer(step.step.run) if found[1] in asked]


def _renamed(draft: Draft, asked: Collection[str], called: Sequence[Sequence[str]]) -> Draft:
    """The draft with other names for its secrets, those of each step in order."""
    steps = []
    for step, names in zip(draft.steps, called, strict=True):
        there = iter(names)
        steps.append(step.changed(run=_rewritten(step.step.run, asked, there)) if names else step)
    others = {name: one for name, one in draft.parameters.items() if name not in asked}
    now = dict.fromkeys((name for names in called for name in names), _ASKED)
    return msgspec.structs.replace(draft, steps=tuple(steps), parameters={**others, **now})


def _rewritten(run: str, asked: Collection[str], names: Iterator[str]) -> str:
    return template.TOKEN.sub(
        lambda found: f"{{{{{next(names)}}}}}" if found[1] in asked else found[0],
        run,
    )


class _Naming:
    """Names of secrets.

    Args:
        draft: Whose parameters have names already.
    """

    def __init__(self, draft: Draft) -> None:
        self._free = Names({*draft.parameters, *masks.NAMES})
        self._known: dict[int, str] = {}
        self._unknown: dict[str, list[str]] = {}
        self.names: list[str] = []
        """In order of the steps."""

    def named(self, step: DraftStep) -> str:
        """A step's text with the names in the place of the masks."""
        which = _Places(step)
        return _MASKED.sub(lambda mask: f"{{{{{self._name(mask[1], which.next(mask[1]))}}}}}", step.step.run)

    def notes(self) -> Iterator[str]:
        """Where secrets could not be told apart."""
        for rule, names in self._unknown.items():
            if len(names) > 1:
                told = ", ".join(f"{{{{{name}}}}}" for name in names)
                yield f"nobody recorded which of the secrets [masked:{rule}] are the same: each is asked for, as {told}"

    def _name(self, rule: str, secret: int) -> str:
        if secret in self._known:
            return self._known[secret]
        name = self._free.free(re.sub(r"[^a-z0-9_]+", "_", rule.lower()).strip("_") or "secret")
        self._free.take(name)
        self.names.append(name)
        if secret:
            self._known[secret] = name
        else:
            self._unknown.setdefault(rule, []).append(name)
        return name


class _Places:
    """Which secret each mask of a step stands for, as far as the recording tells.

    Args:
        step: Of the draft.
    """

    def __init__(self, step: DraftStep) -> None:
        recorded = _MASKED.findall(step.recorded.command)
        same = recorded == _MASKED.findall(step.step.run)
        told = _told(step.recorded.maskings)
        self._secrets = {
            rule: iter(_in_order(told.get(rule, ()), recorded.count(rule), same=same)) for rule in recorded
        }

    def next(self, rule: str) -> int:
        """Of the next mask of a rule; 0: unknown."""
        return next(self._secrets.get(rule, iter(())), 0)


def _told(maskings: tuple[Masked, ...]) -> Mapping[str, list[Masked]]:
    found: dict[str, list[Masked]] = {}
    for one in maskings:
        if one.field == _FIELD:
            found.setdefault(one.rule, []).append(one)
    return found


def _in_order(told: list[Masked] | tuple[()], places: int, *, same: bool) -> list[int]:
    """The secrets in the order of the places; 0 each where they may stand in another one."""
    secrets = [one.secret for one in told]
    if len({*secrets}) == 1:
        return secrets[:1] * places
    once = len(secrets) == places and all(one.count == 1 for one in told)
    return secrets if same and once else [0] * places
