"""Values of a trace as they are written down: with their secrets masked."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from capture.events import RunStarted
from capture.secrets.noting import Noted
from capture.secrets.redaction import Masking
from capture.trace import FileEffect, Input, Masked, SeenFile


def summed(found: Iterable[tuple[str, Masking]]) -> tuple[Masked, ...]:
    """How often each secret was masked in each field.

    Args:
        found: Field and masking.

    Returns:
        In the order in which they came.
    """
    counts = Counter((masking.rule, field, masking.number) for field, masking in found)
    return tuple(
        Masked(rule=rule, field=field, count=count, secret=secret) for (rule, field, secret), count in counts.items()
    )


def masked_effects(effects: Iterable[FileEffect], redactor: Noted) -> tuple[FileEffect, ...]:
    """Effects as they are written down: a name may be a secret too.

    Args:
        effects: As they were found.
        redactor: Knows secrets by their shape.

    Returns:
        The same, masked.
    """
    return with_paths(effects, redactor.paths(paths_in(effects)))


def masked_input(given: Input, redactor: Noted) -> Input:
    """A typed line as it is written down.

    Args:
        given: As it was typed.
        redactor: Knows secrets by their shape.

    Returns:
        The same, masked.
    """
    text = None if given.text is None else redactor.text(given.text)[0]
    return msgspec.structs.replace(given, prompt=redactor.text(given.prompt)[0], text=text)


def masked_head(head: RunStarted, noted: Noted) -> RunStarted:
    """The head of a run as it is written down.

    Args:
        head: Its environment and paths as they are.
        noted: Masks.

    Returns:
        The same, masked.
    """
    run = head.run
    environment = noted.environment(head.environment)[0]
    named = {name: noted.of("path").text(value)[0] for name, value in (("cwd", run.cwd), ("workspace", run.workspace))}
    watch = tuple(noted.text(path)[0] for path in run.watch)
    paths = noted.paths(seen.path for seen in head.workspace_before)
    return msgspec.structs.replace(
        head,
        run=msgspec.structs.replace(run, watch=watch, **named),
        environment=environment,
        workspace_before=tuple(_renamed(seen, paths) for seen in head.workspace_before)
        if paths
        else head.workspace_before,
    )


def paths_in(effects: Iterable[FileEffect]) -> Iterator[str]:
    """Every path that effects name, also where one was moved from."""
    for effect in effects:
        yield effect.path
        if effect.moved_from is not None:
            yield effect.moved_from


def with_paths(effects: Iterable[FileEffect], paths: Mapping[str, str]) -> tuple[FileEffect, ...]:
    """Effects under other names.

    Args:
        effects: As they were found.
        paths: What stands for a path; one that is not in it stays.
    """
    return tuple(
        msgspec.structs.replace(
            effect,
            path=paths.get(effect.path, effect.path),
            moved_from=effect.moved_from and paths.get(effect.moved_from, effect.moved_from),
        )
        for effect in effects
    )


def _renamed(seen: SeenFile, paths: Mapping[str, str]) -> SeenFile:
    return msgspec.structs.replace(seen, path=paths.get(seen.path, seen.path))
