"""A keyframe and the rest give the very screen that reading from the start gives."""

import random
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core import Core
from app.emulator import Picture, picture
from app.ghostty import ENGINE, Ghostty
from app.keyframes import KEYFRAMES, MOST_COLUMNS, MOST_ROWS, Keyframes, feed, make, part_beside
from app.moments import clock_text, moment
from app.playback import Playback, advanced
from capture.errors import BadInputError, UnknownNameError
from capture.home import Home
from capture.tape.seeking import START, Position, Recording
from capture.tape.writer import RAW, TapeWriter
from capture.wire import Output, StepEnded
from tests.app.stand_in import step
from tests.seat import PRESS_AGAIN_S

PATIENCE_S = 30.0
STATES = (
    b"\x1b]8;id=a;http://a.example\x1b\\link\x1b]8;;\x1b\\ \x1b[1;3;4;7;9;38;2;1;2;3;48;5;77mpen\x1b[0m\r\n"
    b"\x1b]4;1;rgb:12/34/56\x1b\\\x1b[31mpalette\x1b[39m \x1b(0lqk\x1b(B e\xcc\x81 \xe4\xbd\xa0\xe5\xa5\xbd "
    b"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb\r\n\x1b[5;12r\x1b[?6h\x1b[2;3Hin the region\x1b7\x1b[?6l"
    b"\x1b[?1049h\x1b[2J\x1b[44mother screen\x1b[K\x1b[?25l\x1b[?2004h\x1b[?1000h\x1b[?1006h\x1b[4h"
    b"\x1b[3;70Hwrapping at the very end of a line\x1b[?1049l\x1b8back\x1b[3g\x1b[10G\x1bH\r\tstop"
    b"\x1b[20;80Hx\x1b[?25h\r\n\xe4\xbd\xa0\x1b[2;80H\xe4\xbd\xa0\x1b[?7lno wrap at all here\x1b[r\x1b[10S\x1b[?5h"
)


