"""Whether a tool can be called here, and takes what a step gives it; nothing is called to find out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple, TypeAlias

from capture.calls import Call, read_call
from replay import offers
from replay.offers import Toolbox
from replay.outcome import Check, CheckState, FailureClass
from replay.playbook import PlaybookStep, SafetyLevel

Level: TypeAlias = Callable[[str], SafetyLevel]
OFFERED = "tool_offered"
"""The check of whether anything here can call the tool."""
GIVEN = "tool_input"
"""The check of what the tool is given."""
NEAR = "did you mean {}?"
"""How a check names the only name that comes near."""
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_CUTOFF = 0.6
"""How alike a name must be to come near."""
_APART = 0.1
"""How much less alike all others must be."""
_FEW = 5


def check_call(
    step: PlaybookStep, command: str, toolbox: Toolbox, *, level: Level, stands_in: Iterable[str] = ()
) -> tuple[Check, ...]:
    """Check a tool step.

    Args:
        step: The step.
        command: Its call, values filled in.
        toolbox: What can be called here.
        level: How much a person must be there for a call, by its text.
        stands_in: Texts that stand for values that earlier steps will print.

    Returns:
        Whether anything can call it, `unknown` where nothing can; and whether it takes the input, where that is known.
    """
    call = read_call(command)
    if call is None:
        return ()
    offered = toolbox.known(call.name)
    if offered is None:
        return (_missing(step, call.name, toolbox, level),)
    if offered.wants:
        told = f"{call.name} can't be called here: {offered.wants}"
        return (Check(kind=OFFERED, state=CheckState.UNKNOWN, subject=call.name, message=told),)
    there = Check(kind=OFFERED, state=CheckState.PASS, subject=call.name, message=f"{offered.how} can call {call.name}")
    return (there, *_of_input(call, offered.input_schema or {}, frozenset(stands_in)))


def nobody_calls(checks: Iterable[Check]) -> Check | None:
    """The check that says that nothing here can call a step's tool; None where something can, or it calls none."""
    return next((one for one in checks if one.kind == OFFERED and one.state is CheckState.UNKNOWN), None)


def not_done(check: Check) -> Check:
    """What stops a step whose tool nothing can call, and that nobody did by hand.

    Args:
        check: As `nobody_calls` found it.
    """
    message = f"{check.message}, and nobody was there to do it; do it by hand and go on behind it with --from"
    return Check(
        kind=OFFERED,
        state=CheckState.FAIL,
        subject=check.subject,
        message=message,
        failure_class=FailureClass.UNKNOWN_TARGET,
    )


def _missing(step: PlaybookStep, name: str, toolbox: Toolbox, level: Level) -> Check:
    """What nobody knows may be there yet; where its server offers one name that comes near, it has that name now."""
    server, _, tool = name.rpartition("/")
    siblings = [one for one in toolbox.names() if server and one.rpartition("/")[0] == server]
    near = _near(name, [one for one in siblings if _no_graver(step, one, level)])
    if near:
        return Check(
            kind=OFFERED,
            state=CheckState.FAIL,
            subject=name,
            message=f"{server} offers no {tool}; {NEAR.format(near)}",
            failure_class=FailureClass.UNKNOWN_TARGET,
        )
    listed = ", ".join(siblings[:_FEW]) + (", …" if len(siblings) > _FEW else "")
    return Check(
        kind=OFFERED,
        state=CheckState.UNKNOWN,
        subject=name,
        message=f"nothing here can call the tool {name}" + (f"; of {server} there is {listed}" if listed else ""),
        hint="say in tools.toml what calls it (replaybook tools --edit); strict hands the step to a person",
    )


def _no_graver(step: PlaybookStep, name: str, level: Level) -> bool:
    """Whether a tool wants a person no more than the step does as it stands."""
    return step.safety is not SafetyLevel.AUTO_OK or level(Call(name, {}).text) is SafetyLevel.AUTO_OK


def _near(word: str, known: Sequence[str]) -> str | None:
    """The only one that comes near; None where none does, or several."""
    alike = sorted(((SequenceMatcher(None, word, one).ratio(), one) for one in known), reverse=True)
    near = [one for ratio, one in alike if ratio >= _CUTOFF and ratio > alike[0][0] - _APART]
    return near[0] if len(near) == 1 else None


