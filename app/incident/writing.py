"""Writes a report: one page, or a folder with the page and its parts for other tools."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from app.formats.screens import Screen, Window, moments, screens
from app.ghostty import Ghostty
from app.incident.hiding import Hiding, Tape
from app.incident.markup import Markup
from app.incident.material import Limits, Made, Material
from app.incident.page import closing, content, page
from app.incident.paper import Paper
from app.incident.tape import Chapter, Film, Pens, film
from app.putting import Told, unheard
from capture.errors import BadInputError, ReplaybookError, StoppedError
from capture.events import Frame
from capture.tape.asciicast import to_asciicast
from capture.trace import Run, Trace
from replay.library.durable import replace_file

IDLE_US = 2_000_000
"""Silences that are longer are shown so long."""
INDEX = "index.html"
FACTS = "incident.json"
"""Of a folder; the second one tells that it is ours to write again."""
ENDINGS = frozenset({".html", ".json", ".cast", ".yaml", ".diff", ".ndjson"})
"""Of the files of a folder."""


class _Played(NamedTuple):
    """A recording in a report."""

    run: Run
    tape: Tape
    film: Film


class _Recorded(NamedTuple):
    """Those that a report plays, and a word on those that it doesn't."""

    played: tuple[_Played, ...]
    notes: tuple[str, ...]


def write(  # noqa: PLR0913 - each is one thing that a report is made of
    found: Material,
    hiding: Hiding,
    *,
    frames: Callable[[str], Iterable[Frame]],
    path: Path | None,
    folder: bool,
    limits: Limits,
    progress: Told = unheard,
) -> Made:
    """Write a report, in place of one that is there.

    Args:
        found: What it is of, with nothing in it to hide.
        hiding: Hides what the recordings hold.
        frames: Gives the terminal recording of a run.
        path: Where to; None: named after it, in the current directory.
        folder: A folder instead of one page.
        limits: How much it holds.
        progress: Is told how far it is; what it raises leaves what was there before.

    Raises:
        BadInputError: It can't be written there.
    """
    paper, pens = Paper(limits.of_outputs(_steps(found))), Pens()
    recorded = _recorded(found, hiding, frames, limits, pens)
    progress("laying out the page")
    paper.cut += len(recorded.notes)
    body = content(found, [one.film for one in recorded.played], recorded.notes, paper, limits)
    body = Markup(hiding.sealed_page(body))
    masked = body.count("[masked:")
    made = Made(
        path=str(path or named(found, folder=folder)),
        format="folder" if folder else "html",
        bytes=0,
        run_id=found.trace.run.run_id if found.trace else None,
        replay_id=found.replay.replay_id if found.replay else None,
        steps=_steps(found),
        recordings=len(recorded.played),
        redactions=masked,
        found=hiding.masked,
        anonymized=hiding.replaced,
        cut=paper.cut,
    )
    ending = closing(found, masked=masked, cut=paper.cut, anonymized=hiding.renames)
    whole = page(found, Markup(body + ending), pens).encode()
    parts = {INDEX: whole, **_parts(found, recorded.played, hiding)} if folder else {"": whole}
    # The last moment to leave all as it was.
    progress(f"writing {sum(map(len, parts.values()))} bytes")
    _put(Path(made.path), parts, folder=folder)
    return msgspec.structs.replace(made, bytes=sum(map(len, parts.values())))


def named(found: Material, *, folder: bool) -> str:
    """The file name of a report that nobody gave one."""
    words = re.sub(r"[^a-z0-9]+", "-", found.name.lower()).strip("-") or "recording"
    return f"incident-{words}-{found.about}{'' if folder else '.html'}"


def _steps(found: Material) -> int:
    return len(found.replay.steps) if found.replay else len(found.trace.steps) if found.trace else 0


