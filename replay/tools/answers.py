"""What a tool answered, as a step prints it and as the exit code that it ends with (pure)."""

from collections.abc import Sequence

import msgspec

from capture.calls import result_text

TOOK = 0
"""The tool did it."""
SAID_ERROR = 1
"""The tool said that it could not."""
LATE = 124
"""No answer came in time."""
NOT_DONE = 125
"""The call could not be carried out: no server, one that died, no answer that can be used."""
NO_EXECUTOR = 127
"""Nothing that is known carries out tools of that name."""
LARGEST = 1 << 20
"""Bytes of an answer as it is printed; one with more has failed, and only its beginning is shown."""
SHOWN = 4096
"""Characters of one that is too long."""


class Answer(msgspec.Struct, frozen=True):
    """How a call ended."""

    code: int
    """The exit code of its step."""
    text: str
    """What its step prints; empty, or ending in a line end."""


def answered(result: object, *, error: bool = False) -> Answer:
    """What a tool answered.

    Args:
        result: A JSON value; None: nothing.
        error: The tool said that it failed.

    Returns:
        A failure where it is no JSON value, or longer than `LARGEST`.
    """
    try:
        text = result_text(result)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as problem:
        return Answer(NOT_DONE, f"the answer is no JSON value: {problem}\n")
    size = len(text.encode(errors="replace"))
    if size > LARGEST:
        return Answer(NOT_DONE, f"{text[:SHOWN]}\n{too_long(size)}\n")
    return Answer(SAID_ERROR if error else TOOK, text)


def too_long(size: int | None = None) -> str:
    """That an answer is, in words; `size` in bytes, None: it was not read to its end."""
    has = f"has {size} bytes" if size is not None else f"goes on behind {LARGEST} bytes"
    return f"the answer {has}, and at most {LARGEST} are taken; ask the tool for less"


def not_done(name: str, why: str, code: int = NOT_DONE) -> Answer:
    """A call that came to no answer.

    Args:
        name: Of the tool.
        why: What stood in the way, and what to do about it.
        code: As above.
    """
    return Answer(code, result_text(f"tool {name}: {why}"))


def joined(parts: Sequence[str]) -> str | None:
    """Several pieces of content as one text, each beginning on a line of its own; None without any."""
    if not parts:
        return None
    return "".join(
        part if part.endswith("\n") or at + 1 == len(parts) else f"{part}\n" for at, part in enumerate(parts)
    )
