"""Compares what the compiler made of a session with what a careful reader wrote down before.

`python -m tests.data.comparing` prints how each pass does; with `--write` it notes in `known.yaml` where they part.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from ruamel.yaml import YAML

from replay.compiler import compile_traces
from replay.playbook import Compilation, LinkStrength
from tests.data.sessions import Reader, Session, all_sessions

KNOWN = Path(__file__).with_name("known.yaml")
Decisions: TypeAlias = dict[str, frozenset[str]]
"""What was decided, by the kind of decision."""
Differences: TypeAlias = dict[str, dict[str, list[str]]]
"""Kind of decision to `missed` (the reader's alone) and `surplus` (the compiler's alone); no empty ones."""


def of_reader(reader: Reader, copied: Mapping[str, str]) -> Decisions:
    """The careful reader's decisions, with the values that were typed from what had been printed."""

    def told(value: str) -> str:
        return copied[value.strip("@")] if value.startswith("@") else value

    return {
        "pruning": frozenset(f"step {step}" for step in reader.dropped),
        "parameters": frozenset(f"{one.value} ({one.type})" for one in reader.parameters),
        "links": frozenset(f"step {one.from_step} to {one.to_step}: {told(one.value)}" for one in reader.links),
        "questions": frozenset(f"step {one.uses}: {told(one.value)}" for one in reader.questions),
    }


def of_compiler(compilation: Compilation) -> Decisions:
    """The compiler's, by the recorded steps that they are about."""
    playbook = compilation.playbook
    source = {at: step.source_step for at, step in enumerate(playbook.steps, 1)}
    return {
        "pruning": frozenset(f"step {one.source_step_index}" for one in compilation.dropped),
        "parameters": frozenset(
            f"{one.recorded} ({one.type})" for name, one in playbook.parameters.items() if name != "project"
        ),
        "links": frozenset(
            f"step {source[one.from_step]} to {source[one.to_step]}: {one.value}"
            for one in compilation.links
            if one.strength is LinkStrength.STRONG
        ),
        "questions": frozenset(f"step {source[one.step_index]}: {one.value}" for one in compilation.questions),
    }


def differences(wanted: Decisions, got: Decisions) -> Differences:
    """Where the two part."""
    found = {
        kind: {"missed": sorted(wanted[kind] - got[kind]), "surplus": sorted(got[kind] - wanted[kind])}
        for kind in wanted
    }
    kept = {kind: {side: items for side, items in sides.items() if items} for kind, sides in found.items()}
    return {kind: sides for kind, sides in kept.items() if sides}


def decisions(session: Session) -> tuple[Decisions, Decisions]:
    """What the reader decided, and what the compiler makes of the session's tape."""
    with TemporaryDirectory() as scratch:
        home = session.unpack(Path(scratch))
        trace = session.trace(home)
        compilation = compile_traces([trace], name=session.name, blobs=home.blob)
    return of_reader(session.reader, session.copied(trace)), of_compiler(compilation)


def scores(pairs: Iterable[tuple[Decisions, Decisions]]) -> dict[str, tuple[float, float, int]]:
    """Precision, recall and the number of decisions that the readers made, by kind."""
    hits, wants, gots = Counter[str](), Counter[str](), Counter[str]()
    for wanted, got in pairs:
        for kind in wanted:
            hits[kind] += len(wanted[kind] & got[kind])
            wants[kind] += len(wanted[kind])
            gots[kind] += len(got[kind])
    return {kind: (hits[kind] / (gots[kind] or 1), hits[kind] / (wants[kind] or 1), wants[kind]) for kind in wants}


def table(found: Mapping[str, tuple[float, float, int]]) -> str:
    """The scores for people to read."""
    lines = [f"{'pass':<12} {'precision':>9} {'recall':>7} {'decisions':>10}"]
    lines += [
        f"{kind:<12} {precision:>9.3f} {recall:>7.3f} {count:>10}" for kind, (precision, recall, count) in found.items()
    ]
    return "\n".join(lines)


def known() -> dict[str, Differences]:
    """The differences that are known, by session."""
    return dict(YAML(typ="safe", pure=True).load(KNOWN.read_text(encoding="utf-8")) or {})


def _write(found: Mapping[str, Differences]) -> None:
    yaml, text = YAML(), StringIO()
    yaml.width = 120
    yaml.dump({name: each for name, each in found.items() if each}, text)
    head = "# Where compiler and reader still part; `python -m tests.data.comparing --write` notes it anew.\n"
    KNOWN.write_text(head + text.getvalue(), encoding="utf-8")


def main() -> None:
    """Print, and note when asked to."""
    pairs = {session.name: decisions(session) for session in all_sessions()}
    found = {name: differences(*pair) for name, pair in pairs.items()}
    for name, each in found.items():
        for kind, sides in each.items():
            sys.stdout.write(f"{name}: {kind}: {sides}\n")
    sys.stdout.write(table(scores(pairs.values())) + "\n")
    if "--write" in sys.argv:
        _write(found)


if __name__ == "__main__":
    main()
