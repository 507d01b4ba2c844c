"""Which programs a command names, and by what they are known again."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from capture.tools import BEGINNING, Tools, identity


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("frame", "tally", "x"):
        tool = folder / name
        tool.write_text(f"#!/bin/sh\necho {name}\n")
        tool.chmod(0o755)
    (folder / "plain").write_text("no program")
    (folder / "folder").mkdir()
    return folder


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("frame a | tally", ["frame", "tally"]),
        ("if true; then sudo -n env A=1 frame; fi", ["frame"]),
        ("plain; folder; gone; ./x bin/x A=x $x --x", []),
        ("frame; frame", ["frame"]),
    ],
)
def test_what_a_command_names(bin_folder: Path, command: str, names: list[str]) -> None:
    assert [tool.name for tool in Tools().named_in(command, str(bin_folder), "/")] == names


def test_the_first_on_the_path_counts(bin_folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "frame").write_text("#!/bin/sh\n")
    (other / "frame").chmod(0o755)
    (tool,) = Tools().named_in("frame", f"/nowhere:other:{bin_folder}", str(tmp_path))
    assert tool.path == str(other / "frame")


def test_a_program_that_changed_is_read_again(bin_folder: Path) -> None:
    tools, frame = Tools(), bin_folder / "frame"
    (before,) = tools.named_in("frame", str(bin_folder), "/")
    assert (before.size, before.sha256) == (frame.stat().st_size, sha256(frame.read_bytes()).hexdigest())
    frame.write_text(frame.read_text().replace("frame", "xxxxx"))
    (after,) = tools.named_in("frame", str(bin_folder), "/")
    assert after.size == before.size
    assert after.sha256 != before.sha256


def test_a_large_program_is_known_by_its_size_and_its_beginning(tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(bytes(BEGINNING + 1))
    found = identity(str(large))
    assert found == (BEGINNING + 1, sha256(bytes(BEGINNING)).hexdigest())
    large.write_bytes(bytes(BEGINNING + 2))
    assert identity(str(large)) != found
    assert identity(str(tmp_path)) is None
    assert identity(os.devnull) is None
