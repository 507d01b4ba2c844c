"""Links the number of a process to the step that told it: typed again, the recorded one could be a stranger's."""

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from replay import template
from replay.compiler.draft import Draft, DraftStep, command_names
from replay.compiler.links import Linking
from replay.compiler.tokens import PROCESS, SHORTEST_PROCESS, Holders, Token
from replay.matching import masks
from replay.playbook import LinkStrength
from replay.syntax.processes import ProcessNumber, process_numbers, set_to_numbers, variables_of_processes
from replay.syntax.vocabulary import named

TELLING = named("fuser jobs lsof netstat pgrep pidof ps pstree ss start-stop-daemon systemctl top")
"""Commands whose numbers are those of processes."""
LOOK_BACK = 500
"""Steps within which the one that told a number is looked for."""


def link_processes(draft: Draft) -> Draft:
    """Make a capture of each number that a command takes for a process's and that a step before has told."""
    holders = Holders()
    told: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for user, number in taken_for_processes(draft):
        at = _teller(draft, holders, user, number)
        if at is not None and user not in told[at, number]:
            told[at, number].append(user)
    linking, narrow = Linking(draft), dict(draft.narrow)
    for (at, number), users in sorted(told.items()):
        _link(linking, holders, narrow, at, number, users)
    return msgspec.structs.replace(linking.draft, narrow=narrow)


def taken_for_processes(draft: Draft) -> Iterator[tuple[int, str]]:
    """The literal numbers of processes in the playbook's commands, each with the step (index) that holds it."""
    read = [one.analysis for one in draft.steps]
    variables = frozenset[str]().union(*map(variables_of_processes, read))
    for at, analysis in enumerate(read):
        numbers = (*process_numbers(analysis), *set_to_numbers(analysis, variables))
        yield from ((at, one) for one in dict.fromkeys(found.number for found in numbers))


def _teller(draft: Draft, holders: Holders, user: int, number: str) -> int | None:
    """The last step before that told a process by this number; else the first that printed it, if that is no chance."""
    stands, first = masks.value_at(number), None
    for at in range(user - 1, max(-1, user - 1 - LOOK_BACK), -1):
        step = draft.steps[at]
        if number in step.recorded.command and stands.search(step.recorded.command):
            # A step that was given the number tells nothing new; what was printed before it may.
            continue
        if number not in step.recorded.output or not stands.search(step.recorded.output):
            continue
        if _tells(holders, step, number):
            return at
        first = at
    return first if len(number) >= SHORTEST_PROCESS else None


def _tells(holders: Holders, step: DraftStep, number: str) -> bool:
    """Whether the number stands where the number of a process is printed."""
    if TELLING.intersection(command_names(step)) or any(
        (use.path or "").endswith(".pid") for use in step.analysis.reads
    ):
        return True
    return any(token.text == number and token.kind is PROCESS for token in holders.printed(step))


def _link(linking: Linking, holders: Holders, narrow: dict[str, str], at: int, number: str, users: list[int]) -> None:
    found = masks.value_at(number).search(linking.steps[at].recorded.output)
    if found is None or linking.is_known(at, number):
        return
    token, answers = Token(number, PROCESS, LinkStrength.STRONG, found.start()), linking.answers
    others = [
        user
        for user in range(at + 1, len(linking.steps))
        if user not in users and _uses(holders, linking.steps[user], token)
    ]
    if len(number) >= SHORTEST_PROCESS or answers.get(number):
        linking.capture(at, token, dict.fromkeys(sorted([*users, *others]), frozenset({number})))
        return
    means = {user: _as_process(linking.steps[user], number) for user in users}
    name = linking.capture(at, token, dict.fromkeys(users, frozenset({number})), means)
    if name is not None:
        # So short a number means something else wherever no command takes it for a process's.
        narrow[name] = ""
    if others and number not in answers:
        linking.ask(at, token, others)


def _uses(holders: Holders, step: DraftStep, token: Token) -> bool:
    if token.text not in step.step.run and not step.recorded.inputs:
        return False
    return bool(holders.uses(step, msgspec.structs.replace(token, strength=LinkStrength.WEAK)))


def _as_process(step: DraftStep, number: str) -> template.Meaning:
    spans = {_place(one) for one in process_numbers(step.analysis) if one.number == number}
    words = {place.index for place in template.words(step.recorded.command) if place.span in spans}
    return lambda place: place.index in words


def _place(one: ProcessNumber) -> tuple[int, int]:
    return one.span.start, one.span.end
