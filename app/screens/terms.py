"""How replays and validations from a screen go, beside the values: a shadow's network, and what asks (pure)."""

from collections.abc import Mapping, Sequence

from app.book import Terms
from app.screens.choosing import Field
from app.widgets.prose import Row, Tone, row
from replay.playbook import SafetyLevel

NETWORK, ASK, YES_TO = "network in a shadow", "ask before steps", "yes to"
"""The lines of the form; no parameter has a blank in its name."""
LEVELS = (SafetyLevel.AUTO_OK.value, SafetyLevel.NEEDS_CONFIRM.value)
"""What can be said yes to beforehand; what is manual_only is always handed over."""


def term_fields(terms: Terms) -> list[Field]:
    """Lines of a form.

    Args:
        terms: As they are.
    """
    return [
        _field(NETWORK, "a shadow reaches the network as the host does", "yes" if terms.network else "", ("yes", "no")),
        _field(ASK, "each that needs a confirmation", "yes" if terms.ask else "", ("yes", "no")),
        _field(YES_TO, "said beforehand, to all steps up to this level", terms.yes_to or "", LEVELS),
    ]


def read_terms(given: Mapping[str, str]) -> Terms:
    """What a form came to.

    Args:
        given: Its answers; those to other lines are passed over.
    """
    level = given.get(YES_TO)
    return Terms(
        network=given.get(NETWORK) == "yes",
        ask=given.get(ASK) == "yes",
        yes_to=SafetyLevel(level) if level else None,
    )


def term_rows(terms: Terms) -> list[Row]:
    """Those that are set, a line each.

    Args:
        terms: As they are.
    """
    said = [f"{NETWORK}: yes"] if terms.network else []
    said += [f"{ASK}: yes"] if terms.ask else []
    said += [f"{YES_TO}: {terms.yes_to}"] if terms.yes_to else []
    return [(), *(row(f"Replays from here: {one}", Tone.PLAIN) for one in said)] if said else []


def _field(name: str, about: str, value: str, choices: Sequence[str]) -> Field:
    def problem(text: str) -> str | None:
        return None if text in choices else f"it is {' or '.join(choices)}, or empty"

    return Field(name, about, value, f"{' or '.join(choices)}; empty: no", secret=False, problem=problem)
