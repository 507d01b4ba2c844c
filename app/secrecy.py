"""What the screens ask of the core about secrets, as a Protocol of its own; and what a trial of their rules came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.stored import Known
    from capture.secrets.redaction_rules import RuleSet


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """One secret that would be masked."""

    rule: str
    """What recognised it."""
    where: str
    """`line 3`."""


class Masked(msgspec.Struct, frozen=True, kw_only=True):
    """A text as a recording would keep it."""

    text: str
    maskings: tuple[Hidden, ...]
    """In their order; none where it would be kept as it is."""


class Secrecy(Protocol):
    """What is masked in recordings, and what playbooks want that they don't hold."""

    def secrets_wanted(self, ref: str) -> Sequence[Known]:
        """The secrets that a version wants, and where each would come from; never what they are."""
        ...

    def store_secret(self, called: str, value: Callable[[], str]) -> None:
        """Put the secret `PLAYBOOK/NAME` into the keyring; the value goes nowhere else."""
        ...

    def forget_secret(self, called: str) -> bool:
        """Take it out; returns whether it was there."""
        ...

    def secret_rules(self) -> RuleSet:
        """What is masked, and where each rule comes from."""
        ...

    def masked_text(self, text: str) -> Masked:
        """What the rules make of a text, which is kept nowhere."""
        ...

    def masked_file(self, file: str) -> Masked:
        """What they make of a file's."""
        ...


def rule_list(rules: RuleSet) -> list[tuple[str, str, str]]:
    """Each rule's name, where it comes from and what it masks; the user's own first."""
    rows = [(rule.id, rule.source, rule.description) for rule in rules.rules]
    return sorted(rows, key=lambda found: (found[1] == "gitleaks", found[1], found[0]))
