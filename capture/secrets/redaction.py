"""Masks secrets before they are written: by shape, by the name they stand behind, and where they turn up again."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from capture.secrets.contents import UnreadableError, readings
from capture.secrets.redaction_rules import RuleSet, compiled
from capture.secrets.rules import packaged
from capture.secrets.scanning import (
    KEY,
    LookedAt,
    Scan,
    Span,
    key_text,
    mask_of,
    replaced,
)

LEARNED_LENGTH = 8
"""Shorter secrets are not looked for elsewhere: they would be found in words."""
REMEMBERED = 2_000
"""Different secrets of one session that can be told apart, and so be shown again."""

_PATH = re.compile(r"~?[./]*/[\w./+@-]+")


@dataclass(frozen=True)
class Masking:
    """One secret that was masked."""

    rule: str
    """What recognised it."""
    where: str
    """`line 3` of a text, or the name of a variable."""
    number: int = field(default=0, compare=False)
    """Which secret of the session it is; 0 when there were too many to tell apart."""


class Redactor:
    """Masks secrets as `[masked:RULE]`, and remembers those that a command or variable gave away.

    Args:
        rules: What is masked; None: what the program brings.
        numbered: Whether secrets are told apart by numbers; not where another redactor numbers those of the same run.
    """

    def __init__(self, rules: RuleSet | None = None, *, numbered: bool = True) -> None:
        self._rules = rules or packaged()
        self._most_numbers = REMEMBERED if numbered else 0
        self._learned: dict[bytes, str] = {}
        self._search_learned: Any = None
        self._numbers: dict[bytes, int] = {}
        self._shown: set[bytes] = set()
        self._named: dict[str, bool] = {}
        self._looked_at: dict[bytes, LookedAt] = {}

    @property
    def looked_at(self) -> dict[bytes, LookedAt]:
        """What was found in suspicious lines that came before: those of a file come again and again."""
        return self._looked_at

    @property
    def rules(self) -> RuleSet:
        """In force."""
        return self._rules

    def text(self, text: str) -> tuple[str, tuple[Masking, ...]]:
        """Mask output or the content of a file.

        Args:
            text: Anything.

        Returns:
            The text, and what was masked in it.
        """
        data = text.encode("utf-8", "surrogatepass")
        whole = self._masked(data)
        if not whole:
            return text, ()
        spans = [span for one in whole for span in one]
        return replaced(data, spans).decode("utf-8", "surrogatepass"), tuple(self._maskings(data, whole))

    def command(self, text: str) -> tuple[str, tuple[Masking, ...]]:
        """Mask a command line; a secret found there is masked in later texts too.

        Args:
            text: A shell command.

        Returns:
            The command, and what was masked in it.
        """
        data = text.encode("utf-8", "surrogatepass")
        spans = Scan(self).spans(data)
        for span in spans:
            self._learn(data[span.start : span.end], span.rule)
        return self.text(text) if spans else (text, ())

    def is_plain(self, texts: Iterable[str]) -> bool:
        """Whether nothing would be masked in any of some texts; one look at many small ones is far cheaper.

        Args:
            texts: Any; a secret that only two of them together would tell counts too.
        """
        return not Scan(self).spans("\n".join(texts).encode("utf-8", "surrogatepass"))

    def names_secret(self, name: str, value: str) -> bool:
        """Whether a name says that the value behind it is secret, whatever it looks like."""
        if (named := self._named.get(name)) is None:
            named = self.rules.names.fullmatch(name.encode("utf-8", "surrogatepass")) is not None
            if len(self._named) < REMEMBERED:
                self._named[name] = named
        return named and bool(value) and names_secret(self.rules, name, value)

    def environment(self, variables: Mapping[str, str]) -> tuple[dict[str, str], tuple[Masking, ...]]:
        """Mask variables, by name and by value.

        Args:
            variables: Name to value.

        Returns:
            The variables, and what was masked in them.
        """
        masked: dict[str, str] = {}
        maskings: list[Masking] = []
        for name, value in variables.items():
            secret = value.encode("utf-8", "surrogatepass")
            if value and secret not in self._shown and names_secret(self.rules, name, value):
                self._learn(secret, "variable")
                masked[name] = mask_of("variable")
                maskings.append(Masking("variable", name, self.number(secret)))
                continue
            masked[name], found = self.text(value)
            maskings.extend(Masking(masking.rule, name, masking.number) for masking in found)
        return masked, tuple(maskings)

    def holds_secret(self, content: bytes) -> bool:
        """Whether a file's content may not be kept: there is a secret in it, or nobody can tell."""
        try:
            return any(self._masked(reading) for reading in readings(content))
        except UnreadableError:
            return True

    def hide(self, secret: str) -> None:
        """Mask a text that is known to be a secret wherever it turns up, however short it is.

        Args:
            secret: The text; empty ones are passed over.
        """
        for line in {secret, *(line for line in secret.split("\n") if len(line) >= LEARNED_LENGTH)}:
            if line:
                self._remember(line.encode("utf-8", "surrogatepass"), "given")

    def number(self, secret: bytes) -> int:
        """Which secret of the session this is, counted from 1; 0 when there are too many, or none is numbered."""
        if secret not in self._numbers and len(self._numbers) < self._most_numbers:
            self._numbers[secret] = len(self._numbers) + 1
        return self._numbers.get(secret, 0)

    def number_no_more(self) -> None:
        """From here on another redactor gives the next numbers of the same run."""
        self._most_numbers = 0

    def show(self, numbers: frozenset[int]) -> None:
        """These were no secrets: mask them no more.

        Args:
            numbers: As in `Masking`.
        """
        self._shown |= {secret for secret, number in self._numbers.items() if number in numbers}
        self._looked_at = {}

    def is_shown(self, secret: bytes) -> bool:
        """Whether somebody said that this is no secret."""
        return secret in self._shown

    @property
    def learned(self) -> Any:
        """Matches what a command or a variable gave away; None as long as nothing was."""
        if self._learned and self._search_learned is None:
            longest_first = sorted(self._learned, key=len, reverse=True)
            self._search_learned = compiled("|".join(_literal(secret) for secret in longest_first))
        return self._search_learned

    def rule_of(self, learned: bytes) -> str:
        """What gave a learned secret away."""
        return self._learned.get(learned, "given")

    def _masked(self, data: bytes) -> list[list[Span]]:
        """Secrets that nobody has said to be none, each with what goes on of it."""
        whole: list[list[Span]] = []
        for span in Scan(self).spans(data):
            if span.goes_on and whole:
                whole[-1].append(span)
            else:
                whole.append([span])
        return [spans for spans in whole if not self.is_shown(_secret_of(data, spans))]

    def _maskings(self, data: bytes, whole: list[list[Span]]) -> Iterator[Masking]:
        for spans in whole:
            line = data.count(b"\n", 0, spans[0].start) + 1
            yield Masking(spans[0].rule, f"line {line}", self.number(_secret_of(data, spans)))

    def _learn(self, secret: bytes, rule: str) -> None:
        plain = secret.strip(b"\"'")
        if len(plain) >= LEARNED_LENGTH and not plain.isalpha() and b"\n" not in plain:
            self._remember(plain, rule)

    def _remember(self, secret: bytes, rule: str) -> None:
        if secret not in self._learned:
            self._search_learned = None
        if self._learned.get(secret, "given") == "given":
            self._learned[secret] = rule
            self._looked_at = {}


def _secret_of(data: bytes, spans: list[Span]) -> bytes:
    """What a secret is known by, wherever it stands."""
    if spans[0].rule == KEY:
        return key_text(b"".join(data[span.start : span.end] for span in spans))
    return data[spans[0].start : spans[0].end]


def _literal(secret: bytes) -> str:
    """The bytes as a pattern of RE2 that compiles to just them."""
    return "".join(f"\\x{byte:02x}" for byte in secret)


def names_secret(rules: RuleSet, name: str, value: str) -> bool:
    """Whether a variable's name says that its value is secret; a path to a secret is none.

    Args:
        rules: In force.
        name: As in the environment.
        value: Its value.

    Returns:
        True when the value must not be shown.
    """
    named = rules.names.fullmatch(name.encode("utf-8", "surrogatepass")) is not None
    return named and _PATH.fullmatch(value) is None and not value.startswith("[masked:")


def is_secret_variable(name: str, value: str) -> bool:
    """The same, by the rules that come with the program."""
    return names_secret(packaged(), name, value)
