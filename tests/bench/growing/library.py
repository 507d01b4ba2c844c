"""Growth of what is kept: catalog, playbooks, recordings, and what is looked for in them."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import count as counted
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import msgspec

from app.core import Core
from app.ghostty import ENGINE, Ghostty
from app.playback import Playback
from capture.home import Home
from capture.importers.agents import import_agent_record
from capture.tape.reader import load_trace
from capture.tape.seeking import Recording
from replay import document
from replay.compiler import compile_traces
from replay.finding import words
from replay.finding.index import FILE, Index
from replay.finding.values import Standing, Text
from replay.library.catalog import TinyCatalog
from replay.library.rows import RunRow, VersionRow
from replay.library.shelf import Shelf
from replay.playbook import Playbook, PlaybookStep, VersionStatus
from replay.syntax import analyse
from tests.bench import transcripts
from tests.bench.growing.values import Cost, alone, took
from tests.bench.large import LONG, library
from tests.bench.long_sessions import codelike, write_session
from tests.bench.long_traces import Long, long_trace
from tests.bench.test_catalog import TEXT, row
from tests.bench.test_checking import grown
from tests.bench.test_finding import _sentence
from tests.bench.test_seek import generate
from tests.capture.importers.mapped.logs import EVENTS

OFTEN = 200


def catalog(folder: Path, times: float) -> Iterator[Cost]:
    count, path = round(10_000 * times), folder / "catalog.json"
    TinyCatalog(path).put(*map(row, range(count)))
    told = partial(Cost, unit="runs", size=count)
    yield told("catalog: opened, every row checked", cost=alone(lambda: TinyCatalog(path).check()))
    opened = TinyCatalog(path)
    opened.check()
    yield told("catalog: a text found in name or goal", cost=took(lambda: opened.matching(RunRow, TEXT)))
    inserts = [took(partial(opened.put, row(count + number)), runs=1) for number in range(OFTEN)]
    yield told("catalog: a run inserted", cost=median(inserts))
    found = [took(partial(opened.get, RunRow, row(number * 97 % count).id), runs=1) for number in range(OFTEN)]
    yield told("catalog: a run found by its id", cost=median(found))


def compiling(_: Path, times: float) -> Iterator[Cost]:
    steps = round(1_000 * times)
    for renamed_in, share in ((0, "fewest"), (2, "many"), (1, "most")):
        long = long_trace(steps, renamed_in=renamed_in)

        def compiled(long: Long = long) -> None:
            # As a program finds them that has just started: a second time, only what is small would still be there.
            analyse.cache_clear()
            compile_traces([long.trace], name="long", blobs=long.blobs)

        yield Cost(f"a recording compiled, {share} commands distinct", "steps", steps, took(compiled, runs=3))


def loading(folder: Path, times: float) -> Iterator[Cost]:
    count, long = round(1_500 * times), long_trace(1_500)
    whole = compile_traces([long.trace], name="long", blobs=long.blobs).playbook
    steps = tuple(islice(cycle(whole.steps), count))
    shelf = Shelf(Home(folder / "shelf").prepare())
    added, text = shelf.add(msgspec.structs.replace(whole, steps=steps))
    load = partial(shelf.load, "long", 1, digest=document.digest(added))
    yield Cost("a playbook loaded", "steps", count, alone(load, runs=20))
    edited = took(lambda: document.load(text, where="long"), runs=2)
    yield Cost("a playbook loaded that was edited", "steps", count, edited)


def reading(_: Path, times: float) -> Iterator[Cost]:
    count = round(20 * times)
    line = "; ".join(f"tar -czf out{one}.tar.gz src/{one} | tee log{one} && echo {one}" for one in range(count))

    def read() -> None:
        analyse.cache_clear()
        analyse(line)

    yield Cost("a command line read", "commands in it", count, took(read, runs=10))


def finding(folder: Path, times: float) -> Iterator[Cost]:
    of, count = random.Random(8), round(1_000 * times)  # noqa: S311 - data, not a secret
    active = VersionStatus.ACTIVE
    there = [
        Standing(name=f"p-{number}", version=1, digest=str(number), status=active, goal=_sentence(of, 8))
        for number in range(count)
    ]
    texts = {one.name: Text(steps=_sentence(of, 60), parameters=_sentence(of, 4)) for one in there}
    index = Index(folder / FILE)
    built = took(lambda: index.update("1", there, lambda one: texts[one.name]), runs=1)
    yield Cost("the index of playbooks built", "playbooks", count, built)
    tasks = [words.wanted(of.choice(there).goal) for _ in range(40)]
    found = [took(partial(index.find, task, most=50)) for task in tasks]
    index.close()
    yield Cost("a playbook found by its task", "playbooks", count, median(found))


def dispatching(folder: Path, times: float) -> Iterator[Cost]:
    of, count = random.Random(9), round(50 * times)  # noqa: S311 - data, not a secret
    core, goal, workspace = Core(Home(folder / "home").prepare()), "write the greeting file", folder / "work"
    workspace.mkdir()
    with core._catalog.transaction():
        for number in range(count):
            playbook = Playbook(name=f"p-{number}", goal=_sentence(of, 8), steps=(PlaybookStep(run="true"),))
            core._register.add(playbook)
        steps = (PlaybookStep(run="echo hello > greeting"),)
        _, version = core._register.add(Playbook(name="greet", goal=goal, steps=steps))
        core._catalog.update(VersionRow, version.id, status=VersionStatus.ACTIVE)

    def dispatched() -> None:
        assert core.dispatch(goal, cwd=str(workspace), run=True).run

    dispatched()
    yield Cost("a goal dispatched, and done", "playbooks", count, took(dispatched))
    core.close()


def checking(folder: Path, times: float) -> Iterator[Cost]:
    home, count = Home(folder / "home").prepare(), round(30 * times)
    grown(home, count)
    core = Core(home, tell=lambda _: None)

    def check() -> None:
        assert core.check().checked == count

    yield Cost("a library checked", "playbooks", count, took(check, runs=3))
    core.close()


def recordings(folder: Path, times: float) -> Iterator[Cost]:
    home, size = Home(folder / "home").prepare(), round(2 * times * (1 << 20))
    library(home, runs=3, steps=round(100 * times), size=size, playbook_steps=10)
    yield Cost("a recording read", "kB", size >> 10, alone(lambda: load_trace(home, LONG), runs=12))


def searching(folder: Path, times: float) -> Iterator[Cost]:
    home, many = Home(folder / "home").prepare(), round(300 * times)
    library(home, runs=many, steps=10, size=2_000, playbook_steps=10)
    core = Core(home, tell=lambda _: None)
    first = took(lambda: core.search("nowhere in it"), runs=1)
    yield Cost("a text searched in all that was printed, first", "recordings", many, first)
    again = took(lambda: core.search("nowhere in it"))
    yield Cost("a text searched in all that was printed", "recordings", many, again)
    core.close()


def seeking(folder: Path, times: float) -> Iterator[Cost]:
    size, chance = round(2_000_000 * times), random.Random(2)  # noqa: S311 - no secret
    generate(folder / "run", size)

    def opened() -> Playback:
        return Playback(Recording(folder / "run"), lambda: Ghostty(scrollback=64 << 10), engine=ENGINE)

    first = opened()
    yield Cost("keyframes of a recording made", "kB", size // 1000, took(first.prepare, runs=1))
    first.close()
    playback = opened()
    moments = [chance.randrange(playback.recording.duration_us) for _ in range(OFTEN)]
    jumps = [took(partial(_jump, playback, at_us), runs=1) for at_us in moments]
    yield Cost("a jump in a recording", "kB", size // 1000, median(jumps))
    playback.close()


def _jump(playback: Playback, at_us: int) -> None:
    playback.show(playback.recording.at(at_us))


def importing(folder: Path, times: float) -> Iterator[Cost]:
    home, size = Home(folder / "home").prepare(), round(2 * times * (1 << 20))
    numbers = counted()
    now, mapping = datetime.now(UTC), folder / "map.toml"
    mapping.write_text(EVENTS)
    write_session(folder / "claude", size, codelike())
    transcripts.write(folder / "codex", transcripts.codex, size)
    transcripts.write(folder / "jsonl", transcripts.mapped, size)
    for form in ("claude", "codex", "jsonl"):

        def imported(form: str = form) -> None:
            mapped = str(mapping) if form == "jsonl" else None
            run_id = f"{form}-{next(numbers)}"
            import_agent_record(home, form, str(folder / form), run_id=run_id, now=now, mapping=mapped)

        yield Cost(f"an agent's record imported, {form}", "kB", size >> 10, took(imported, runs=2))


KINDS = (
    catalog,
    compiling,
    loading,
    reading,
    finding,
    dispatching,
    checking,
    recordings,
    searching,
    seeking,
    importing,
)
