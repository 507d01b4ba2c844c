"""Masks secrets in what a terminal prints, as it comes, and keeps in memory what was masked."""

from dataclasses import dataclass

from capture.secrets.redaction import Redactor
from capture.secrets.scanning import (
    CARRIED,
    CONTEXT,
    HELD_LIMIT,
    INVISIBLE,
    KEY,
    TOKEN_RUN,
    Scan,
    Span,
    clipped,
    replaced,
    shifted,
    window_end,
)

MASKS = 20_000
"""Masks of one stream that can be undone."""


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

    def _note(self, mask: Mask) -> None:
        if len(self.masks) < MASKS:
            self.masks.append(mask)
