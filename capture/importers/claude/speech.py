"""What stands in a person's records of a session: prompts, commands of the agent, and commands of the shell."""

import re
from collections.abc import Iterator
from typing import Any

from capture.importers.claude.calls import plain
from capture.provenance import Speaker

_COMMAND = re.compile(r"<command-name>(.*?)</command-name>", re.DOTALL)
_ARGUMENTS = re.compile(r"<command-args>(.*?)</command-args>", re.DOTALL)
_TYPED = re.compile(r"\s*<bash-input>(.*)</bash-input>\s*", re.DOTALL)
_PRINTED = re.compile(r"\s*<bash-stdout>(.*?)</bash-stdout>\s*(?:<bash-stderr>(.*?)</bash-stderr>)?\s*", re.DOTALL)
_TOLD = re.compile(r"\s*<(?:local-command-(?:stdout|stderr|caveat)|task-notification|bash-(?:input|stdout|stderr))>")


def prompts(content: Any) -> Iterator[tuple[Speaker, str]]:
    """What a record says.

    Args:
        content: Of its message: a text, or blocks.

    Yields:
        Who says it, and the text; a command of the agent as it was typed.
    """
    for text in texts(content):
        if "<command-name>" in text and (command := _COMMAND.search(text)):
            arguments = _ARGUMENTS.search(text)
            yield Speaker.USER, f"{command[1].strip()} {arguments[1].strip() if arguments else ''}".strip()
        elif _TOLD.match(text):
            if not text.lstrip().startswith("<bash-"):
                yield Speaker.ASSISTANT, text
        else:
            yield Speaker.USER, plain(text)


def typed_commands(content: Any) -> tuple[str | None, str | None]:
    """A command that a person ran from within the agent, and what one has printed; None each when there is none."""
    begun: str | None = None
    ended: str | None = None
    for text in texts(content):
        if typed := _TYPED.fullmatch(text):
            begun = typed[1]
        elif text.lstrip().startswith("<bash-stdout>") and (printed := _PRINTED.fullmatch(text)):
            ended = "\n".join(part for part in printed.groups() if part)
    return begun, ended


def texts(content: Any) -> Iterator[str]:
    """The texts of a message."""
    if isinstance(content, str):
        yield content
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict) and block.get("type") == "text" and isinstance(block.get("text"), str):
            yield block["text"]
