"""Ways for a text to the clipboard of whoever sits at the terminal, over SSH and through multiplexers."""

import base64
import subprocess
from collections.abc import Callable, Mapping
from typing import NamedTuple

LONGEST_SEQUENCE = 100_000
"""Bytes that terminals take in one sequence."""
SCREEN_PIECE = 700
"""Bytes that GNU screen takes at once."""
PATIENCE_S = 2.0
LOCAL = (("pbcopy",), ("wl-copy",), ("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input"))
NEEDS = {"wl-copy": "WAYLAND_DISPLAY", "xclip": "DISPLAY", "xsel": "DISPLAY"}
"""What has to be set before a program can reach a clipboard."""


class Ways(NamedTuple):
    """How a text gets there."""

    sequence: str
    """To be written to the terminal: OSC 52, wrapped where a multiplexer stands between; empty for a very long text."""
    commands: tuple[tuple[str, ...], ...]
    """Programs that take the text as their input."""


def ways(text: str, environment: Mapping[str, str], find: Callable[[str], str | None]) -> Ways:
    """How to copy from here.

    Args:
        text: What to copy.
        environment: Tells of multiplexers, SSH and displays.
        find: Where a program is; None: nowhere.
    """
    payload = base64.b64encode(text.encode("utf-8", "replace")).decode()
    sequence = f"\x1b]52;c;{payload}\x07" if len(payload) <= LONGEST_SEQUENCE else ""
    commands: list[tuple[str, ...]] = []
    if environment.get("TMUX") and find("tmux"):
        # Asked like this it passes the text on to its own terminal, which programs' sequences are denied by default.
        commands.append(("tmux", "load-buffer", "-w", "-"))
    elif environment.get("STY"):
        sequence = "".join(
            f"\x1bP{sequence[at : at + SCREEN_PIECE]}\x1b\\" for at in range(0, len(sequence), SCREEN_PIECE)
        )
    if not any(name in environment for name in ("SSH_TTY", "SSH_CONNECTION")):
        usable = (one for one in LOCAL if find(one[0]) and environment.get(NEEDS.get(one[0], "HOME")))
        commands += list(usable)[:1]
    return Ways(sequence, tuple(commands))


def hand_over(text: str, commands: tuple[tuple[str, ...], ...]) -> None:
    """Give a text to programs; one that fails is passed over.

    Args:
        text: What to copy.
        commands: From `ways`.
    """
    for command in commands:
        try:
            quiet = subprocess.DEVNULL
            subprocess.run(command, input=text.encode(), stdout=quiet, stderr=quiet, timeout=PATIENCE_S, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
