"""Masks secrets before they are written: by shape, by the name they stand behind, and where they turn up again."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from capture.redaction_rules import (
    COMMAND_RULES,
    DEFAULT_RULES,
    LONG_RUN,
    PRIVATE_KEY,
    PRIVATE_KEY_REST,
    SECRET_VARIABLE,
    Rule,
)

__all__ = ["DEFAULT_RULES", "Masking", "Redactor", "Rule", "StreamRedactor", "is_secret_variable"]

HELD_LIMIT = 4096
"""Bytes of an unfinished line that a stream holds back."""
LEARNED_LENGTH = 8
"""Shorter secrets are not looked for elsewhere: they would be found in words."""

_CARRIED = 1024  # bytes of an over-long line that stay held, so that no secret is cut in two
_RUN = b"a" * LONG_RUN
_RUNS = bytes(ord("a") if chr(code).isalnum() or chr(code) in "_-~" else ord(" ") for code in range(256))
_PATH = re.compile(r"~?[./]*/[\w./+@-]+")
_INVISIBLE = re.compile(
    "\x1b\\[[0-?]*+[ -/]*+[@-~]|\x1b\\][^\x07\x1b]*+(?:\x07|\x1b\\\\)|\x1b[ -/]*+[0-Z\\\\^-~]| \r(?!\n)|[\x08\x00]"
)


@dataclass(frozen=True)
class Masking:
    """One secret that was masked."""

    rule: str
    """What recognised it."""
    where: str
    """`line 3` of a text, or the name of a variable."""


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    rule: str

    @property
    def mask(self) -> str:
        return _mask(self.rule)


class Redactor:
    """Masks secrets as `[masked:RULE]`, and remembers those that a command or variable gave away.

    Args:
        rules: What is masked in any text; command lines have rules of their own besides.
    """

    def __init__(self, rules: Sequence[Rule] = DEFAULT_RULES) -> None:
        self._rules = tuple(rules)
        self._learned: dict[str, str] = {}

    def text(self, text: str) -> tuple[str, tuple[Masking, ...]]:
        """Mask output or the content of a file.

        Args:
            text: Anything.

        Returns:
            The text, and what was masked in it.
        """
        return _apply(text, self._spans(text, self._rules))

    def command(self, text: str) -> tuple[str, tuple[Masking, ...]]:
        """Mask a command line; a secret found there is masked in later texts too.

        Args:
            text: A shell command.

        Returns:
            The command, and what was masked in it.
        """
        spans = self._spans(text, (*self._rules, *COMMAND_RULES))
        for span in spans:
            self._learn(text[span.start : span.end], span.rule)
        return _apply(text, spans)

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
            if value and is_secret_variable(name, value):
                self._learn(value, "variable")
                masked[name] = _mask("variable")
                maskings.append(Masking("variable", name))
                continue
            masked[name], found = self.text(value)
            maskings.extend(Masking(masking.rule, name) for masking in found)
        return masked, tuple(maskings)

    def stream(self) -> "StreamRedactor":
        """A redactor for bytes as they come from a terminal."""
        return StreamRedactor(self)

    def spans(self, text: str) -> "list[_Span]":
        """Where secrets stand in what a terminal showed: echoed command lines are part of that."""
        return self._spans(text, (*self._rules, *COMMAND_RULES))

    def _spans(self, text: str, rules: Iterable[Rule]) -> list[_Span]:
        worth = _Worth(text)
        found = [span for rule in rules if worth.searching_for(rule) for span in _matches(rule, text)]
        for secret, rule in self._learned.items():
            found.extend(_Span(hit.start(), hit.end(), rule) for hit in re.finditer(re.escape(secret), text))
        return _without_overlaps(found)

    def hide(self, secret: str) -> None:
        """Mask a text that is known to be a secret wherever it turns up, however short it is.

        Args:
            secret: The text; empty ones are passed over.
        """
        if secret:
            self._learned[secret] = "given"

    def _learn(self, secret: str, rule: str) -> None:
        plain = secret.strip("\"'")
        if len(plain) >= LEARNED_LENGTH and not plain.isalpha() and "\n" not in plain:
            self._learned[plain] = rule


class StreamRedactor:
    """Masks secrets in a byte stream, however it is cut; holds back at most the line that isn't ended yet.

    Args:
        redactor: Knows the rules.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""
        self._in_key = False

    def feed(self, data: bytes) -> bytes:
        """Take bytes in.

        Args:
            data: As they came.

        Returns:
            What can be written already.
        """
        # Latin-1 maps each byte to one character and back: nothing is lost, and patterns are ASCII.
        self._held += data.decode("latin-1")
        end = self._held.rfind("\n") + 1
        done, self._held = self._held[:end], self._held[end:]
        return (self._masked(done) + self._overlong()).encode("latin-1")

    def flush(self) -> bytes:
        """What was held back, masked as far as it can be told."""
        done, self._held = self._held, ""
        return self._masked(done).encode("latin-1")

    def _overlong(self) -> str:
        if len(self._held) <= HELD_LIMIT:
            return ""
        cut = len(self._held) - _CARRIED
        for span in self._found(self._held):
            if span.start < cut < span.end:
                cut = span.start or span.end
        done, self._held = self._held[:cut], self._held[cut:]
        return self._masked(done)

    def _masked(self, text: str) -> str:
        """A private key is many lines, and they may come one by one."""
        if self._in_key and (rest := PRIVATE_KEY_REST.match(text)):
            text = text[rest.end() :]
            self._in_key = not (text.strip() or rest[0].endswith("-----"))
        if not text:
            return ""
        spans = self._found(text)
        if spans and spans[-1].rule == PRIVATE_KEY.name:
            last = spans[-1]
            self._in_key = not text[last.end :].strip() and "-----END" not in text[last.start : last.end]
        return _replace(text, spans)

    def _found(self, text: str) -> list[_Span]:
        """Spans of the raw text, found in what is visible of it: colours and wraps may stand inside a secret."""
        if "\x1b" not in text and "\x08" not in text and text.count("\r") == text.count("\r\n"):
            return self._redactor.spans(text)
        spans = self._redactor.spans(_INVISIBLE.sub("", text))
        if not spans:
            return []
        offsets = _visible_offsets(text)
        return [_Span(offsets[span.start], offsets[span.end - 1] + 1, span.rule) for span in spans]


