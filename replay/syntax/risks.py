"""Says what a command could do for good: the policy gate and the safety level read it."""

from collections.abc import Iterator, Mapping

from replay.syntax.operands import git_words
from replay.syntax.tools import SUBCOMMANDS
from replay.syntax.values import Analysis, CommandUse, PathUse, RiskKind, RiskUse
from replay.syntax.vocabulary import SHELLS, named
from replay.syntax.wrappers import base_name

BY_NAME: Mapping[str, tuple[RiskKind, str]] = {
    **dict.fromkeys(("rm", "rmdir", "unlink", "shred"), (RiskKind.DELETE, "deletes what it names")),
    **dict.fromkeys(("mkfs", "wipefs", "fdisk", "parted"), (RiskKind.DELETE, "rewrites a disk")),
    **dict.fromkeys(("mv", "dd", "truncate"), (RiskKind.OVERWRITE, "replaces what is at its target")),
    **dict.fromkeys(("sudo", "doas", "su", "pkexec", "runuser"), (RiskKind.PRIVILEGE, "acts as another user")),
    **dict.fromkeys(("kill", "pkill", "killall", "xkill"), (RiskKind.KILL, "ends processes")),
    **dict.fromkeys(("shutdown", "reboot", "halt", "poweroff"), (RiskKind.KILL, "stops the machine")),
    **dict.fromkeys(
        ("curl", "wget", "ssh", "scp", "sftp", "ftp", "nc", "ncat", "telnet", "rclone"),
        (RiskKind.NETWORK, "speaks to other machines"),
    ),
    **dict.fromkeys(("npx", "uvx", "pipx"), (RiskKind.INSTALL, "fetches and runs a package")),
    **dict.fromkeys(("chown", "chgrp"), (RiskKind.PERMISSIONS, "changes who owns files")),
}
_FETCHES = (RiskKind.NETWORK, "speaks to a remote")
_INSTALLS = (RiskKind.INSTALL, "installs packages")
BY_SUBCOMMAND: Mapping[str, tuple[RiskKind, str]] = {
    **dict.fromkeys(("git clone", "git fetch", "git pull", "git push"), _FETCHES),
    **dict.fromkeys(("docker pull", "docker push", "npm publish", "cargo publish", "gh release"), _FETCHES),
    **dict.fromkeys(
        ("pip install", "pip3 install", "npm install", "npm i", "npm ci", "npm add", "yarn add", "yarn install"),
        _INSTALLS,
    ),
    **dict.fromkeys(
        ("pnpm add", "pnpm install", "cargo install", "go install", "go get", "apt install", "apt-get install"),
        _INSTALLS,
    ),
    **dict.fromkeys(
        ("brew install", "dnf install", "yum install", "apk add", "gem install", "apt-get upgrade"), _INSTALLS
    ),
    **dict.fromkeys(
        ("pip uninstall", "npm uninstall", "apt remove", "apt-get remove", "docker rm", "docker rmi"),
        (RiskKind.DELETE, "removes what was installed"),
    ),
    "git clean": (RiskKind.DELETE, "deletes untracked files"),
    "git rebase": (RiskKind.HISTORY_REWRITE, "rewrites commits"),
    "git filter-branch": (RiskKind.HISTORY_REWRITE, "rewrites commits"),
    "git rm": (RiskKind.DELETE, "deletes tracked files"),
    "git stash": (RiskKind.OVERWRITE, "sets local changes aside"),
    "kubectl delete": (RiskKind.DELETE, "deletes objects of a cluster"),
}
BY_OPTION: Mapping[str, Mapping[str, tuple[RiskKind, str]]] = {
    "git reset": {"--hard": (RiskKind.DELETE, "throws local changes away")},
    "git checkout": dict.fromkeys(("-f", "--force", "-B"), (RiskKind.FORCE, "throws local changes away")),
    "git branch": dict.fromkeys(("-D", "-f", "--force", "-M"), (RiskKind.FORCE, "loses a branch")),
    "git push": {
        **dict.fromkeys(("-f", "--force", "--mirror"), (RiskKind.FORCE, "overwrites the remote's history")),
        "--force-with-lease": (RiskKind.FORCE, "overwrites the remote's history"),
        **dict.fromkeys(("--delete", "-d"), (RiskKind.DELETE, "deletes at the remote")),
    },
    "git commit": {"--amend": (RiskKind.HISTORY_REWRITE, "rewrites the last commit")},
    "git tag": dict.fromkeys(("-f", "--force", "-d"), (RiskKind.FORCE, "moves a tag")),
    "find": dict.fromkeys(("-delete",), (RiskKind.DELETE, "deletes what it finds")),
    "rsync": dict.fromkeys(
        ("--delete", "--delete-after", "--remove-source-files"), (RiskKind.DELETE, "deletes at the target")
    ),
    "curl": dict.fromkeys(("-k", "--insecure"), (RiskKind.FORCE, "doesn't check who answers")),
    "wget": {"--no-check-certificate": (RiskKind.FORCE, "doesn't check who answers")},
}
FORCING = frozenset({"-f", "--force", "--yes", "-y", "--assume-yes", "--no-verify", "--force-yes", "--overwrite"})
FORCE_IS_OTHER = named(
    """echo printf grep egrep fgrep sed awk gawk cut tail make gmake tar ssh docker kubectl test [ date stat sort jq
    node python python3 cmake curl gcc cc patch read source perl uniq xargs time wget diff find ps"""
)
"""Commands whose `-f` or `-y` means something else."""
WIDE_MODES = ("777", "666", "a+w", "o+w", "+s", "u+s")
DOWNLOADERS = frozenset({"curl", "wget"})


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
    for wrapper in use.wrappers:
        if wrapper in BY_NAME:
            yield _risk(use, wrapper, *BY_NAME[wrapper])
    name = base_name(use.name)
    if name is None:
        yield _risk(use, use.words[0].text, RiskKind.HIDDEN, "which command it is can't be told before it runs")
        return
    verb = _verb(use, name)
    options = [word.value or "" for word in use.words[1:]]
    for table, key in ((BY_NAME, name), (BY_SUBCOMMAND, verb)):
        if key in table:
            yield _risk(use, verb, *table[key])
    yield from _by_options(use, name, verb, options)


