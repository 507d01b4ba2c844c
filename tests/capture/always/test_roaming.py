"""Which files are watched where the shell is, and that a step says so when none were."""

from pathlib import Path

import pytest

from capture.always import roaming
from capture.always.roaming import Roaming, is_small, root_of
from capture.always.sessions import drop_old, find, sessions
from capture.errors import UnknownNameError
from capture.files.effects import Hints
from capture.files.ignore import Ignore
from capture.home import Home
from capture.trace import SeenFile


@pytest.fixture
def user(tmp_path: Path) -> Path:
    home = tmp_path / "home" / "user"
    for folder in ("plain/sub", "repo/.git", "repo/deep/er"):
        (home / folder).mkdir(parents=True)
    return home


def test_the_directory_is_watched_or_its_checkout_and_never_the_home(user: Path) -> None:
    def root(path: Path) -> str | None:
        return root_of(str(path), str(user))

    assert root(user / "plain" / "sub") == str(user / "plain" / "sub")
    assert root(user / "repo" / "deep" / "er") == str(user / "repo")
    assert [root(path) for path in (user, user.parent, Path("/"))] == [None, None, None]
    (user / ".git").mkdir()
    assert root(user / "plain") == str(user / "plain")
    assert root(user / "repo" / "deep") == str(user / "repo")


class Watched:
    def __init__(self, user: Path) -> None:
        self.moves: list[tuple[str, int]] = []
        self.kept: list[bytes] = []
        self.files = Roaming(Ignore(), user_home=str(user), keep=self.kept.append, limit=100, moved=self.move)

    def move(self, workspace: str, seen: tuple[SeenFile, ...], *, complete: bool) -> None:
        assert not complete
        self.moves.append((workspace, len(seen)))

    def changed(self) -> list[tuple[str, str]]:
        return [(effect.op, effect.path) for effect in self.files.changes(Hints())]


def test_effects_are_those_of_the_directory_that_the_step_began_in(user: Path) -> None:
    watched, repo = Watched(user), user / "repo"
    (repo / "old").write_text("old")
    watched.files.enter(str(repo / "deep"))
    (repo / "new").write_text("new")
    (repo / "old").unlink()
    (user / "plain" / "unseen").write_text("x")
    assert watched.changed() == [("created", "new"), ("deleted", "old")]
    assert watched.files.saw(str(repo / "deep" / "er"))
    assert not watched.files.saw(str(user / "plain"))
    assert watched.kept == [b"new"]
    watched.files.enter(str(repo))
    watched.files.enter(str(user / "plain"))
    assert watched.changed() == []
    (user / "plain" / "sub" / "seen").write_text("x")
    assert watched.changed() == [("created", "sub/seen")]
    assert watched.moves == [(str(repo), 3), (str(user / "plain"), 2)]


def test_what_is_not_watched_is_not_seen(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roaming, "LARGEST_TREE", 20)
    watched, plain = Watched(user), user / "plain"
    watched.files.enter(str(user))
    assert not watched.files.saw(str(user))
    watched.files.enter(str(plain))
    assert watched.files.saw(str(plain))
    for number in range(30):
        (plain / str(number)).touch()
    assert watched.changed() == []
    assert not watched.files.saw(str(plain))
    assert not is_small(str(plain), Ignore())
    watched.files.enter(str(user / "repo"))
    watched.files.enter(str(plain))
    assert not watched.files.saw(str(plain))


def test_old_sessions_go_and_the_one_that_is_meant_is_found(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    for number in range(5):
        (home.always / f"2026-{number}").mkdir()
    drop_old(home, 3)
    assert [path.name for path in sessions(home)] == ["2026-4", "2026-3", "2026-2"]
    assert find(home, {}).name == "2026-4"
    assert find(home, {}, "2026-2").name == "2026-2"
    assert find(home, {"REPLAYBOOK_SESSION": str(home.always / "2026-3")}).name == "2026-3"
    assert find(home, {"REPLAYBOOK_SESSION": str(home.always / "gone")}).name == "2026-4"
    for wanted in ("2026", "x"):
        with pytest.raises(UnknownNameError, match="names no one session"):
            find(home, {}, wanted)
    with pytest.raises(UnknownNameError, match="replaybook hook"):
        find(Home(tmp_path / "other").prepare(), {})
