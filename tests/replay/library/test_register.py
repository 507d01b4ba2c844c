from collections.abc import Callable
from pathlib import Path

import pytest

from capture.errors import BadInputError, UnknownNameError
from capture.home import Home
from replay.library.catalog import TinyCatalog
from replay.library.register import Register
from replay.library.rows import VersionRow
from replay.library.shelf import Shelf
from replay.playbook import VersionStatus
from tests.replay.library.samples import Clock, playbook

Edit = Callable[[Callable[[str], str]], None]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "replaybook").prepare()


@pytest.fixture
def catalog(home: Home) -> TinyCatalog:
    return TinyCatalog(home.catalog)


@pytest.fixture
def register(home: Home, catalog: TinyCatalog) -> Register:
    return Register(catalog, Shelf(home), clock=Clock())


@pytest.fixture
def edit(home: Home) -> Edit:
    path = Shelf(home).path("release", 1)
    return lambda change: (path.write_text(change(path.read_text())), None)[1]


def test_what_is_added_is_a_draft(register: Register) -> None:
    made, row = register.add(playbook("release"), made_from=("run-7",))
    assert (made.version, row.status, row.made_from, row.steps) == (1, VersionStatus.DRAFT, ("run-7",), 2)
    assert register.row("release", 1) == row
    assert register.load("release", 1)[2] == row


def test_a_changed_command_makes_a_draft_of_any_status_but_disabled(
    register: Register, catalog: TinyCatalog, edit: Edit
) -> None:
    _, row = register.add(playbook("release", "make"))
    catalog.update(VersionRow, row.id, status=VersionStatus.ACTIVE, promoted=1)
    edit(lambda text: text.replace("make", "make all"))
    edited = register.row("release", 1)
    assert (edited.status, edited.promoted, edited.digest == row.digest) == (VersionStatus.DRAFT, None, False)
    catalog.update(VersionRow, row.id, status=VersionStatus.DISABLED)
    edit(lambda text: text.replace("make all", "make most"))
    assert register.row("release", 1).status is VersionStatus.DISABLED


def test_a_comment_changes_nothing(register: Register, catalog: TinyCatalog, edit: Edit) -> None:
    _, row = register.add(playbook("release"))
    catalog.update(VersionRow, row.id, status=VersionStatus.ACTIVE)
    edit(lambda text: f"# checked\n{text}")
    seen = register.row("release", 1)
    assert (seen.status, seen.digest) == (VersionStatus.ACTIVE, row.digest)


def test_a_file_that_someone_put_there_is_a_draft(register: Register, home: Home) -> None:
    register.add(playbook("release"))
    shelf = Shelf(home)
    shelf.path("release", 2).write_text(shelf.text("release", 1))
    assert [(row.version, row.status) for row in register.rows("release")] == [
        (1, VersionStatus.DRAFT),
        (2, VersionStatus.DRAFT),
    ]


def test_a_file_that_is_no_playbook_hides_no_other(register: Register, edit: Edit) -> None:
    register.add(playbook("release"))
    register.add(playbook("release"))
    edit(lambda _: "steps: [")
    broken, whole = register.rows()
    assert broken.problem is not None
    assert whole.problem is None
    assert register.digest("release", 1) is None
    with pytest.raises(BadInputError):
        register.row("release", 1)


def test_a_bare_name_means_the_active_version_else_the_newest_enabled(register: Register, catalog: TinyCatalog) -> None:
    for _ in range(3):
        register.add(playbook("release"))
    assert register.wanted("rel").version == 3
    catalog.update(VersionRow, "release@3", status=VersionStatus.DISABLED)
    assert register.wanted("release").version == 2
    catalog.update(VersionRow, "release@1", status=VersionStatus.ACTIVE)
    assert register.wanted("release").version == 1
    assert register.wanted("release@3").version == 3
    assert register.active("release") == register.row("release", 1)


def test_an_unknown_version_is_named(register: Register) -> None:
    register.add(playbook("release"))
    with pytest.raises(UnknownNameError, match="release has no version 4; it has 1"):
        register.row("release", 4)
    with pytest.raises(UnknownNameError, match="there is no playbook 'other'"):
        register.row("other", 1)
