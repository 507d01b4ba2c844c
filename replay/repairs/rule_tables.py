"""Makes rules out of a table that people write: a class, a wording, and what takes a word's place."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from capture.errors import BadInputError
from replay import template
from replay.outcome import FailureClass
from replay.repairs import editing
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Risk, Trust

GROUP = re.compile(r"(?<!\{)\{([a-z_][a-z0-9_]*)\}(?!\})")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
PATTERNS = ("output", "subject", "word")
SUREST = 0.8
"""No table is surer of itself than this."""
LONGEST_OUTPUT = 65_536
"""Characters of output that a table's pattern is held against, from the end."""


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"with_": "with"}):
    """One `[[rule]]` of a table."""

    name: str
    """Lower case, digits and dashes."""
    failure: FailureClass | tuple[FailureClass, ...] = msgspec.field(name="class")
    """The failure class that it is for, or several."""
    why: str
    """The reason that is shown with its proposals; may hold groups."""
    tool: str | None = None
    """The command that it is about; None: any."""
    output: str | None = None
    """A regular expression that what the step printed must hold."""
    subject: str | None = None
    """One that what the failure is about must match as a whole."""
    needs: tuple[str, ...] = ()
    """Commands that must be here."""
    word: str | None = None
    """A regular expression; the words of the command that match it as a whole are replaced."""
    with_: str | None = None
    """Shell text that takes their place, in this step and in later ones; groups are quoted."""
    before: str | None = None
    """Shell text that becomes a step before this one."""
    env: dict[str, str] = {}
    """Variables that are set for this step."""
    confidence: float = 0.5
    """0 to 0.8; below 0.5 it is never chosen by itself."""
    risk: Risk = Risk.MEDIUM


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of them."""

    rule: tuple[dict[str, Any], ...] = ()


class TableRule:
    """A row as a rule.

    Args:
        row: Checked by `read`.
    """

    def __init__(self, row: Row) -> None:
        self.row = row
        self.name = row.name

    @property
    def recognises(self) -> str:
        """What it is for, in a clause."""
        row = self.row
        said = [f"output like {row.output}" if row.output else "", f"about {row.subject}" if row.subject else ""]
        kinds = ", ".join(_classes(row))
        tool = f" of {row.tool}" if row.tool else ""
        return f"{kinds}{tool}" + "".join(f", {text}" for text in said if text)

    def matches(self, evidence: Evidence) -> bool:
        """Its class, its tool, its wording."""
        return self._groups(evidence) is not None

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """What the row says, where all that it needs is here."""
        groups = self._groups(evidence)
        if groups is None or not set(self.row.needs) <= {*files.commands()}:
            return ()
        patch, groups = self._patch(evidence, groups)
        if not patch:
            return ()
        return (
            Candidate(
                source=f"rule:{self.name}",
                patch=patch,
                rationale=_filled(self.row.why, groups, quoted=False),
                confidence=min(self.row.confidence, SUREST),
                trust=Trust.NEAR_MATCH,
                risk=self.row.risk,
            ),
        )

    def _groups(self, evidence: Evidence) -> dict[str, str] | None:
        """What the row's groups stand for; None when it isn't about this failure."""
        row = self.row
        found: dict[str, str] = {}
        if evidence.failure.failure_class not in _classes(row):
            return None
        if row.tool and not editing.uses(evidence.step.run, row.tool):
            return None
        if row.subject is not None:
            about = re.fullmatch(row.subject, evidence.failure.subject or "")
            if about is None:
                return None
            found |= about.groupdict(default="")
        if row.output is not None:
            said = re.search(row.output, evidence.output[-LONGEST_OUTPUT:], re.MULTILINE)
            if said is None:
                return None
            found |= said.groupdict(default="")
        return found

    def _patch(self, evidence: Evidence, groups: dict[str, str]) -> tuple[tuple[PatchEntry, ...], dict[str, str]]:
        row, here = self.row, evidence.step_index
        if row.before is not None:
            text = _filled(row.before, groups, quoted=True)
            return (PatchEntry(op=PatchOp.INSERT_BEFORE, step_index=here, value=text),), groups
        if row.word is not None:
            return self._replaced(evidence, groups)
        values = {name: _filled(text, groups, quoted=False) for name, text in row.env.items()}
        entries = (
            PatchEntry(op=PatchOp.SET_ENV, step_index=here, value={"name": name, "value": value})
            for name, value in values.items()
        )
        return tuple(entries), groups

    def _replaced(self, evidence: Evidence, groups: dict[str, str]) -> tuple[tuple[PatchEntry, ...], dict[str, str]]:
        """The word replaced in this step and in later ones; nothing where this step hasn't it."""
        entries: list[PatchEntry] = []
        known = dict(groups)
        for index, step in enumerate(evidence.playbook.steps, 1):
            edits = list(self._edits(step.run, groups)) if index >= evidence.step_index else []
            if index == evidence.step_index:
                if not edits:
                    return (), known
                known |= edits[0][1]
            if edits:
                run = editing.replaced(step.run, [edit for edit, _ in edits])
                entries.append(PatchEntry(op=PatchOp.REPLACE, step_index=index, value=run))
        return tuple(entries), known

    def _edits(self, run: str, groups: dict[str, str]) -> Iterator[tuple[tuple[int, int, str], dict[str, str]]]:
        """Spans of a command with their new text, and the groups of each word."""
        seen: set[int] = set()
        uses = editing.uses(run, self.row.tool) if self.row.tool else editing.parse(run).commands
        for use in uses:
            for word in editing.words_of(run, use):
                found = re.fullmatch(self.row.word or "", editing.value(word) or "\0")
                if found and word.span.start not in seen:
                    seen.add(word.span.start)
                    known = groups | found.groupdict(default="")
                    text = _filled(self.row.with_ or "", known, quoted=True)
                    yield (word.span.start, word.span.end, text), known


