"""What Home shows somebody who has never recorded anything: three keys, and what this machine offers."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from textual.app import SuspendNotSupported

from app.doctor import Finding, State
from app.keymap import Keys
from app.screens.base import BookScreen
from app.screens.listing import shortened_home
from app.widgets.prose import Piece, Row, Tone, piece, row

STEPS = (
    (
        "record",
        "record",
        "A shell opens. Do the work once, then type exit.",
        "Kept: each command, what it printed, what it wrote.",
    ),
    (
        "compile-marked",
        "compile",
        "The recording becomes a playbook,",
        "without what failed, and without looking around.",
    ),
    (
        "guided",
        "replay",
        "Done again step by step, beside the recording.",
        "Where the world has drifted it stops and asks you.",
    ),
)
MORE = (
    ("demo", "demo", "plays the whole story on a throw-away home"),
    ("import-run", "import", "takes an asciicast, a typescript, or Markdown"),
    ("help", "help", "tells every key; {command-palette} finds any by its words"),
)
DEMO = (sys.executable, "-P", "-c", "from app.cli.main import main; main()", "demo")
SHOWN = ("bash", "zsh", "fish", "git")
SIGNS = {State.OK: ("✓", Tone.GOOD), State.DEGRADED: ("!", Tone.WARN), State.MISSING: ("✗", Tone.DIM)}


def welcome_rows(machine: Sequence[Finding], home: Path, keys: Keys) -> list[Row]:
    """What a first start says.

    Args:
        machine: What was found of this machine.
        home: Where everything is kept.
        keys: As a person has them.
    """
    shown: list[Row] = [row("Do it once in a terminal; have it done again, exactly, without a model.", Tone.STRONG), ()]
    for number, (action, word, *said) in enumerate(STEPS, 1):
        head = (Piece(f" {number}  Press "), piece(keys.first(action), Tone.HEAD), Piece(f"  {word:<9}", Tone.STRONG))
        shown += [(*head, piece(said[0])), (Piece(" " * 22), piece(said[1], Tone.DIM))]
    shown += [
        (),
        *(
            (
                Piece("    Press "),
                piece(keys.first(action), Tone.HEAD),
                Piece(f"  {word:<9}", Tone.STRONG),
                piece(keys.told(said), Tone.DIM),
            )
            for action, word, said in MORE
        ),
        (),
    ]
    return [
        *shown,
        *_machine_rows(machine, keys.first("doctor")),
        row(f"Kept in {shortened_home(str(home), str(Path.home()))}; nothing leaves this machine.", Tone.DIM),
    ]


def _machine_rows(machine: Sequence[Finding], key: str) -> list[Row]:
    found = {one.name: one for one in machine}
    said: list[Piece] = [Piece("Here  ", Tone.DIM)]
    for name in SHOWN:
        if name in found:
            sign, tone = SIGNS[found[name].state]
            said += [Piece(f"{sign} ", tone), piece(f"{name}  ")]
    shadow = found.get("shadow")
    said += [piece(f"shadow {shadow.detail.partition(';')[0]}  ")] if shadow else []
    return [(*said, piece(f"{key} says more", Tone.DIM))] if machine else []


def play_demo(screen: BookScreen) -> None:
    """Lend the terminal to the demo; back here when it is left.

    Args:
        screen: Who asks.
    """
    try:
        with screen.app.suspend():
            subprocess.run(DEMO, check=False)
    except SuspendNotSupported:
        screen.say("this terminal can't be lent to the demo; run replaybook demo in another one", severity="warning")
