"""Says what a changed tool call would newly do."""

from collections.abc import Iterator

from replay import calls


def reasons(old: str, new: str, *, renamed: bool) -> Iterator[str]:
    """What speaks against a changed call: it may give a tool other values, and call another tool only under its name.

    Args:
        old: What was there: a call, a command, or nothing.
        new: As it would be.
        renamed: Whether who offers the old tool now offers it under the new call's name alone.

    Returns:
        Sentences without a subject.
    """
    was, now = calls.read(old), calls.read(new)
    if was is None or now is None:
        yield "it puts a tool's call and a command in each other's place" if old else "it calls a tool of its own"
    elif was.name != now.name and not renamed:
        yield f"it calls {now.name} instead of {was.name}"
    elif was.name != now.name and was.input != now.input:
        yield f"it gives {now.name} something else than {was.name} was given"
