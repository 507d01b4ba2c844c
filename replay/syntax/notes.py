"""Collects what the walk over a command finds."""

import re
from collections.abc import Mapping
from itertools import pairwise

import msgspec

from replay.syntax.context import Context
from replay.syntax.operands import Paths
from replay.syntax.values import Analysis, Assignment, CommandUse, PathUse, Span, VariableUse
from replay.syntax.vocabulary import KEYWORDS
from replay.syntax.wrappers import ASSIGNMENT, base_name

CLOSING = frozenset({"do", "done", "elif", "else", "esac", "fi", "then"})
"""Reserved words that go on with something or end it. Of all that `bash -n` refuses only they are commands for the
grammar: what else it can't read is no secret."""
ENTERING = frozenset({"cd", "pushd"})
READING: Mapping[str, frozenset[str]] = {
    "read": frozenset({"-p", "-t", "-n", "-N", "-d", "-u", "-i"}),
    "mapfile": frozenset({"-d", "-n", "-O", "-s", "-u", "-C", "-c"}),
    "readarray": frozenset({"-d", "-n", "-O", "-s", "-u", "-C", "-c"}),
}
"""What reads into variables, and its options whose value names none."""
CALCULATED = re.compile(r"(?:\+\+|--)?([A-Za-z_]\w*)(?:\+\+|--|[-+*/%&|^]?=(?!=))")


class Notes:
    """Grows while the tree is walked; `analysis` is what it came to."""

    def __init__(self) -> None:
        self.commands: list[CommandUse] = []
        self.reads: list[PathUse] = []
        self.writes: list[PathUse] = []
        self.removes: list[PathUse] = []
        self.mentions: list[PathUse] = []
        self.directories: list[PathUse] = []
        self.variables_read: list[VariableUse] = []
        self.variables_set: list[str] = []
        self.variables_unset: list[str] = []
        self.assignments: list[Assignment] = []
        self.functions: list[str] = []
        self.aliases: list[str] = []
        self.nounset: bool | None = None
        self.unknown: list[str] = []
        self.unseen: list[str] = []
        self._scopes = 0

    @property
    def next_order(self) -> int:
        """The number of the next command."""
        return len(self.commands)

    def new_scope(self) -> int:
        """A number for one more subshell."""
        self._scopes += 1
        return self._scopes

    def cannot_tell(self, why: str) -> None:
        """Note, once, something that the text doesn't tell."""
        if why not in self.unknown:
            self.unknown.append(why)

    def sets(self, name: str) -> None:
        """Note a variable that gets a value."""
        self.variables_set.append(name)

    def assign(self, assignment: Assignment, context: Context, *, exported: bool) -> None:
        """Note an assignment that outlives its command."""
        if assignment.word is not None or not exported:
            self.sets(assignment.name)
        placed = msgspec.structs.replace(
            assignment,
            exported=exported,
            conditional=not context.runs,
            order=self.next_order,
            scope=context.scope,
        )
        self.assignments.append(placed)

    def command(self, use: CommandUse, paths: Paths) -> None:
        """Note a command and what it does to paths, variables and names."""
        if use.name in KEYWORDS:
            if use.words[0].text in CLOSING:
                self.cannot_tell(f"{use.name} stands where nothing has begun that it goes with")
            return
        self.commands.append(use)
        self.reads += paths.reads
        self.writes += paths.writes
        self.removes += paths.removes
        self.mentions += paths.mentions
        self.directories += paths.directories
        self.unseen += [use.name or use.words[0].text] if paths.unseen else []
        name = base_name(use.name)
        words = [word.value for word in use.words[1:] if word.value]
        if name in {*READING, "getopts", "printf", "let"}:
            self._reads_into(name, words)
        elif name == "set":
            self._options(words)
        elif name == "alias":
            self.aliases += [found[1] for found in map(ASSIGNMENT.match, words) if found]

    def named_by_wrapper(self, kind: str, path: PathUse) -> None:
        """Note a path that a wrapper's own option names.

        Args:
            kind: `reads`, `writes` or `enters`.
            path: The path.
        """
        if kind == "enters":
            self.directories.append(msgspec.structs.replace(path, directory=True))
        else:
            (self.reads if kind == "reads" else self.writes).append(path)

    def make_destructive(self, spans: list[Span]) -> None:
        """Mark the variables used at those places as arguments of something that destroys."""
        self.variables_read = [
            msgspec.structs.replace(use, destructive=True)
            if any(span.start <= use.span.start and use.span.end <= span.end for span in spans)
            else use
            for use in self.variables_read
        ]

    def analysis(self, text: str, *, ok: bool) -> Analysis:
        """All of it as a value; risks are judged apart."""
        return Analysis(
            text=text,
            ok=ok,
            commands=tuple(self.commands),
            reads=tuple(self.reads),
            writes=tuple(self.writes),
            removes=tuple(self.removes),
            mentions=tuple(self.mentions),
            directories=tuple(self.directories),
            variables_read=tuple(self.variables_read),
            variables_set=tuple(dict.fromkeys(self.variables_set)),
            variables_unset=tuple(self.variables_unset),
            assignments=tuple(self.assignments),
            functions=tuple(self.functions),
            aliases=tuple(self.aliases),
            nounset=self.nounset,
            unknown=tuple(self.unknown),
            unseen=tuple(name for name in dict.fromkeys(self.unseen) if name not in {*self.functions, *self.aliases}),
        )

    def _reads_into(self, name: str, words: list[str]) -> None:
        if name == "printf":
            self.variables_set += words[1:2] if words[:1] == ["-v"] else []
        elif name == "let":
            self.variables_set += [found[1] for found in map(CALCULATED.match, words) if found]
        elif name == "getopts":
            self.variables_set += words[1:2]
        else:
            valued = READING[name]
            names = [word for before, word in pairwise(["", *words]) if before not in valued and word.isidentifier()]
            self.variables_set += names or ["REPLY" if name == "read" else "MAPFILE"]

    def _options(self, words: list[str]) -> None:
        for at, word in enumerate(words):
            named = word[1:2] == "o" or word.endswith("o")
            long = named and words[at + 1 : at + 2] == ["nounset"]
            if word[:1] in {"-", "+"} and ("u" in word[1:] or long):
                self.nounset = word[0] == "-"
