"""What secrets look like, as data: read from TOML in the format of gitleaks, checked, compiled when first needed."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from math import log2
from typing import Any

import msgspec
import re2

from capture.errors import BadInputError

_MEMORY = 64 << 20  # bytes of automaton a pattern may build: RE2 is slow, not wrong, beyond
_OPERATORS = r"(?:=|>|:{1,3}=|"
"""Stands in each rule of gitleaks that looks for a value behind a name."""
_LEAD = r"[\w.-]{0,50}?"
"""How those rules begin; it is no part of the secret, and matching it costs most of their time."""
_FILLER = r"""[\w .\t'"\x1b\[\];-]*[=:>,|?]"""
_LITERAL = re.compile(r"(?:\(\?i\)|\\b|\((?:\?:)?|(?=:))*[A-Za-z0-9_:-]{2}")
_WIDE = (r".*", r"[\s\S", r"(?s:", r"[^\n", r"\s+", r"[ \t]", "|[a-fA-F0-9]{40}")
_BOUNDED = re.compile(r"\{(\d+),(\d+)\}")
_NAMED_GROUP = re.compile(r"(?<!\\)\(\?P?<\w+>")
_FEW = 8
NAMED = (
    r"""(?i)(?:\b(?:name|key)["']?[ \t]*[:=][ \t]*|\bvariable[ \t]+)["']?[\w.-]*"""
    r"""(?:password|passwd|passphrase|secret|token|api_?key|access_?key|_pass)["']?[ \t]*[,{]?[ \t\r]*$"""
)
"""A line that says what the value on one of the next lines is, as Kubernetes and Terraform have it."""
_TARGETS = ("secret", "match", "line", "around")


class Allow(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What only looks like a secret."""

    regexes: tuple[str, ...] = ()
    """One of these is found in the target."""
    stopwords: tuple[str, ...] = ()
    """One of these stands in the secret, whatever the case."""
    target: str = "secret"
    """What `regexes` are searched in: `secret`, `match`, `line`, or `around`, from a byte before the secret on."""

    @cached_property
    def _pattern(self) -> Any:
        return compiled("|".join(f"(?:{one})" for one in self.regexes))

    def covers(self, line: bytes, match: tuple[int, int], secret: tuple[int, int]) -> bool:
        """Whether it says that this is no secret.

        Args:
            line: The whole line.
            match: Where in it the rule matched.
            secret: Where in it the secret stands.
        """
        stretches = {"secret": secret, "match": match, "line": (0, len(line))}
        start, end = stretches.get(self.target, (max(secret[0] - 1, 0), len(line)))
        subject = line[start:end]
        if self.regexes and self._pattern.search(subject) is not None:
            return True
        lowered = line[slice(*secret)].lower()
        return any(word.lower().encode() in lowered for word in self.stopwords)


class Rule(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One kind of secret."""

    id: str
    """Stands in the mask."""
    regex: str
    """Finds it; in the syntax of RE2."""
    source: str
    """The file that it comes from."""
    description: str = ""
    """For people."""
    keywords: tuple[str, ...] = ()
    """A line that holds none of these, whatever the case, isn't searched. None: always."""
    group: int = 0
    """The group that is the secret; 0: the first that matched, or the whole match."""
    entropy: float = 0.0
    """Shannon entropy in bits a byte that a secret exceeds."""
    allow: tuple[Allow, ...] = ()
    """What only looks like one."""
    assignment: bool = False
    """The secret stands behind a keyword and an operator."""
    hint: str | None = None
    """Matches whatever the rule does, and is quick."""

    @cached_property
    def pattern(self) -> Any:
        """The compiled regular expression, over bytes."""
        return compiled(self.regex)

    def found(self, line: bytes) -> Iterable[tuple[int, int]]:
        """Where secrets of this kind stand.

        Args:
            line: One line, escapes taken out.

        Yields:
            Start and end of each.
        """
        for match in self.pattern.finditer(line):
            group = self.group or next((n for n in range(1, self.pattern.groups + 1) if match.group(n)), 0)
            start, end = match.span(group)
            secret = line[start:end]
            if start == end or secret.startswith(b"[masked:") or (self.entropy and entropy(secret) <= self.entropy):
                continue
            if not any(allow.covers(line, match.span(), (start, end)) for allow in self.allow):
                yield start, end


class RuleSet(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Rules in force together."""

    rules: tuple[Rule, ...] = ()
    """Each id once."""
    variables: tuple[str, ...] = ()
    """Regular expressions over whole names of variables whose value is secret."""
    disabled: frozenset[str] = frozenset()
    """Ids that the user has switched off."""
    allow: tuple[Allow, ...] = ()
    """What the user says is no secret, whatever the rule."""

    def and_then(self, later: "RuleSet") -> "RuleSet":
        """This set and a later one, whose rules take the place of those of the same id.

        Args:
            later: The later one.

        Returns:
            Both.
        """
        disabled = self.disabled | later.disabled
        merged = {rule.id: rule for rule in (*self.rules, *later.rules) if rule.id not in disabled}
        rules = tuple(msgspec.structs.replace(rule, allow=(*rule.allow, *later.allow)) for rule in merged.values())
        allow, variables = (*self.allow, *later.allow), (*self.variables, *later.variables)
        return RuleSet(rules=rules, variables=variables, disabled=disabled, allow=allow)

    @cached_property
    def names(self) -> Any:
        """Matches the whole name of a variable whose value is secret."""
        return compiled("(?i)" + "|".join(f"(?:{name})" for name in self.variables) if self.variables else "[^\\s\\S]")

    @cached_property
    def exact(self) -> Any:
        """One pass over text without escapes: a line that it doesn't match holds no secret."""
        pieces = [_quick(_lean(rule.regex)) if _assigns(rule) else _suspicious(rule) for rule in self.rules]
        return _grouped_nowhere(_any_of((*pieces, _ERASED, _NAMED_LINE)))

    @cached_property
    def loose(self) -> Any:
        """The same over raw bytes with colours in them: names, operators, and words that an escape may hide."""
        assigned = {word for rule in self.rules if _assigns(rule) for word in rule.keywords}
        pieces = [f"(?i:{'|'.join(map(_literal, sorted(assigned)))}){_FILLER}"] if assigned else []
        pieces += [_suspicious(rule) for rule in self.rules if not _assigns(rule)]
        return _grouped_nowhere(_any_of((*pieces, _ERASED, _NAMED_LINE, _COLOURED)).replace(r"\b", _EDGE))

    @cached_property
    def _beginning(self) -> Any:
        words = {word for rule in self.rules for word in rule.keywords}
        return compiled(f"(?i:{'|'.join(map(_literal, sorted(words)))})|=|:\\S*$")

    def begins(self, line: bytes) -> bool:
        """Whether an unfinished line may end in the beginning of a secret."""
        return self._beginning.search(line) is not None

    def matching(self, line: bytes) -> list[Rule]:
        """The rules that are worth a look at a line.

        Args:
            line: One line, escapes taken out.

        Returns:
            Those one of whose keywords it holds, and those that have none.
        """
        lowered = line.lower()
        named = set(self._wordless)
        # Most keywords begin with two bytes that nowhere stand side by side in a line: those aren't looked for.
        for begin in {(), *zip(lowered, strict=True), *pairwise(lowered)} & self._words.keys():
            for word, places in self._words[begin]:
                if word in lowered:
                    named.update(places)
        return [self.rules[at] for at in sorted(named)]

    @cached_property
    def _wordless(self) -> frozenset[int]:
        return frozenset(at for at, rule in enumerate(self.rules) if not rule.keywords)

    @cached_property
    def _words(self) -> dict[tuple[int, ...], list[tuple[bytes, tuple[int, ...]]]]:
        """By its first two bytes, each word once, with the places of the rules that it is a keyword of."""
        places: dict[bytes, list[int]] = {}
        for at, rule in enumerate(self.rules):
            for word in rule.keywords:
                places.setdefault(word.encode(), []).append(at)
        words: dict[tuple[int, ...], list[tuple[bytes, tuple[int, ...]]]] = {}
        for word_bytes, found in places.items():
            words.setdefault((*word_bytes[:2],), []).append((word_bytes, tuple(found)))
        return words


_CSI = r"\x1b\[[0-?]*[ -/]*[@-~]"
_NAMED_LINE = r"""(?i:name|key)["']?[ \t]*[:=][ \t]*["']?[\w.-]*(?i:pass|secret|token|key)|(?i:variable)[ \t]+["\x1b]"""
_EDGE = r"(?:\b|[A-HJKSTfhlm])"
"""Where a word may begin in raw bytes: behind the last letter of an escape as well."""
# A word that goes on behind colours; one that was wrapped by the line editor, or that an erased character stands in.
_COLOURED = rf"(?:[0-9-]|[^0-9;\[\x1b][0-9]*[A-Za-z_])(?:{_CSI})+[\w-]|[\w-]\x1b[^\[]"
_ERASED = r" \r[^\n]|[\w-](?:\x08|\x00)[\w\x1b-]"


def _any_of(pieces: Iterable[str]) -> str:
    return "|".join(f"(?:{piece})" for piece in dict.fromkeys(pieces))


def _assigns(rule: Rule) -> bool:
    return rule.assignment or (_OPERATORS in rule.regex and bool(rule.keywords) and rule.hint is None)


def _suspicious(rule: Rule) -> str:
    if rule.hint is not None:
        return rule.hint
    if rule.keywords and (not _LITERAL.match(rule.regex) or any(gap in rule.regex for gap in _WIDE)):
        return f"(?i:{'|'.join(map(_literal, rule.keywords))})"
    return _quick(_lean(rule.regex))


def _quick(regex: str) -> str:
    """Matches whatever the regular expression does, and makes a far smaller automaton."""
    return _BOUNDED.sub(lambda found: f"{{{found[1]},}}" if int(found[2]) - int(found[1]) > _FEW else found[0], regex)


def _lean(regex: str) -> str:
    return regex.replace(_LEAD, "") if _OPERATORS in regex else regex


def _literal(text: str) -> str:
    return str(re2.escape(text))


def _grouped_nowhere(regex: str) -> Any:
    """Says where it matches and nothing of its groups: RE2 fills in hundreds of them, however short a text is."""
    options = _options()
    options.never_capture = True
    # Those that have a name it captures all the same.
    return re2.compile(_NAMED_GROUP.sub("(?:", _lean(regex)).encode(), options)


def _options() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes as they are
    options.max_mem = _MEMORY
    options.log_errors = False
    return options


def compiled(regex: str) -> Any:
    """A regular expression over bytes, in time linear in what it searches.

    Args:
        regex: In the syntax of RE2.

    Returns:
        With `search`, `finditer` and `fullmatch` as those of `re`.
    """
    return re2.compile(_lean(regex).encode(), _options())


def entropy(secret: bytes) -> float:
    """Shannon entropy.

    Args:
        secret: Not empty.

    Returns:
        Bits a byte.
    """
    shares = [secret.count(byte) / len(secret) for byte in set(secret)]
    return -sum(share * log2(share) for share in shares)


# -- reading


class _AllowTable(msgspec.Struct, frozen=True, kw_only=True, rename={"target": "regexTarget"}):
    regexes: tuple[str, ...] = ()
    stopwords: tuple[str, ...] = ()
    target: str = "secret"
    paths: tuple[str, ...] = ()
    condition: str = "OR"
    description: str = ""


class _RuleTable(msgspec.Struct, frozen=True, kw_only=True, rename={"group": "secretGroup"}):
    id: str
    regex: str | None = None
    description: str = ""
    keywords: tuple[str, ...] = ()
    group: int = 0
    entropy: float = 0.0
    allowlists: tuple[_AllowTable, ...] = ()
    allow: tuple[_AllowTable, ...] = ()
    assignment: bool = False
    hint: str | None = None
    path: str | None = None
    tags: tuple[str, ...] = ()


class _Variables(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    names: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str = ""
    minVersion: str = ""  # noqa: N815 - as gitleaks spells it
    rules: tuple[dict[str, Any], ...] = ()
    variables: _Variables = _Variables()
    disabled: tuple[str, ...] = ()
    allow: tuple[_AllowTable, ...] = ()
    allowlist: _AllowTable | None = None
    allowlists: tuple[_AllowTable, ...] = ()


_FIELDS = (*_RuleTable.__struct_encode_fields__,)


def read_rules(text: str, *, source: str) -> RuleSet:
    """Read one file of rules.

    Args:
        text: TOML in the format of gitleaks.
        source: Its name, for people.

    Returns:
        Its rules.

    Raises:
        BadInputError: It can't be used; the message names the rule and what to do.
    """
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        told = f"{source}: {error}; correct the file (replaybook secrets --help shows its format)"
        raise BadInputError(told) from error
    own = tuple(_allow(table) for table in (file.allowlist, *file.allowlists) if table and _usable(table))
    rules = [rule for number, table in enumerate(file.rules, 1) if (rule := _rule(table, number, source, own))]
    return RuleSet(
        rules=tuple(rules),
        variables=file.variables.names,
        disabled=frozenset(file.disabled),
        allow=tuple(_allow(table) for table in file.allow),
    )


def read_user_rules(text: str, *, source: str) -> RuleSet:
    """Read the user's file: everything in it is tried at once, and its variables count in any text.

    Args:
        text: TOML.
        source: Its path.

    Returns:
        Its rules.

    Raises:
        BadInputError: It can't be used.
    """
    read = read_rules(text, source=source)
    for rule in read.rules:
        for what, regex in (("regex", rule.regex), ("hint", rule.hint or "")):
            _checked(regex, f"{source}: {what} of rule {rule.id}")
        if rule.group > compiled(rule.regex).groups:
            raise BadInputError(f"{source}: rule {rule.id} has no group {rule.group}; correct its secretGroup")
    for name in read.variables:
        _checked(name, f"{source}: name {name!r} under [variables]")
        if compiled(name).groups:
            raise BadInputError(f"{source}: name {name!r} under [variables] has a group; write (?:…) for (…)")
    for allow in (*read.allow, *(one for rule in read.rules for one in rule.allow)):
        for regex in allow.regexes:
            _checked(regex, f"{source}: regex {regex!r} of an allow list")
    if not read.variables:
        return read
    names = "|".join(f"(?:{name})" for name in read.variables)
    value = r"""(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'`;&|,()<>$]+))"""
    assigned = Rule(
        id="named-variable",
        description="Values of the variables that the user names.",
        regex=rf"""(?i)(?:^|[^\w])(?:{names})["']?[ \t]?(?:=>|:=|=|:)[ \t]?{value}""",
        hint=rf"""(?i)(?:{names})["']?[ \t]?[=:]""",
        source=source,
    )
    return msgspec.structs.replace(read, rules=(*read.rules, assigned))


def _rule(table: Mapping[str, Any], number: int, source: str, own: tuple[Allow, ...]) -> Rule | None:
    name = f"rule {table.get('id', number)!s}"
    unknown = sorted(set(table) - set(_FIELDS))
    if unknown:
        raise BadInputError(f"{source}: {name} has an unknown field {unknown[0]}; known are {', '.join(_FIELDS)}")
    try:
        read = msgspec.convert(table, _RuleTable)
    except msgspec.ValidationError as error:
        raise BadInputError(f"{source}: {name}: {error}; correct it") from error
    if read.regex is None:
        if read.path is None:
            raise BadInputError(f"{source}: {name} has no regex; give it one")
        return None  # told by the name of a file alone
    tables = (*read.allowlists, *read.allow)
    if wrong := next((one.target for one in tables if one.target not in _TARGETS), None):
        raise BadInputError(f"{source}: {name} has regexTarget {wrong!r}; use {', '.join(_TARGETS)}")
    return Rule(
        id=read.id,
        regex=read.regex,
        source=source,
        description=read.description,
        keywords=tuple(word.lower() for word in read.keywords),
        group=read.group,
        entropy=read.entropy,
        allow=(*own, *(_allow(one) for one in tables if _usable(one))),
        assignment=read.assignment,
        hint=read.hint,
    )


def _usable(table: _AllowTable) -> bool:
    """One that wants a path besides can't be judged: what a terminal prints has none."""
    return table.condition == "OR" and bool(table.regexes or table.stopwords)


def _allow(table: _AllowTable) -> Allow:
    return Allow(regexes=table.regexes, stopwords=table.stopwords, target=table.target)


def _checked(regex: str, what: str) -> None:
    try:
        compiled(regex)
    except re2.error as error:
        told = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise BadInputError(f"{what} is no regular expression of RE2 ({told}); correct it") from error