def _of_input(call: Call, schema: Mapping[str, object], stands_in: frozenset[str]) -> Iterator[Check]:
    """The input against what the schema says of its fields and of theirs."""
    if isinstance(call.input, dict) and isinstance(schema.get("properties"), dict):
        yield from _of_object(_Place(call, schema, stands_in), "", call.input, schema)


class _Place(NamedTuple):
    """What holds for all fields of an input."""

    call: Call
    schema: Mapping[str, object]
    """Of the whole input."""
    stands_in: frozenset[str]

    def rule(self, told: object, follows: int = _FEW) -> Mapping[str, object]:
        """What a schema says of a field, its references within itself followed; nothing where that can't be told."""
        place = told.get("$ref") if isinstance(told, dict) else None
        if place is None:
            return told if isinstance(told, dict) else {}
        found: object = self.schema if str(place).startswith("#/") and follows else None
        for part in str(place).split("/")[1:]:
            found = found.get(part) if isinstance(found, dict) else None
        return self.rule(found, follows - 1)


def _of_object(
    place: _Place, above: str, given: Mapping[object, object], rule: Mapping[str, object]
) -> Iterator[Check]:
    """The names, types and choices of an object's fields; what else a schema says is for the tool."""
    fields, call = rule.get("properties"), place.call
    if not isinstance(fields, dict):
        return
    wanted = rule.get("required")
    required = [one for one in wanted if isinstance(one, str)] if isinstance(wanted, list) else []
    absent = [one for one in required if one not in given]
    strange = [one for one in given if one not in fields]
    if rule.get("additionalProperties") is False or absent:
        for one in strange:
            near = _near(str(one), [name for name in fields if name not in given])
            told = f"takes no {above}{one}" + (f"; {NEAR.format(near)}" if near else "")
            yield _wrong(call, f"{above}{one}", told)
    if not strange:
        yield from (_wrong(call, f"{above}{one}", f"needs {above}{one}") for one in absent)
    for name, value in given.items():
        yield from _of_value(place, f"{above}{name}", value, place.rule(fields.get(name)))


def _of_value(place: _Place, name: str, value: object, rule: Mapping[str, object]) -> Iterator[Check]:
    """A value, and all that is in it, against what the schema says of it."""
    if isinstance(value, str) and value in place.stands_in:
        return
    if why := _unlike(value, rule):
        yield _wrong(place.call, name, f"takes {why} as {name}, not {_short(value)}")
    elif isinstance(value, dict):
        yield from _of_object(place, f"{name}.", value, rule)
    elif isinstance(value, list) and (inner := place.rule(rule.get("items"))):
        # The first one that is wrong says it: a list may be long.
        found = (list(_of_value(place, f"{name}[{at}]", one, inner)) for at, one in enumerate(value))
        yield from next((checks for checks in found if checks), [])


def _unlike(value: object, rule: Mapping[str, object]) -> str | None:
    """What a field takes, when this value is not that."""
    types = rule.get("type")
    named = [types] if isinstance(types, str) else types if isinstance(types, list) else []
    wanted = [kind for one in named for kind in _TYPES.get(str(one), ())]
    is_truth = isinstance(value, bool) and bool not in wanted
    if wanted and (is_truth or not isinstance(value, tuple(wanted))):
        whole = int in wanted and float not in wanted and isinstance(value, float) and value.is_integer()
        return None if whole else f"{' or '.join(map(str, named))}"
    choices = rule.get("enum")
    if isinstance(choices, list) and value not in choices:
        return "one of " + ", ".join(_short(one) for one in choices[:_FEW])
    return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"  # noqa: PLR2004 - a line of a message


def _wrong(call: Call, subject: str, problem: str) -> Check:
    return Check(
        kind=GIVEN,
        state=CheckState.FAIL,
        subject=subject,
        message=f"{call.name} {problem}",
        failure_class=FailureClass.UNKNOWN_OPTION,
    )


def changes_nothing(command: str, toolbox: Toolbox) -> bool:
    """Whether a call only reads, by what is known of its tool."""
    return offers.only_reads(command, toolbox.known)
