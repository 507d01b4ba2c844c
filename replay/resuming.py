"""Has a shell stand where another one stood: its variables, options, aliases and functions as shell text (pure).

Directory and exported variables it is started with; what its startup files define is there anyway. A variable that was
masked a person must say again; what else was masked, or too long to be kept whole, can't be given back: then nothing is
gone on with.
"""

from collections.abc import Collection, Iterator, Mapping
from shlex import quote

from capture.recording.shell_state import KEPT_DEFINITION
from capture.shells import fish_text
from replay.outcome import Standing

MASK = "[masked:"
"""How the mask of a secret begins."""


def lost(standing: Standing) -> str | None:
    """What of a standing was not kept as it was and can't be given by a person, in words; None: all of it was."""
    for name, text in standing.aliases.items():
        if MASK in text:
            return f"alias {name} holds a secret, which is kept nowhere"
    for name, text in standing.functions.items():
        if MASK in text:
            return f"function {name} holds a secret, which is kept nowhere"
    for what, texts in (("function", standing.functions), ("variable", standing.variables)):
        for name, text in texts.items():
            if len(text) >= KEPT_DEFINITION:
                return f"{what} {name} is too long to be kept"
    return None


def secrets(standing: Standing) -> tuple[str, ...]:
    """Variables that hold a secret: a person must say them again."""
    return tuple(sorted({*standing.withheld, *_masked(standing)}))


def without(standing: Standing, given: Collection[str]) -> str | None:
    """Why a shell can't stand so, in words; None: it can.

    Args:
        standing: As it was kept.
        given: The variables that a person has said again.
    """
    lacking = next((name for name in secrets(standing) if name not in given), None)
    return f"variable {lacking} holds a secret, which is kept nowhere" if lacking else lost(standing)


def environment(standing: Standing, given: Mapping[str, str]) -> dict[str, str]:
    """The variables that a shell is started with to stand so; a secret goes no other way, for this is on no disk.

    Args:
        standing: As it was kept.
        given: The variables that a person has said again.
    """
    return {**standing.environment, **{name: given[name] for name in secrets(standing) if name in given}}


def text(standing: Standing, shell: str) -> str:
    """What a fresh shell runs to stand there, options last; empty when there is nothing to do.

    Args:
        standing: Its environment is the shell's.
        shell: Which shell.
    """
    lines = {"fish": _fish, "zsh": _zsh}.get(shell, _bash)(standing)
    return "".join(f"{line}\n" for line in lines)


def _masked(standing: Standing) -> tuple[str, ...]:
    return tuple(name for name, value in standing.environment.items() if MASK in value)


def _bash(standing: Standing) -> Iterator[str]:
    for name in standing.gone:
        yield f"unalias -- {quote(name)} 2>/dev/null; unset -f -- {quote(name)}"
    # Before the aliases: one of them might be expanded in a definition.
    for name, body in standing.functions.items():
        yield f"{name} () \n{body}"
    for name, value in standing.aliases.items():
        yield f"alias -- {quote(f'{name}={value}')}"
    yield from (f"export -n {name}" for name in standing.withheld)
    yield from standing.variables.values()
    for name, on in standing.options.items():
        yield f"shopt -{'s' if on else 'u'} {name} 2>/dev/null || set {'-' if on else '+'}o {name}"


def _zsh(standing: Standing) -> Iterator[str]:
    for name in standing.gone:
        yield f"unalias -- {quote(name)} 2>/dev/null; unset -f -- {quote(name)} 2>/dev/null"
    for name, body in standing.functions.items():
        yield f"functions[{name}]={quote(body)}"
    for name, value in standing.aliases.items():
        yield f"alias -- {quote(f'{name}={value}')}"
    yield from (f"typeset -g +x {name}" for name in standing.withheld)
    yield from standing.variables.values()
    for name, on in standing.options.items():
        yield f"{'setopt' if on else 'unsetopt'} {name}"


def _fish(standing: Standing) -> Iterator[str]:
    for name in standing.gone:
        yield f"functions -e -- {fish_text.quoted(name)}; abbr -e -- {fish_text.quoted(name)}"
    yield from standing.functions.values()
    for name, value in standing.aliases.items():
        yield f"abbr -a -- {fish_text.quoted(name)} {fish_text.quoted(value)}"
    yield from (f"set -gu {name} ${name}" for name in standing.withheld)
    yield from standing.variables.values()
