"""Where commands take the number of a process: what it was once may be a stranger's the next time."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

import msgspec

from replay.syntax.kept import kept
from replay.syntax.values import Analysis, CommandUse, Span, Word
from replay.syntax.vocabulary import named
from replay.syntax.wrappers import base_name

OPERANDS = named("disown gcore jcmd jmap jstack kill pmap pwdx renice reptyr wait")
"""Commands whose operands are such numbers."""
_P = frozenset({"-p", "--pid"})
OPTIONS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        named("chrt cpulimit gdb htop ionice iotop lsof ltrace perf pidstat py-spy strace taskset top"), _P
    ),
    "criu": frozenset({"-t", "--tree"}),
    "lldb": frozenset({"-p", "--attach-pid"}),
    "nsenter": frozenset({"-t", "--target"}),
    "pgrep": frozenset({"-P", "--parent"}),
    "pkill": frozenset({"-P", "--parent"}),
    "prlimit": frozenset({"-p", "--pid"}),
    "ps": frozenset({"-p", "--pid", "--ppid", "-q"}),
    "renice": _P,
    "tail": frozenset({"--pid"}),
}
"""Commands with the options whose value is such a number, or a list of them."""
VALUED: Mapping[str, frozenset[str]] = {
    "kill": frozenset({"-s", "-n", "--signal"}),
    "renice": frozenset({"-n", "--priority"}),
    "wait": frozenset({"-p"}),
}
"""Of the first ones, options whose value is something else."""
NO_NUMBERS: Mapping[str, frozenset[str]] = {
    "kill": frozenset({"-l", "-L", "--list", "--table"}),
    "renice": frozenset({"-u", "--user"}),
}
"""Of the first ones, options with which no operand is one."""
_NUMBER = re.compile(r"-?(\d+)")
_LIST = re.compile(r"\d+(?:,\d+)*")
_LISTED = re.compile(r"\d+")
_IN_PROC = re.compile(r"/proc/(\d+)(?![^/])")
CARRIERS = named("at batch docker kubectl lxc node parallel perl podman python python2 python3 ruby screen ssh tmux")
"""Commands that run, or hand on, what is not read as a command here: it is guessed at."""
_PRINTING = frozenset({"echo", "printf"})
_SAID = re.compile(rf"(?<![\w/-])(?:{'|'.join(sorted(OPERANDS))})[\s(]([^;&|\n]*)|(/proc/\d+)(?![\w.])")
_LONG_ENOUGH = re.compile(r"(?<![\w.%-])(\d{2,})(?![\w.])")
_SET = r"(?<![\w$])(?:{0})=(\d+)(?![\w.])|\bfor\s+(?:{0})\s+in\s+([^;\n]*)|\bset\s+(?:-\S+\s+)?(?:{0})\s+(\d+)(?![\w.])"
FIXED = frozenset({"0", "1"})
"""Numbers that mean the same on every machine."""


class ProcessNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A literal number that names a process."""

    number: str
    span: Span
    """Of the word that holds it."""


@kept
def process_numbers(analysis: Analysis) -> tuple[ProcessNumber, ...]:
    """The literal numbers of processes in a command, those that another shell's text seems to hold included.

    Args:
        analysis: Of the command.

    Returns:
        In the order of its commands; none for a number that is worked out when it runs (`$!`, `$(pgrep x)`, `%1`).
    """
    found: list[ProcessNumber] = []
    for use in analysis.commands:
        found += [_of(number, word) for word in _numbered(use) for number in _LISTED.findall(_written(word))]
        found += [_of(number, word) for word in use.words for number in _IN_PROC.findall(word.value or "")]
        if base_name(use.name) in OPERANDS:
            found += [_of(word.value, word) for word in _handed_on(analysis, use) if word.value]
        elif base_name(use.name) in CARRIERS:
            found += _guessed(analysis.text, use.span)
    paths = (*analysis.reads, *analysis.writes, *analysis.removes, *analysis.directories)
    found += [_of(number, one.word) for one in paths for number in _IN_PROC.findall(one.path or "")]
    if not analysis.ok:
        told = {one.number for one in found}
        whole = Span(start=0, end=len(analysis.text))
        found += [one for one in _guessed(analysis.text, whole) if one.number not in told]
    return tuple(dict.fromkeys(one for one in found if one.number not in FIXED))


