"""Which paths are left alone and what is masked, and by which rule: seen, asked for and changed."""

import os
from pathlib import Path

import msgspec

from app.core.parts import Parts
from capture.errors import BadInputError, UnknownNameError
from capture.files.ignore import DEFAULT_IGNORES, Ignore, Rule, file_text, load_ignore, read_patterns
from capture.secrets.rules import own_file_text
from replay.library.durable import replace_file


class IgnoreRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in force."""

    pattern: str
    """As gitignore reads it."""
    source: str
    """The user's file and the line in it, or `built in`."""


class IgnoreRules(msgspec.Struct, frozen=True, kw_only=True):
    """All rules in force, the last one that matches winning."""

    file: str
    """Where the user's own are kept."""
    written: bool
    """Whether that file is there; without it the built-in ones hold."""
    rules: tuple[IgnoreRule, ...]
    folders: tuple[str, ...]
    """Folders that are left alone wherever they lie: the program's own."""


class IgnoreVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules make of one path."""

    path: str
    """Relative to the workspace, where inside it."""
    ignored: bool
    rule: IgnoreRule | None
    """The one that decides; None when none is about it."""


class Rules(Parts):
    """What can be done with the rules of what is ignored, and of what is masked."""

    def ignore_rules(self) -> IgnoreRules:
        """The rules in force, and where each comes from."""
        ignore = load_ignore(self.home)
        return IgnoreRules(
            file=str(self.home.ignore),
            written=read_patterns(self.home) is not None,
            rules=tuple(self._sourced(rule) for rule in ignore.rules),
            folders=tuple(map(str, ignore.folders)),
        )

    def ignore_verdict(self, path: str, *, cwd: str) -> IgnoreVerdict:
        """What the rules make of a path, there or not; one that ends in a slash is a directory.

        Args:
            path: Absolute, or relative to the workspace.
            cwd: The workspace.
        """
        whole = Path(os.path.abspath(Path(cwd, path)))  # noqa: PTH100 - links are not followed by the rules either
        relative = str(whole.relative_to(cwd)) if whole.is_relative_to(cwd) else str(whole).lstrip("/")
        ignore = load_ignore(self.home)
        for folder in ignore.folders:
            if whole.is_relative_to(folder.resolve()):
                own = IgnoreRule(pattern=str(folder), source="the program's own folder")
                return IgnoreVerdict(path=relative, ignored=True, rule=own)
        rule = ignore.rule_for(relative, directory=path.endswith("/") or whole.is_dir())
        found = None if rule is None else self._sourced(rule)
        return IgnoreVerdict(path=relative, ignored=rule is not None and not rule.takes_back, rule=found)

    def ignore_file(self) -> Path:
        """The user's own file, written with the built-in rules when it was not there."""
        if read_patterns(self.home) is None:
            self._write(DEFAULT_IGNORES)
        return self.home.ignore

    def secrets_file(self) -> Path:
        """The user's own rules of what is masked; where there are none yet, a file that says how to write some."""
        if not self.home.secrets.exists():
            replace_file(self.home.secrets, own_file_text().encode())
        return self.home.secrets

    def change_ignored(self, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> IgnoreRules:
        """Add patterns at the end of the user's own file, and take lines out of it.

        Raises:
            BadInputError: A pattern is none.
            UnknownNameError: A pattern to be removed is not there.
        """
        for pattern in add:
            if len(pattern.splitlines()) != 1 or not Ignore((pattern,)).rules:
                raise BadInputError(f"{pattern!r} is no pattern; write one as in a .gitignore file")
        lines = list(self.ignore_file().read_text(encoding="utf-8", errors="surrogateescape").splitlines())
        for pattern in remove:
            if pattern not in lines:
                raise UnknownNameError(f"no line {pattern!r} in {self.home.ignore}; `replaybook ignore` lists them")
            lines.remove(pattern)
        self._write((*lines, *(pattern for pattern in add if pattern not in lines)), bare=True)
        return self.ignore_rules()

    def _write(self, patterns: tuple[str, ...], *, bare: bool = False) -> None:
        text = "".join(f"{line}\n" for line in patterns) if bare else file_text(patterns)
        replace_file(self.home.ignore, text.encode("utf-8", "surrogateescape"))

    def _sourced(self, rule: Rule) -> IgnoreRule:
        own = read_patterns(self.home) is not None
        return IgnoreRule(pattern=rule.pattern, source=f"{self.home.ignore}:{rule.line}" if own else "built in")
