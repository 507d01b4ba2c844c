"""Files that a tool is told of inside a word: `file:X`, `@X`, `name=@X`."""

import re
from collections.abc import Iterator, Mapping
from re import Pattern

import msgspec

from replay.syntax.operands import Paths, Uses, read_arguments
from replay.syntax.tools import Tool
from replay.syntax.values import CommandUse, Word
from replay.syntax.words import part_of
from replay.syntax.wrappers import base_name


class Referring(msgspec.Struct, frozen=True):
    """How a tool is told of a file."""

    options: str
    """Those whose value may name one, separated by blanks; empty: any word."""
    before: Pattern[str]
    """What stands before the file's name in the value."""
    clusters: bool = True
    """As of `Tool`."""


_AT = re.compile("@")
_SOURCE = Referring("-pass -passin -passout", re.compile("file:"), clusters=False)
_SENT = Referring("-d --data --data-binary --data-ascii --json", _AT)
_ENCODED = Referring("--data-urlencode", re.compile("[^=@]*@"))
_FORM = Referring("-F --form", re.compile("[^=]*=[@<](?=[^;,]+$)"))
_HEADERS = Referring("-H --header --proxy-header -w --write-out", _AT)
_LIST = Referring("", re.compile("@(?!/?$)"))
REFERRING: Mapping[str, tuple[Referring, ...]] = {
    "ansible": (Referring("-e --extra-vars", _AT),),
    "ansible-playbook": (Referring("-e --extra-vars", _AT),),
    "aws": (Referring("", re.compile(r"(?:--[\w-]+=)?fileb?://")),),
    "curl": (_SENT, _ENCODED, _FORM, _HEADERS),
    "gh": (Referring("-F --field", re.compile("[^=]*=@")),),
    "openssl": (_SOURCE,),
    **dict.fromkeys(("cc", "clang", "clang++", "g++", "gcc", "jar", "javac"), (_LIST,)),
}
"""By tool."""


def with_referred(use: CommandUse, found: Paths) -> Paths:
    """A command's paths with those that stand inside a word.

    Args:
        use: The command.
        found: Its paths as its words and options tell them.

    Returns:
        The same, more files read; what a table took for a file of that very word is none.
    """
    named = [one for how in REFERRING.get(base_name(use.name) or "", ()) for one in _named(use, how)]
    if not named:
        return found
    whole = {word.span for word, _ in named}
    reads = tuple(path for path in found.reads if path.span not in whole)
    mentions = tuple(path for path in found.mentions if path.span not in whole)
    told = Uses(use).of([part_of(word, start) for word, start in named])
    return msgspec.structs.replace(found, reads=(*reads, *told), mentions=mentions)


def _named(use: CommandUse, how: Referring) -> Iterator[tuple[Word, int]]:
    """Each word that names a file, and where in its value the name begins."""
    words = read_arguments(use.words[1:], Tool(valued=how.options, clusters=how.clusters)).values(how.options)
    for word in words if how.options else use.words[1:]:
        found = how.before.match(word.value or "")
        if found and found.end() < len(word.value or ""):
            yield word, found.end()
