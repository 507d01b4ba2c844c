"""What common commands do with their operands and options: data only."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from replay.syntax.vocabulary import named


class Operands(StrEnum):
    """What a command does with the words that are no options."""

    NONE = "none"
    """They are no paths."""
    UNKNOWN = "unknown"
    """They may be paths."""
    READ = "read"
    """Each must be there."""
    READ_REST = "read_rest"
    """The first is a pattern or a program, the others must be there."""
    READ_FIRST = "read_first"
    """The first must be there (a script), the others may be paths."""
    WRITE_FIRST = "write_first"
    """The first is written, or made when it isn't there."""
    READ_THEN_WRITE = "read_then_write"
    """The first is read, a second one written."""
    COPY = "copy"
    """All but the last are read, the last is written."""
    MOVE = "move"
    """As copy, and the first ones are gone."""
    LINK = "link"
    """The last is made; a target need not be there."""
    WRITE = "write"
    """Each is written."""
    REMOVE = "remove"
    """Each is gone."""
    MAKE = "make"
    """Each is made a directory."""
    ENTER = "enter"
    """Each is a directory that must be there."""


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A command; option lists are separated by blanks."""

    operands: Operands = Operands.READ
    """What it does with its operands."""
    valued: str = ""
    """Options that take a value which is no path."""
    reads: str = ""
    """Options whose value must be there."""
    writes: str = ""
    """Options whose value is written."""
    enters: str = ""
    """Options whose value is a directory that must be there."""
    stands_in: str = ""
    """Options that take the first operand's place."""
    no_paths: str = ""
    """Options with which no operand is a path."""
    tolerant: str = ""
    """Options with which it is content when the wanted state holds already."""
    in_place: str = ""
    """Options with which what it reads is written too."""
    suffixes: tuple[str, ...] = ()
    """Endings that it tries by itself."""
    clusters: bool = True
    """`-rf` is `-r -f`; False: single-dash options are words, as gcc's."""
    packs: str = ""
    """What it reads is gone afterwards, and is there with this ending."""
    unpacks: str = ""
    """What it reads is gone afterwards, and is there without this ending."""
    loads: str = ""
    """Options whose value is a module: a path only where it begins like one."""
    unseen: bool = False
    """It does more than its words tell: it runs a program, or what a file says."""


_TEXT = Tool()
_SUM = Tool(valued="-a --algorithm")
_GREP = Tool(
    operands=Operands.READ_REST,
    valued="-e -m -A -B -C --regexp --max-count --include --exclude --exclude-dir --color -d -D",
    reads="-f --file",
    stands_in="-e -f --regexp --file",
)
_COMPILER = Tool(
    valued="-I -L -D -U -l -x -isystem -arch -target -Xlinker -T -MF -MT -MQ -u -z",
    reads="-include",
    writes="-o",
    clusters=False,
)
_SCRIPT = Tool(
    operands=Operands.READ_FIRST,
    unseen=True,
    valued="-W -X",
    no_paths="-c -m -e -p --eval --print --version -V -h --help",
)
_NODE = Tool(
    operands=Operands.READ_FIRST,
    unseen=True,
    valued="-C --conditions",
    loads="-r --require --import --loader",
    no_paths="-e -p --eval --print --version -v --help --test --run",
    suffixes=(".js", ".mjs", ".cjs", ".json", ".node"),
)
_MODE = Tool(operands=Operands.READ_REST, reads="--reference", stands_in="--reference -r -w -x -s -t +r +w +x +s +t +X")
_SHELL = Tool(
    operands=Operands.READ_FIRST,
    unseen=True,
    valued="-o -O +o +O --rcfile --init-file",
    no_paths="-c -s --version --help",
)

_MAKE = Tool(
    operands=Operands.NONE, valued="-j -l -o -W", reads="-f --file --makefile", enters="-C --directory", unseen=True
)
_PIP = Tool(
    operands=Operands.NONE,
    valued="-i --index-url --extra-index-url -e --editable",
    reads="-r --requirement -c --constraint",
    writes="-t --target",
)

