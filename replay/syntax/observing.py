"""Tells commands that only look, or change nothing but the shell that they run in, from those that do more."""

from collections.abc import Set as AbstractSet

from replay.syntax.values import Analysis, CommandUse
from replay.syntax.vocabulary import named

SHELL_ONLY = named(
    """: [ [[ alias cd declare dirs echo export false getopts help let local popd printf pushd pwd read
    readonly return set shift shopt test times true type typeset umask unalias unset wait"""
)
"""What these change dies with the shell."""
LOOKING = named(
    """arch b2sum base32 base64 basename cat cksum cmp column comm cut df dir dirname du expr fgrep fold free grep
    egrep groups head id jq ls md5sum more nl nproc od paste pgrep pr printenv ps readlink realpath rev seq sha1sum
    sha224sum sha256sum sha384sum sha512sum sleep stat strings sum tac tail tr tty uname uptime users vdir wc which
    who whoami zcat"""
)
"""Commands that have no way to change anything, whatever their words."""
LOOKING_GIT = named("blame cat-file describe log ls-files ls-tree rev-list rev-parse shortlog show")
"""Subcommands of git that change nothing, not even its index."""
_WRITING_GIT = ("--output", "--textconv", "--ext-diff")
SINKS = named("/dev/null /dev/stdout /dev/stderr /dev/tty")
_SEEN_THROUGH = named("command builtin")


def only_reads(analysis: Analysis, *, defined: AbstractSet[str] = frozenset()) -> bool:
    """Whether a text surely changes nothing but the shell that it runs in; False in doubt.

    Args:
        analysis: What its text tells.
        defined: Names of functions and aliases that may stand behind a command's name.
    """
    if not analysis.ok or analysis.foreign or analysis.risks or analysis.functions or analysis.unseen:
        return False
    if analysis.removes or any(use.path not in SINKS for use in analysis.writes):
        return False
    return all(_looks(use, defined) for use in analysis.commands)


def _looks(use: CommandUse, defined: AbstractSet[str]) -> bool:
    if use.name is None or use.name in defined or set(use.wrappers) - _SEEN_THROUGH or use.more_operands:
        return False
    # A variable lent to one command may change what the command is: PATH, LD_PRELOAD, PAGER.
    if use.assignments:
        return False
    return use.name in SHELL_ONLY or use.name in LOOKING or _is_look_of_git(use)


def _is_look_of_git(use: CommandUse) -> bool:
    words = [word.value for word in use.words[1:]]
    if use.name != "git" or not words or words[0] not in LOOKING_GIT:
        return False
    return all(word is not None and not word.startswith(_WRITING_GIT) for word in words)
