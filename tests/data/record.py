"""Records the corpus anew, for real: `python -m tests.data.record [NAME…] [--path DIR]`."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

from tests.data.sessions import PATH, PROMPT, Session, all_sessions, commit_moment, pack
from tests.program import COMMAND
from tests.seat import Seat, end_all, replaybook, until

LONGEST_S = 180


def record(session: Session, path: str) -> None:
    """Record one session in a place of its own, and keep its tape."""
    root = Path("/tmp") / f"work-{session.name}"
    shutil.rmtree(root, ignore_errors=True)
    work, world = session.begin(root, path)
    home, entries = root / "replaybook", session.entries
    world = {**world, **commit_moment()}
    if any(entry.keys() & {"keys", "copy"} for entry in entries):
        _sit(session, entries, work=work, home=home, world=world)
    else:
        _script(session, work=work, home=home, world=world)
    (run,) = (home / "runs").iterdir()
    pack(home, run.name, session.tape)
    sys.stdout.write(f"{session.name}: {session.tape.stat().st_size} bytes\n")
    shutil.rmtree(root)


def _script(session: Session, *, work: Path, home: Path, world: Mapping[str, str]) -> None:
    """Let it be typed by `record --script`."""
    options = ["--script", str(session.script), "--name", session.name, "--shell", session.reader.shell]
    subprocess.run(
        [COMMAND, "--home", home, "record", *options],
        cwd=work,
        env=world,
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=LONGEST_S,
    )


def _sit(session: Session, entries: list[dict[str, Any]], *, work: Path, home: Path, world: Mapping[str, str]) -> None:
    """Sit at a terminal and type, for programs that take the whole screen."""
    options = ("--name", session.name, "--shell", session.reader.shell)
    before = dict(os.environ)
    os.environ.clear()
    try:
        with replaybook(home, "record", *options, cwd=work, environment=world) as seat:
            copied: dict[str, str] = {}
            for entry in entries:
                seat.wait_for(PROMPT)
                command = reduce(lambda text, name: text.replace(f"@{name}@", copied[name]), copied, entry["command"])
                begun = len(seat.seen)
                seat.type(f"{command}\r")
                for key in entry.get("keys", ()):
                    seat.wait_for(key["expect"])
                    seat.type(key["send"])
                for name, pattern in entry.get("copy", {}).items():
                    copied[name] = _shown(seat, begun, pattern)
            seat.over()
    finally:
        os.environ.update(before)
        end_all(home)


def _shown(seat: Seat, begun: int, pattern: str) -> str:
    """What a person copies from the screen once it is there."""

    def found() -> re.Match[str] | None:
        seat.look(0.05)
        return re.search(pattern, seat.seen[begun:].decode(errors="replace"))

    until(found)
    shown = found()
    assert shown is not None
    return shown[0]


def main() -> None:
    """Record the sessions named, or all of them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("names", nargs="*")
    asked.add_argument("--path", action="append", default=[], help="a directory of tools that this machine keeps apart")
    given = asked.parse_args()
    path = os.pathsep.join([*given.path, PATH])
    for session in all_sessions():
        if given.names and session.name not in given.names:
            continue
        missing = session.missing(path)
        if missing:
            sys.stdout.write(f"{session.name}: not recorded, this machine lacks {', '.join(missing)}\n")
            continue
        record(session, path)


if __name__ == "__main__":
    main()
