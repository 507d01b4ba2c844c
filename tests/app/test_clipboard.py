import base64
from pathlib import Path

from app.clipboard import LONGEST_SEQUENCE, hand_over, ways

OSC = "\x1b]52;c;" + base64.b64encode("naïve".encode()).decode() + "\x07"


def nowhere(_: str) -> str | None:
    return None


def everywhere(name: str) -> str | None:
    return f"/usr/bin/{name}"


def test_a_terminal_is_told_over_ssh_and_no_program_there() -> None:
    told = ways("naïve", {"SSH_TTY": "/dev/pts/1", "HOME": "/h", "DISPLAY": ":0"}, everywhere)
    assert told == (OSC, ())


def test_tmux_is_asked_to_pass_it_on() -> None:
    told = ways("naïve", {"TMUX": "/tmp/tmux-1/default,1,0", "SSH_TTY": "/dev/pts/1"}, everywhere)
    assert told == (OSC, (("tmux", "load-buffer", "-w", "-"),))


def test_screen_passes_it_on_in_pieces_that_it_takes() -> None:
    sequence, _ = ways("x" * 2_000, {"STY": "1.pts", "SSH_TTY": "t"}, nowhere)
    pieces = sequence.split("\x1bP")[1:]
    assert len(pieces) == 4
    assert all(piece.endswith("\x1b\\") and len(piece) <= 702 for piece in pieces)


def test_a_program_of_this_desktop_is_taken_where_it_can_reach_one() -> None:
    assert ways(
        "x", {"HOME": "/h", "WAYLAND_DISPLAY": "w"}, lambda name: name if name != "pbcopy" else None
    ).commands == (("wl-copy",),)
    assert ways("x", {"HOME": "/h"}, lambda name: name if name != "pbcopy" else None).commands == ()


def test_a_text_too_long_for_terminals_goes_by_programs_alone() -> None:
    sequence, commands = ways("x" * LONGEST_SEQUENCE, {"TMUX": "t", "SSH_TTY": "t"}, everywhere)
    assert sequence == ""
    assert commands


def test_programs_get_the_text_and_one_that_is_missing_stops_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    hand_over("naïve", (("no-such-program-here",), ("sh", "-c", f"cat > {copy}")))
    assert copy.read_text(encoding="utf-8") == "naïve"
