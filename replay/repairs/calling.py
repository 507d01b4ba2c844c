"""Says what a changed tool call would newly do: other values that reach no further, and no more than that."""

from collections import Counter
from collections.abc import Iterator

from replay import calls
from replay.calls import Given
from replay.repairs import locating, reaching
from replay.repairs.proposal import Evidence


def reasons(old: str, new: str, evidence: Evidence, *, renamed: bool, rebound: bool) -> Iterator[str]:
    """What speaks against a changed call.

    Args:
        old: What was there: a call, a command, or nothing.
        new: As it would be.
        evidence: The failed step.
        renamed: Whether who offers the tool, or its argument, now offers it under the new name alone.
        rebound: A path's new name, which was judged by itself, made all the difference.

    Returns:
        Sentences without a subject.
    """
    was, now = calls.read(old), calls.read(new)
    if was is None or now is None:
        yield "it puts a tool's call and a command in each other's place" if old else "it calls a tool of its own"
        return
    if was.name != now.name and not renamed:
        yield f"it calls {now.name} instead of {was.name}"
    before, after = list(calls.given(old)), list(calls.given(new))
    if renamed:
        if [(one.text, one.string) for one in before] != [(one.text, one.string) for one in after]:
            yield f"it gives {now.name} something else than {was.name} was given"
    elif not rebound:
        yield from _of_values(now.name, before, after, evidence)


def _of_values(name: str, before: list[Given], after: list[Given], evidence: Evidence) -> Iterator[str]:
    """What is new among the values: of the same fields, of the same kind, and no farther away."""
    had, has = (Counter(one.key for one in given) for given in (before, after))
    yield from (f"it gives {name} another {key}" for key in has if has[key] > had[key])
    yield from (f"it gives {name} no {key} any more" for key in had if had[key] > has[key])
    olds = {one.key: one for one in before}
    known = {(one.key, one.text, one.string) for one in before}
    for one in after:
        was = olds.get(one.key)
        if (one.key, one.text, one.string) in known or was is None:
            continue
        if one.text in {"true", "false"} and not one.string:
            yield f"it sets {one.key} to {one.text}"
        elif was.string != one.string:
            yield f"it gives {name} another kind of {one.key}"
        elif path := reaching.outside(one.text, evidence):
            yield f"it names {path}, outside the workspace"
        elif _host(one.text, evidence) not in {None, _host(was.text, evidence)}:
            yield f"it speaks to {_host(one.text, evidence)}"


def _host(text: str, evidence: Evidence) -> str | None:
    found = reaching.URL.search(locating.filled(text, evidence))
    return found["host"] if found else None
