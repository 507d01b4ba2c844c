"""Masks secrets before they are written: by shape, by the name they stand behind, and where they turn up again."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from capture.contents import UnreadableError, readings
from capture.redaction_rules import RuleSet, compiled
from capture.rules import packaged

__all__ = ["Masking", "Noted", "Redactor", "StreamRedactor", "is_secret_variable"]

HELD_LIMIT = 4096
"""Bytes of an unfinished line that a stream holds back; longer lines are looked at in windows of this size."""
LEARNED_LENGTH = 8
"""Shorter secrets are not looked for elsewhere: they would be found in words."""
REMEMBERED = 2_000
"""Different secrets of one session that can be told apart, and so be shown again."""
MASKS = 20_000
"""Masks of one stream that can be undone."""

Text = TypeVar("Text", str, dict[str, str])

_CARRIED = 1024  # bytes of an over-long line that are looked at again, so that no secret is cut in two
_KEY = "private-key"
_PATH = re.compile(r"~?[./]*/[\w./+@-]+")
INVISIBLE = re.compile(
    rb"\x08 \x08|\x1b\[[0-?]*+[ -/]*+[@-~]|\x1b\][^\x07\x1b]*+(?:\x07|\x1b\\)"
    rb"|\x1b[ -/]*+[0-Z\\^-~]| \r(?!\n)|[\x08\x00]"
)
"""What a screen shows nothing of: colours, moves, wraps; it may stand inside a secret."""
_ESCAPED = re.compile(rb"[\x1b\x08\x00]|\r(?!\n|\Z)")
_TOKEN_RUN = re.compile(rb"[\w.~+/=|%-]*+")
# What a listing, a diff or a quoted string puts around a line of a key.
_KEY_LINE = re.compile(rb"\W{0,8}\d{0,6}\W{0,12}(?:[A-Za-z0-9+/=]{20,}|[A-Z][A-Za-z-]+: [^\n]*)(?:\\[rn])*\W{0,8}")
_KEY_LAST = re.compile(rb"\W{0,20}[A-Za-z0-9+/=]{1,76}(?:\\[rn])*\W{0,8}")
_KEY_BLANK = re.compile(rb"\W{0,8}")
_KEY_END = re.compile(rb"^.*-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----")
_KEY_HERE = re.compile(
    rb"(?:(?:\\[rn]|\s)*+[A-Za-z0-9+/=]{20,})*+"
    rb"(?:(?:\\[rn]|\s|[A-Za-z0-9+/=])*-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----)?"
)


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
class Span:
    """Where a secret stands in bytes."""

    start: int
    end: int
    rule: str
    goes_on: bool = False
    """It continues a secret that is masked already: nothing stands in its place."""

    @property
    def mask(self) -> bytes:
        """What stands in its place."""
        return b"" if self.goes_on else _mask(self.rule).encode()


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


class Redactor:
    """Masks secrets as `[masked:RULE]`, and remembers those that a command or variable gave away.

    Args:
        rules: What is masked; None: what the program brings.
    """

    def __init__(self, rules: RuleSet | None = None) -> None:
        self.rules = rules or packaged()
        """In force."""
        self._learned: dict[bytes, str] = {}
        self._search_learned: Any = None
        self._numbers: dict[bytes, int] = {}
        self._shown: set[bytes] = set()

    def text(self, text: str) -> tuple[str, tuple[Masking, ...]]:
        """Mask output or the content of a file.

        Args:
            text: Anything.

        Returns:
            The text, and what was masked in it.
        """
        data = text.encode("utf-8", "surrogatepass")
        spans = Scan(self).spans(data)
        if not spans:
            return text, ()
        return replaced(data, spans).decode("utf-8", "surrogatepass"), tuple(self._maskings(data, spans))

    def command(self, text: str) -> tuple[str, tuple[Masking, ...]]:
        """Mask a command line; a secret found there is masked in later texts too.

        Args:
            text: A shell command.

        Returns:
            The command, and what was masked in it.
        """
        data = text.encode("utf-8", "surrogatepass")
        for span in Scan(self).spans(data):
            self._learn(data[span.start : span.end], span.rule)
        return self.text(text)

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
                masked[name] = _mask("variable")
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
            return any(Scan(self).spans(reading) for reading in readings(content))
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
        """Which secret of the session this is, counted from 1; 0 when there are too many."""
        if secret not in self._numbers and len(self._numbers) < REMEMBERED:
            self._numbers[secret] = len(self._numbers) + 1
        return self._numbers.get(secret, 0)

    def show(self, numbers: frozenset[int]) -> None:
        """These were no secrets: mask them no more.

        Args:
            numbers: As in `Masking`.
        """
        self._shown |= {secret for secret, number in self._numbers.items() if number in numbers}

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

    def _maskings(self, data: bytes, spans: list[Span]) -> Iterator[Masking]:
        for span in spans:
            if not span.goes_on:
                line = data.count(b"\n", 0, span.start) + 1
                yield Masking(span.rule, f"line {line}", self.number(data[span.start : span.end]))

    def _learn(self, secret: bytes, rule: str) -> None:
        plain = secret.strip(b"\"'")
        if len(plain) >= LEARNED_LENGTH and not plain.isalpha() and b"\n" not in plain:
            self._remember(plain, rule)

    def _remember(self, secret: bytes, rule: str) -> None:
        if secret not in self._learned:
            self._search_learned = None
        if self._learned.get(secret, "given") == "given":
            self._learned[secret] = rule


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


class Scan:
    """Finds secrets in a text that comes in blocks of whole lines.

    Args:
        redactor: Knows the rules, and what was learned.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._in_key = False
        self._key_lines = 0
        self._coloured = False

    def spans(self, block: bytes) -> list[Span]:
        """Where secrets stand.

        Args:
            block: What follows the last block.

        Returns:
            Spans in order, without overlap.
        """
        self._coloured = b"\x1b" in block
        found: list[Span] = []
        at = self._rest_of_key(block, 0, found) if self._in_key else 0
        while (hit := self._next_hit(block, at)) is not None:
            at = block.rfind(b"\n", at, hit[0]) + 1 or at
            last = block.find(b"\n", max(hit[1] - 1, at))
            last = len(block) if last < 0 else last
            while at < last:
                end = block.find(b"\n", at, last)
                end = last if end < 0 else end
                at = self._line(block, at, end, found)
        return found

    def _line(self, block: bytes, start: int, end: int, found: list[Span]) -> int:
        """Look at one line; returns where to go on."""
        spans = [shifted(span, start) for span in self.line(block[start:end])]
        found.extend(spans)
        if spans and spans[-1].rule == _KEY and b"-----END" not in block[spans[-1].start : spans[-1].end]:
            self._in_key, self._key_lines = True, 0
            return self._rest_of_key(block, end + 1, found)
        return end + 1

    def _next_hit(self, block: bytes, at: int) -> tuple[int, int] | None:
        if at >= len(block):
            return None
        rules = self._redactor.rules
        hits = [(rules.loose if self._coloured else rules.exact).search(block, at)]
        if self._redactor.learned is not None:
            hits.append(self._redactor.learned.search(block, at))
        return min((hit.span() for hit in hits if hit is not None), default=None)

    def _rest_of_key(self, block: bytes, at: int, found: list[Span]) -> int:
        """Lines of a private key, from the one behind its first; returns where other text begins."""
        while at < len(block):
            end = block.find(b"\n", at) + 1 or len(block)
            line = INVISIBLE.sub(b"", block[at:end]).rstrip()
            if over := _KEY_END.match(line):
                rest = bool(line[over.end() :])
                end = at + over.end() if rest and len(line) <= end - at else end
                found.append(Span(at, end, _KEY, goes_on=True))
                self._in_key = False
                return end
            if _KEY_LINE.fullmatch(line):
                self._key_lines += 1
            elif self._key_lines and _KEY_LAST.fullmatch(line):
                self._key_lines = 0
            elif not _KEY_BLANK.fullmatch(line):
                self._in_key = False
                return at
            found.append(Span(at, end, _KEY, goes_on=True))
            at = end
        return at

    def line(self, line: bytes) -> list[Span]:
        """Where secrets stand in one line, however long it is."""
        found: list[Span] = []
        at = 0
        while len(line) - at > HELD_LIMIT:
            window = self.window(line[at : at + HELD_LIMIT])
            cut = window_end(window, HELD_LIMIT)
            found.extend(shifted(span, at) for span in window if span.end <= cut)
            at += cut
            if window and window[-1].end == cut == HELD_LIMIT:
                run = _TOKEN_RUN.match(line, at)
                end = run.end() if run else at
                if end > at:
                    found.append(Span(at, end, window[-1].rule, goes_on=True))
                at = end
        found.extend(shifted(span, at) for span in self.window(line[at:]))
        return found

    def is_plain(self, stretch: bytes) -> bool:
        """Whether it can be told at once that a stretch of an endless line holds no secret."""
        self._coloured = b"\x1b" in stretch
        return self._next_hit(stretch, 0) is None

    def window(self, raw: bytes) -> list[Span]:
        """Where secrets stand in a line, or a stretch of one: colours and wraps may stand inside a secret."""
        raw_end = len(raw.rstrip(b"\r\n"))
        if _ESCAPED.search(raw) is None:
            return self._visible(raw[:raw_end])
        visible = INVISIBLE.sub(b"", raw[:raw_end])
        spans = self._visible(visible) if self._is_suspicious(visible) else []
        if not spans:
            return []
        offsets = _visible_offsets(raw[:raw_end])
        return [Span(offsets[span.start], offsets[span.end - 1] + 1, span.rule) for span in spans]

    def _is_suspicious(self, line: bytes) -> bool:
        learned = self._redactor.learned
        found = self._redactor.rules.exact.search(line) or (learned and learned.search(line))
        return found is not None

    def _visible(self, line: bytes) -> list[Span]:
        redactor = self._redactor
        found = [Span(start, end, rule.id) for rule in redactor.rules.matching(line) for start, end in rule.found(line)]
        if redactor.learned is not None:
            hits = redactor.learned.finditer(line)
            found += [Span(hit.start(), hit.end(), redactor.rule_of(hit.group())) for hit in hits]
        found = [_whole_key(line, span) if span.rule == _KEY else span for span in found]
        return [span for span in without_overlaps(found) if not redactor.is_shown(line[span.start : span.end])]


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
        pieces: list[bytes] = []
        held, at = self._held, 0
        if len(held) > HELD_LIMIT and self._swallow is None and self._scan.is_plain(held):
            at = len(held) - _CARRIED
            pieces.append(self._write(held[:at], []))
        while len(held) - at > HELD_LIMIT:
            if self._swallow is not None:
                run = _TOKEN_RUN.match(held, at)
                end = run.end() if run else at
                self._drop(held[at:end])
                if end < len(held):
                    self._swallow = None
                at = end
                continue
            window = held[at : at + HELD_LIMIT]
            spans = [] if self._scan.is_plain(window) else self._scan.window(window)
            cut = window_end(spans, HELD_LIMIT)
            pieces.append(self._write(window[:cut], [span for span in spans if span.end <= cut]))
            if spans and spans[-1].end == cut == HELD_LIMIT:
                self._swallow = self.masks[-1].number if self.masks else 0
            at += cut
        if at:
            self._held, self._told = held[at:], b""
        return b"".join(pieces)

    def _masked(self, block: bytes) -> bytes:
        if self._swallow is not None:
            run = _TOKEN_RUN.match(block)
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
            number = 0 if span.rule == _KEY else self._redactor.number(secret)
            self._note(Mask(self.offset + span.start + longer, len(span.mask), secret, number))
            longer += len(span.mask) - len(secret)
        self.offset += len(block) + longer
        return replaced(block, spans) if spans else block

    def _note(self, mask: "Mask") -> None:
        if len(self.masks) < MASKS:
            self.masks.append(mask)


