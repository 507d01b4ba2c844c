"""Takes out of all that a report shows what may not leave the machine: secrets, and names where that is wanted."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from app.incident.markup import block_text
from capture.events import Frame
from capture.secrets.redaction import Redactor
from capture.secrets.scanning import INVISIBLE, Scan, Span, replaced, without_overlaps
from capture.tape.splicing import Offsets, Splice, spliced
from capture.trace import Run, Step

LEAST = 4
"""Characters of a given secret that is looked for in the finished page: a shorter one stands in many words."""
NOBODY = frozenset({"", "root"})
"""Users that are no one's name."""
Told = TypeVar("Told")
_SHORTEST = 2
_TAG = re.compile(r"(<[^<>]*>)")
NAMELESS = "[name]"
"""Stands where a name and something else overlap."""


class Tape(NamedTuple):
    """A terminal recording in which nothing is left to hide."""

    frames: tuple[Frame, ...]
    steps: tuple[Step, ...]
    """Where they lie in it now."""


class Hiding:
    """Masks secrets, and puts stand-ins in place of names; counts what it did.

    Args:
        redactor: Knows the rules, and what is secret besides.
        names: Stand-ins by name: home directories, users, hosts; none: they stay.
    """

    def __init__(self, redactor: Redactor, names: Mapping[str, str]) -> None:
        self._redactor, self._names = redactor, dict(names)
        longest_first = sorted((name for name in names if len(name) >= _SHORTEST), key=len, reverse=True)
        alternatives = "|".join(re.escape(name) for name in longest_first)
        self._named = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)") if alternatives else None
        self.masked = 0
        """Secrets that only this pass has found."""
        self.replaced = 0
        """Names that something else stands for."""

    @property
    def renames(self) -> bool:
        """Whether names have stand-ins."""
        return self._named is not None

    def give(self, secret: str) -> None:
        """Say what is secret: it is masked wherever it turns up, as it is and as a page writes it."""
        for form in {secret, html.escape(secret), json.dumps(secret)[1:-1], block_text(secret)[1:-1]}:
            if len(form) >= LEAST:
                self._redactor.hide(form)

    def text(self, text: str) -> str:
        """A text of any length."""
        shown, found = self._redactor.text(text)
        self.masked += len(found)
        return self._renamed(shown)

    def content(self, content: bytes | None) -> bytes | None:
        """What a file held; a file that holds a secret, or may, is not shown."""
        if content is None or self._redactor.holds_secret(content):
            return None
        return self._renamed(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Exported variables, masked by their names too."""
        shown, found = self._redactor.environment(variables)
        self.masked += len(found)
        return {name: self._renamed(value) for name, value in shown.items()}

    def of(self, told: Told) -> Told:
        """Any value, with every text in it hidden.

        Args:
            told: Structs, mappings and sequences of texts, to any depth.
        """
        found: Any = self._walked(told)
        return found  # type: ignore[no-any-return] # what went in, with other texts

    def _walked(self, told: Any) -> Any:
        if type(told) is str:
            return self.text(told)
        if isinstance(told, msgspec.Struct):
            fields = {name: self._walked(getattr(told, name)) for name in told.__struct_fields__}
            return msgspec.structs.replace(told, **fields)
        if isinstance(told, dict):
            return {self._walked(key): self._walked(value) for key, value in told.items()}
        if isinstance(told, list | tuple):
            return type(told)(self._walked(one) for one in told)
        return told

    def tape(self, frames: Iterable[Frame], steps: Iterable[Step]) -> Tape:
        """A terminal recording: hidden in its bytes, so that it plays as it did.

        Args:
            frames: All of it, from its start.
            steps: Those that were recorded with it, hidden already.
        """
        kept = tuple(frames)
        data = b"".join(frame.data for frame in kept)
        splices = [Splice(span.start, span.end, put) for span, put in self._places(data)]
        offsets = Offsets(splices)
        moved = (
            msgspec.structs.replace(
                step, output_start=offsets.moved(step.output_start), output_end=offsets.moved(step.output_end)
            )
            for step in steps
        )
        return Tape(tuple(spliced(kept, splices)), tuple(moved))

    def sealed(self, text: str) -> str:
        """A finished text, looked over once more for what is known to be secret."""
        learned = self._redactor.learned
        return text if learned is None else self._without(learned, text)

    def sealed_page(self, page: str) -> str:
        """The same of HTML: what makes its elements stays as it is, whatever the secret is."""
        parts = _TAG.split(page)
        parts[::2] = map(self.sealed, parts[::2])
        return "".join(parts)

    def _without(self, learned: Any, text: str) -> str:
        data = text.encode()
        spans = [Span(hit.start(), hit.end(), self._redactor.rule_of(hit.group())) for hit in learned.finditer(data)]
        spans = [span for span in spans if span.end - span.start >= LEAST]
        self.masked += len(spans)
        return replaced(data, spans).decode()

    def _places(self, data: bytes) -> Iterator[tuple[Span, bytes]]:
        """What is taken out of a recording's bytes, and what stands there then."""
        secrets = Scan(self._redactor).spans(data)
        self.masked += sum(not span.goes_on for span in secrets)
        names = [Span(*place, "") for place in self._named_in(data)]
        for span in without_overlaps([*secrets, *names]):
            if span.rule:
                yield span, span.mask
            else:
                self.replaced += 1
                name = data[span.start : span.end].decode("utf-8", "replace")
                yield span, self._names.get(name, NAMELESS).encode()

    def _named_in(self, data: bytes) -> Iterator[tuple[int, int]]:
        if self._named is None:
            return
        pattern = re.compile(self._named.pattern.encode())
        # A colour ends in a letter; a window's title is a sequence by itself.
        for reading in (data, INVISIBLE.sub(lambda hidden: bytes(len(hidden[0])), data)):
            yield from (hit.span() for hit in pattern.finditer(reading))

    def _renamed(self, text: str) -> str:
        if self._named is None:
            return text
        shown, times = self._named.subn(lambda hit: self._names[hit[0]], text)
        self.replaced += times
        return shown


def stand_ins(runs: Iterable[Run], actors: Iterable[str]) -> dict[str, str]:
    """What stands for the names of people and machines, the same for the same name.

    Args:
        runs: Recordings that the report is about.
        actors: Who decided something.

    Returns:
        Home directories, users and hosts, each with its stand-in.
    """
    seen = tuple(runs)
    homes = _numbered((run.user_home.rstrip("/") for run in seen), "/home/user", frozenset({""}))
    users = _numbered([*(run.user for run in seen), *actors], "user", NOBODY)
    hosts = _numbered((run.host for run in seen), "host", frozenset({""}))
    return {**{host.partition(".")[0]: name for host, name in hosts.items()}, **hosts, **users, **homes}


def _numbered(names: Iterable[str], word: str, skipped: frozenset[str]) -> dict[str, str]:
    different = [name for name in dict.fromkeys(names) if name not in skipped]
    return {name: word if number == 1 else f"{word}{number}" for number, name in enumerate(different, 1)}
