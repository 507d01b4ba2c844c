"""Finds what an option or a subcommand is called now in the tool's own `--help`."""

import re
from collections.abc import Iterator

from replay.outcome import FailureClass
from replay.repairs import editing, locating, similar
from replay.repairs.proposal import Candidate, Evidence, Files, Trust
from replay.syntax import CommandUse

OPTION = re.compile(r"(?<![\w-])--[A-Za-z][\w-]*")
SUBCOMMAND = re.compile(r"(?m)^[ \t]{1,8}([a-z][a-z0-9-]+)(?:,.*|[ \t]{2,}\S.*|[ \t]*)$")
LEAST, ALMOST = 0.6, 0.8
"""How alike a name must be to be offered, and to be taken for the same one misspelt."""
MOST = 3


class OptionFromHelp:
    """The nearest in `--help`, where the tool itself named none, and where it is harmless to ask for it."""

    name = "option-from-help"

    def matches(self, evidence: Evidence) -> bool:
        """A word that the tool doesn't know, and no hint of its own."""
        return evidence.failure.failure_class is FailureClass.UNKNOWN_OPTION and not evidence.candidates

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """A candidate for each that is as near; equals stay equal."""
        unknown = (evidence.failure.subject or "").partition("=")[0]
        for use in editing.parse(evidence.step.run).commands:
            words = [editing.value(word) or "" for word in use.words]
            if use.name and unknown and unknown in [text.partition("=")[0] for text in words[1:]]:
                return tuple(self._candidates(unknown, use, files.help_of(editing.shown(use.name)) or "", evidence))
        return ()

    def _candidates(self, unknown: str, use: CommandUse, told: str, evidence: Evidence) -> Iterator[Candidate]:
        among = list(dict.fromkeys(OPTION.findall(told) if unknown.startswith("-") else SUBCOMMAND.findall(told)))
        misspelt = similar.nearest(unknown, among, least=ALMOST)
        alike = similar.nearest(unknown, among, least=LEAST)
        sharing = [name for name in among if similar.share_word(name, unknown)]
        for name in misspelt or list(dict.fromkeys([*alike, *sharing]))[:MOST]:
            tools = frozenset({editing.shown(use.name or "")})
            yield Candidate(
                source=f"rule:{self.name}",
                patch=locating.replace_from_here(evidence, unknown, name, tools=tools),
                rationale=f"`{use.name} --help` knows no {unknown}; {name} is a like one that it lists.",
                confidence=0.6 if misspelt else 0.4,
                trust=Trust.NEAR_MATCH,
            )