TOOLS: Mapping[str, Tool] = {
    "cargo": Tool(
        operands=Operands.NONE, valued="--bin --example -p --features --target -j", reads="--manifest-path", unseen=True
    ),
    "go": Tool(
        operands=Operands.NONE, valued="-tags -run -ldflags", writes="-o", enters="-C", clusters=False, unseen=True
    ),
    "gmake": _MAKE,
    "kubectl": Tool(operands=Operands.NONE, valued="-n --namespace -o --context -l", reads="-f --filename"),
    "make": _MAKE,
    "openssl": Tool(
        operands=Operands.NONE,
        valued="-pass -passin -passout",
        reads="-in -inkey -CAfile -CA -CAkey -config -extfile -certfile -kfile -untrusted",
        writes="-out -keyout",
        clusters=False,
    ),
    "pip": _PIP,
    "pip3": _PIP,
    "sqlite3": Tool(
        operands=Operands.WRITE_FIRST, valued="-cmd -separator -nullvalue", reads="-init", clusters=False, unseen=True
    ),
    "ssh": Tool(operands=Operands.NONE, valued="-p -o -L -R -D -l -J", reads="-i -F", unseen=True),
    "base64": Tool(valued="-w --wrap"),
    "bash": _SHELL,
    "bat": _TEXT,
    "bc": Tool(valued="-e"),
    "bunzip2": Tool(unpacks=".bz2"),
    "bzip2": Tool(packs=".bz2"),
    "cat": _TEXT,
    "cc": _COMPILER,
    "cd": Tool(operands=Operands.ENTER),
    "chgrp": _MODE,
    "chmod": _MODE,
    "chown": _MODE,
    "clang": _COMPILER,
    "clang++": _COMPILER,
    "cmake": Tool(
        operands=Operands.NONE,
        valued="-D -G -E -P -T -A -j --target --config --parallel",
        writes="-B",
        enters="-S --build --install",
    ),
    "cmp": Tool(valued="-i -n"),
    "column": Tool(valued="-s -o -t -c -N"),
    "comm": Tool(valued="--output-delimiter"),
    "cp": Tool(operands=Operands.COPY, valued="-S --suffix -t --target-directory", tolerant="-f"),
    "csplit": Tool(operands=Operands.READ_FIRST, valued="-f -n -b", unseen=True),
    "cut": Tool(valued="-d -f -c -b --delimiter --fields --characters --output-delimiter"),
    "dash": _SHELL,
    "diff": Tool(valued="-U -C -W -I -x --label --unified --context --exclude"),
    "dos2unix": _TEXT,
    "du": Tool(valued="-d --max-depth --exclude -t -B"),
    "egrep": _GREP,
    "expand": Tool(valued="-t"),
    "fgrep": _GREP,
    "file": Tool(valued="-m -F -P"),
    "fmt": Tool(valued="-w -p -g"),
    "fold": Tool(valued="-w"),
    "g++": _COMPILER,
    "gcc": _COMPILER,
    "grep": _GREP,
    "gunzip": Tool(unpacks=".gz", suffixes=(".gz",)),
    "gzip": Tool(packs=".gz", valued="-S"),
    "head": Tool(valued="-n -c --lines --bytes"),
    "hexdump": Tool(valued="-n -s -e -f"),
    "iconv": Tool(valued="-f -t --from-code --to-code", writes="-o --output"),
    "install": Tool(
        operands=Operands.COPY, valued="-m -o -g -t --mode --owner --group --target-directory", tolerant="-d -D"
    ),
    "join": Tool(valued="-t -1 -2 -o -a -e -j -v"),
    "ksh": _SHELL,
    "less": _TEXT,
    "ln": Tool(operands=Operands.LINK, valued="-S -t", tolerant="-f --force"),
    "ls": Tool(valued="-I -w -T --ignore --sort --time --color --block-size"),
    "md5sum": _SUM,
    "mkdir": Tool(operands=Operands.MAKE, valued="-m --mode", tolerant="-p --parents"),
    "mkfifo": Tool(operands=Operands.MAKE, valued="-m --mode"),
    "more": _TEXT,
    "mv": Tool(operands=Operands.MOVE, valued="-S --suffix -t --target-directory"),
    "nl": Tool(valued="-b -s -w -v -n"),
    "node": _NODE,
    "od": Tool(valued="-A -t -N -j -w"),
    "paste": Tool(valued="-d --delimiters"),
    "php": Tool(operands=Operands.READ_FIRST, unseen=True, valued="-d -c -S -t", no_paths="-r -v -S -m -i"),
    "pushd": Tool(operands=Operands.ENTER),
    "python": _SCRIPT,
    "python3": _SCRIPT,
    "pypy3": _SCRIPT,
    "readelf": Tool(valued="-x -p"),
    "rev": _TEXT,
    "rg": Tool(operands=Operands.NONE),
    "rm": Tool(operands=Operands.REMOVE, tolerant="-f --force"),
    "rmdir": Tool(operands=Operands.REMOVE, tolerant="--ignore-fail-on-non-empty"),
    "ruby": Tool(operands=Operands.READ_FIRST, unseen=True, valued="-I -r", no_paths="-e -v"),
    "sh": _SHELL,
    "sha1sum": _SUM,
    "sha224sum": _SUM,
    "sha256sum": _SUM,
    "sha384sum": _SUM,
    "sha512sum": _SUM,
    "cksum": _SUM,
    "shasum": _SUM,
    "shuf": Tool(valued="-n -i -e", writes="-o --output", no_paths="-i -e"),
    "sort": Tool(valued="-k -t -S -T --key --field-separator --buffer-size --parallel", writes="-o --output"),
    "source": Tool(operands=Operands.READ_FIRST, unseen=True),
    ".": Tool(operands=Operands.READ_FIRST, unseen=True),
    "split": Tool(operands=Operands.READ_FIRST, unseen=True, valued="-l -b -n -a -C --lines --bytes --number"),
    "stat": Tool(valued="-c -f --format --printf"),
    "strings": Tool(valued="-n -t -e"),
    "tac": Tool(valued="-s"),
    "tail": Tool(valued="-n -c --lines --bytes -s --pid"),
    "tee": Tool(operands=Operands.WRITE),
    "touch": Tool(operands=Operands.WRITE, valued="-d -t --date --time", reads="-r --reference"),
    "tr": Tool(operands=Operands.NONE),
    "truncate": Tool(operands=Operands.WRITE, valued="-s --size", reads="-r --reference"),
    "tsort": _TEXT,
    "unexpand": Tool(valued="-t"),
    "uniq": Tool(operands=Operands.READ_THEN_WRITE, valued="-f -s -w"),
    "unlink": Tool(operands=Operands.REMOVE),
    "unxz": Tool(unpacks=".xz"),
    "wc": Tool(reads="--files0-from"),
    "xmllint": Tool(valued="--xpath --encode", reads="--schema --dtdvalid", writes="--output -o"),
    "xxd": Tool(operands=Operands.READ_THEN_WRITE, valued="-c -g -l -s -o"),
    "xz": Tool(packs=".xz", valued="-T"),
    "zcat": Tool(suffixes=(".gz",)),
    "zsh": _SHELL,
    "zstd": Tool(valued="-T", writes="-o"),
}
"""By name; what is not here and not built in has operands that may be paths."""

NO_PATHS = named(
    """echo watch printf true false : test [ exit return shift wait jobs fg bg kill killall pkill pgrep sleep seq yes
    date expr basename dirname realpath readlink whoami id uname hostname export declare local readonly typeset unset
    alias unalias set shopt read mapfile readarray trap umask ulimit type command which hash history printenv
    env eval let apt apt-get dnf yum brew yarn pnpm npx podman systemctl
    service scp ping dig gh factor nproc ps df free mktemp popd dirs bind complete compgen builtin
    enable logout getopts fc caller suspend times disown help find tar dd rsync mktemp"""
)
"""Commands whose plain words are no paths, or whose paths another part reads."""

SUBCOMMANDS = named(
    """git npm yarn pnpm docker podman kubectl cargo go pip pip3 uv poetry conda systemctl apt apt-get apk dnf yum brew
    gem bundle composer terraform helm gh"""
)
"""Commands whose second word says what they do."""
