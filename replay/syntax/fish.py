"""As much of fish's syntax as tells where bash's tree can be trusted, and how a value is written into a text of it."""

import re
from enum import StrEnum

from capture.shells.fish_text import quoted
from replay.syntax.vocabulary import named

OWN_WORDS = named(
    """and or not begin end if else for while switch case function set set_color string math count contains argparse
    alias eval source . status abbr bind block break builtin commandline complete emit functions history random
    return"""
)
"""Commands that bash doesn't have, or that do something else there."""
OWN_VARIABLES = named("""argv status pipestatus history fish_pid last_pid hostname umask version CMD_DURATION""")
_WORD = r"""(?:'[^'\\]*(?:\\[^\\'][^'\\]*)*'
    |"(?:[^"\\`$]|\\["\\$]|\$[A-Za-z_]\w*(?![\w\[]))*"
    |\$[A-Za-z_]\w*(?![\w\[])
    |\\[^\w\n]
    |[^\s'"\\$`(){}<>;|&\#*?~]
    |[*?~]
    |(?<=[^\s;|&])\#)+"""
_TOKEN = re.compile(
    rf"""(?P<blank>[\ \t]+|\\\n)
    |(?P<redirect>(?:\d*|&)>>?(?![|?])(?:&\d)?|\d*<(?![<(&?]))
    |(?P<comment>\#[^\n]*)
    |(?P<end>[\n;]|&&|\|\||\||&)
    |(?P<word>{_WORD})""",
    re.VERBOSE,
)
_PIECE = re.compile(r"(?:^|[;\n(|&]|\b(?:and|or|not|if|while|else|begin)\b)\s*([^\s;\n()|&][^;\n()|&]*)")
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PLAIN = re.compile(r"[A-Za-z0-9_@+:./-]+")


class Quoting(StrEnum):
    """What a place in a text of fish is inside of."""

    BARE = "outside quotes"
    DOUBLE = "inside double quotes"
    SINGLE = "inside single quotes"
    COMMENT = "inside a comment"


_BEGINS = {"'": Quoting.SINGLE, '"': Quoting.DOUBLE, "#": Quoting.COMMENT, "(": Quoting.BARE}
_ENDS = {Quoting.SINGLE: "'", Quoting.DOUBLE: '"', Quoting.COMMENT: "\n"}


def pieces(text: str) -> tuple[tuple[int, str], ...]:
    """What may be simple commands in a text that isn't read: quotes aside, so that rather too many are found.

    Args:
        text: Of fish.

    Returns:
        Where each begins, and its text.
    """
    return tuple((found.start(1), found[1]) for found in _PIECE.finditer(text))


def reads_like_bash(text: str) -> bool:
    """Whether a text means in bash what it means in fish, so that bash's syntax tree tells the truth.

    Args:
        text: Of fish.

    Returns:
        True for plain commands with quotes, variables, redirections, pipes and lists; False for all that is fish's own.
    """
    at, begins, ended = 0, True, 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or token.end() == at:
            return False
        at = token.end()
        if token["word"] is not None:
            glued = token.start() == ended and token.start() > 0
            if begins and (glued or token["word"] in OWN_WORDS):
                return False
            if not OWN_VARIABLES.isdisjoint(_VARIABLE.findall(token["word"])):
                return False
            begins = begins and _ASSIGNMENT.match(token["word"]) is not None
            ended = at
        elif token["end"] is not None:
            begins = True
    return True


def quoting_at(text: str, place: int) -> Quoting:
    """What a place in a text of fish is inside of.

    Args:
        text: Of fish; substitutions inside double quotes begin anew.
        place: Offset.
    """
    around = [Quoting.BARE]
    at = 0
    while at < place:
        if text[at] == "\\" and around[-1] is not Quoting.COMMENT:
            at += 1
        else:
            _step(around, text, at)
        at += 1
    return around[-1]


def _step(around: list[Quoting], text: str, at: int) -> None:
    """Take one character: it may begin or end what the next one is inside of."""
    char, now = text[at], around[-1]
    if now is not Quoting.BARE:
        if char == _ENDS[now]:
            around.pop()
        elif now is Quoting.DOUBLE and text[at - 1 : at + 1] == "$(":
            around.append(Quoting.BARE)
    elif char == ")" and len(around) > 1:
        around.pop()
    elif char == "#" and at > 0 and text[at - 1] not in " \t\n;|&(":
        pass
    elif char in _BEGINS:
        around.append(_BEGINS[char])


def written(value: str, text: str, start: int, end: int, *, behind_name: bool = False) -> str | None:
    """A value as source text for its place.

    Args:
        value: What fish must read there.
        text: Of fish.
        start: Where the place begins.
        end: Where it ends.
        behind_name: It stands right behind `$NAME`, which a letter or a bracket would go on.

    Returns:
        None when no source text there means exactly this value.
    """
    before, after = text[start - 1 : start], text[end : end + 1]
    quoting = quoting_at(text, start)
    if "\0" in value or (before in ("$", "\\") and quoting is not Quoting.SINGLE):
        return None
    match quoting:
        case Quoting.BARE:
            descriptor = value.isdigit() and after in ("<", ">")
            plain = _PLAIN.fullmatch(value) and not descriptor and value not in OWN_WORDS
            return ("''" if behind_name and plain else "") + (value if plain else quoted(value))
        case Quoting.DOUBLE:
            return ('""' if behind_name and value else "") + re.sub(r'([\\$"])', r"\\\1", value)
        case Quoting.SINGLE:
            return quoted(value)[1:-1]
        case Quoting.COMMENT:
            return value.replace("\n", " ")
