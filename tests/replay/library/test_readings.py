"""What was read from a document is taken for the same text only, and never for anything else."""

from pathlib import Path

import msgspec
import pytest

from capture.home import Home
from replay import document
from replay.library import readings
from replay.library.shelf import Shelf
from replay.playbook import Playbook
from tests.replay.library.samples import playbook


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(Home(tmp_path / "replaybook").prepare())


@pytest.fixture
def added(shelf: Shelf) -> tuple[Playbook, str]:
    return shelf.add(playbook("release", "make", "make install"))


def _kept(shelf: Shelf, text: str, digest: str) -> Playbook | None:
    return readings.kept(shelf.path("release", 1), text, digest)


def test_a_version_is_read_once(shelf: Shelf, added: tuple[Playbook, str]) -> None:
    made, text = added
    assert _kept(shelf, text, document.digest(made)) == made == document.load(text, where="release")
    reading = shelf.path("release", 1).with_suffix(readings.SUFFIX)
    assert reading.stat().st_mode & 0o777 == 0o600
    reading.unlink()
    assert shelf.load("release", 1, digest=document.digest(made)) == added


def test_an_edited_document_is_read_again(shelf: Shelf, added: tuple[Playbook, str]) -> None:
    made, text = added
    edited = text.replace("run: make install", "run: make uninstall")
    shelf.path("release", 1).write_text(edited)
    assert _kept(shelf, edited, document.digest(made)) is None
    assert shelf.load("release", 1, digest=document.digest(made))[0].steps[1].run == "make uninstall"


def test_another_playbook_is_not_taken_for_it(shelf: Shelf, added: tuple[Playbook, str]) -> None:
    made, text = added
    step = msgspec.structs.replace(made.steps[0], run="rm -rf build")
    readings.keep(shelf.path("release", 1), text, msgspec.structs.replace(made, steps=(step, *made.steps[1:])))
    assert _kept(shelf, text, document.digest(made)) is None
    assert shelf.load("release", 1, digest=document.digest(made)) == added


@pytest.mark.parametrize("end", [0, 1, -1])
def test_half_a_reading_is_none(shelf: Shelf, added: tuple[Playbook, str], end: int) -> None:
    made, text = added
    reading = shelf.path("release", 1).with_suffix(readings.SUFFIX)
    reading.write_bytes(reading.read_bytes()[:end])
    assert _kept(shelf, text, document.digest(made)) is None
    assert shelf.load("release", 1, digest=document.digest(made)) == added


def test_another_program_reads_again(shelf: Shelf, added: tuple[Playbook, str]) -> None:
    made, text = added
    other = readings.Reading(reader="another", text=readings.text_digest(text), playbook=made)
    shelf.path("release", 1).with_suffix(readings.SUFFIX).write_bytes(msgspec.msgpack.encode(other))
    assert _kept(shelf, text, document.digest(made)) is None
