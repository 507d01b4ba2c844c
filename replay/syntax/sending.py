"""Which files the tools that copy over the network read and write here."""

import re
from collections.abc import Callable, Mapping

from replay.syntax.operands import TWO, Arguments, Paths, Uses, read_arguments
from replay.syntax.tools import Tool
from replay.syntax.values import CommandUse, Word
from replay.syntax.words import renamed

CURL = Tool(
    valued="-X -H -d -u -A -e -m -b -F -w -x --data --header --request --user --max-time --retry --form "
    "--write-out --url --connect-timeout --data-raw --data-binary --data-urlencode --json",
    reads="-K --config -T --upload-file --cacert --cert --key",
    writes="-o --output -c --cookie-jar -D --dump-header",
)
WGET = Tool(valued="-U -t -T --header --post-data --method", reads="-i --input-file --post-file", writes="-O -o -P")
SCP = Tool(valued="-P -l -c -J -S -o", reads="-i -F")
RSYNC = Tool(
    valued="-e --rsh --exclude --include --filter -f --chmod --max-size --bwlimit",
    reads="--files-from --exclude-from --include-from",
)


def _curl(use: CommandUse) -> Paths:
    arguments, uses = read_arguments(use.words[1:], CURL), Uses(use)
    named = [_last(word) for word in arguments.operands] if arguments.given("-O --remote-name") else []
    return Paths(
        reads=uses.of(arguments.values(CURL.reads)),
        writes=uses.of([*arguments.values(CURL.writes), *named]),
    )


def _last(word: Word) -> Word:
    """The file that an address is saved as."""
    return renamed(word, None if word.value is None else re.sub(r"[?#].*", "", word.value).rsplit("/", 1)[-1] or None)


def _wget(use: CommandUse) -> Paths:
    arguments, uses = read_arguments(use.words[1:], WGET), Uses(use)
    chosen = arguments.given("-O --output-document -P --spider -r -m -i --input-file")
    named = [] if chosen else [_index(_last(word)) for word in arguments.operands]
    into = uses.of(arguments.values("-P"), makes=True, tolerant=True, directory=True)
    return Paths(
        reads=uses.of(arguments.values(WGET.reads)),
        writes=(*uses.of([*arguments.values("-O -o"), *named]), *into),
        unseen=arguments.given("-r -m -i --input-file"),
    )


def _index(word: Word) -> Word:
    return renamed(word, "index.html") if word.value in {None, ""} and "$" not in word.text else word


def _scp(use: CommandUse) -> Paths:
    return _copied(read_arguments(use.words[1:], SCP), Uses(use), SCP)


def _rsync(use: CommandUse) -> Paths:
    arguments, uses = read_arguments(use.words[1:], RSYNC), Uses(use)
    found = _copied(arguments, uses, RSYNC)
    gone = found.reads[-len(arguments.operands[:-1]) :] if arguments.given("--remove-source-files") else ()
    return Paths(reads=found.reads, writes=found.writes, removes=gone)


def _copied(arguments: Arguments, uses: Uses, tool: Tool) -> Paths:
    """All but the last are read and the last is written, as far as they are here."""
    operands = arguments.operands
    read = uses.of(arguments.values(tool.reads))
    if len(operands) < TWO:
        return Paths(reads=read)
    sources = uses.of([word for word in operands[:-1] if not is_remote(word)], recursive=True)
    return Paths(reads=(*read, *sources), writes=uses.of([word for word in operands[-1:] if not is_remote(word)]))


def is_remote(word: Word) -> bool:
    """Whether scp and rsync take it for another machine's: a colon stands before any slash."""
    return word.value is None or ":" in word.value.partition("/")[0]


SENDING: Mapping[str, Callable[[CommandUse], Paths]] = {"curl": _curl, "rsync": _rsync, "scp": _scp, "wget": _wget}
"""By name."""
