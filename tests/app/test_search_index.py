"""A search with the index finds what reading all recordings finds, whatever became of either meanwhile."""

import fcntl
import os
import random
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import msgspec
import pytest

from app.core import Core
from app.edit import Edit
from app.found import MOST_IN_ALL, Found, found_in
from capture.errors import StoppedError
from capture.events import Event, NoteTaken, RunEnded, RunStarted, StepEnded, StepStarted
from capture.home import Home
from capture.provenance import Speaker
from capture.tape import reader, surveying, text_index
from capture.tape.glance import glance
from capture.tape.searching import Needle, hits
from capture.tape.surveying import Survey
from capture.tape.writer import LOCK, RAW, TRACE
from capture.trace import Note, Run, RunStatus, Step, StepStatus

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LETTERS = 'abkKisS \u212aI\u0131\u0130\u017fßẞΣ\u03c3ςµμÅåǅ日本"\\\0\x1b\t\u2028'
_TIMES = count(1_700_000_000)
SECRET = "hunter-Zq9#Xv7!"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def core(home: Home) -> Iterator[Core]:
    made = Core(home, tell=lambda _: None)
    yield made
    made.close()


def events(run_id: str, outputs: Sequence[str], *, said: str = "", ended: bool = True) -> Iterator[Event]:
    run = Run(
        run_id=run_id, name=run_id, status=RunStatus.IN_PROGRESS, started_at=AT, shell="bash", cwd="/w", host="h",
        workspace="/w",
    )  # fmt: skip
    yield RunStarted(run=run)
    for index, output in enumerate(outputs, 1):
        command = f"make part-{index}"
        yield StepStarted(step_index=index, command=command, cwd="/w", at=AT, output_start=0)
        yield StepEnded(
            step=Step(
                step_index=index, command=command, cwd="/w", cwd_after="/w", status=StepStatus.SUCCESS, exit_code=0,
                started_at=AT, duration_ms=1.0, output=output, output_bytes=len(output),
            )
        )  # fmt: skip
    if said:
        yield NoteTaken(note=Note(after_step=0, at=AT, text=said, speaker=Speaker.USER))
    if ended:
        yield RunEnded(status=RunStatus.SUCCESS, at=AT)


def write(home: Home, run_id: str, *outputs: str, said: str = "", ended: bool = True) -> Path:
    path = home.runs / run_id / TRACE
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.Encoder().encode_lines(events(run_id, outputs, said=said, ended=ended)))
    return path


def settled(home: Home) -> None:
    """The folder of runs was not changed just now, but since the last time."""
    os.utime(home.runs, (1_700_000_000, next(_TIMES)))


def by_reading(home: Home, text: str) -> Found:
    needle, ids = Needle(text), reader.run_ids(home)
    seen = [glance(home, run_id) for run_id in reversed(ids)]
    each = (found_in(one.trace.run, hits(one, needle), most=MOST_IN_ALL) for one in seen)
    return Found(query=text, searched=len(ids), runs=tuple(one for one in each if one))


def unread(home: Home) -> set[str]:
    with Survey(home, "nowhere at all") as survey:
        return set(survey.unread)


def words(of: random.Random) -> str:
    return "".join(of.choices(LETTERS, k=of.randint(0, 60))).replace("z", "\n")


