"""Which paths are left alone and what is masked, and by which rule: seen, asked for and changed."""

import os
from collections.abc import Iterator
from pathlib import Path

from app.core.parts import Parts
from app.ruled import IgnoreRule, IgnoreRules, IgnoreVerdict, PolicyRule, PolicyRules, PolicyVerdict
from app.secrecy import Hidden, Masked
from capture.errors import BadInputError, UnknownNameError
from capture.files.ignore import DEFAULT_IGNORES, Ignore, Rule, file_text, load_ignore, read_patterns
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules, own_file_text
from replay.governance.gates import FRESH_FOR, age_words
from replay.governance.lists import Known
from replay.governance.permits import DEFAULT
from replay.governance.policy_file import Policy, load_policy, own_file, read_policy, told
from replay.governance.risk import judge
from replay.library.durable import replace_file
from replay.syntax import analyse


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

    def masked_text(self, text: str) -> Masked:
        """A text as a recording would keep it; it is kept nowhere.

        Raises:
            BadInputError: The user's own rules can't be used.
        """
        kept, maskings = Redactor(load_rules(self.home)).text(text)
        return Masked(text=kept, maskings=tuple(Hidden(rule=one.rule, where=one.where) for one in maskings))

    def masked_file(self, file: str) -> Masked:
        """What is in a file, as a recording would keep it.

        Raises:
            BadInputError: It can't be read, or as above.
        """
        try:
            text = Path(file).read_bytes().decode(errors="replace")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise BadInputError(f"{file} can't be read: {reason}; give another file, or - for stdin") from error
        return self.masked_text(text)

    def policy_file(self) -> Path:
        """The user's own policy; where there is none yet, a file that says how to write one."""
        return own_file(self.home)

    def policy_rules(self, file: Path | None = None) -> PolicyRules:
        """What the policy says, and where each part is written.

        Args:
            file: Another file than that of the home.

        Raises:
            BadInputError: It can't be used; the message names the line.
        """
        policy = load_policy(self.home) if file is None else read_policy(_text(file), source=str(file))
        rows = [PolicyRule(says=says, about=about, source=source) for says, about, source in told(policy)]
        said = {level for section in policy.sections for level in section.levels if section.everywhere}
        unsaid = [level for level in DEFAULT if level not in said]
        rows += [PolicyRule(says=DEFAULT[level], about=level, source="built in") for level in unsaid]
        rows += _unsaid_of_promotions(policy)
        place = file or self.home.policy
        return PolicyRules(file=str(place), written=place.exists(), rules=tuple(rows))

    def policy_answer(self, asked: str, *, cwd: str, playbook: str = "") -> PolicyRules | PolicyVerdict:
        """What the policy makes of a command or of the text of a file, or what another policy says.

        Args:
            asked: Shell text, or a file; one that ends in .toml is a policy.
            cwd: The workspace.
            playbook: Whose step it would be; empty: any.

        Raises:
            BadInputError: A file can't be read, or is no policy.
        """
        file = _file(asked)
        if file is None:
            return self.policy_verdict(asked, cwd=cwd, playbook=playbook)
        if file.suffix == ".toml":
            return self.policy_rules(file)
        return self.policy_verdict(_text(file), cwd=cwd, playbook=playbook)

    def policy_verdict(self, command: str, *, cwd: str, playbook: str = "") -> PolicyVerdict:
        """What the policy makes of a command.

        Args:
            command: Shell text.
            cwd: The workspace.
            playbook: Whose step it would be; empty: any.
        """
        permits = load_policy(self.home).permits(workspace=cwd, playbook=playbook, home=str(Path.home()))
        ruled = permits.lists.judge(command, "bash", Known())
        level = judge(analyse(command)).level
        rule = ruled.rule if ruled else None
        return PolicyVerdict(
            command=command,
            verdict="allowed" if ruled is None else "denied" if ruled.denied else "unknown",
            message=ruled.message if ruled else "nothing in your policy speaks against it",
            part=ruled.part if ruled else "",
            pattern=rule.pattern.text if rule else None,
            source=rule.source if rule else None,
            level=level,
            need=permits.levels[level],
        )

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


def _unsaid_of_promotions(policy: Policy) -> Iterator[PolicyRule]:
    """What holds of promotions where the policy says nothing."""
    everywhere = [section for section in policy.sections if section.everywhere]
    if not any(section.promotion and section.promotion.max_age for section in everywhere):
        yield PolicyRule(says="promotion", about=f"max_age {age_words(FRESH_FOR)}", source="built in")
    if all(section.auto_promote is None for section in everywhere):
        yield PolicyRule(says="auto_promote", about="never", source="built in")


def _file(asked: str) -> Path | None:
    try:
        # A tilde is the user's home on the screen too, where no shell has seen it.
        place = Path(os.path.expanduser(asked))  # noqa: PTH111 - it leaves an unknown user alone
        return place if place.is_file() else None
    except (OSError, ValueError):
        return None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{file} can't be read as text ({error}); give another file, or a command") from error
