"""How much a person must be there when a command runs: ordinary work asks for nobody, what can't be undone does."""

from collections.abc import Callable, Mapping

import msgspec

from replay.playbook import SafetyLevel
from replay.syntax.values import Analysis, CommandUse, PathUse, RiskKind, Span


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A command's safety level, and what decided it."""

    level: SafetyLevel
    reason: str | None = None
    """One clause for a person; None when nothing raised the level."""
    span: Span | None = None
    """The part of the command that decided."""


KIND_LEVELS: Mapping[RiskKind, SafetyLevel] = {
    RiskKind.DELETE: SafetyLevel.AUTO_OK,
    RiskKind.OVERWRITE: SafetyLevel.AUTO_OK,
    RiskKind.PERMISSIONS: SafetyLevel.AUTO_OK,
    RiskKind.REDIRECT_OUTSIDE: SafetyLevel.AUTO_OK,
    RiskKind.FORCE: SafetyLevel.AUTO_OK,
    RiskKind.NETWORK: SafetyLevel.NEEDS_CONFIRM,
    RiskKind.PRIVILEGE: SafetyLevel.NEEDS_CONFIRM,
    RiskKind.INSTALL: SafetyLevel.NEEDS_CONFIRM,
    RiskKind.KILL: SafetyLevel.NEEDS_CONFIRM,
    RiskKind.HISTORY_REWRITE: SafetyLevel.NEEDS_CONFIRM,
    RiskKind.HIDDEN: SafetyLevel.NEEDS_CONFIRM,
    RiskKind.RUN_DOWNLOADED: SafetyLevel.MANUAL_ONLY,
}
"""What a risk asks for by its kind alone."""

VERB_LEVELS: Mapping[tuple[RiskKind, str], SafetyLevel] = {
    (RiskKind.FORCE, "git push"): SafetyLevel.NEEDS_CONFIRM,
    (RiskKind.FORCE, "git branch"): SafetyLevel.NEEDS_CONFIRM,
    (RiskKind.FORCE, "git checkout"): SafetyLevel.NEEDS_CONFIRM,
    (RiskKind.FORCE, "git tag"): SafetyLevel.NEEDS_CONFIRM,
    (RiskKind.DELETE, "git push"): SafetyLevel.NEEDS_CONFIRM,
    (RiskKind.DELETE, "git reset"): SafetyLevel.NEEDS_CONFIRM,
    (RiskKind.DELETE, "git clean"): SafetyLevel.NEEDS_CONFIRM,
    (RiskKind.DELETE, "find"): SafetyLevel.NEEDS_CONFIRM,
    (RiskKind.DELETE, "rsync"): SafetyLevel.NEEDS_CONFIRM,
    (RiskKind.DELETE, "kubectl delete"): SafetyLevel.NEEDS_CONFIRM,
    (RiskKind.NETWORK, "curl"): SafetyLevel.AUTO_OK,
    (RiskKind.NETWORK, "wget"): SafetyLevel.AUTO_OK,
    (RiskKind.NETWORK, "git clone"): SafetyLevel.AUTO_OK,
    (RiskKind.NETWORK, "git fetch"): SafetyLevel.AUTO_OK,
    (RiskKind.NETWORK, "git pull"): SafetyLevel.AUTO_OK,
    (RiskKind.NETWORK, "docker pull"): SafetyLevel.AUTO_OK,
}
"""Where a verb asks for more than its kind, or for less: fetching is ordinary work, sending is not."""

POSTING = frozenset(
    {"-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--json", "-F", "--form", "-T", "--upload-file"}
    | {"-X", "--request", "--post-data", "--post-file", "--method"}
)
"""Options with which curl and wget send something."""

MANUAL_COMMANDS = frozenset(
    {"fdisk", "sfdisk", "gdisk", "sgdisk", "parted", "wipefs", "blkdiscard", "mkswap", "cryptsetup", "hdparm"}
    | {"pvremove", "vgremove", "lvremove", "zpool", "diskutil", "shutdown", "reboot", "halt", "poweroff"}
)
"""Tools that can end a disk or a machine; `mkfs.*` too."""

ROOTS = frozenset({"/", "/*", "~", "~/", "~/*", "/home", "/etc", "/usr", "/var", "/bin", "/lib", "/boot", "/root"})
"""What no one may automate the removal of."""

SAFE_DEVICES = frozenset({"null", "stdout", "stderr", "tty", "zero", "full", "fd", "shm", "pts", "tcp", "udp"})
"""What under `/dev` is no hardware."""

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
            if _RANK[found.level] > _RANK[worst.level]:
                worst = found
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


def _by_kind(analysis: Analysis) -> list[Judged]:
    """What each risk asks for by its kind."""
    return [
        Judged(
            level=VERB_LEVELS.get((risk.kind, risk.verb), KIND_LEVELS[risk.kind]), reason=risk.reason, span=risk.span
        )
        for risk in analysis.risks
    ]


def _posts(analysis: Analysis) -> list[Judged]:
    return [
        Judged(level=SafetyLevel.NEEDS_CONFIRM, reason="sends something to another machine", span=command.span)
        for command in analysis.commands
        if _tool(command) in {"curl", "wget"} and any(_posting(word.value or "") for word in command.words[1:])
    ]


def _disk_tools(analysis: Analysis) -> list[Judged]:
    return [
        Judged(level=SafetyLevel.MANUAL_ONLY, reason="ends a disk or a machine", span=command.span)
        for command in analysis.commands
        if _is_manual(command)
    ]


def _raw_devices(analysis: Analysis) -> list[Judged]:
    return [
        Judged(level=SafetyLevel.MANUAL_ONLY, reason="writes to a device", span=use.span)
        for use in analysis.writes
        if use.path and _is_device(use.path)
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
    if use.path is not None and _plain(use.path) in ROOTS:
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


LOOKS: tuple[Callable[[Analysis], list[Judged]], ...] = (_by_kind, _posts, _disk_tools, _raw_devices, _removals)
"""Everything that can raise a level."""


def _posting(option: str) -> bool:
    short = option[:2] if not option.startswith("--") else ""
    return option.partition("=")[0] in POSTING or short in POSTING


def _tool(command: CommandUse) -> str:
    return (command.name or "").rsplit("/", 1)[-1]


def _is_manual(command: CommandUse) -> bool:
    tool = _tool(command)
    return tool in MANUAL_COMMANDS or tool == "mkfs" or tool.startswith("mkfs.")


def _is_recursive(command: CommandUse) -> bool:
    options = [word.value or "" for word in command.words[1:]]
    return any(one == "--recursive" or (one[:1] == "-" != one[1:2] and {"r", "R"} & set(one)) for one in options)


def _is_device(path: str) -> bool:
    parts = _plain(path).split("/")
    return parts[:2] == ["", "dev"] and parts[2:3] != [] and parts[2] not in SAFE_DEVICES


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
