"""Stored contents go with the last thing that refers to them, whoever records or dies beside it."""

import fcntl
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from capture.events import RunStarted, StepEnded
from capture.home import Home
from capture.tape.contents import Keeping, drop_contents, named_by_run, removing
from capture.tape.writer import TapeWriter
from capture.trace import EffectOp, FileEffect, FileType
from tests.capture.tape.dying import KILLED, dying
from tests.capture.tape.test_editing import recording


def digest_of(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"


def name(home: Home, run_id: str, *contents: bytes) -> None:
    """Write a run whose one step left these contents in files."""
    trace = recording(b"x\n").trace
    effects = tuple(
        FileEffect(path=str(at), op=EffectOp.CREATED, type=FileType.FILE, after=digest_of(content))
        for at, content in enumerate(contents)
    )
    tape = TapeWriter(home.runs / run_id)
    tape.event(RunStarted(run=msgspec.structs.replace(trace.run, run_id=run_id)))
    tape.event(StepEnded(step=msgspec.structs.replace(trace.steps[0], file_effects=effects)))
    tape.close()


def drop(home: Home, run_id: str) -> frozenset[str]:
    with removing(home, run_id):
        return drop_contents(home, named_by_run(home, run_id), but=(run_id,))


def stored(home: Home) -> set[bytes]:
    return {path.read_bytes() for path in home.blobs.iterdir()}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


@pytest.mark.parametrize(
    "place",
    [
        "runs/other/trace.ndjson",
        "runs/other/edit-3/original/trace.ndjson",
        "always/s/00000001/trace.ndjson",
        "playbooks/site/1.yaml",
        "replays/one.json",
        "repairs/one.json",
        "catalog.json",
    ],
)
def test_what_is_named_anywhere_stays_and_the_rest_goes(home: Home, place: str) -> None:
    name(home, "r", b"mine", b"shared")
    for content in (b"mine", b"shared", b"nobody's"):
        home.keep_blob(content)
    names = home.path / place
    names.parent.mkdir(parents=True, exist_ok=True)
    names.write_text(f'{{"sha256": "{sha256(b"shared").hexdigest()}"}}\n')
    assert drop(home, "r") == {digest_of(b"mine")}
    assert stored(home) == {b"shared", b"nobody's"}


def test_output_that_shows_a_digest_and_a_longer_number_refer_to_nothing(home: Home) -> None:
    name(home, "r", b"mine")
    home.keep_blob(b"mine")
    shown = sha256(b"mine").hexdigest()
    name(home, "other")
    (home.runs / "other" / "terminal.raw").write_text(f"{shown}  file\n")
    (home.runs / "other" / "note.json").write_text(f"0{shown}\n")
    assert drop(home, "r") == {digest_of(b"mine")}
    assert stored(home) == set()


STORING = """
import sys
from pathlib import Path
from capture.home import Home
from capture.tape.contents import Keeping
from tests.capture.tape.test_dropping import name

home = Home(Path(sys.argv[1]))
with Keeping(home) as keeping:
    keeping.store(b"shared")
    print("stored", flush=True)
    sys.stdin.readline()
    name(home, "new", b"shared")
print("named", flush=True)
"""
DROPPING = """
import sys
from pathlib import Path
from capture.home import Home
from tests.capture.tape.test_dropping import drop

print(len(drop(Home(Path(sys.argv[1])), "r")), flush=True)
"""


def started(home: Home, code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, home.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def waits_for_a_lock(process: "subprocess.Popen[str]") -> bool:
    return f" {process.pid} " in "".join(
        line for line in Path("/proc/locks").read_text().splitlines(keepends=True) if "->" in line
    )


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="only Linux tells who waits for a lock")
def test_what_another_process_has_stored_and_not_yet_named_is_waited_for(home: Home) -> None:
    name(home, "r", b"shared", b"mine")
    home.keep_blob(b"shared")
    home.keep_blob(b"mine")
    with started(home, STORING) as storing:
        assert storing.stdin
        assert storing.stdout
        assert storing.stdout.readline() == "stored\n"
        with started(home, DROPPING) as dropping:
            assert dropping.stdout
            while not waits_for_a_lock(dropping):
                assert dropping.poll() is None, "it did not wait"
            # Put aside, and read all the same.
            assert home.blob(digest_of(b"shared")) == b"shared"
            storing.stdin.write("\n")
            storing.stdin.flush()
            assert storing.stdout.readline() == "named\n"
            assert dropping.stdout.readline() == "1\n"
    assert stored(home) == {b"shared"}
    assert home.blob(digest_of(b"shared")) == b"shared"


def test_who_stores_what_is_about_to_go_stores_it_anew(home: Home) -> None:
    name(home, "r", b"shared")
    home.keep_blob(b"shared")
    with Keeping(home) as keeping:
        aside = next(home.blobs.iterdir())
        aside.rename(f"{aside}.going")
        keeping.store(b"shared")
        name(home, "new", b"shared")
    drop(home, "r")
    assert stored(home) == {b"shared"}
    assert [path.suffix for path in home.blobs.iterdir()] == [""]


@pytest.mark.parametrize("steps", range(5))
def test_a_removal_that_is_killed_loses_nothing_needed_and_is_done_by_the_next(home: Home, steps: int) -> None:
    name(home, "r", b"mine", b"also mine", b"shared")
    name(home, "other", b"shared")
    for content in (b"mine", b"also mine", b"shared"):
        home.keep_blob(content)
    with dying(DROPPING) as run:
        assert run(home.path, steps) == (KILLED if steps < 4 else 0)
    assert home.blob(digest_of(b"shared")) == b"shared"
    drop(home, "r")
    assert stored(home) == {b"shared"}


def test_what_was_put_aside_and_is_still_needed_is_given_back_by_the_next(home: Home) -> None:
    name(home, "r", b"mine")
    name(home, "other", b"shared")
    home.keep_blob(b"shared")
    kept = next(home.blobs.iterdir())
    kept.rename(f"{kept}.going")
    (home.blobs / "half.7.part").write_bytes(b"half")
    drop(home, "r")
    # Also when the run that goes is the very one that needs it.
    assert list(home.blobs.iterdir()) == [kept]
    kept.rename(f"{kept}.going")
    with removing(home, "other"):
        assert drop_contents(home, (), but=("other",)) == frozenset()
    assert list(home.blobs.iterdir()) == [kept]


def test_holding_twice_is_let_go_at_once(home: Home) -> None:
    keeping = Keeping(home)
    keeping.hold()
    keeping.hold()
    descriptor = os.open(home.blobs, os.O_RDONLY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    keeping.release()
    keeping.release()
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)
