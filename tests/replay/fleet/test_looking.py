"""What is asked of a machine at the other end of a line: answered by a bash here, as one there does."""

import subprocess
from hashlib import sha256
from pathlib import Path

from replay.fleet.looking import FarMachine
from replay.fleet.questions import FUNCTIONS


class Far:
    """A bash that answers; it counts how often it is asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.turns = 0

    def __call__(self, text: str) -> bytes:
        self.turns += 1
        return subprocess.run(
            ["bash", "-c", f"{FUNCTIONS}\n__rb_root={self.root}\n{text}"], capture_output=True, check=True
        ).stdout


def test_of_a_program_its_beginning_comes_with_what_it_is(tmp_path: Path) -> None:
    program, data = tmp_path / "program", tmp_path / "data"
    program.write_bytes(b"#!/bin/sh\n\0" + b"x" * 300)
    program.chmod(0o700)
    data.write_bytes(b"no program")
    far = Far(tmp_path)
    machine = FarMachine(far, str(tmp_path))

    def look() -> None:
        if machine.is_executable(str(program)):
            machine.read_start(str(program))
        machine.is_executable(str(data))

    assert machine.settled(look)
    assert far.turns == 1
    assert machine.is_executable(str(program))
    assert machine.read_start(str(program)) == program.read_bytes()[:256]
    assert machine.exists(str(data))
    assert not machine.is_executable(str(data))
    assert machine.settled(lambda: machine.read_start(str(data)))
    assert far.turns == 2
    assert machine.read_start(str(data)) == b"no program"


def test_what_files_hold_comes_as_it_is(tmp_path: Path) -> None:
    held = {
        "empty": b"",
        "text": b"one\ntwo\r\n\tthree \\n &&\"$x`'\xff\x01\x7f",
        "largest": b"\\" * 4096,
        "larger": b"a\n" * 2049,
        "binary": b"\0" + bytes(range(256)),
    }
    for name, data in held.items():
        (tmp_path / name).write_bytes(data)
    machine = FarMachine(Far(tmp_path), str(tmp_path))

    def look() -> dict[str, tuple[bytes | None, str | None]]:
        paths = {name: str(tmp_path / name) for name in held}
        return {name: (machine.read_bytes(path, 1 << 20), machine.state(path).digest) for name, path in paths.items()}

    assert machine.settled(look)
    assert look() == {name: (data, f"sha256:{sha256(data).hexdigest()}") for name, data in held.items()}
