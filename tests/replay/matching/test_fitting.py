import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.matching import masks, printing
from replay.matching.fitting import How, Sample, fitted
from replay.matching.lines import match_output
from replay.syntax import analyse
from tests.replay.matching.pairs import PAIRS, SETUP, VARYING

RUNS = 4
FORKING = """
import os, random, secrets, sys, time, uuid
tool = compile(open("tool.py").read(), "tool.py", "exec")
for command in sys.stdin:
    if os.fork() == 0:
        random.seed()
        sys.argv = command.split()[1:]
        exec(tool, {"__name__": "__main__"})
        sys.stdout.write(chr(0))
        sys.stdout.flush()
        os._exit(0)
    os.wait()
"""
"""Runs the workspace's tool for each command on stdin: a start of Python each takes longer than all that they do."""


@dataclass(frozen=True)
class Row:
    """A command's outputs: of the same thing several times, and of the drifted one."""

    command: str
    again: tuple[Sample, ...]
    drifted: Sample

    def passes(self, pattern: str, sample: Sample) -> bool:
        return match_output(pattern, sample.output, sample.values, unordered=sample.unordered).mismatch is None


def sample(command: str, like: str, folder: Path) -> Sample:
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder.parent), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return told(ended.stdout, like, folder)


def told(output: str, like: str, folder: Path) -> Sample:
    analysis = analyse(like)
    return Sample(
        output=output,
        values={"project": str(folder)},
        moment=datetime.now(UTC),
        hints=printing.hints(analysis),
        unordered=printing.side_by_side(analysis),
    )


def varying(folder: Path) -> Iterator[Row]:
    """What the tool tells."""
    commands = [command for again, drifted in VARYING for command in (*[again] * RUNS, drifted)]
    outputs = forked(commands, folder)
    for again, _ in VARYING:
        row = [told(next(outputs), again, folder) for _ in range(RUNS + 1)]
        yield Row(again, tuple(row[:RUNS]), row[RUNS])


def forked(commands: Sequence[str], folder: Path) -> Iterator[str]:
    argv = [sys.executable, "-c", FORKING]
    typed = "".join(f"{command}\n" for command in commands)
    ended = subprocess.run(argv, cwd=folder, input=typed, stdout=subprocess.PIPE, text=True, check=True)
    outputs = ended.stdout.split("\0")
    assert len(outputs) == len(commands) + 1
    return iter(outputs)


def workspace(root: Path) -> Path:
    root.mkdir()
    subprocess.run(["bash", "-ec", SETUP], cwd=root, check=True, capture_output=True)
    return root


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    start = workspace(tmp_path_factory.mktemp("pairs") / "start")

    def fresh(command: str, number: int, run: int) -> Path:
        folder = start.parent / f"w{number}x{run}"
        return shutil.copytree(start, folder, ignore=None if "repo" in command else shutil.ignore_patterns("repo"))

    def row(number: int, command: str, drifted: str) -> Row:
        again = tuple(sample(command, command, fresh(command, number, run)) for run in range(RUNS))
        return Row(command, again, sample(drifted, command, fresh(command, number, RUNS)))

    assert PAIRS[: len(VARYING)] == VARYING
    return [*varying(start), *(row(number, *pair) for number, pair in enumerate(PAIRS[len(VARYING) :]))]


def first_pattern(row: Row) -> str:
    first = row.again[0]
    return masks.lifted(first.output, first.values, moment=first.moment, hints=first.hints)


def learned(row: Row) -> Iterator[str]:
    """The pattern as it was compiled, and after each run that it learned from."""
    pattern = first_pattern(row)
    yield pattern
    for again in row.again[1:3]:
        pattern = fitted(pattern, again, How.NOISE).pattern
        yield pattern


def test_noise_passes_and_no_drift_does(rows: list[Row], capsys: pytest.CaptureFixture[str]) -> None:
    assert len(rows) >= 80
    compared = [row for row in rows if not printing.by_chance(analyse(row.command))]
    told = []
    for step, name in enumerate(("as compiled", "one run learned", "two runs learned")):
        patterns = [list(learned(row))[step] for row in compared]
        pairs = list(zip(compared, patterns, strict=True))
        missed = [row.command for row, pattern in pairs if not row.passes(pattern, row.again[3])]
        wrongly = [row.command for row, pattern in pairs if row.passes(pattern, row.drifted)]
        noise = 1 - len(missed) / len(compared)
        told.append(f"{name}: {len(compared)} commands, noise passed {noise:.1%}, drifts passed {len(wrongly)}")
        with capsys.disabled():
            print(f"\n{told[-1]} {missed} {wrongly}")  # noqa: T201 - the measurement
        assert wrongly == []
        assert noise >= (0.85, 0.97, 0.98)[step]


def test_a_pattern_matches_every_output_that_it_was_fitted_to(rows: list[Row]) -> None:
    for row in rows:
        pattern = first_pattern(row)
        for again in row.again:
            pattern = fitted(pattern, again, How.NOISE).pattern
        assert all(row.passes(pattern, one) for one in row.again), (row.command, pattern)


def test_what_is_true_now_is_taken_over_and_nothing_else(rows: list[Row]) -> None:
    for row in rows:
        pattern = first_pattern(row)
        fit = fitted(pattern, row.drifted, How.NEWS)
        assert row.passes(fit.pattern, row.drifted), (row.command, fit.pattern)
        assert fitted(fit.pattern, row.drifted, How.NEWS).pattern == fit.pattern


@given(st.text("ab1 .:-{}\n", max_size=60), st.text("ab1 .:-{}\n", max_size=60), st.sampled_from(How))
def test_a_fitted_pattern_matches_what_it_was_fitted_to(one: str, other: str, how: How) -> None:
    fit = fitted(masks.mask(one), Sample(output=other, values={}), how)
    assert match_output(fit.pattern, other, {}).mismatch is None
    if how is How.NOISE:
        assert match_output(fit.pattern, one, {}).mismatch is None
    assert fitted(fit.pattern, Sample(output=other, values={}), how).pattern == fit.pattern
