"""play, and show --at: a recording's screen, drawn from an emulator's cells."""

import os
import selectors
import shutil
import signal
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from app.cli.shared import Settings, complete_run, emit, example, narrate, pass_settings
from app.documents import screen_document
from app.moments import clock_text, moment
from capture.errors import BadInputError
from capture.printable import printable

if TYPE_CHECKING:
    from rich.color import ColorSystem

    from app.emulator import Picture
    from app.playback import Playback

FRAME_S = 1 / 30
QUIT, PAUSE = b"qQ\x03\x04\x1b", b" "
SLOWEST, FASTEST = 0.01, 1000.0


def show_screen(settings: Settings, run: str, at: str, *, as_json: bool) -> None:
    """Print the screen of a run at a moment.

    Args:
        settings: Where the home is.
        run: Its id or name, or a prefix.
        at: The moment as a person gives it.
        as_json: For a program.
    """
    core = settings.core()
    trace = core.trace(run)
    playback = core.playback(trace.run.run_id)
    try:
        place = moment(at, playback.recording, trace.steps)
        if not playback.prepared:
            narrate("making the keyframes of this recording, once …")
            playback.prepare()
        picture, at_us = playback.show(place), playback.recording.time(place)
    finally:
        playback.close()
    document = screen_document(trace, picture, at_us=at_us, offset=place.offset)
    emit(document, as_json=as_json, human=lambda: [printable(line) for line in picture.text])


@click.command("play", epilog=example("replaybook play release", "replaybook play release --speed 4 --idle 1"))
@click.argument("run", shell_complete=complete_run)
@click.option("--speed", type=click.FloatRange(SLOWEST, FASTEST), default=1.0, metavar="X", help="Times as fast.")
@click.option("--idle", type=click.FloatRange(0.0), metavar="S", help="Nothing happens for at most S seconds.")
@click.option("--from", "start", metavar="TIME", default="0", help="Where to begin: seconds, mm:ss, or step:K.")
@pass_settings
def play_command(settings: Settings, *, run: str, speed: float, idle: float | None, start: str) -> None:
    """Play a run in this terminal: space pauses, q ends it.

    What is drawn are the cells of an emulator that the recording is fed to, never its bytes: those could retitle this
    terminal, write its clipboard, or ask it questions whose answers land in your shell.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "dumb") == "dumb":
        raise BadInputError(f"play draws on a terminal; without one: replaybook show {run} --at TIME prints a screen")
    core = settings.core()
    trace = core.trace(run)
    playback = core.playback(trace.run.run_id)
    try:
        begin = playback.recording.time(moment(start, playback.recording, trace.steps))
        with _drawing():
            ended = _play(playback, begin, speed=speed, idle_us=None if idle is None else round(idle * 1_000_000))
    finally:
        playback.close()
    narrate(f"{printable(trace.run.name)}: played to {clock_text(ended)}")


def _play(playback: "Playback", at_us: int, *, speed: float, idle_us: int | None) -> int:
    """Play to the end or until the person quits; returns the moment that was reached."""
    from app.playback import advanced  # noqa: PLC0415 - with the emulator

    colours, drawn, shown = _colours(), None, None
    paused, before = False, time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        while True:
            size = shutil.get_terminal_size()
            picture = playback.show(playback.recording.at(at_us))
            _draw(drawn if shown == size else None, picture, size, colours)
            drawn, shown = picture, size
            if at_us >= playback.recording.duration_us:
                return at_us
            wait = None if paused else max(0.0, FRAME_S - (time.monotonic() - before))
            pressed = os.read(sys.stdin.fileno(), 64) if selector.select(wait) else b""
            if any(key in QUIT for key in pressed):
                return at_us
            paused ^= any(key in PAUSE for key in pressed)
            now = time.monotonic()
            if not paused and not pressed:
                at_us = advanced(playback.recording, at_us, round((now - before) * speed * 1_000_000), idle_us=idle_us)
            before = now


def _draw(before: "Picture | None", now: "Picture", size: os.terminal_size, colours: "ColorSystem | None") -> None:
    from app.painting import repaint  # noqa: PLC0415 - with the emulator

    sys.stdout.write(repaint(before, now, columns=size.columns, rows=size.lines, colours=colours))
    sys.stdout.flush()


def _colours() -> "ColorSystem | None":
    """What this terminal can show; nothing where colour is not wanted."""
    from rich.color import ColorSystem  # noqa: PLC0415 - with the emulator
    from rich.console import Console  # noqa: PLC0415 - as above

    found = Console().color_system
    if "NO_COLOR" in os.environ or found is None:
        return None
    return {"standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT}.get(found, ColorSystem.TRUECOLOR)


@contextmanager
def _drawing() -> Iterator[None]:
    """This terminal's alternate screen, keys one by one; it is put back whatever happens."""
    from app.painting import ENTER, LEAVE  # noqa: PLC0415 - with the emulator

    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    handler = signal.signal(signal.SIGTERM, leave)
    try:
        tty.setcbreak(descriptor)
        sys.stdout.write(ENTER)
        yield
    finally:
        sys.stdout.write(LEAVE)
        sys.stdout.flush()
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        signal.signal(signal.SIGTERM, handler)
