"""How much a person must be there when a command runs: ordinary work asks for nobody, what can't be undone does."""

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from replay.playbook import SafetyLevel
from replay.syntax.risk_table import risk_table
from replay.syntax.values import Analysis, CommandUse, PathUse, RiskKind, Span


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A command's safety level, and what decided it."""

    level: SafetyLevel
    reason: str | None = None
    """One clause for a person; None when nothing raised the level."""
    span: Span | None = None
    """The part of the command that decided."""


_ADDRESS = re.compile(r"[a-z]+://|localhost|127\.0\.0\.1|\[::1\]")
_HOST = re.compile(r"^[a-z]+://(?:[^@/]*@)?")
_RANK = {SafetyLevel.AUTO_OK: 0, SafetyLevel.NEEDS_CONFIRM: 1, SafetyLevel.MANUAL_ONLY: 2}


def judge(analysis: Analysis) -> Judged:
    """The safety level of a command, by the worst that it does.

    Args:
        analysis: The command's.

    Returns:
        The level with the first reason that gave it.
    """
    worst = Judged(level=SafetyLevel.AUTO_OK)
    for look in LOOKS:
        for found in look(analysis):
            worst = worse(worst, found)
    return worst


def safety_of(analysis: Analysis) -> tuple[SafetyLevel, str | None]:
    """The safety level of a command, and why.

    Args:
        analysis: The command's.

    Returns:
        The level, and a clause for a person that quotes the part that decided; None when nothing did.
    """
    found = judge(analysis)
    if found.reason is None or found.span is None:
        return found.level, found.reason
    return found.level, f"{found.reason}: {analysis.text[found.span.start : found.span.end]}"


def worse(one: Judged, other: Judged) -> Judged:
    """The higher level of two; the first where they are the same."""
    return other if _RANK[other.level] > _RANK[one.level] else one


def _by_kind(analysis: Analysis) -> Iterator[Judged]:
    """What each risk asks for by its kind, or its verb."""
    table, near = risk_table(), _stays_here(analysis)
    for risk in analysis.risks:
        level = SafetyLevel(table.level(risk.kind, risk.verb))
        if near and risk.kind is RiskKind.NETWORK:
            level = SafetyLevel.AUTO_OK
        elif near and risk.kind is RiskKind.RUN_DOWNLOADED:
            level = SafetyLevel.NEEDS_CONFIRM
        yield Judged(level=level, reason=risk.reason, span=risk.span)


def _stays_here(analysis: Analysis) -> bool:
    """Whether all that is fetched is fetched from this machine."""
    fetching = [use for use in analysis.commands if _tool(use) in risk_table().downloads.fetch]
    network = [risk for risk in analysis.risks if risk.kind is RiskKind.NETWORK]
    known = all(risk.verb in risk_table().downloads.fetch for risk in network)
    return bool(fetching) and known and all(_asks_here(use) for use in fetching)


def _asks_here(use: CommandUse) -> bool:
    """Whether a downloader's addresses are all this machine's; port and path may be anything."""
    texts = [word.text.strip("'\"") for word in use.words[1:]]
    named = [text for text in texts if _ADDRESS.match(text) and not text.startswith("-")]
    here = risk_table().downloads.here
    hosts = [_HOST.sub("", text) for text in named]
    return bool(named) and all(re.match(rf"(?:{'|'.join(map(re.escape, here))})(?=[:/?]|$)", host) for host in hosts)


def _posts(analysis: Analysis) -> list[Judged]:
    downloads = risk_table().downloads
    return [
        Judged(level=SafetyLevel.NEEDS_CONFIRM, reason="sends something to another machine", span=command.span)
        for command in analysis.commands
        if _tool(command) in downloads.fetch and any(_posting(word.value or "") for word in command.words[1:])
    ]


def _raw_devices(analysis: Analysis) -> list[Judged]:
    return [
        Judged(level=SafetyLevel.MANUAL_ONLY, reason="writes to a device", span=use.span)
        for use in analysis.writes
        if use.path and _is_device(use.path)
    ]


def _unset(analysis: Analysis) -> list[Judged]:
    """Variables that nothing in the command sets, in an argument of something that destroys."""
    return [
        Judged(
            level=SafetyLevel.NEEDS_CONFIRM,
            reason=f"destroys what ${use.name} names, whatever that is when it runs",
            span=use.span,
        )
        for use in analysis.variables_read
        if use.destructive and not use.required
    ]


def _removals(analysis: Analysis) -> list[Judged]:
    named = [found for use in analysis.removes if (found := _removal(use)) is not None]
    fed = [
        Judged(level=SafetyLevel.NEEDS_CONFIRM, reason="removes trees that only a run can name", span=command.span)
        for command in analysis.commands
        if command.more_operands and _tool(command) == "rm" and _is_recursive(command)
    ]
    return named + fed


def _removal(use: PathUse) -> Judged | None:
    """A removal inside the workspace with a known target is ordinary work."""
    if use.path is not None and _plain(use.path) in risk_table().places.roots:
        return Judged(
            level=SafetyLevel.MANUAL_ONLY, reason="removes what a machine or a person lives in", span=use.span
        )
    if not use.recursive:
        return None
    if use.path is None:
        return Judged(level=SafetyLevel.NEEDS_CONFIRM, reason="removes a tree that only a run can name", span=use.span)
    if _leaves(use.path):
        return Judged(level=SafetyLevel.NEEDS_CONFIRM, reason="removes a tree outside the workspace", span=use.span)
    if _unbounded(use):
        return Judged(level=SafetyLevel.NEEDS_CONFIRM, reason="removes all that is there", span=use.span)
    return None


LOOKS: tuple[Callable[[Analysis], Iterable[Judged]], ...] = (_removals, _unset, _posts, _raw_devices, _by_kind)
"""Everything that can raise a level; what says most precisely why comes first."""


def _posting(option: str) -> bool:
    short = option[:2] if not option.startswith("--") else ""
    send = risk_table().downloads.send
    return option.partition("=")[0] in send or short in send


def _tool(command: CommandUse) -> str:
    return (command.name or "").rsplit("/", 1)[-1]


def _is_recursive(command: CommandUse) -> bool:
    options = [word.value or "" for word in command.words[1:]]
    return any(one == "--recursive" or (one[:1] == "-" != one[1:2] and {"r", "R"} & set(one)) for one in options)


def _is_device(path: str) -> bool:
    parts = _plain(path).split("/")
    return parts[:2] == ["", "dev"] and parts[2:3] != [] and parts[2] not in risk_table().places.safe_devices


def _plain(path: str) -> str:
    """The path without doubled slashes and, but for the root, without one at its end."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def _leaves(path: str) -> bool:
    """Whether it is clearly not below the working directory."""
    return path.startswith(("/", "~")) or ".." in path.split("/")


def _unbounded(use: PathUse) -> bool:
    """Whether it is the working directory, a whole parameter, or a pattern that takes everything in it."""
    path = _plain(use.path or "")
    whole = path.startswith("{{") and "/" not in path
    return whole or path in {"", "."} or (use.word.glob and path.startswith(("*", "?")))
