"""Says what a command could do for good: the policy gate and the safety level read it."""

from collections.abc import Iterator
from itertools import pairwise

from replay.syntax.operands import git_words
from replay.syntax.risk_table import risk_table
from replay.syntax.sending import is_remote
from replay.syntax.tools import SUBCOMMANDS
from replay.syntax.values import Analysis, CommandUse, PathUse, RiskKind, RiskUse, Word
from replay.syntax.vocabulary import SHELLS
from replay.syntax.wrappers import base_name

BEFORE_SUBCOMMAND = frozenset(
    {"--prefix", "-C", "--cwd", "--dir", "-n", "--namespace", "--context", "-f", "--file", "--manifest-path", "-H"}
)
"""Options of tools with subcommands that take the next word."""


def risks_of(analysis: Analysis) -> tuple[RiskUse, ...]:
    """What could go wrong for good, in the order of the commands.

    Args:
        analysis: A command without its risks.

    Returns:
        None twice for the same command and kind.
    """
    found = [risk for use in analysis.commands for risk in _of_command(use)]
    found += [risk for path in analysis.writes if (risk := _outside(path))]
    found += _downloaded(analysis)
    unique = {(risk.kind, risk.verb, risk.span.start): risk for risk in found}
    return tuple(sorted(unique.values(), key=lambda risk: risk.span.start))


def _of_command(use: CommandUse) -> Iterator[RiskUse]:
    table = risk_table().by_verb
    for wrapper in use.wrappers:
        if wrapper in table:
            yield _risk(use, wrapper, table[wrapper].kind, table[wrapper].reason)
    name = base_name(use.name)
    if name is None:
        yield _risk(use, use.words[0].text, RiskKind.HIDDEN, "which command it is can't be told before it runs")
        return
    verbs = _verbs(use, name)
    telling = next((verb for verb in verbs[:-1] if verb in table), None)
    for verb in (name, telling):
        if verb in table and verb is not None:
            yield _risk(use, verb, table[verb].kind, table[verb].reason)
    if name.startswith("mkfs."):
        yield _risk(use, "mkfs", table["mkfs"].kind, table["mkfs"].reason)
    yield from _by_options(use, name, verbs[-2] if len(verbs) > 1 else name)


def _by_options(use: CommandUse, name: str, verb: str) -> Iterator[RiskUse]:
    table = risk_table()
    options = [word.value or "" for word in use.words[1:]]
    letters = {f"-{letter}" for option in options if _is_cluster(option) for letter in option[1:]}
    given = {option.partition("=")[0] for option in options} | letters
    for option, told in table.by_option.get(verb, {}).items():
        if option in given:
            yield _risk(use, verb, told.kind, told.reason)
    if name not in table.forcing.means_other and given & table.forcing.options:
        yield _risk(use, verb, RiskKind.FORCE, table.forcing.reason)
    if name == "chmod" and any(mode in option for mode in table.modes.wide for option in options):
        yield _risk(use, verb, RiskKind.PERMISSIONS, "lets everybody write, or run it as its owner")
    if name == "chmod" and given & {"-R", "--recursive"}:
        yield _risk(use, verb, RiskKind.PERMISSIONS, "changes modes of a whole tree")
    if verb == "git push" and any(option.startswith("+") for option in options):
        yield _risk(use, verb, RiskKind.FORCE, "overwrites the remote's history")
    if verb == "git push" and any(option.startswith(":") for option in options):
        yield _risk(use, verb, RiskKind.DELETE, "deletes at the remote")
    if name == "rsync" and any(is_remote(word) for word in use.words[1:] if not (word.value or "-").startswith("-")):
        yield _risk(use, verb, RiskKind.NETWORK, "speaks to other machines")
    if name in {"eval", *SHELLS} and any(word.value is None for word in use.words[1:3]):
        yield _risk(use, verb, RiskKind.HIDDEN, "runs text that can't be read before it runs")


def _downloaded(analysis: Analysis) -> Iterator[RiskUse]:
    """`curl … | sh`, `sh <(curl …)`, `bash -c "$(curl …)"`: something that runs what a downloader gives it."""
    table = risk_table().downloads
    fetching = [use for use in analysis.commands if base_name(use.name) in table.fetch]
    for use in analysis.commands:
        name = base_name(use.name)
        runs = name in table.run or name in {"eval", "source", "."}
        if runs and any(_gives(fetch, use) for fetch in fetching):
            yield _risk(use, name or "", RiskKind.RUN_DOWNLOADED, "runs what was just downloaded")


def _gives(fetch: CommandUse, use: CommandUse) -> bool:
    """Whether what is fetched reaches the other one through a pipe before it, or a substitution in its words."""
    piped = fetch.in_pipeline and use.in_pipeline and fetch.order < use.order
    return piped or any(
        word.span.start <= fetch.span.start and fetch.span.end <= word.span.end for word in use.words[1:]
    )


def _outside(path: PathUse) -> RiskUse | None:
    place = path.path or path.text
    if not (place.startswith(("/", "~", "$HOME", "..")) or "/../" in place):
        return None
    return RiskUse(
        verb=path.tool or ">",
        kind=RiskKind.REDIRECT_OUTSIDE,
        span=path.span,
        reason=f"writes to {path.text}, which may lie outside the workspace",
    )


def _verbs(use: CommandUse, name: str) -> list[str]:
    """The command with one subcommand and with two, longest first, and its name alone at the end."""
    if name not in SUBCOMMANDS:
        return [name]
    words = git_words(use) if name == "git" else tuple(_plain_words(use))
    known = [word.value for word in words[:2] if word.value and not word.value.startswith("-")]
    return [" ".join([name, *known[:count]]) for count in range(len(known), -1, -1)]


def _plain_words(use: CommandUse) -> Iterator[Word]:
    """Without options, and without the values of those that may stand before a subcommand."""
    for before, word in pairwise(use.words):
        if before.value not in BEFORE_SUBCOMMAND and not (word.value or "-").startswith("-"):
            yield word


def _is_cluster(option: str) -> bool:
    return option.startswith("-") and not option.startswith("--") and option[1:].isalpha()


def _risk(use: CommandUse, verb: str, kind: RiskKind, reason: str) -> RiskUse:
    return RiskUse(verb=verb, kind=kind, span=use.span, reason=f"{verb} {reason}")
