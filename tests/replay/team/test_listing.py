"""What a look at a home's shared files costs, in calls: each of a team's transactions looks."""

import os
from pathlib import Path
from typing import cast

import pytest

from capture.home import Home
from replay.library.catalog import TinyCatalog
from replay.library.durable import content_of
from replay.team import papers
from replay.team.listing import SETTLED_S, Listing
from replay.team.merging import is_shared
from replay.team.papers import Paper, Papers
from replay.team.upstream import Upstream

PLAYBOOKS = 20
MADE = 1_000_000_000


class Calls:
    """How often folders are listed and files read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.listed, self.read = 0, list[Path]()
        list_folder, content = os.listdir, content_of

        def listdir(path: str) -> list[str]:
            self.listed += 1
            return list_folder(path)

        def read(path: Path) -> bytes | None:
            self.read.append(path)
            return content(path)

        monkeypatch.setattr("replay.team.listing.os.listdir", listdir)
        monkeypatch.setattr(papers, "content_of", read)

    def told(self) -> tuple[int, int]:
        """How often since it was asked last."""
        told = self.listed, len(self.read)
        self.listed = 0
        self.read.clear()
        return told


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home").prepare()
    for number in range(PLAYBOOKS):
        folder = made.playbooks / f"p-{number}"
        folder.mkdir()
        (folder / "1.yaml").write_text("as it was", encoding="utf-8")
    # All at one moment, however long it took, and none that a later change falls into.
    for path in (made.path, *made.path.rglob("*")):
        os.utime(path, (MADE, MADE))
    return made


def later(root: Path) -> float:
    """When all that is in a folder has settled."""
    return max(path.stat().st_mtime for path in (root, *root.rglob("*"))) + SETTLED_S + 1


def test_only_what_changed_is_listed_and_read_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    known, calls = TinyCatalog(home.path / "known.json"), Calls(monkeypatch)
    looking, team = Papers(home, known), cast("Upstream", None)
    looking._listing = Listing(home.path, is_shared, clock=lambda: later(home.path))
    with known.transaction():
        new = looking.look(team)
        assert len(new) == PLAYBOOKS
        looking.note(Paper(path, papers._digest(b"as it was")) for path in new)
    calls.told()
    with known.transaction():
        assert looking.look(team) == ()
    assert calls.told() == (0, 0)
    touched = home.playbooks / "p-3" / "1.yaml"
    os.utime(touched, (1, 1))
    with known.transaction():
        assert looking.look(team) == ()
    assert calls.told() == (0, 1)
    (home.playbooks / "p-4" / "2.yaml").write_text("by hand", encoding="utf-8")
    with known.transaction():
        assert looking.look(team) == ("playbooks/p-4/2.yaml",)
    assert calls.told() == (1, 0)


def test_a_folder_that_may_still_change_unseen_is_listed_each_time(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, now = Calls(monkeypatch), [later(home.path) - SETTLED_S - 1]
    listed = Listing(home.path, lambda _: True, clock=lambda: now[0])
    for clock, lists in ((0.0, PLAYBOOKS + 1), (0.0, PLAYBOOKS + 1), (3.0, PLAYBOOKS + 1), (3.0, 0)):
        now[0] = later(home.path) - SETTLED_S - 1 + clock
        assert len([*listed.files("playbooks", deep=True)]) == PLAYBOOKS
        assert calls.told()[0] == lists


def test_what_is_no_file_and_what_is_not_there_are_left_out(home: Home) -> None:
    (home.playbooks / "p-1" / "2.yaml").mkdir()
    (home.playbooks / "p-2" / "2.yaml").symlink_to("nowhere")
    (home.playbooks / "README").write_text("hello", encoding="utf-8")
    found = dict(Listing(home.path, is_shared).files("playbooks", deep=True))
    assert len(found) == PLAYBOOKS
    assert found["playbooks/p-1/1.yaml"][0] == len("as it was")
    assert [*Listing(home.path, is_shared).files("nothing", deep=False)] == []