def read(data: bytes, where: str) -> tuple[tuple[TableRule, ...], tuple[str, ...]]:
    """The rules of a table, and what is wrong with the rows that are none.

    Args:
        data: The file.
        where: How it is called in messages.

    Returns:
        Rules in their order; a sentence for each row that is skipped.

    Raises:
        BadInputError: It is no table at all.
    """
    try:
        rows = msgspec.convert(tomllib.loads(data.decode()), Table).rule
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadInputError(f"{where}: {error}; a table holds [[rule]] entries and nothing else") from error
    rules: list[TableRule] = []
    wrong: list[str] = []
    for number, row in enumerate(rows, 1):
        called = row.get("name", number)
        try:
            rules.append(TableRule(_checked(row)))
        except (msgspec.ValidationError, BadInputError, re.error) as error:
            wrong.append(f"{where}: rule {called}: {error}")
    return tuple(rules), tuple(wrong)


def _checked(values: Mapping[str, Any]) -> Row:
    """A row that can be used.

    Raises:
        msgspec.ValidationError: A key or value of another kind.
        re.error: A pattern that can't be read.
        BadInputError: It says too much or too little.
    """
    row = msgspec.convert(values, Row)
    known = {name for key in PATTERNS if (text := getattr(row, key)) for name in re.compile(text).groupindex}
    does = [row.word is not None, row.before is not None, bool(row.env)]
    if not NAME.fullmatch(row.name):
        raise BadInputError(f"{row.name!r} is no name: lower case, digits and dashes")
    if sum(does) != 1 or (row.word is None) is not (row.with_ is None):
        raise BadInputError("it says one of `word` and `with`, `before`, or `env`")
    if row.word is not None and row.tool is None and row.output is None and row.subject is None:
        raise BadInputError("a word is replaced only where `tool`, `output` or `subject` says when")
    if not 0 <= row.confidence <= 1:
        raise BadInputError("`confidence` is from 0 to 1")
    used = {name for text in (row.with_, row.before, row.why, *row.env.values()) for name in GROUP.findall(text or "")}
    if used - known:
        raise BadInputError(f"no pattern has a group {', '.join(sorted(used - known))}")
    return row


def _classes(row: Row) -> tuple[FailureClass, ...]:
    return row.failure if isinstance(row.failure, tuple) else (row.failure,)


def _filled(text: str, groups: Mapping[str, str], *, quoted: bool) -> str:
    """A text with its groups; what came from outside the table is escaped, and quoted for a shell."""

    def value(found: re.Match[str]) -> str:
        escaped = template.escape(groups.get(found[1], ""))
        return editing.quoted(escaped) if quoted else escaped

    return GROUP.sub(value, text)
