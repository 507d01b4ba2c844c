"""What the user's lists say of a command, judged on its syntax tree (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from capture.calls import PREFIX
from replay.calls import name_of
from replay.conditions.opened import Scripts
from replay.governance.patterns import Fit, Pattern
from replay.syntax import Analysis, CommandUse, Word, analyse
from replay.syntax.fish import pieces
from replay.syntax.running import strings_run_by
from replay.syntax.vocabulary import SHELLS, named
from replay.syntax.wrappers import ASSIGNMENT, base_name

HARMLESS = named(
    """: [ test true false echo printf cd pushd popd dirs pwd export declare local readonly typeset unset set shopt
    shift read mapfile readarray getopts let return exit break continue wait umask ulimit type alias unalias jobs
    history times trap sleep"""
)
"""What changes nothing but the shell, and runs nothing that the tree doesn't show: allowed without being listed."""
RAISING = named("sudo doas pkexec su runuser")
"""Wrappers that an allow list must name: what they run has other rights."""


MAY = "may turn out to be what "
"""Begins the message of a fit that only a run can tell."""


class Listed(msgspec.Struct, frozen=True):
    """A pattern, and where it is written."""

    pattern: Pattern
    source: str
    """As `policy.toml:4`."""


class Ruled(msgspec.Struct, frozen=True, kw_only=True):
    """What the lists say of a command, when they say something against it."""

    denied: bool
    """False: only a run can tell whether it is."""
    message: str
    """One clause for a person, which names the pattern and where it is written."""
    part: str = ""
    """The part of the command that it is about."""
    rule: Listed | None = None
    """The deny pattern; None where it is that no allow pattern fits."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Names that steps before have given a meaning."""

    functions: frozenset[str] = frozenset()
    """Functions: what they do was judged where they were defined."""
    aliases: dict[str, str] = {}
    """What each alias stands for."""

    def after(self, command: str, shell: str) -> "Known":
        """With what a command defines."""
        analysis = analyse(command, shell)
        defined = _aliases(analysis)
        if not defined and not analysis.functions:
            return self
        return Known(functions=self.functions | set(analysis.functions), aliases={**self.aliases, **defined})


class Lists(msgspec.Struct, frozen=True, kw_only=True):
    """What may run and what may not: deny wins, and an allow list denies all that it doesn't name."""

    allow: tuple[Listed, ...] | None = None
    """None: everything that is not denied."""
    deny: tuple[Listed, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether they say nothing."""
        return self.allow is None and not self.deny

    def judge(self, command: str, shell: str, known: Known, scripts: Scripts | None = None) -> Ruled | None:
        """What they say against a command.

        Args:
            command: Shell text with its values in.
            shell: Whose text it is.
            known: What steps before have defined.
            scripts: Those that it runs. What they do is held against the deny list alone: who allows a script to run
                allows what it does.

        Returns:
            What counts most; None when nothing is said against it.
        """
        if self.empty:
            return None
        after = known.after(command, shell)
        found = [*self._against(command, shell, after, frozenset()), *self._within(scripts or {}, after)]
        return next((one for one in found if one.denied), found[0] if found else None)

    def _against(self, command: str, shell: str, known: Known, opened: frozenset[str]) -> Iterator[Ruled]:
        if name := name_of(command):
            yield from self._of_call(f"{PREFIX}{name}")
            return
        analysis = analyse(command, shell)
        if analysis.foreign:
            for _, piece in pieces(command):
                yield from self._against(piece, "bash", known, opened)
        for use in analysis.commands:
            yield from self._of_use(use, analysis, known, opened)
        for why in analysis.unknown:
            yield self._untold(why, "")

    def _of_call(self, part: str) -> Iterator[Ruled]:
        """What they say of a tool, which patterns name as `tool:files/*`."""
        for rule in self.deny:
            if fnmatchcase(part, rule.pattern.text):
                yield Ruled(denied=True, message=f"{rule.source} denies: {rule.pattern.text}", part=part, rule=rule)
        if self.allow is not None and not any(fnmatchcase(part, rule.pattern.text) for rule in self.allow):
            yield Ruled(denied=True, message=f"no allow pattern of your policy names {part}", part=part)

    def _within(self, scripts: Scripts, known: Known) -> Iterator[Ruled]:
        """What the deny list says of what scripts do; only what is surely meant is denied, for no one wrote it here."""
        denying = Lists(deny=self.deny)
        for script in scripts.values() if self.deny else ():
            if script.text is None:
                yield denying._untold(f"{script.path} is written by an earlier step", script.path)
                continue
            after = known.after(script.text, script.shell)
            for one in denying._against(script.text, script.shell, after, frozenset()):
                if one.rule is not None:
                    sure = one.denied and not one.message.startswith(MAY)
                    where = f"{script.path} runs {one.part}, which {one.message}"
                    yield msgspec.structs.replace(one, denied=sure, message=where, part=script.path)
            yield from self._within(script.runs, after)

    def _of_use(self, use: CommandUse, analysis: Analysis, known: Known, opened: frozenset[str]) -> Iterator[Ruled]:
        part = analysis.text[use.span.start : use.span.end]
        for rule in self.deny:
            fit = max(rule.pattern.may_be(words, more=use.more_operands) for words in readings(use))
            if fit is not Fit.NO:
                may = "" if fit is Fit.YES else MAY
                yield Ruled(
                    denied=True, message=f"{may}{rule.source} denies: {rule.pattern.text}", part=part, rule=rule
                )
        name = use.name
        if (why := _unread(use, part)) is not None:
            yield self._untold(why, part)
        if name in known.aliases and name not in opened:
            yield from self._against(_opened(use, known.aliases[name]), "bash", known, opened | {name})
        elif name is None:
            yield self._untold(f"{use.words[0].text} is a command that only a run can tell", part)
        elif self.allow is not None and not self._allowed(use, known, opened):
            yield Ruled(denied=True, message=f"no allow pattern of your policy names {_short(use)}", part=part)

    def _allowed(self, use: CommandUse, known: Known, opened: frozenset[str]) -> bool:
        allow = [rule.pattern for rule in self.allow or ()]
        *outer, inner = readings(use)
        if any(pattern.particular and pattern.is_surely(words) for words in outer for pattern in allow):
            return True
        raising = [words for words in outer if base_name(words[0].value) in RAISING]
        if not all(any(pattern.is_surely(words[:1]) for pattern in allow) for words in raising):
            return False
        name = base_name(use.name)
        texts = strings_run_by(use)
        seen_through = bool(texts) and all(text is not None for text, _ in texts) and name not in RAISING
        itself = name in HARMLESS or use.name in known.functions or use.name in opened or seen_through
        return itself or any(pattern.is_surely(inner) for pattern in allow)

    def _untold(self, why: str, part: str) -> Ruled:
        if self.allow is not None:
            return Ruled(denied=True, message=f"{why}, and your policy allows only what it names", part=part)
        return Ruled(denied=False, message=f"{why}: whether your policy denies it can't be told", part=part)


def readings(use: CommandUse) -> list[Sequence[Word]]:
    """A command's words from each of its wrappers on, outermost first; itself last."""
    found: list[Sequence[Word]] = []
    rest = use.outer
    for wrapper in use.wrappers:
        at = next((at for at, word in enumerate(rest) if base_name(word.value) == wrapper), None)
        if at is not None:
            found.append(rest[at:])
            rest = rest[at + 1 :]
    return [*found, use.words]


def _unread(use: CommandUse, part: str) -> str | None:
    """Why the text that a command runs can't be seen: a shell that reads it, `env` that splits it."""
    name = base_name(use.name)
    options = [word.value or "" for word in use.words[1:]]
    if name == "env" and any(option.startswith(("-S", "--split-string")) for option in options):
        return "env runs a text that is not read"
    given = bool(strings_run_by(use)) or any(not option.startswith("-") for option in options)
    if name in SHELLS and not given and ("<<" not in part or "<<<" in part):
        return f"{name} runs what it reads"
    return None


def _opened(use: CommandUse, stands_for: str) -> str:
    """The text that the shell runs in place of an alias."""
    return " ".join([stands_for, *(word.text for word in use.words[1:])])


def _aliases(analysis: Analysis) -> Mapping[str, str]:
    return {
        found[1]: found[2]
        for use in analysis.commands
        if use.name == "alias"
        for word in use.words[1:]
        if word.value is not None and (found := ASSIGNMENT.match(word.value))
    }


def _short(use: CommandUse) -> str:
    return " ".join(word.text for word in use.words[:2])
