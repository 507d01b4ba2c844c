"""What a command runs that stands in its arguments: strings of shell text, and commands of `find`."""

import re
from collections.abc import Sequence
from itertools import pairwise

from replay.syntax.values import CommandUse, Word
from replay.syntax.vocabulary import SHELLS
from replay.syntax.wrappers import base_name

TAKES_TEXT = re.compile(r"-[A-Za-z]*c[A-Za-z]*|--command")
"""An option of a shell behind which shell text stands: `-c`, among other letters too."""
DESTROYING = {"find": {"-delete", "rm", "shred"}, "rsync": {"--delete"}, "git": {"clean", "--hard"}}
"""Words with which these destroy what their other words name."""


def strings_run_by(use: CommandUse) -> list[tuple[str | None, Word]]:
    """Strings that a command runs as shell text, each with the word that it stands in.

    Args:
        use: The command.

    Returns:
        The text is None when only a run can tell.
    """
    name, arguments = base_name(use.name), use.words[1:]
    if name == "eval" and arguments:
        static = all(word.value is not None for word in arguments)
        return [(" ".join(word.value or "" for word in arguments) if static else None, arguments[0])]
    if name == "trap":
        handler = arguments[1:2] if arguments[:1] and arguments[0].value == "--" else arguments[:1]
        return [(word.value, word) for word in handler if len(arguments) > 1 and word.value not in {"-", ""}]
    if name == "watch":
        texts = [word for word in arguments if not (word.value or "x").startswith("-") and " " in (word.value or " ")]
        return [(word.value, word) for word in texts[:1]]
    if name in SHELLS | {"su", "flock", "script"}:
        for option, text in pairwise(arguments):
            if TAKES_TEXT.fullmatch(option.value or ""):
                return [(text.value, text)]
    return []


def commands_run_by(use: CommandUse) -> list[tuple[Word, ...]]:
    """The commands that `find -exec` runs."""
    if base_name(use.name) != "find":
        return []
    found: list[tuple[Word, ...]] = []
    words = use.words
    starts = [at for at, word in enumerate(words) if word.value in {"-exec", "-execdir", "-ok", "-okdir"}]
    for start in starts:
        end = next((at for at in range(start, len(words)) if words[at].value in {";", "+"}), len(words))
        found.append(tuple(word for word in words[start + 1 : end] if word.value != "{}"))
    return found


def destroys(name: str, words: Sequence[str]) -> bool:
    """Whether `find`, `rsync` or `git` is told to destroy something."""
    return any(word in DESTROYING[name] or word.startswith("--delete") for word in words)
