"""Growth of what a person waits for at the screen, and of what a team's catalog takes."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from capture.home import Home
from replay.playbook import Playbook, PlaybookStep
from replay.team.server import Team
from tests.bench.growing.values import Cost, took, waited
from tests.bench.large import library, marker
from tests.bench.terminals import ShownTerminal, resident_bytes
from tests.bench.test_catalog import row
from tests.bench.test_large_library import (
    DOWN,
    pressed,
    screen_shows,
    to_playbook,
    to_recordings,
    to_replay,
)
from tests.bench.test_slow_line import caught_up, pane
from tests.bench.test_start import painted
from tests.postgres import Server
from tests.program import COMMAND
from tests.replay.team.test_replica import Place

KEYS = 30


@contextlib.contextmanager
def _screen(folder: Path) -> Iterator[ShownTerminal]:
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    with contextlib.chdir(folder), ShownTerminal([COMMAND, "--home", folder / "home"], environment, (120, 36)) as one:
        one.until_shows("run-")
        one.silence(1.0)
        yield one


def keys(folder: Path, times: float) -> Iterator[Cost]:
    many, steps, size = round(100 * times), round(500 * times), round(10_000_000 * times)
    library(Home(folder / "home").prepare(), runs=many, steps=steps, size=size, playbook_steps=steps)
    first = min(painted([COMMAND, "--home", folder / "home"], folder) for _ in range(4)) / 1000
    yield Cost("the first picture", "recordings", many, first)
    opened = []
    for _ in range(3):
        with _screen(folder) as screen:
            to_recordings(screen)
            opened.append(screen_shows(screen, "\r", marker(1)) / 1000)
            screen.silence(1.0)
            held = resident_bytes(screen.pid)[0]
    yield Cost("a recording opened", "MB", size // 1_000_000, min(opened))
    yield Cost("memory with a recording open", "MB", size // 1_000_000, held)
    with _screen(folder) as screen:
        to_recordings(screen)
        took_ms = pressed(screen, [DOWN], lambda _: None, KEYS)
        yield Cost("a key on Home", "recordings", many, median(took_ms) / 1000)
    with _screen(folder) as screen:
        to_recordings(screen)
        screen_shows(screen, "\r", marker(1))
        took_ms = pressed(screen, [DOWN], lambda number: marker(number + 2), KEYS)
        yield Cost("a key on a trace", "steps", steps, median(took_ms) / 1000)
    with _screen(folder) as screen:
        to_playbook(screen)
        yield Cost("a key on a playbook", "steps", steps, median(pressed(screen, [DOWN], lambda _: None, KEYS)) / 1000)
    with _screen(folder) as screen:
        to_replay(screen)
        yield Cost("a key on a replay", "steps", steps, median(pressed(screen, [DOWN], lambda _: None, KEYS)) / 1000)


def slow_line(folder: Path, times: float) -> Iterator[Cost]:
    lines = round(10_000 * times)
    (Path.home() / ".bashrc").write_text("PS1='$ '\n")
    with contextlib.chdir(folder), pane(folder, fills=True) as terminal:
        yield Cost("a flood over a slow line", "lines", lines, caught_up(terminal, lines))


def team(folder: Path, times: float) -> Iterator[Cost]:
    count, playbooks = round(1_000 * times), round(100 * times)
    server = Server()
    server.start()
    try:
        catalog = Team(server.database())
        catalog.catalog.put(*map(row, range(count)))
        numbers = iter(range(count, count + 100))
        put = waited(lambda: catalog.catalog.put(row(next(numbers))), runs=100)
        catalog.close()
        yield Cost("a team's catalog: a run put", "runs", count, put)
        place = Place(folder / "home", server.database())
        with place.catalog.transaction():
            for number in range(playbooks):
                place.register.add(Playbook(name=f"p-{number}", steps=(PlaybookStep(run="true"),)))
        numbers = iter(range(100))
        mine = took(lambda: place.catalog.put(row(next(numbers))), runs=10)
        place.shared.close()
        yield Cost("a team's home: a transaction", "playbooks", playbooks, mine)
    finally:
        server.remove()


KINDS = (keys, slow_line, team)
