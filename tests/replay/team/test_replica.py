"""Two homes of one team: what one does the other has, and what a server that is away does to neither."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import msgspec
import psycopg
import pytest

from capture.errors import RefusedError
from capture.home import Home
from replay.library.register import Register
from replay.library.rows import ReplayRow, RunRow, VersionRow
from replay.library.shelf import Shelf
from replay.outcome import Mode, ReplayStatus
from replay.playbook import VersionStatus
from replay.sharing import beside
from replay.team.connection import ServerAwayError
from replay.team.reach import QUIET_S, Reach
from replay.team.shared import Shared
from replay.team.upstream import Upstream
from tests.postgres import Server, postgres
from tests.replay.library.samples import Clock, playbook, run_row
from tests.seat import until

__all__ = ["postgres"]


class Place:
    """One home of the team."""

    def __init__(self, folder: Path, address: str) -> None:
        self.now = 1000.0
        self.home = Home(folder).prepare()
        self.shared = Shared(self.home, address, clock=lambda: self.now)
        self.catalog = self.shared.catalog
        self.shelf = Shelf(self.home, fresh=self.catalog.freshen)
        self.register = Register(self.catalog, self.shelf, clock=Clock(), numbering=self.catalog.numbering)

    def later(self) -> "Place":
        """So much later that what others did is looked for, and a server that was away is asked again."""
        self.now += 60
        return self

    def refs(self) -> list[str]:
        return [row.ref for row in self.later().register.rows()]

    def text(self, name: str) -> str:
        return (self.home.playbooks / name).read_text(encoding="utf-8")


@pytest.fixture
def place(postgres: Server, tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    address, made = postgres.database(), list[Place]()

    def open_home(name: str) -> Place:
        made.append(Place(tmp_path / name, address))
        return made[-1]

    yield open_home
    for one in made:
        one.shared.close()


def replay_row(replay_id: str) -> ReplayRow:
    return ReplayRow(
        id=replay_id,
        playbook="release",
        version=1,
        mode=Mode.SIMULATE,
        status=ReplayStatus.READY,
        started_at="2026-11-22T12:00:00Z",
    )


def replayed(place: Place, replay_id: str) -> None:
    """A replay comes to its end: its file, then its row."""
    (place.home.replays / f"{replay_id}.json").write_text(f'{{"of": "{replay_id}"}}', encoding="utf-8")
    place.catalog.put(replay_row(replay_id))


def test_who_signed_a_version_comes_along_with_it(place: Callable[[str], Place]) -> None:
    ada, bob = place("ada"), place("bob")
    with ada.catalog.transaction():
        ada.register.add(playbook("release", "make"))
        beside.keep(ada.shelf.path("release", 1), b"as it was published", b"signature")
    assert bob.refs() == ["release@1"]
    assert beside.published(bob.shelf.path("release", 1)) == (b"as it was published", b"signature")


def test_what_one_adds_the_other_has_and_each_number_is_given_once(place: Callable[[str], Place]) -> None:
    ada, bob = place("ada"), place("bob")
    ada.register.add(playbook("release", "make"))
    bob.later().register.add(playbook("release", "make all"))
    ada.register.add(playbook("release", "make most"))
    assert ada.refs() == bob.refs() == ["release@1", "release@2", "release@3"]
    assert ada.text("release/2.yaml") == bob.text("release/2.yaml")
    assert bob.catalog.get(VersionRow, "release@3") == ada.catalog.get(VersionRow, "release@3")
    ada.catalog.put(run_row(id="run-7"))
    assert bob.later().catalog.get(RunRow, "run-7")
    ada.catalog.remove(RunRow, "run-7")
    assert bob.later().catalog.get(RunRow, "run-7") is None


def test_a_version_that_was_edited_by_hand_stays_and_the_edit_is_a_new_draft(place: Callable[[str], Place]) -> None:
    ada, bob = place("ada"), place("bob")
    ada.register.add(playbook("release", "make"))
    assert bob.refs() == ["release@1"]
    asked, original = bob.home.playbooks / "release" / "1.yaml", bob.text("release/1.yaml")
    asked.write_text(original.replace("make", "make bob"), encoding="utf-8")
    theirs = ada.home.playbooks / "release" / "1.yaml"
    theirs.write_text(original.replace("make", "make ada"), encoding="utf-8")
    bob.refs()
    bob.catalog.put(run_row())
    ada.catalog.put(run_row(id="run-2"))
    assert ada.refs() == bob.refs() == ["release@1", "release@2", "release@3"]
    assert ada.text("release/1.yaml") == bob.text("release/1.yaml") == original
    assert "make bob" in ada.text("release/2.yaml")
    assert "make ada" in bob.text("release/3.yaml")
    assert {row.status for row in bob.register.rows()} == {VersionStatus.DRAFT}


def test_a_change_that_fails_is_nowhere(place: Callable[[str], Place]) -> None:
    ada, bob = place("ada"), place("bob")

    def fail() -> None:
        with ada.catalog.transaction():
            ada.catalog.put(run_row(id="run-9"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert bob.later().catalog.find(RunRow) == ada.later().catalog.find(RunRow) == ()


def test_away_replays_wait_decisions_refuse_and_all_is_sent_once_when_it_is_back(
    place: Callable[[str], Place], postgres: Server
) -> None:
    ada, bob = place("ada"), place("bob")
    ada.register.add(playbook("release", "make"))
    assert bob.refs() == ["release@1"]
    bob.shared.person(lambda: "nobody")
    postgres.kill()
    try:
        replayed(bob, "r-1")
        bob.catalog.put(run_row(id="run-3"))
        assert bob.refs() == ["release@1"]
        assert bob.catalog.waiting == 2
        # Nothing hangs on the server where nothing is asked of it.
        row = bob.register.row("release", 1)
        with pytest.raises(ServerAwayError, match="is away since"):
            bob.catalog.put(msgspec.structs.replace(row, status=VersionStatus.ACTIVE))
        with pytest.raises(ServerAwayError, match="recording and replaying go on"):
            bob.register.add(playbook("release", "make all"))
        with pytest.raises(ServerAwayError, match=r"since \d\d:\d\d:\d\d or before, last heard \d\d:\d\d:\d\d, and"):
            bob.shared.check_there()
        standing = bob.later().shared.standing("bob")
        assert standing.away_since is not None
        # It was heard before it was missed: there is no other bound for when it went.
        assert standing.heard_at is not None
        assert standing.heard_at < standing.away_since
        assert standing.waiting == 2
        assert bob.catalog.waits(ReplayRow, "r-1")
        assert bob.shared.person(lambda: "nobody") == "owner"
    finally:
        postgres.start()
    replayed(ada.later(), "r-2")
    assert bob.later().catalog.waiting == 2
    assert [one.id for one in bob.catalog.find(ReplayRow)] == ["r-1", "r-2"]
    assert bob.catalog.waiting == 0
    assert not bob.catalog.waits(ReplayRow, "r-1")
    assert [one.id for one in ada.later().catalog.find(ReplayRow)] == ["r-1", "r-2"]
    assert ada.catalog.find(RunRow)[0].id == "run-3"
    assert (ada.home.replays / "r-1.json").read_bytes() == (bob.home.replays / "r-1.json").read_bytes()
    standing = bob.later().shared.standing("bob")
    assert (standing.away_since, standing.waiting, standing.seen) == (None, 0, ada.catalog.seen)
    assert bob.refs() == ["release@1"]


def test_what_others_do_is_heard_and_not_asked_for(place: Callable[[str], Place]) -> None:
    ada, bob = place("ada"), place("bob")
    before = bob.shared.standing("bob").seen
    ada.catalog.put(run_row())
    # No time goes by for bob.
    until(lambda: bob.shared.standing("bob").seen > before)
    heard = bob.shared.standing("bob").seen
    # One that says nothing is asked whether it is there, and what it says meanwhile is heard all the same.
    bob.now += 2 * QUIET_S
    ada.catalog.put(run_row(id="run-2"))
    until(lambda: bob.shared.standing("bob").seen > heard)
    assert bob.catalog.find(RunRow)


def test_what_is_told_while_the_server_is_asked_is_asked_for_again() -> None:
    reach = Reach(cast("Upstream", None), where="db", clock=lambda: 1.0)
    reach.listens = True
    news = reach.news
    reach.told()
    reach.looked(news)
    assert reach.is_stale()
    reach.looked(reach.news)
    assert not reach.is_stale()


def test_what_a_killed_process_had_no_time_to_send_is_found(place: Callable[[str], Place]) -> None:
    ada, bob = place("ada"), place("bob")
    ada.catalog.put(run_row())
    (ada.home.replays / "r-4.json").write_text("{}", encoding="utf-8")
    place("ada").catalog.put(run_row(id="run-2"))
    bob.refs()
    assert (bob.home.replays / "r-4.json").exists()


def test_a_home_with_a_library_of_its_own_is_not_given_to_a_team_unasked(
    place: Callable[[str], Place], tmp_path: Path
) -> None:
    own = Home(tmp_path / "bob").prepare()
    (own.replays / "mine.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RefusedError, match=r"replays/mine\.json.*catalog copy"):
        place("bob").catalog.find(RunRow)


def test_another_database_in_the_place_of_the_teams_is_told_apart(place: Callable[[str], Place]) -> None:
    ada = place("ada")
    ada.catalog.put(run_row())
    with psycopg.connect(ada.shared.address, autocommit=True) as connection:
        connection.execute("UPDATE replaybook.identity SET id = gen_random_uuid()")
    with pytest.raises(RefusedError, match="another database"):
        ada.catalog.put(run_row(id="run-2"))
