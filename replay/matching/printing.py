"""What kind of output a command prints: what may be masked in it, and whether its order, or all of it, can count."""

import re

from replay.matching.masks import HINT_GIT, HINT_JOBS, HINT_PID
from replay.syntax import Analysis, CommandUse
from replay.syntax.kept import kept

_STATE = "df free iostat iotop last lastlog lsof mount mpstat netstat sensors ss uptime vmstat w who"
_PROCESSES = "dmesg fuser history htop jobs journalctl pgrep pidof ps top"
ABOUT_THE_MOMENT = frozenset(f"{_STATE} {_PROCESSES}".split())
"""Commands that show the state of the machine: what they print is never the same twice."""
BARE_ABOUT_THE_MOMENT = frozenset({"env", "printenv", "set", "declare", "export", "typeset"})
"""The same, when they are given nothing to do."""
BY_CHANCE = frozenset({"shuf", "pwgen", "ssh-keygen", "jot", "apg"})
"""Commands that print or write what chance says."""
BY_CHANCE_WORDS = {"openssl": frozenset({"rand", "genrsa", "genpkey", "req", "dhparam", "ecparam"})}
"""Commands that do so with one of these words."""
SIDE_BY_SIDE = frozenset({"parallel", "ninja", "cargo"})
"""Commands that run jobs side by side unasked."""
WITH_JOBS = frozenset({"make", "gmake", "xargs", "cmake", "ctest", "pytest", "scons", "prove", "pigz"})
"""Commands that do so when an option says so."""

_JOBS_OPTION = re.compile(r"-[jPn]\d*|--(?:jobs|parallel|max-procs|numprocesses)(?:=.*)?")
_BACKGROUND = re.compile(r"(?<![&|<>])&(?![&>])")
_PROCESS_NUMBER = re.compile(r"\$(?:[$!]|\{[$!]\}|\{?(?:BASHPID|PPID)\b)|\bprocess\.pid\b|\bgetpp?id\(\)")
_CHANCE = re.compile(
    r"\$\{?S?RANDOM\b|/dev/u?random\b|\bMath\.random\(|\bos\.urandom\(|\bsecrets\.\w+\("
    r"|\brandom\.(?:random|rand\w+|choices?|sample|shuffle|uniform)\("
)


@kept
def hints(analysis: Analysis) -> frozenset[str]:
    """Which masks may be looked for in the command's output (`masks.HINT_…`).

    Args:
        analysis: Of the command.

    Returns:
        Any of the hints.
    """
    found = {HINT_GIT} if any(use.name == "git" for use in analysis.commands) else set[str]()
    if _PROCESS_NUMBER.search(analysis.text):
        found.add(HINT_PID)
    if in_background(analysis):
        found.add(HINT_JOBS)
    return frozenset(found)


@kept
def in_background(analysis: Analysis) -> bool:
    """Whether it starts something that it doesn't wait for."""
    between = list(analysis.text)
    for use in analysis.commands:
        between[use.span.start : use.span.end] = "_" * (use.span.end - use.span.start)
    return _BACKGROUND.search("".join(between)) is not None


@kept
def side_by_side(analysis: Analysis) -> bool:
    """Whether parts of it run at the same time, so that lines may come in any order."""
    return in_background(analysis) or any(_has_jobs(use, analysis.text) for use in analysis.commands)


@kept
def by_chance(analysis: Analysis) -> bool:
    """Whether what it prints and writes is left to chance, or shows the moment: not to be compared."""
    if not analysis.commands and not analysis.variables_set:
        # Declarations are no commands in the syntax tree.
        return bool(set(analysis.text.split()[:1]) & BARE_ABOUT_THE_MOMENT)
    return _CHANCE.search(analysis.text) is not None or any(_chancy(use) for use in analysis.commands)


def _has_jobs(use: CommandUse, text: str) -> bool:
    named = {use.name, *use.wrappers}
    if named & SIDE_BY_SIDE:
        return True
    return bool(named & WITH_JOBS) and any(
        _JOBS_OPTION.fullmatch(word) for word in text[use.span.start : use.span.end].split()
    )


def _chancy(use: CommandUse) -> bool:
    if use.name in BARE_ABOUT_THE_MOMENT:
        return all(word.value in (use.name, "-p") for word in use.words)
    words = {word.value for word in use.words}
    return use.name in ABOUT_THE_MOMENT | BY_CHANCE or bool(BY_CHANCE_WORDS.get(use.name or "", frozenset()) & words)