def _visible_offsets(text: str) -> list[int]:
    offsets: list[int] = []
    start = 0
    for match in _INVISIBLE.finditer(text):
        offsets.extend(range(start, match.start()))
        start = match.end()
    offsets.extend(range(start, len(text)))
    return offsets


class _Worth:
    """Which rules are worth a search: most of what a terminal prints can be told at memory speed to hold no secret."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lowered = text.lower()
        self._has_run = _RUN in text.encode("latin-1", "replace").translate(_RUNS)

    def searching_for(self, rule: Rule) -> bool:
        if rule.long and not self._has_run:
            return False
        subject = self._lowered if rule.ignores_case else self._text
        return not rule.hints or any(hint in subject for hint in rule.hints)


def _matches(rule: Rule, text: str) -> Iterator[_Span]:
    for match in rule.pattern.finditer(text):
        start, end = match.span(rule.group)
        if start < end:
            yield _Span(start, end, rule.name)


def _without_overlaps(found: Iterable[_Span]) -> list[_Span]:
    kept: list[_Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end > kept[-1].end:
            kept[-1] = _Span(kept[-1].start, span.end, kept[-1].rule)
    return kept


def _apply(text: str, spans: Sequence[_Span]) -> tuple[str, tuple[Masking, ...]]:
    maskings = tuple(Masking(span.rule, f"line {text.count(chr(10), 0, span.start) + 1}") for span in spans)
    return _replace(text, spans), maskings


def _replace(text: str, spans: Iterable[_Span]) -> str:
    pieces: list[str] = []
    end = 0
    for span in spans:
        pieces += (text[end : span.start], span.mask)
        end = span.end
    return "".join((*pieces, text[end:]))


def _mask(rule: str) -> str:
    return f"[masked:{rule}]"


def is_secret_variable(name: str, value: str) -> bool:
    """Whether a variable's name says that its value is secret; a path to a secret is none.

    Args:
        name: As in the environment.
        value: Its value.

    Returns:
        True when the value must not be shown.
    """
    named = SECRET_VARIABLE.search(name) is not None
    return named and _PATH.fullmatch(value) is None and not value.startswith("[masked:")
