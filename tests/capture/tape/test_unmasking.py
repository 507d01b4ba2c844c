"""A process is killed while it undoes a masking, at every change of a folder: the run is the old one or the new one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.events import RunEnded, RunStarted, StepEnded
from capture.home import Home
from capture.secrets.streaming import Mask
from capture.tape.editions import Editions
from capture.tape.presence import Presence, announce, is_held
from capture.tape.reader import is_recording, load_trace, read_frames
from capture.tape.unmasking import unmask
from capture.tape.writer import INDEX, LOCK, RAW, TRACE, TapeWriter
from capture.trace import RunStatus
from tests.capture.samples import AT
from tests.capture.tape.dying import KILLED, dying
from tests.capture.tape.test_crashes import RUN, step
from tests.program import tree

MASK = b"[masked:option]"
MASKED = [b"login " + MASK + b"\r\n", b"and " + MASK + b" again\r\n"]
SHOWN = [one.replace(MASK, b"correct-horse") for one in MASKED]
MASKS = (Mask(6, len(MASK), b"correct-horse", 1), Mask(len(MASKED[0]) + 4, len(MASK), b"correct-horse", 1))
UNMASKING = """
import sys
from pathlib import Path
from tests.capture.tape.test_unmasking import MASKS
from capture.tape.unmasking import unmask

unmask(Path(sys.argv[1]), MASKS, {})
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home").prepare()
    tape = TapeWriter(home.run_folder("r1"))
    tape.event(RunStarted(run=RUN))
    start = 0
    for index, output in enumerate(MASKED, 1):
        tape.write(output, index * 1000)
        ended = step(index, tape, start)
        tape.event(StepEnded(step=ended))
        start = tape.offset
    tape.event(RunEnded(status=RunStatus.SUCCESS, at=AT))
    tape.close()
    return home


def outputs(home: Home) -> list[bytes]:
    """Each step's own bytes, as trace, index and bytes have them together."""
    steps = load_trace(home, "r1").steps
    return [
        b"".join(frame.data for frame in read_frames(home, "r1", one.output_start))[: one.output_end - one.output_start]
        for one in steps
    ]


def frames(home: Home) -> list[bytes]:
    return [frame.data for frame in read_frames(home, "r1")]


def crashes(home: Home) -> Iterator[tuple[int, list[bytes]]]:
    """How the killed process ended, and what is read then, moment by moment until it ends by itself."""
    whole = home.path.with_name("whole")
    shutil.copytree(home.runs, whole)
    with dying(UNMASKING) as run:
        for at in range(200):
            shutil.rmtree(home.runs)
            shutil.copytree(whole, home.runs)
            code = run(home.runs / "r1", at)
            read = outputs(home)
            assert b"".join(frames(home)) == b"".join(read)
            yield code, read
            if code != KILLED:
                return


def test_a_killed_one_leaves_the_masked_run_or_the_shown_one_and_the_next_edit_tidies(home: Home) -> None:
    seen, code = [], KILLED
    for code, read in crashes(home):  # noqa: B007 - the last one is looked at
        assert read in (MASKED, SHOWN)
        seen.append(read == SHOWN)
        with Editions(home, "r1") as states:
            assert states.original is None
        assert outputs(home) == read
        assert sorted(tree(home.runs / "r1")) == sorted((RAW, INDEX, TRACE))
    assert code == 0
    # It is the one up to a moment, and the other from then on, while the three files take their place and behind that.
    assert seen == sorted(seen)
    assert len(seen) - sum(seen) > 1
    assert sum(seen) > 3 * 3


def test_a_host_that_lives_is_seen_to_live_and_an_end_leaves_only_the_three_files(home: Home) -> None:
    descriptor = announce(home.runs / "r1" / LOCK, Presence(address="", pid=1, machine="m"))
    assert descriptor
    unmask(home.runs / "r1", MASKS, {})
    assert is_recording(home, "r1")
    assert is_held(home.runs / "r1" / LOCK)
    assert sorted(tree(home.runs / "r1")) == sorted((RAW, INDEX, TRACE, LOCK))
    assert outputs(home) == SHOWN
