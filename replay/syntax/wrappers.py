"""Sees through commands that only run another one: `sudo -u www env A=1 nice make` is about `make`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec

from replay.syntax.values import Assignment, Word

ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


class Wrapper(msgspec.Struct, frozen=True):
    """How a wrapper's own arguments are told from the command behind them."""

    valued: str = ""
    """Options that take the next word, separated by blanks."""
    positional: int = 0
    """Operands of its own before the command."""
    assigns: bool = False
    """Takes `NAME=value` words before the command."""
    adds: bool = False
    """Gives the command further operands at run time."""
    takes_text: bool = False
    """Hands what is behind it to a shell: a word with blanks is shell text, not a name."""
    asks: str = ""
    """Options with which it runs nothing, or shell text."""
    reads: str = ""
    """Those of its options whose value is a file that must be there."""
    writes: str = ""
    """Those whose value is a file that it writes."""
    enters: str = ""
    """Those whose value is a directory that the command runs in."""
    locks: bool = False
    """Its own first operand is a file that it makes when it isn't there."""


WRAPPERS: Mapping[str, Wrapper] = {
    "builtin": Wrapper(),
    "catchsegv": Wrapper(),
    "chronic": Wrapper(),
    "chrt": Wrapper("-p -T -P -D", positional=1),
    "command": Wrapper(asks="-v -V"),
    "coproc": Wrapper(),
    "doas": Wrapper("-u -C", asks="-s -L"),
    "env": Wrapper("-u --unset -C --chdir", assigns=True, asks="-S --split-string", enters="-C --chdir"),
    "exec": Wrapper("-a"),
    "flock": Wrapper("-w --timeout -E --conflict-exit-code", positional=1, asks="-c --command", locks=True),
    "ionice": Wrapper("-c -n -p -P -u"),
    "ltrace": Wrapper("-e -o -p -u -l -x", writes="-o"),
    "nice": Wrapper("-n --adjustment"),
    "nohup": Wrapper(),
    "setsid": Wrapper(),
    "stdbuf": Wrapper("-i -o -e --input --output --error"),
    "strace": Wrapper("-e -o -p -s -u -P -E -a", writes="-o"),
    "sudo": Wrapper(
        "-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --chdir",
        assigns=True,
        asks="-l -v -k -K -s -i --list --validate --shell --login",
        enters="-D --chdir",
    ),
    "taskset": Wrapper(positional=1),
    "time": Wrapper("-f -o --format --output", writes="-o --output"),
    "timeout": Wrapper("-s -k --signal --kill-after", positional=1),
    "unbuffer": Wrapper(),
    "watch": Wrapper("-n --interval", takes_text=True),
    "xargs": Wrapper(
        "-a -d -E -I -L -n -P -s --arg-file --delimiter --max-args --max-procs --max-lines --max-chars",
        adds=True,
        reads="-a --arg-file",
    ),
    "xvfb-run": Wrapper("-s -n -e -f -p"),
}


class Unwrapped(msgspec.Struct, frozen=True, kw_only=True):
    """A command with its wrappers told apart."""

    wrappers: tuple[str, ...]
    """Outermost first."""
    words: tuple[Word, ...]
    """The command behind them; a wrapper without one is itself the command."""
    assignments: tuple[Assignment, ...]
    """`NAME=value` words of `env` and `sudo`."""
    more_operands: bool
    """It gets further operands at run time."""
    files: tuple[tuple[str, str, Word], ...] = ()
    """What the wrappers' own options name: the wrapper, `reads`, `writes` or `enters`, and the word."""


def unwrap(words: Sequence[Word]) -> Unwrapped:
    """Tell a command from what only runs it.

    Args:
        words: A command's words, its name first.

    Returns:
        The innermost command that can be told.
    """
    wrappers: list[str] = []
    assignments: list[Assignment] = []
    files: list[tuple[str, str, Word]] = []
    rest, more = tuple(words), False
    while rest:
        name = base_name(rest[0].value) or ""
        wrapper = WRAPPERS.get(name)
        inner = None if wrapper is None else _behind(wrapper, rest[1:], assignments)
        if wrapper is None or not inner:
            break
        wrappers.append(name)
        files += [(name, kind, word) for kind, word in _files(wrapper, rest[1 : len(rest) - len(inner)])]
        rest, more = inner, more or wrapper.adds
    return Unwrapped(
        wrappers=tuple(wrappers),
        words=rest,
        assignments=tuple(assignments),
        more_operands=more,
        files=tuple(files),
    )


def _files(wrapper: Wrapper, own: Sequence[Word]) -> Iterator[tuple[str, Word]]:
    """What a wrapper's own words name."""
    kinds = {
        option: kind
        for kind, options in (("reads", wrapper.reads), ("writes", wrapper.writes), ("enters", wrapper.enters))
        for option in options.split()
    }
    for option, word in pairwise(own):
        if option.value in kinds:
            yield kinds[option.value], word
    plain = [word for word in own if not (word.value or "").startswith("-")]
    if wrapper.locks and plain:
        yield "writes", plain[-1]


@lru_cache(maxsize=1024)
def base_name(name: str | None) -> str | None:
    """A command's name as tables know it: `/usr/bin/env` is `env`; a relative path stays one."""
    if name and name.startswith(("/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/")):
        return name.rsplit("/", 1)[1]
    return name


def _behind(wrapper: Wrapper, words: tuple[Word, ...], assignments: list[Assignment]) -> tuple[Word, ...]:
    """The words behind a wrapper's own; empty when it runs nothing that can be told."""
    at, positional = 0, wrapper.positional
    valued, asks = wrapper.valued.split(), wrapper.asks.split()
    found: list[Assignment] = []
    while at < len(words):
        value = words[at].value
        if value in asks:
            return ()
        if value == "--":
            at += 1
            break
        assignment = ASSIGNMENT.match(words[at].text) if wrapper.assigns else None
        if value is not None and value.startswith("-") and value != "-":
            at += 2 if value in valued else 1
        elif assignment:
            found.append(Assignment(name=assignment[1], word=words[at], exported=True))
            at += 1
        elif positional:
            positional -= 1
            at += 1
        else:
            break
    if wrapper.takes_text and at < len(words) and " " in (words[at].value or ""):
        return ()
    assignments += found
    return words[at:]
