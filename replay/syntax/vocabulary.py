"""Names of commands that the rest of the package knows by heart."""


def named(text: str) -> frozenset[str]:
    """The names in a text, separated by blanks."""
    return frozenset(text.split())


BUILTINS = named(
    """. : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo
    enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd
    printf pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type
    typeset ulimit umask unalias unset wait"""
)
"""What bash does itself; keywords are not among them: the tree knows those."""

ZSH_BUILTINS = named(
    """- autoload bindkey chdir compdef compinit emulate float foreach functions integer limit noglob nocorrect print
    private pushln rehash repeat sched setopt unfunction unhash unlimit unsetopt vared whence where zcompile zformat
    zle zmodload zparseopts zprof zpty zregexparse zsocket zstyle ztcp"""
)
"""What zsh does itself besides, those of its modules and its completion included."""

FISH_BUILTINS = named(
    """abbr and argparse begin block breakpoint commandline contains count dirh end emit fish_add_path
    fish_config fish_update_completions funced funcsave function functions isatty la ll math nextd not or path prevd
    cdh open prompt_pwd psub random set set_color status string suspend switch trap vared _"""
)
"""What fish does itself besides, the functions that it brings included."""

KEYWORDS = named("""if then elif else fi for in do done while until case esac function select time coproc""")
"""Words that are no command although some parse as one."""

BASICS = named(
    """arch awk base32 base64 basename bash cat chgrp chmod chown cksum cmp comm cp csplit cut date dd df diff dir
    dircolors dirname du egrep env expand expr factor fgrep find fmt fold grep groups gunzip gzip head hostname
    id install join kill link ln logname ls md5sum mkdir mkfifo mknod mktemp more mv nice nl nohup nproc numfmt
    od paste pathchk pr printenv ps ptx readlink realpath rev rm rmdir sed seq sh sha1sum sha224sum sha256sum
    sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync tac tail tar tee timeout touch tr
    truncate tsort tty uname unexpand uniq unlink uptime users vdir wc which who whoami xargs yes"""
)
"""On every machine that has a shell: not worth a line in a playbook."""

ASKING = named("""test [ grep egrep fgrep rg command type which hash diff cmp pgrep read ping""")
"""Their failure is an answer: what stands behind `&&` depends on it."""

DESTRUCTIVE = named("""rm rmdir mv dd shred truncate unlink mkfs wipefs""")
"""Destroy what their arguments name."""

SHELLS = named("""sh bash dash zsh ksh ash""")
"""Run a file, or a string behind `-c`, as shell text."""

SYSTEM_VARIABLES = named(
    """HOME PATH PWD OLDPWD USER LOGNAME SHELL TERM LANG LC_ALL LC_CTYPE TMPDIR HOSTNAME UID EUID PPID BASHPID RANDOM
    SECONDS LINENO SHLVL IFS BASH BASH_VERSION BASH_SOURCE BASH_VERSINFO FUNCNAME HOSTTYPE OSTYPE MACHTYPE
    COLUMNS LINES EPOCHSECONDS EPOCHREALTIME SRANDOM PIPESTATUS REPLY OPTARG OPTIND GROUPS DIRSTACK PS1 PS2 PS4
    EDITOR _"""
)
"""Set by the shell or the login wherever it is."""


def own_words(shell: str) -> frozenset[str]:
    """What a shell does itself that bash doesn't.

    Args:
        shell: Its name.

    Returns:
        Names of commands.
    """
    return {"zsh": ZSH_BUILTINS, "fish": FISH_BUILTINS}.get(shell, frozenset())
