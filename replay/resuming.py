"""Has a shell stand where another one stood: its options, aliases and functions as shell text (pure).

Directory and exported variables it is started with; what its startup files define is there anyway. What was masked, or
too long to be kept whole, can't be given back: then nothing is gone on with.
"""

from collections.abc import Iterator, Mapping
from shlex import quote

import msgspec

from capture.recording.shell_state import KEPT_DEFINITION
from capture.shells import fish_text
from replay.outcome import Standing

MASK = "[masked:"
"""How the mask of a secret begins."""


def lost(standing: Standing) -> str | None:
    """What of a standing was not kept as it was, in words; None: all of it was."""
    for what, texts in (("variable", standing.environment), ("alias", standing.aliases)):
        for name, text in texts.items():
            if MASK in text:
                return f"{what} {name} holds a secret, which is kept nowhere"
    for name, text in standing.functions.items():
        if MASK in text:
            return f"function {name} holds a secret, which is kept nowhere"
        if len(text) >= KEPT_DEFINITION:
            return f"function {name} is too long to be kept"
    return None


def given(standing: Standing, environment: Mapping[str, str]) -> Standing:
    """A standing whose masked variables have the values that the user has exported now.

    Args:
        standing: As it was kept.
        environment: Of this process.
    """
    masked = [name for name, value in standing.environment.items() if MASK in value]
    own = {name: environment[name] for name in masked if name in environment}
    return msgspec.structs.replace(standing, environment={**standing.environment, **own})


def text(standing: Standing, shell: str) -> str:
    """What a fresh shell runs to stand there, options last; empty when there is nothing to do.

    Args:
        standing: Nothing of it masked.
        shell: Which shell.
    """
    lines = {"fish": _fish, "zsh": _zsh}.get(shell, _bash)(standing)
    return "".join(f"{line}\n" for line in lines)


def _bash(standing: Standing) -> Iterator[str]:
    for name in standing.gone:
        yield f"unalias -- {quote(name)} 2>/dev/null; unset -f -- {quote(name)}"
    # Before the aliases: one of them might be expanded in a definition.
    for name, body in standing.functions.items():
        yield f"{name} () \n{body}"
    for name, value in standing.aliases.items():
        yield f"alias -- {quote(f'{name}={value}')}"
    for name, on in standing.options.items():
        yield f"shopt -{'s' if on else 'u'} {name} 2>/dev/null || set {'-' if on else '+'}o {name}"


def _zsh(standing: Standing) -> Iterator[str]:
    for name in standing.gone:
        yield f"unalias -- {quote(name)} 2>/dev/null; unset -f -- {quote(name)} 2>/dev/null"
    for name, body in standing.functions.items():
        yield f"functions[{name}]={quote(body)}"
    for name, value in standing.aliases.items():
        yield f"alias -- {quote(f'{name}={value}')}"
    for name, on in standing.options.items():
        yield f"{'setopt' if on else 'unsetopt'} {name}"


def _fish(standing: Standing) -> Iterator[str]:
    for name in standing.gone:
        yield f"functions -e -- {fish_text.quoted(name)}; abbr -e -- {fish_text.quoted(name)}"
    yield from standing.functions.values()
    for name, value in standing.aliases.items():
        yield f"abbr -a -- {fish_text.quoted(name)} {fish_text.quoted(value)}"
