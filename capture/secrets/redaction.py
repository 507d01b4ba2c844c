"""Masks secrets before they are written: by shape, by the name they stand behind, and where they turn up again."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from capture.secrets.contents import UnreadableError, readings
from capture.secrets.redaction_rules import RuleSet, compiled
from capture.secrets.rules import packaged
from capture.secrets.scanning import (
    CARRIED,
    CONTEXT,
    HELD_LIMIT,
    INVISIBLE,
    KEY,
    TOKEN_RUN,
    LookedAt,
    Scan,
    Span,
    clipped,
    key_text,
    mask_of,
    replaced,
    shifted,
    window_end,
)

__all__ = ["Masking", "Noted", "Redactor", "StreamRedactor", "is_secret_variable"]

LEARNED_LENGTH = 8
"""Shorter secrets are not looked for elsewhere: they would be found in words."""
REMEMBERED = 2_000
"""Different secrets of one session that can be told apart, and so be shown again."""
MASKS = 20_000
"""Masks of one stream that can be undone."""

Text = TypeVar("Text", str, dict[str, str])

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


@dataclass(frozen=True)
class Mask:
    """One mask in a stream, and what it stands for: kept in memory only."""

    offset: int
    """Where it stands in what was given out."""
    length: int
    """Its own; 0 where a secret goes on that is masked already."""
    secret: bytes
    """What came."""
    number: int
    """Which secret of the session; 0 when it is not to be shown again."""
    key: bool = False
    """Of a private key, which only the whole tells apart: `undoing.numbered` gives its number."""


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

    def stream(self) -> "StreamRedactor":
        """A redactor for bytes as they come from a terminal."""
        return StreamRedactor(self)

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


class Noted:
    """A redactor that notes what it masked, and in which field.

    Args:
        redactor: Masks.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.field = ""
        """What is being masked."""
        self.found: list[tuple[str, Masking]] = []
        """Field and masking, in order."""

    def of(self, field: str) -> "Noted":
        """The same, at another field."""
        self.field = field
        return self

    def is_plain(self, texts: Iterable[str]) -> bool:
        """As `Redactor.is_plain`."""
        return self._redactor.is_plain(texts)

    def names_secret(self, name: str, value: str) -> bool:
        """As `Redactor.names_secret`."""
        return self._redactor.names_secret(name, value)

    def text(self, text: str) -> tuple[str, tuple[Masking, ...]]:
        """As `Redactor.text`."""
        return self._noting(self._redactor.text(text))

    def command(self, text: str) -> tuple[str, tuple[Masking, ...]]:
        """As `Redactor.command`."""
        return self._noting(self._redactor.command(text))

    def environment(self, variables: Mapping[str, str]) -> tuple[dict[str, str], tuple[Masking, ...]]:
        """As `Redactor.environment`."""
        return self._noting(self._redactor.environment(variables))

    def paths(self, paths: Iterable[str]) -> dict[str, str]:
        """Mask paths, most of which hold no secret.

        Args:
            paths: Any number.

        Returns:
            Those that do, and what is written in their place.
        """
        together = "\n".join(paths)
        if not self._redactor.text(together)[1]:
            return {}
        return {path: masked for path in together.split("\n") if (masked := self.text(path)[0]) != path}

    def _noting(self, told: tuple[Text, tuple[Masking, ...]]) -> tuple[Text, tuple[Masking, ...]]:
        self.found.extend((self.field, masking) for masking in told[1])
        return told


class StreamRedactor:
    """Masks secrets in a byte stream, however it is cut; holds back at most the line that isn't ended yet.

    Args:
        redactor: Knows the rules.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._scan = Scan(redactor)
        self._held = b""
        self._told = b""
        self._swallow: int | None = None
        self.offset = 0
        """Bytes that were given out."""
        self.masks: list[Mask] = []
        """What stands in them in place of something else."""

    @property
    def held(self) -> int:
        """Bytes that came and are not given out yet."""
        return len(self._held)

    def feed(self, data: bytes) -> bytes:
        """Take bytes in.

        Args:
            data: As they came.

        Returns:
            What can be written already.
        """
        end = data.rfind(b"\n") + 1
        if not end:
            self._held += data
            return self._overlong()
        done = self._held + data[:end] if self._held else data[:end]
        self._held = data[end:]
        return self._masked(done) + self._overlong()

    def pause(self) -> bytes:
        """Nothing more comes for now: what can't become a secret, however the line goes on.

        Returns:
            The unfinished line, or nothing while a secret may be on its way: it may be typed key by key.
        """
        line = self._told + self._held
        if not self._held or self._redactor.rules.begins(INVISIBLE.sub(b"", line)):
            return b""
        done = self.flush()
        # Kept to be looked at again: what comes next may get its meaning from it.
        self._told = line[-HELD_LIMIT:]
        return done

    def flush(self) -> bytes:
        """What was held back, masked as far as it can be told."""
        done, self._held = self._held, b""
        return self._masked(done) if done else b""

    def _overlong(self) -> bytes:
        """An endless line goes out window by window, as `Scan.line` cuts it."""
        if len(self._held) <= HELD_LIMIT:
            return b""
        pieces: list[bytes] = []
        line, at = self._told + self._held, len(self._told)
        if self._swallow is None and self._scan.is_plain(line):
            cut = len(line) - CARRIED
            pieces.append(self._write(line[at:cut], []))
            at = cut
        while len(line) - at > HELD_LIMIT:
            if self._swallow is not None:
                run = TOKEN_RUN.match(line, at)
                end = run.end() if run else at
                self._drop(line[at:end])
                if end < len(line):
                    self._swallow = None
                at = end
                continue
            spans = self._scan.window_at(line, at)
            cut = window_end(spans, HELD_LIMIT)
            pieces.append(self._write(line[at : at + cut], [span for span in spans if span.end <= cut]))
            if spans and spans[-1].end == cut == HELD_LIMIT:
                self._swallow = self.masks[-1].number if self.masks else 0
            at += cut
        self._held, self._told = line[at:], line[max(0, at - CONTEXT) : at]
        return b"".join(pieces)

    def _masked(self, block: bytes) -> bytes:
        if self._swallow is not None:
            run = TOKEN_RUN.match(block)
            end = run.end() if run else 0
            self._drop(block[:end])
            block, self._swallow = block[end:], None
        known = len(self._told)
        spans = [shifted(span, -known) for span in self._scan.spans(self._told + block)]
        self._told = b""
        return self._write(block, [clipped(span) for span in spans if span.end > 0])

    def _drop(self, secret: bytes) -> None:
        if secret:
            self._note(Mask(self.offset, 0, secret, self._swallow or 0))

    def _write(self, block: bytes, spans: list[Span]) -> bytes:
        longer = 0
        for span in spans:
            secret = block[span.start : span.end]
            key = span.rule == KEY
            number = 0 if key else self._redactor.number(secret)
            self._note(Mask(self.offset + span.start + longer, len(span.mask), secret, number, key))
            longer += len(span.mask) - len(secret)
        self.offset += len(block) + longer
        return replaced(block, spans) if spans else block

    def _note(self, mask: "Mask") -> None:
        if len(self.masks) < MASKS:
            self.masks.append(mask)


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
