"""What zsh's expansions mean where bash's tree reads them otherwise."""

import re
from collections.abc import Iterable

from replay.syntax.values import VariableUse

_MODIFIED = re.compile(r"\$\{(\w+):[A-Za-z&]")
"""zsh takes a letter behind the colon for a modifier, and bash for an offset that is calculated."""


def without_modifiers(uses: Iterable[VariableUse], text: str) -> tuple[VariableUse, ...]:
    """The variables that a text of zsh reads: `${f:r}` and `${f:h:t}` read `f` alone.

    Args:
        uses: As bash would read them.
        text: The text that their spans are of.
    """
    return tuple(use for use in uses if not _is_modifier(use, text))


def _is_modifier(use: VariableUse, text: str) -> bool:
    modified = _MODIFIED.match(text, use.span.start)
    return modified is not None and modified[1] != use.name