def window_end(spans: list[Span], size: int) -> int:
    """How much of a window of an over-long line is settled; a secret that reaches its end may go on.

    Args:
        spans: Found in the window.
        size: Of the window.

    Returns:
        Where the next window begins.
    """
    cut = size - _CARRIED
    for span in spans:
        if span.end > cut and span.start < cut:
            cut = span.start if span.start >= _CARRIED else span.end
    return cut


def shifted(span: Span, by: int) -> Span:
    """The same span in a text that begins `by` bytes earlier."""
    return Span(span.start + by, span.end + by, span.rule, span.goes_on)


def clipped(span: Span) -> Span:
    """What of a span stands behind the beginning of the text."""
    return Span(max(span.start, 0), span.end, span.rule, span.goes_on)


def without_overlaps(found: list[Span]) -> list[Span]:
    """Spans in order; where several overlap, one that covers all of them, under the first one's rule."""
    kept: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end > kept[-1].end:
            kept[-1] = Span(kept[-1].start, span.end, kept[-1].rule)
    return kept


def replaced(data: bytes, spans: list[Span]) -> bytes:
    """The data with masks in place of secrets."""
    pieces: list[bytes] = []
    end = 0
    for span in spans:
        pieces += (data[end : span.start], span.mask)
        end = span.end
    return b"".join((*pieces, data[end:]))


def _whole_key(line: bytes, span: Span) -> Span:
    """A key may stand in one line whole, its line ends escaped."""
    here = _KEY_HERE.match(line, span.end)
    return Span(span.start, here.end() if here else span.end, span.rule)


def _visible_offsets(raw: bytes) -> list[int]:
    offsets: list[int] = []
    start = 0
    for match in INVISIBLE.finditer(raw):
        offsets.extend(range(start, match.start()))
        start = match.end()
    offsets.extend(range(start, len(raw)))
    return offsets


def _literal(secret: bytes) -> str:
    """The bytes as a pattern of RE2 that compiles to just them."""
    return "".join(f"\\x{byte:02x}" for byte in secret)


def _mask(rule: str) -> str:
    return f"[masked:{rule}]"


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
