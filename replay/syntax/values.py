"""What a shell command amounts to, as far as its text tells: values only."""

from enum import StrEnum

import msgspec


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the command's text."""

    start: int
    """Offset of its first character."""
    end: int
    """Offset behind its last character."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a word: literal text, a plain variable, or something that only a run can tell."""

    text: str | None = None
    """Literal text, quotes removed."""
    variable: str | None = None
    """The name in `$NAME` or `${NAME}`; both None: dynamic."""
    quoted: bool = False
    """Inside quotes: its value is not split and not a pattern."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One shell word."""

    text: str
    """As it stands in the source."""
    value: str | None
    """What the shell makes of it, patterns not expanded; None when only a run can tell."""
    span: Span
    """Where it stands."""
    parts: tuple[Part, ...] = ()
    """The pieces that it is made of."""
    glob: bool = False
    """It holds an unquoted `*`, `?` or `[…]`."""
    tilde: bool = False
    """It begins with an unquoted `~`, which the shell expands."""
    alternatives: tuple[str, ...] = ()
    """What its braces expand to, as `{a,b}.txt` does to `a.txt` and `b.txt`."""


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """A variable that gets a value."""

    name: str
    """The variable."""
    word: Word | None
    """What it gets; None when it is only declared, or read from input."""
    exported: bool = False
    """Programs started later see it."""
    conditional: bool = False
    """It may not happen."""
    order: int = 0
    """Counts with the commands: it happens before the command of this number."""
    scope: tuple[int, ...] = ()
    """The subshells that it stands in: it is lost with the innermost."""


class CommandUse(msgspec.Struct, frozen=True, kw_only=True):
    """One simple command."""

    name: str | None
    """Its name with quotes removed, wrappers like `sudo` seen through; None when only a run can tell."""
    words: tuple[Word, ...]
    """Its name and its arguments, wrappers left out."""
    wrappers: tuple[str, ...] = ()
    """Names of the commands that run it, outermost first."""
    span: Span
    """Where the whole command stands, wrappers included."""
    conditional: bool = False
    """It may not run, or its failure would not show."""
    in_pipeline: bool = False
    """It is one of several commands joined by pipes."""
    builtin: bool = False
    """The shell itself does it."""
    assignments: tuple[Assignment, ...] = ()
    """Variables set for this command alone."""
    order: int = 0
    """Counts from 0 in the order that the commands begin in."""
    scope: tuple[int, ...] = ()
    """The subshells that it stands in."""
    runs: bool = True
    """Nothing decides whether it runs (its failure may be tolerated)."""
    counts: bool = True
    """Its exit code can become the whole text's; otherwise only its messages would show that it failed."""
    nested: bool = False
    """It stands in a string that another command runs as shell text."""
    more_operands: bool = False
    """It gets further operands at run time, as under `xargs`."""
    outer: tuple[Word, ...] = ()
    """All words, its wrappers' own before it; none where nothing wraps it."""


class Via(StrEnum):
    """How a path gets to a command."""

    REDIRECT = "redirect"
    """The shell opens it."""
    OPERAND = "operand"
    """The command opens it."""


class PathUse(msgspec.Struct, frozen=True, kw_only=True):
    """A path that a command reads, writes, removes or enters."""

    path: str | None
    """Its value, `~` kept; None when only a run can tell."""
    text: str
    """As it stands in the source."""
    span: Span
    """Where it stands."""
    word: Word
    """The word that it is, or is a part of."""
    conditional: bool = False
    """It may not be used, or its failure would not show."""
    via: Via = Via.OPERAND
    """Who opens it."""
    tool: str | None = None
    """The command that uses it; None for a redirect of a group."""
    recursive: bool = False
    """With everything below it."""
    directory: bool = False
    """It must be a directory (or is made one, with `makes`)."""
    makes: bool = False
    """The path itself is made and must not be there yet, unless `tolerant`."""
    tolerant: bool = False
    """The command is content when it is missing (`rm -f`), or there already (`mkdir -p`, `ln -f`)."""
    append: bool = False
    """What it holds is kept."""
    suffixes: tuple[str, ...] = ()
    """Endings that the command tries by itself, as node does with `.js`."""
    order: int = 0
    """The command that it belongs to."""
    scope: tuple[int, ...] = ()
    """The subshells that it stands in."""
    runs: bool = True
    """Nothing decides whether it is used."""
    parents: bool = False
    """The directories above it are made too."""


class VariableUse(msgspec.Struct, frozen=True, kw_only=True):
    """A variable whose value is used."""

    name: str
    """The variable."""
    span: Span
    """Where the expansion stands."""
    guarded: bool = False
    """It has a stand-in (`${X:-…}`), or is only tested."""
    required: bool = False
    """The shell stops when it is unset (`${X:?}`)."""
    destructive: bool = False
    """It stands in an argument of a command that destroys."""
    conditional: bool = False
    """It may not be used."""
    order: int = 0
    """The command that it belongs to."""
    scope: tuple[int, ...] = ()
    """The subshells that it stands in."""


class RiskKind(StrEnum):
    """What could go wrong for good."""

    DELETE = "delete"
    OVERWRITE = "overwrite"
    PRIVILEGE = "privilege"
    NETWORK = "network"
    FORCE = "force"
    INSTALL = "install"
    KILL = "kill"
    HISTORY_REWRITE = "history_rewrite"
    PERMISSIONS = "permissions"
    REDIRECT_OUTSIDE = "redirect_outside"
    """Writes to a path that is absolute, in a home directory, or above the working directory."""
    RUN_DOWNLOADED = "run_downloaded"
    HIDDEN = "hidden"
    """Runs text that can't be read before it runs."""


class RiskUse(msgspec.Struct, frozen=True, kw_only=True):
    """A risk that a command takes."""

    verb: str
    """The command, with its subcommand where that decides: `git reset`."""
    kind: RiskKind
    """What could go wrong."""
    span: Span
    """The command that takes it."""
    reason: str
    """For a person."""


class Analysis(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All that a command's text tells."""

    text: str
    """The command."""
    ok: bool
    """Its syntax could be read whole."""
    commands: tuple[CommandUse, ...] = ()
    """In the order that they begin in."""
    reads: tuple[PathUse, ...] = ()
    """Paths that must be there."""
    writes: tuple[PathUse, ...] = ()
    """Paths that are made or written."""
    removes: tuple[PathUse, ...] = ()
    """Paths that are deleted or moved away."""
    mentions: tuple[PathUse, ...] = ()
    """Words that may be paths, given to commands that we know nothing of."""
    directories: tuple[PathUse, ...] = ()
    """Directories that are entered: `cd`, `pushd`."""
    variables_read: tuple[VariableUse, ...] = ()
    """Variables whose values are used."""
    variables_set: tuple[str, ...] = ()
    """Names of all that is assigned, read into or exported, loop variables included."""
    variables_unset: tuple[str, ...] = ()
    """Names given to `unset`."""
    assignments: tuple[Assignment, ...] = ()
    """Assignments that outlive their command."""
    functions: tuple[str, ...] = ()
    """Functions defined."""
    aliases: tuple[str, ...] = ()
    """Aliases defined."""
    nounset: bool | None = None
    """True after `set -u`, False after `set +u`, None when neither is there."""
    risks: tuple[RiskUse, ...] = ()
    """What could go wrong for good."""
    foreign: bool = False
    """It is in another shell's syntax, which nothing here reads: only its risks were guessed at."""
    unknown: tuple[str, ...] = ()
    """What could not be told, and why."""
    unseen: tuple[str, ...] = ()
    """Names of commands that do more to files than the text tells: scripts, builds, archives that are unpacked."""