def _by_options(use: CommandUse, name: str, verb: str, options: list[str]) -> Iterator[RiskUse]:
    telling = BY_OPTION.get(verb, {})
    letters = {f"-{letter}" for option in options if _is_cluster(option) for letter in option[1:]}
    given = {option.partition("=")[0] for option in options} | letters
    for option, (kind, reason) in telling.items():
        if option in given:
            yield _risk(use, verb, kind, reason)
    if name not in FORCE_IS_OTHER and given & FORCING:
        yield _risk(use, verb, RiskKind.FORCE, "is told not to ask")
    if name == "chmod" and any(mode in option for mode in WIDE_MODES for option in options):
        yield _risk(use, verb, RiskKind.PERMISSIONS, "lets everybody write, or run it as its owner")
    if name == "chmod" and given & {"-R", "--recursive"}:
        yield _risk(use, verb, RiskKind.PERMISSIONS, "changes modes of a whole tree")
    if name == "git" and verb == "git push" and any(option.startswith("+") for option in options):
        yield _risk(use, verb, RiskKind.FORCE, "overwrites the remote's history")
    if name in {"eval", *SHELLS} and any(word.value is None for word in use.words[1:3]):
        yield _risk(use, verb, RiskKind.HIDDEN, "runs text that can't be read before it runs")


def _downloaded(analysis: Analysis) -> Iterator[RiskUse]:
    """`curl … | sh`: a shell or interpreter in a pipeline behind a downloader."""
    fetched = False
    for use in analysis.commands:
        name = base_name(use.name)
        if name in DOWNLOADERS and use.in_pipeline:
            fetched = True
        elif fetched and use.in_pipeline and name in {*SHELLS, "python", "python3", "node", "perl", "ruby"}:
            yield _risk(use, name or "", RiskKind.RUN_DOWNLOADED, "runs what was just downloaded")


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


def _verb(use: CommandUse, name: str) -> str:
    if name not in SUBCOMMANDS:
        return name
    words = (
        git_words(use) if name == "git" else [word for word in use.words[1:] if not (word.value or "-").startswith("-")]
    )
    return f"{name} {words[0].value}" if words and words[0].value else name


def _is_cluster(option: str) -> bool:
    return option.startswith("-") and not option.startswith("--") and option[1:].isalpha()


def _risk(use: CommandUse, verb: str, kind: RiskKind, reason: str) -> RiskUse:
    return RiskUse(verb=verb, kind=kind, span=use.span, reason=f"{verb} {reason}")