def _recorded(
    found: Material, hiding: Hiding, frames: Callable[[str], Iterable[Frame]], limits: Limits, pens: Pens
) -> _Recorded:
    wanted: list[tuple[str, str, Trace | None]] = [
        ("replay", "The replay", found.trace if found.replay else None),
        ("recording", "The recording that it was compiled from", found.source),
    ]
    if found.replay is None:
        wanted = [("recording", "The recording", found.trace)]
    played, notes = list[_Played](), list[str]()
    for name, title, trace in wanted:
        if trace is None:
            continue
        try:
            kept = tuple(frames(trace.run.run_id))
        except StoppedError:
            raise
        except ReplaybookError:
            notes.append(f"{title} has no terminal recording any more.")
            continue
        size = sum(len(frame.data) for frame in kept)
        if limits.recording is not None and size > limits.recording:
            notes.append(f"{title} is not played here: {size} bytes are too many; --full plays it.")
            continue
        tape = hiding.tape(kept, trace.steps)
        shown = _film(name, f"{title}, {trace.run.run_id}", trace, tape, limits=limits, pens=pens)
        played.append(_Played(trace.run, tape, shown))
    return _Recorded(tuple(played), tuple(notes))


def _film(name: str, title: str, trace: Trace, tape: Tape, *, limits: Limits, pens: Pens) -> Film:
    starts = moments(tape.frames, [step.output_start for step in tape.steps], idle_us=IDLE_US)
    seen = screens(
        trace.run,
        lambda: tape.frames,
        Ghostty,
        window=Window(),
        idle_us=IDLE_US,
        most=limits.pictures,
        kept=frozenset(starts),
    )
    chapters = (
        Chapter(at_us // 1000, step.step_index, step.command.strip().partition("\n")[0])
        for at_us, step in zip(starts, tape.steps, strict=True)
    )
    return film(name, title, _thinned(tuple(seen), limits.pictures + len(starts)), chapters, pens)


def _thinned(shown: tuple[Screen, ...], most: int) -> tuple[Screen, ...]:
    """So many pictures at most, evenly; the last one always."""
    each = -(-len(shown) // most)
    return (*shown[: len(shown) - 1 : each], shown[-1])


def _parts(found: Material, played: Iterable[_Played], hiding: Hiding) -> Mapping[str, bytes]:
    """The files of a folder beside the page, for other tools."""
    parts: dict[str, str] = {FACTS: _json(found)}
    for run, tape, shown in played:
        parts[f"{shown.name}.cast"] = "".join(f"{line}\n" for line in to_asciicast(run, tape.frames, tape.steps, 3))
    for version in found.versions:
        parts[f"{version.ref}.yaml"] = version.text
        if version.diff:
            parts[f"{version.before}-to-{version.playbook.version}.diff"] = version.diff
    for repair in found.repairs:
        parts[f"repair-{repair.repair_id}.diff"] = repair.diff
    if found.entries:
        lines = (msgspec.json.encode(entry, order="sorted").decode() for entry in found.entries)
        parts["audit.ndjson"] = "".join(f"{line}\n" for line in lines)
    return {name: hiding.sealed(text).encode("utf-8", "replace") for name, text in parts.items()}


def _json(found: Material) -> str:
    """What the page is made of, as a document."""
    told = {
        "replaybook": found.program,
        "replay": found.replay,
        "run": found.trace.run if found.trace else None,
        "steps": found.trace.steps if found.trace else (),
        "comparison": found.comparison,
        "repairs": found.repairs,
        "simulation": found.simulated,
        "decisions": found.entries,
        "log": found.log,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"


def _put(path: Path, parts: Mapping[str, bytes], *, folder: bool) -> None:
    if not folder and path.is_dir():
        raise BadInputError(f"{path} is a folder; name a file, or write --format folder")
    if folder and path.exists() and (not path.is_dir() or (any(path.iterdir()) and not (path / FACTS).is_file())):
        raise BadInputError(f"{path} is there already and no report; name another folder")
    if folder:
        for old in _old(path):
            old.unlink(missing_ok=True)
    for name, data in parts.items():
        replace_file(path / name if name else path, data)


def _old(path: Path) -> Iterator[Path]:
    """Files of the report that stands there."""
    if path.is_dir():
        yield from (
            one for one in path.iterdir() if one.suffix in {".html", ".json", ".cast", ".yaml", ".diff", ".ndjson"}
        )
