"""Knows which files that stand in a step's way come from the playbook: from its recording, or an earlier replay."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import islice

from capture.errors import ReplaybookError
from capture.home import Home
from capture.tape.reader import load_run, load_trace, run_ids
from capture.trace import Trace
from replay.matching import contents, effects
from replay.playbook import ExpectedEffect, Playbook

MOST_RUNS = 200
"""Of a home, newest first, that are looked through for replays of the playbook."""


class Own:
    """What a playbook writes.

    Args:
        playbook: Its effects tell what it leaves.
        runs: Its recordings and its earlier replays; asked for only where a content is none of those that it tells.
    """

    def __init__(self, playbook: Playbook, runs: Callable[[], Iterable[Trace]] = tuple) -> None:
        self._playbook, self._runs = playbook, runs
        self._written: dict[str, set[str]] | None = None

    def wrote(self, path: str, content: bytes, values: Mapping[str, str]) -> bool:
        """Whether a content is what the playbook leaves there, or what its recording or an earlier replay left.

        Args:
            path: As effects name it.
            content: What stands there now.
            values: Parameters and captures.
        """
        told = (effect for effect in self._effects() if effect.content is not None)
        if any(self._is(effect, path, content, values) for effect in told):
            return True
        if self._written is None:
            self._written = _written(self._runs())
        return f"sha256:{sha256(content).hexdigest()}" in self._written.get(path, ())

    def recorded(self, path: str) -> Iterator[str]:
        """What its recordings left at a path, by `sha256:…`.

        Args:
            path: As effects name it.
        """
        for trace in islice(self._runs(), len(self._playbook.source_runs)):
            for step in trace.steps:
                yield from (one.after for one in step.file_effects if one.path == path and one.after is not None)

    def _effects(self) -> Iterator[ExpectedEffect]:
        return (effect for step in self._playbook.steps for effect in step.expect.effects or ())

    @staticmethod
    def _is(effect: ExpectedEffect, path: str, content: bytes, values: Mapping[str, str]) -> bool:
        literal = effects.bound(effect, values)
        return effects.is_path(literal.path, path) and contents.is_content(content, effect.content or "", values)


def runs_of(home: Home, playbook: Playbook) -> Iterator[Trace]:
    """The recordings that a playbook was compiled from, and the runs of its replays, as far as they are still there."""
    mine = (run_id for run_id in reversed(run_ids(home)) if _is_of(home, run_id, playbook))
    for run_id in (*playbook.source_runs, *islice(mine, MOST_RUNS)):
        try:
            yield load_trace(home, run_id)
        except (ReplaybookError, OSError):
            continue


def _is_of(home: Home, run_id: str, playbook: Playbook) -> bool:
    try:
        run = load_run(home, run_id)
    except (ReplaybookError, OSError):
        return False
    return run.replay_id is not None and run.name.startswith(f"{playbook.name}@")


def _written(runs: Iterable[Trace]) -> dict[str, set[str]]:
    """Every content that steps left at each path."""
    found: dict[str, set[str]] = {}
    for trace in runs:
        late = (effect for one in trace.between for effect in one.file_effects)
        for effect in (*(one for step in trace.steps for one in step.file_effects), *late):
            if effect.after is not None:
                found.setdefault(effect.path, set()).add(effect.after)
    return found
