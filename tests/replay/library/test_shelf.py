from pathlib import Path

import msgspec
import pytest

from capture.errors import BadInputError, UnknownNameError
from capture.home import Home
from replay.library.shelf import Shelf
from replay.playbook import Compilation, Quality
from tests.replay.library.samples import playbook


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(Home(tmp_path / "replaybook").prepare())


def test_versions_count_up_and_are_never_written_again(shelf: Shelf) -> None:
    first, text = shelf.add(playbook("release", "make"))
    second, _ = shelf.add(playbook("release", "make all"))
    assert (first.version, second.version, shelf.next_version("release")) == (1, 2, 3)
    assert shelf.path("release", 1).read_text() == text
    assert shelf.load("release", 1)[0].steps[0].run == "make"
    assert shelf.load("release", 2)[0].steps[0].run == "make all"


def test_a_number_taken_meanwhile_is_left_alone(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.add(playbook("release", "make"))
    real = Shelf.next_version
    answers = iter([1])
    monkeypatch.setattr(Shelf, "next_version", lambda self, name: next(answers, None) or real(self, name))
    added, _ = shelf.add(playbook("release", "make all"))
    assert added.version == 2
    assert shelf.load("release", 1)[0].steps[0].run == "make"


def test_only_playbooks_are_listed(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add(playbook("release"))
    shelf.add(playbook("build"))
    root = tmp_path / "replaybook" / "playbooks"
    (root / "Empty").mkdir()
    (root / "Bad Name").mkdir()
    (root / "Bad Name" / "1.yaml").touch()
    (root / "release" / "notes.yaml").touch()
    (root / "a-file").touch()
    assert shelf.names() == ("build", "release")
    assert shelf.versions("release") == (1,)


def test_a_name_that_leaves_the_folder_is_refused(shelf: Shelf) -> None:
    with pytest.raises(BadInputError, match="can't be used"):
        shelf.add(playbook("../release"))
    with pytest.raises(BadInputError, match="can't be used"):
        shelf.load("../playbooks/release", 1)


def test_the_decisions_are_kept_beside(shelf: Shelf) -> None:
    made = playbook("release")
    added, _ = shelf.add(
        made, compilation=Compilation(playbook=made, quality=Quality(score=0.5), notes=("dropped ls",))
    )
    kept = shelf.compilation("release", 1)
    assert kept is not None
    assert (kept.playbook, kept.notes) == (added, ("dropped ls",))
    assert shelf.versions("release") == (1,)
    assert shelf.compilation("release", 2) is None


def test_an_edited_file_is_what_counts(shelf: Shelf) -> None:
    shelf.add(playbook("release", "make"))
    path = shelf.path("release", 1)
    path.write_text(path.read_text().replace("make", "make all"))
    assert shelf.load("release", 1)[0].steps[0].run == "make all"


def test_a_file_of_another_playbook_is_refused(shelf: Shelf) -> None:
    shelf.add(playbook("release"))
    path = shelf.path("release", 1)
    path.write_text(path.read_text().replace("release\n", "other\n", 1))
    with pytest.raises(BadInputError, match="says it is 'other', its folder says 'release'"):
        shelf.load("release", 1)


def test_a_file_that_is_no_text_is_refused(shelf: Shelf) -> None:
    shelf.add(playbook("release"))
    shelf.path("release", 1).write_bytes(b"\xff\xfe")
    with pytest.raises(BadInputError, match="no UTF-8 text"):
        shelf.load("release", 1)


def test_a_version_loads_back_as_it_was_added(shelf: Shelf) -> None:
    made = playbook("release", "make", "printf 'a\\nb' > out", "cat <<'E'\nx: y\nE")
    added, _ = shelf.add(made)
    loaded, _ = shelf.load("release", 1)
    assert loaded == added == msgspec.structs.replace(made, version=1)


def test_references_resolve(shelf: Shelf) -> None:
    for name in ("release", "review", "build"):
        shelf.add(playbook(name))
    assert shelf.resolve("release") == ("release", None)
    assert shelf.resolve("b@1") == ("build", 1)
    with pytest.raises(UnknownNameError, match="ambiguous: release, review"):
        shelf.resolve("re@1")
    with pytest.raises(UnknownNameError, match="did you mean build"):
        shelf.resolve("biuld")
    with pytest.raises(UnknownNameError, match="build has no version 9; it has 1"):
        shelf.resolve("build@9")