@pytest.mark.parametrize("seed", range(3))
def test_it_finds_what_reading_finds(home: Home, core: Core, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    of = random.Random(seed)  # noqa: S311 - data, not a secret
    monkeypatch.setattr(surveying, "HELD", 200)
    monkeypatch.setattr(surveying, "MOST_DOCUMENTS", 2)
    monkeypatch.setattr("capture.tape.grams.DOCUMENT", 40)
    texts: dict[str, str] = {}
    for number in range(40):
        for _ in range(of.randrange(3)):
            run_id, ended = f"r{of.randrange(12)}", of.random() < 0.8
            texts[run_id] = "\n".join(words(of) for _ in range(of.randrange(6)))
            write(home, run_id, texts[run_id], words(of), said=words(of), ended=ended)
        if texts and of.random() < 0.2:
            shutil.rmtree(home.runs / texts.popitem()[0])
        if of.random() < 0.5:
            settled(home)
        some = of.choice([*texts.values(), ""]).split("\n")[0]
        at = of.randrange(len(some) or 1)
        cut = some[at : at + of.randint(1, 7)]
        text = of.choice((cut, cut.lower(), cut.upper(), "".join(of.choices(LETTERS, k=of.randint(1, 5)))))
        if text.strip():
            assert core.search(text) == by_reading(home, text), (number, text)


def test_what_is_known_is_not_read_again(home: Home, core: Core) -> None:
    for number in range(5):
        write(home, f"r{number}", f"output of {number}")
    settled(home)
    assert unread(home) == {f"r{number}" for number in range(5)}
    assert core.search("output of 3").words == "1 line in 1 of 5 recordings"
    assert unread(home) == set()
    assert (home.path / text_index.FILE).stat().st_mode & 0o777 == 0o600
    write(home, "r5", "output of 5")
    # What somebody put there, and a copy that somebody made of a run.
    (home.runs / os.fsdecode(b"\xff")).touch()
    (home.runs / "notes.txt").touch()
    assert core.search("output").searched == 6
    shutil.copytree(home.runs / "r3", home.runs / "r3-copy")
    assert [one.run_id for one in core.search("output of 3").runs] == ["r3", "r3"]
    settled(home)
    assert core.search("output of 3") == by_reading(home, "output of 3")
    assert unread(home) == {"notes.txt"}
    shutil.rmtree(home.runs / "r3-copy")
    write(home, "r6", "output of 6")
    with Survey(home, "output of 3") as survey:
        assert survey.runs == ["r6", "r3", "notes.txt"]


def test_what_still_goes_on_is_read_each_time(home: Home, core: Core) -> None:
    folder = write(home, "r1", "first", ended=False).parent
    (folder / LOCK).touch()
    with (folder / LOCK).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert core.search("second").words == "nothing in 1 recording"
        assert unread(home) == {"r1"}
        write(home, "r1", "first", "second", ended=False)
        assert core.search("second").words == "1 line in 1 of 1 recordings"
    assert core.search("first").runs
    assert unread(home) == set()
    # Its host died in a step that has its output on the tape only, and another one goes on with it.
    (folder / RAW).write_bytes(b"and more on the tape\n")
    begun = StepStarted(step_index=3, command="./long", cwd="/w", at=AT, output_start=0)
    with (folder / TRACE).open("ab") as file:
        file.write(msgspec.json.encode(begun) + b"\n")
    assert core.search("on the tape").runs
    with (folder / RAW).open("ab") as file:
        file.write(b"to be told of\n")
    assert core.search("told of") == by_reading(home, "told of") != core.search("nowhere")


def test_a_file_that_somebody_else_changed_is_read_anew(home: Home, core: Core) -> None:
    path = write(home, "r1", "before it")
    settled(home)
    core.search("before it")
    path.write_bytes(path.read_bytes().replace(b"before it", b"behind it"))
    assert core.search("behind it").runs
    assert not core.search("before it").runs


def test_what_was_masked_late_is_not_in_it(home: Home, core: Core) -> None:
    for number in range(70):
        write(home, f"r{number:02}", f"output of {number}", f"password {SECRET if number == 7 else 'none'}")
    settled(home)
    assert core.search(SECRET).runs
    file = home.path / text_index.FILE
    # Numbers are stored as their bytes, the first one first: a gram as it reads.
    assert b"ZQ9#" in file.read_bytes()
    core.edit("r07", Edit(redact=(SECRET,)))
    data = file.read_bytes()
    assert not [at for at in range(len("hunter-"), len(SECRET) - 3) if SECRET.upper().encode()[at : at + 4] in data]
    assert not core.search(SECRET).runs
    assert core.search("masked:edit").words == "1 line in 1 of 70 recordings"
    assert core.search("output of 7") == by_reading(home, "output of 7")


def test_who_changes_a_run_while_it_is_read_has_the_last_word(home: Home, core: Core) -> None:
    for number in range(3):
        write(home, f"r{number}", f"password {SECRET}")
    settled(home)
    with Survey(home, SECRET) as survey:
        for run_id in survey.runs:
            survey.take(survey.glance(run_id))
        core.edit("r1", Edit(redact=(SECRET,)))
    assert unread(home) == {"r1"}
    assert core.search(SECRET).words == "2 lines in 2 of 3 recordings"
    with Survey(home, SECRET) as survey:
        core.edit("r0", Edit(redact=(SECRET,)))
        core.remove("r2")
    assert core.search(SECRET).words == "nothing in 2 recordings"


def test_two_that_search_at_once_agree(home: Home, core: Core) -> None:
    for number in range(4):
        write(home, f"r{number}", f"output of {number}")
    settled(home)
    with Survey(home, "output") as one, Survey(home, "output") as other:
        for survey in (one, other):
            for run_id in survey.runs[survey is one :]:
                survey.take(survey.glance(run_id))
    assert unread(home) <= {"r3"}
    assert core.search("output of") == by_reading(home, "output of")
    assert core.search("output of 2").words == "1 line in 1 of 4 recordings"


def test_what_was_read_before_it_was_stopped_stays(home: Home, core: Core) -> None:
    for number in range(6):
        write(home, f"r{number}", f"output of {number}")
    settled(home)

    def stop(_: object) -> None:
        raise StoppedError("")

    with pytest.raises(StoppedError):
        core.search("output of 2", told=stop)
    assert unread(home) == {"r0", "r1", "r2"}
    told: list[str] = []
    for _ in range(2):
        told.clear()
        found = core.search("output of", told=lambda one: told.append(one.run_id), stopped=lambda: len(told) == 4)
        assert (found.searched, told) == (4, ["r5", "r4", "r3", "r2"])


def _garbage(file: Path) -> None:
    file.write_bytes(b"no database at all" * 500)


def _torn(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * 30_000)


def _older(file: Path) -> None:
    other = sqlite3.connect(file)
    other.execute("PRAGMA user_version = 99")
    other.close()


def _emptied(file: Path) -> None:
    other = sqlite3.connect(file)
    other.execute("DROP TABLE posting")
    other.close()


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("harm", [_garbage, _torn, _older, _emptied, _folder])
def test_one_that_cannot_be_used_is_made_again(home: Home, core: Core, harm: Callable[[Path], None]) -> None:
    for number in range(30):
        write(home, f"r{number}", f"output of {number}", words(random.Random(number)))  # noqa: S311 - data
    core.search("output")
    harm(home.path / text_index.FILE)
    for text in ("output of 1", "nowhere"):
        assert core.search(text) == by_reading(home, text)
    core.edit("r1", Edit(redact=("output of",)))
    assert core.search("output of 1") == by_reading(home, "output of 1")


def test_no_copy_of_a_home_has_it(home: Home, core: Core, tmp_path: Path) -> None:
    write(home, "r1", "output")
    core.search("output")
    core.back_up(tmp_path / "copy.tar.gz")
    with tarfile.open(tmp_path / "copy.tar.gz") as copy:
        assert not [name for name in copy.getnames() if text_index.FILE in name]


def test_while_another_process_writes_it_everything_is_read(
    home: Home, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_index, "_WAIT_S", 0.0)
    for number in range(3):
        write(home, f"r{number}", f"output of {number}")
        other = sqlite3.connect(home.path / text_index.FILE, isolation_level=None)
        if number:
            other.execute("BEGIN EXCLUSIVE" if number == 1 else "BEGIN IMMEDIATE")
        assert core.search("output of") == by_reading(home, "output of")
        other.close()
    assert core.search("output of 1") == by_reading(home, "output of 1")
    assert unread(home) == set()


def test_the_doctor_tells_of_it(home: Home, core: Core) -> None:
    def told() -> str:
        return next(one.detail for one in core.doctor() if one.name == "search")

    write(home, "r1", "output")
    assert "no index yet" in told()
    core.search("output")
    assert told().startswith("1 recordings in its index")
    _garbage(home.path / text_index.FILE)
    assert "can't be read" in told()
    core.rebuild_catalog()
    assert "no index yet" in told()
    assert core.search("output").runs