@kept
def variables_of_processes(analysis: Analysis) -> frozenset[str]:
    """Variables that a command takes the number of a process from."""
    words = [word for use in analysis.commands for word in _worked_out(use)]
    return frozenset(
        use.name
        for use in analysis.variables_read
        if any(word.span.start <= use.span.start < word.span.end for word in words)
    )


def _worked_out(use: CommandUse) -> Iterator[Word]:
    """The words that are numbers of processes, and that only a run can tell."""
    options = OPTIONS.get(base_name(use.name) or "", frozenset())
    for before, word in pairwise(use.words):
        name = base_name(use.name)
        operand = name in OPERANDS and name != "renice" and not word.text.startswith("-")
        if word.value is None and (operand or before.value in options):
            yield word


def set_to_numbers(analysis: Analysis, variables: frozenset[str]) -> tuple[ProcessNumber, ...]:
    """Literal numbers that any of these variables is set to."""
    if not variables:
        return ()
    setting = re.compile(_SET.format("|".join(map(re.escape, sorted(variables)))))
    return tuple(
        ProcessNumber(number=number, span=Span(start=found.start(), end=found.end()))
        for found in setting.finditer(analysis.text)
        for number in _LISTED.findall(" ".join(filter(None, found.groups())))
        if number not in FIXED
    )


def _of(number: str, word: Word) -> ProcessNumber:
    return ProcessNumber(number=number, span=word.span)


def _numbered(use: CommandUse) -> Iterator[Word]:
    """The words that are, or end in, numbers of processes."""
    options = OPTIONS.get(base_name(use.name) or "", frozenset())
    for before, word in pairwise(use.words):
        option, equals, value = (word.value or "").rpartition("=")
        if (option if equals else before.value) not in options:
            # `-p4312` is one word.
            option, value = value[:2], value[2:]
        elif not equals:
            option = before.value or ""
        if option in options and _LIST.fullmatch(value):
            yield word
    if base_name(use.name) in OPERANDS:
        yield from _operands(use)


def _operands(use: CommandUse) -> Iterator[Word]:
    name = base_name(use.name) or ""
    valued, without = VALUED.get(name, frozenset()), NO_NUMBERS.get(name, frozenset())
    words = list(use.words[1:])
    said = {word.value for word in words}
    # The first word with a dash is `kill`'s signal; behind it a number with a dash is a group's.
    grouped = name == "kill" and bool(said & {"--", *valued})
    priority = name == "renice" and not said & valued
    skip = False
    for word in words:
        value = word.value or next(iter(word.alternatives), "")
        if skip:
            skip = False
        elif value in without:
            return
        elif value in valued:
            skip = True
        elif value.startswith("-") and not (grouped and _NUMBER.fullmatch(value)):
            grouped = name == "kill"
        elif priority:
            priority = False
        elif _NUMBER.fullmatch(value):
            yield word


def _handed_on(analysis: Analysis, taker: CommandUse) -> Iterator[Word]:
    """Numbers that other commands print for one: to `xargs kill`, in `kill $(echo 4312)`."""
    for use in analysis.commands:
        inside = taker.span.start < use.span.start < taker.span.end
        if use.name in _PRINTING and (inside or (taker.more_operands and use is not taker)):
            yield from (word for word in use.words[1:] if (word.value or "").isdigit())


def _guessed(text: str, span: Span) -> Iterator[ProcessNumber]:
    """The same in a part that can't be read."""
    for found in _SAID.finditer(text, span.start, span.end):
        part = Span(start=found.start(), end=found.end())
        numbers = _LONG_ENOUGH.findall(found[1] or found[2])
        # Of a function's arguments the second is a signal.
        called = found[1] is not None and text[found.start(1) - 1] == "("
        yield from (ProcessNumber(number=one, span=part) for one in (numbers[:1] if called else numbers))


def _written(word: Word) -> str:
    return " ".join(word.alternatives) or word.value or ""