def new() -> Ghostty:
    return Ghostty(scrollback=64 << 10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def play() -> Iterator[Callable[..., Playback]]:
    opened: list[Playback] = []

    def made(folder: Path, engine: str = ENGINE) -> Playback:
        opened.append(Playback(Recording(folder), new, engine=engine))
        return opened[-1]

    yield made
    for playback in opened:
        playback.close()


def taped(folder: Path, pieces: list[bytes | tuple[int, int]]) -> None:
    writer = TapeWriter(folder)
    for number, piece in enumerate([(80, 24), *pieces]):
        at_us = number * 10_000
        writer.write(piece, at_us) if isinstance(piece, bytes) else writer.resize(*piece, at_us)
    writer.close()


def flood(count: int) -> list[bytes | tuple[int, int]]:
    """Longer than what is not worth keyframes."""
    lines = [b"\x1b[3%dmline %d\x1b[0m of a long listing\r\n" % (number % 8, number) for number in range(count)]
    return [b"".join(lines[at : at + 500]) for at in range(0, count, 500)]


def from_start(folder: Path, position: Position) -> tuple[Picture, Picture]:
    """The screen when all before it is fed, and the one below it, should a full-screen program be on."""
    recording, emulator = Recording(folder), new()
    for _, frame in recording.between(START, position):
        feed(emulator, frame)
    recording.close()
    return both(emulator)


def both(emulator: Ghostty) -> tuple[Picture, Picture]:
    above = picture(emulator)
    emulator.feed(b"\x18\x1b[0m\x1b[?1049l\x1b8")
    below = picture(emulator)
    emulator.close()
    return above, below


def test_every_state_can_be_kept_wherever_it_is_cut() -> None:
    whole = new()
    whole.feed(STATES)
    wanted = both(whole)
    running = new()
    for at in range(0, len(STATES), 3):
        snapshot = running.snapshot()
        assert snapshot is not None
        other = new()
        other.restore(snapshot)
        assert picture(other) == picture(running), STATES[:at]
        other.feed(STATES[at:])
        assert both(other) == wanted, STATES[:at]
        running.feed(STATES[at : at + 3])
    running.close()


def test_what_is_no_snapshot_is_refused() -> None:
    emulator = new()
    emulator.feed(b"kept")
    snapshot = emulator.snapshot()
    assert snapshot is not None
    for data in (b"", b"GHOSTSNP", snapshot[: len(snapshot) // 2]):
        with pytest.raises(ValueError, match="no snapshot"):
            emulator.restore(data)
    assert picture(emulator).text[0] == "kept"
    emulator.close()


class Typist:
    """Types into a real recorded shell and looks at its screen."""

    def __init__(self, core: Core, workspace: Path) -> None:
        self.session = core.new_session(cwd=str(workspace), shell="bash")
        self.screen = new()

    def until(self, words: str, *, pressing: bytes = b"") -> None:
        """Until the screen says so; a key that a program may lose at first is pressed again where nothing comes."""
        give_up = time.monotonic() + PATIENCE_S
        while words not in "\n".join(picture(self.screen).text):
            if self._take(words, PRESS_AGAIN_S if pressing and time.monotonic() < give_up else PATIENCE_S) is None:
                self.type(pressing)

    def run(self, command: str) -> None:
        self.session.send_keys(command.encode() + b"\r")
        while not isinstance(self._take(command), StepEnded):
            pass

    def type(self, keys: bytes) -> None:
        self.session.send_keys(keys)

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(columns, rows)
        self.session.resize(columns, rows)

    def _take(self, waiting_for: str, patience_s: float = PATIENCE_S) -> object:
        message = self.session.receive(patience_s)
        never = f"{waiting_for!r} never came; the screen: {picture(self.screen).text}"
        assert message is not None or patience_s < PATIENCE_S, never
        if isinstance(message, Output):
            self.screen.feed(message.data)
        return message


def recorded(core: Core, workspace: Path) -> str:
    """A real session: coloured listings, less, vim and htop where they are, and resizes in the middle of them."""
    (workspace / "long.txt").write_text("".join(f"{number} ünïcode 你好\n" for number in range(300)))
    typist = Typist(core, workspace)
    try:
        typist.run("export TERM=xterm-256color; ls --color=always -la / /usr")
        typist.run("for i in {1..60}; do printf '\\033[%dmbuilding %d\\033[0m\\n' $((31+i%7)) $i; done")
        typist.resize(100, 30)
        if shutil.which("less"):
            typist.type(b"less long.txt\r")
            typist.until("27 ünïcode")
            typist.type(b"  ")
            typist.until("80 ünïcode")
            typist.resize(60, 15)
            # While it takes its new size, less may lose a key.
            typist.type(b"G")
            typist.until("299 ünïcode", pressing=b"G")
            typist.run("q")
        if shutil.which("vim"):
            typist.type(b"vim -u NONE -c 'syntax on' long.txt\r")
            typist.until("1 ünïcode")
            typist.resize(90, 20)
            typist.type(b":set number\r/150\ricHANGED \x1b")
            typist.until("HANGED")
            typist.run(":q!")
        if shutil.which("htop"):
            typist.type(b"htop -d 50\r")
            typist.until("Load average")
            typist.run("q")
        typist.run("seq 1 200; printf 'e\\u0301 \\U1F469\\u200d\\U1F4BB\\n'")
        typist.session.finish()
    finally:
        typist.session.close()
        typist.screen.close()
    return typist.session.spec.run_id


def test_any_place_of_a_real_session_is_the_same_from_a_keyframe(tmp_path: Path, play: Callable[..., Playback]) -> None:
    workspace = tmp_path / "work"
    workspace.mkdir()
    home = Home(tmp_path / "home").prepare()
    run = recorded(Core(home), workspace)
    folder, chance = home.run_folder(run), random.Random(20260301)  # noqa: S311 - no secret
    playback = play(folder)
    recording = playback.recording
    descriptor, _ = part_beside(folder / KEYFRAMES)
    playback._keyframes = keyframes = Keyframes(descriptor)
    running, at = new(), START
    offsets = sorted(chance.randrange(recording.size) for _ in range(25))
    for place in map(recording.of, offsets):
        for _, frame in recording.between(at, place):
            feed(running, frame)
        at, snapshot = place, running.snapshot()
        assert snapshot is not None
        keyframes.add(place, snapshot)
    running.close()
    for _ in range(40):
        moments = recording.at(chance.randrange(recording.duration_us)), recording.of(chance.randrange(recording.size))
        place = chance.choice(moments)
        above, below = from_start(folder, place)
        assert playback.show(place) == above, place
        again = play(folder)
        again._keyframes, kept = keyframes, again._keyframes
        again.show(place)
        assert both(again._emulator)[1] == below, place  # type: ignore[arg-type]
        again._keyframes, again._emulator = kept, new()
    assert playback.restored
    assert keyframes.damaged == 0


def test_keyframes_are_made_once_and_serve_again(folder: Path, play: Callable[..., Playback]) -> None:
    taped(folder, flood(30_000))
    first, told = play(folder), list[float]()
    assert not first.prepared
    first.prepare(told.append)
    assert told == sorted(told)
    assert told
    kept = folder / KEYFRAMES
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    second = play(folder)
    assert second.prepared
    assert second.keyframes is not None
    assert len(second.keyframes) == len(told)
    place = second.recording.of(second.recording.size * 3 // 4)
    assert second.show(place) == from_start(folder, place)[0]
    assert (second.restored, second.from_start) == (1, 0)
    assert list(folder.glob("*.part")) == []


@pytest.mark.parametrize("changed", ["engine", "tape"])
def test_those_of_another_tape_or_engine_are_thrown_away(
    folder: Path, play: Callable[..., Playback], changed: str
) -> None:
    taped(folder, flood(30_000))
    play(folder).prepare()
    if changed == "tape":
        with (folder / RAW).open("ab") as raw:
            raw.write(b"more")
    other = play(folder, engine="another 1.0" if changed == "engine" else ENGINE)
    assert not other.prepared
    assert not (folder / KEYFRAMES).exists()


def test_a_torn_file_is_made_anew(folder: Path, play: Callable[..., Playback]) -> None:
    taped(folder, flood(30_000))
    play(folder).prepare()
    kept = folder / KEYFRAMES
    whole = kept.read_bytes()
    for size in (*range(0, len(whole), len(whole) // 30), len(whole) - 1):
        kept.write_bytes(whole[:size])
        assert not play(folder).prepared, size
        assert not kept.exists()
    again = play(folder)
    again.prepare()
    assert play(folder).prepared


def test_a_damaged_keyframe_falls_back_to_the_one_before(folder: Path, play: Callable[..., Playback]) -> None:
    taped(folder, flood(60_000))
    play(folder).prepare()
    kept = folder / KEYFRAMES
    playback = play(folder)
    keyframes = playback.keyframes
    assert keyframes is not None
    last = keyframes._frames[-1]
    with kept.open("r+b") as file:
        file.seek(last.start + last.length // 2)
        file.write(b"\0\xff\0")
    end = playback.recording.end
    assert playback.show(end) == from_start(folder, end)[0]
    assert keyframes.damaged == 1


def test_inside_a_sequence_without_end_there_is_no_keyframe_and_the_right_screen(
    folder: Path, play: Callable[..., Playback]
) -> None:
    taped(folder, [b"seen\r\n\x1b]0;" + b"never ended " * 200_000, b"\x1b\\after"])
    playback = play(folder)
    keyframes = Keyframes(part_beside(folder / KEYFRAMES)[0])
    ticks = iter(range(1_000_000))
    emulator = new()
    make(playback.recording, emulator, keyframes, tell=lambda _: True, clock=lambda: float(next(ticks)))
    emulator.close()
    playback._keyframes = keyframes
    assert not [frame for frame in keyframes._frames if 1_200_000 < frame.offset < 2_400_000]
    end = playback.recording.end
    assert playback.show(end).text[:2] == ("seen", "after")


def test_stopping_leaves_nothing_behind(folder: Path, play: Callable[..., Playback]) -> None:
    taped(folder, flood(60_000))
    playback = play(folder)
    playback.prepare(lambda _: playback.stop())
    assert sorted(path.name for path in folder.iterdir()) == ["terminal.idx", "terminal.raw", "trace.ndjson"]


def test_where_nothing_can_be_kept_every_moment_is_still_shown(
    folder: Path, play: Callable[..., Playback], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    taped(folder, flood(30_000))
    playback = play(folder)
    monkeypatch.setattr(Keyframes, "add", full)
    playback.prepare()
    end = playback.recording.end
    assert playback.show(end) == from_start(folder, end)[0]
    assert playback.show(playback.recording.of(500)).lines
    assert playback.from_start == 1


def test_a_size_that_no_terminal_has_is_cut(folder: Path, play: Callable[..., Playback]) -> None:
    taped(folder, [b"a", (65535, 65535), b"b", (1, 1), b"c"])
    playback = play(folder)
    shown = playback.show(playback.recording.at(30_000))
    assert (shown.columns, len(shown.lines)) == (MOST_COLUMNS, MOST_ROWS)
    assert playback.show(playback.recording.end).columns == 2


def test_a_pause_is_jumped_over_where_it_is_too_long(folder: Path, play: Callable[..., Playback]) -> None:
    writer = TapeWriter(folder)
    for at_us in (0, 1_000_000, 61_000_000):
        writer.write(b"x", at_us)
    writer.close()
    recording = play(folder).recording
    assert advanced(recording, 0, 500_000, idle_us=None) == 500_000
    assert advanced(recording, 1_000_000, 500_000, idle_us=1_000_000) == 1_500_000
    assert advanced(recording, 1_500_000, 600_000, idle_us=1_000_000) == 61_000_000
    assert advanced(recording, 1_500_000, 600_000, idle_us=None) == 2_100_000
    assert advanced(recording, 60_999_999, 9_000_000, idle_us=None) == 61_000_000


def test_moments_are_named_as_people_name_them(folder: Path, play: Callable[..., Playback]) -> None:
    taped(folder, [b"a" * 10] * 20)
    recording = play(folder).recording
    steps = (step(1, "x", output_start=5, output_end=45),)
    assert moment("0.05", recording, steps) == moment("00:00.05", recording, steps) == recording.at(50_000)
    assert moment("1:00:00", recording, steps) == recording.end
    assert moment("step:1", recording, steps).offset == 45
    for wrong in ("", "soon", "-1", "1:2:3:4", "step:", "٣", "9" * 40, "1e9"):
        with pytest.raises(BadInputError, match="mm:ss"):
            moment(wrong, recording, steps)
    with pytest.raises(UnknownNameError, match="steps 1 to 1"):
        moment("step:2", recording, steps)
    assert [clock_text(at) for at in (0, 61_950_000, 3_600_000_000)] == ["00:00.0", "01:01.9", "1:00:00.0"]
