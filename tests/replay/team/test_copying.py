"""A catalog that moves between homes and databases, with all that belongs to it."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from capture.errors import BadInputError, HostError, RefusedError, StoppedError
from capture.home import Home
from replay.governance.audit import Action, AuditLog
from replay.governance.rebuild import open_catalog
from replay.library.rows import ROW_TYPES, MarkRow, ReplayRow, Row, RunRow
from replay.outcome import Mode, ReplayStatus
from replay.playbook import VersionStatus
from replay.team.catalog import TeamCatalog
from replay.team.copying import Copied
from replay.team.server import Team
from replay.team.sides import copied
from tests.postgres import Server
from tests.program import Program
from tests.replay.governance.conftest import House
from tests.replay.library.samples import Clock, run_row
from tests.replay.team.conftest import Office

ADA = "ada"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two versions, one of them active, a repair that was refused, a replay, a recording."""
    house = House.over(tmp_path / "home", Clock())
    base = house.promote(house.version().version)
    repair = house.propose(base)
    house.reviews.reject(repair.repair_id, actor=ADA, note="no")
    house.version("make other\0")
    replay = ReplayRow(
        id="20261122-p", playbook="release", version=1, mode=Mode.STRICT, status=ReplayStatus.SUCCESS, started_at=""
    )
    house.catalog.put(run_row(), replay)
    house.home.replays.mkdir(exist_ok=True)
    (house.home.replays / "20261122-p.json").write_bytes(b'{"kept": "as it is"}\n')
    return house.home.path


@pytest.fixture
def address(postgres: Server) -> str:
    return postgres.database()


def copying(source: object, target: object, progress: Callable[[str], None] = lambda _: None) -> Copied:
    return copied(str(source), str(target), clock=Clock(), progress=progress)


def held(folder: Path) -> tuple[dict[str, bytes], list[Row]]:
    """The files that are copied, and the rows."""
    home = Home(folder)
    told: list[str] = []
    catalog = open_catalog(home, AuditLog(home.audit, clock=Clock()), clock=Clock(), tell=told.append)
    rows: list[Row] = [row for kind in ROW_TYPES for row in catalog.find(kind)]
    assert not told, "it was rebuilt"
    folders = ("playbooks", "repairs", "replays")
    paths = [path for name in folders for path in (folder / name).rglob("*") if path.suffix in (".yaml", ".json")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in (*paths, home.audit)}, rows


def test_what_went_to_a_database_and_came_back_is_the_same(home: Path, address: str, tmp_path: Path) -> None:
    there, back = copying(home, address), copying(address, tmp_path / "back")
    assert held(tmp_path / "back") == held(home)
    assert there.digest == back.digest
    assert there.rows == {"playbooks": 2, "repairs": 1, "replays": 1, "runs": 1, "validations": 1}
    assert (there.files, there.decisions, there.new) == (len(held(home)[0]) - 1, 3, there.files + 6 + 1)
    again = House.over(tmp_path / "back", Clock())
    assert again.audit.verify().ok
    assert again.statuses() == ["active", "draft"]
    # It goes on from there.
    again.promote(2)
    assert again.statuses() == ["shadow", "active"]


def test_the_team_goes_on_where_the_home_stood(home: Path, address: str) -> None:
    first, second = copying(home, address), copying(home, address)
    assert second == msgspec.structs.replace(first, new=0)
    assert [*second.lines()][-1] == f"0 of them were new there; both sides are {first.digest}"
    with pytest.raises(BadInputError, match="can't be copied into itself"):
        copying(address, address)
    team = Team(address)
    verdict = team.audit.verify()
    assert verdict.ok, verdict.words
    assert [entry.action for entry in team.audit.entries()] == ["validated", "promoted", "rejected"]
    assert team.catalog.find(MarkRow) == ()
    team.close()


def test_who_made_a_version_is_not_who_copied_it(home: Path, address: str) -> None:
    House.over(home, Clock()).audit.append(actor=ADA, action=Action.COMPILED, subject="release@2")
    copying(home, address)
    team = Team(address)
    connection = team.connections.open()
    made = connection.execute("SELECT id, authors FROM replaybook.playbooks ORDER BY id").fetchall()
    connection.close()
    team.close()
    assert made == [("release@1", ["owner"]), ("release@2", [ADA])]


def test_what_is_copied_keeps_who_made_it_and_a_copied_yes_is_history(
    office: Office, postgres: Server, tmp_path: Path
) -> None:
    office.team("owner").people.require("promotion", 2)
    ada, grace = office.house(ADA), office.house("grace")
    base = ada.version()
    ada.propose(base)
    ada.validate(1)
    grace.promotions.promote("release", 1, actor="grace")
    lacks = "SELECT replaybook.promotion_lacks('release@1', 'lin'), replaybook.adds_yes('release@1', 'grace')"
    # Here grace has said yes, and lin would be the second one.
    assert office.psql("lin")(lacks) == [(None, False)]
    target = postgres.database()
    copying(office.address, tmp_path / "between")
    copying(tmp_path / "between", target)
    assert copying(tmp_path / "between", target).new == 0
    there = Office(postgres, target, office.folder, clock=office.clock)
    try:
        for name in (ADA, "grace", "lin"):
            there.team("owner").people.admit(name, name)
        made = "recorded_by, copied_by"
        say = there.psql(ADA)
        for table in ("playbooks", "repairs", "validations"):
            assert say(f"SELECT {made} FROM replaybook.{table}") == [(ADA, "owner")]  # noqa: S608 - names of ours
        # Who made it says no yes to it, and what the copied log tells of grace is none of the role that is here.
        assert there.psql("lin")(lacks) == [("ada made it, and another person must promote it as well", True)]
        with pytest.raises(RefusedError, match="2 other people must promote it as well"):
            there.house(ADA).promotions.promote("release", 1, actor=ADA)
        forged = "SET LOCAL replaybook.copying = 'on'", "SET LOCAL replaybook.recorded_by = 'grace'"
        change = f"UPDATE replaybook.validations SET recorded_by = 'lin', copied_by = NULL RETURNING {made}"  # noqa: S608 - names of ours
        assert say(*forged, change) == [(ADA, "owner")]
        put = "INSERT INTO replaybook.runs (id, body, copied_by) VALUES ('r', '{}', 'owner') RETURNING "
        assert say(*forged, put + made) == [(ADA, None)]
        there.house("lin").promotions.promote("release", 1, actor="lin")
        assert there.house("grace").promotions.promote("release", 1, actor="grace").status is VersionStatus.ACTIVE
        assert there.team("owner").audit.verify().ok
    finally:
        there.close()


@pytest.mark.parametrize("backwards", [False, True])
def test_what_has_something_of_its_own_is_left_alone(
    home: Path, address: str, tmp_path: Path, *, backwards: bool
) -> None:
    target: Path | str = address
    if backwards:
        copying(home, address)
        target = tmp_path / "own"
        House.over(tmp_path / "own", Clock()).catalog.put(run_row(name="another"))
    else:
        team = Team(address)
        team.catalog.put(run_row(name="another"))
        team.close()
    with pytest.raises(RefusedError, match=r"has runs/run-1, which .* copy into a home or a database that is empty"):
        copying(address if backwards else home, target)


@pytest.mark.parametrize("backwards", [False, True])
def test_one_that_was_stopped_is_gone_on_with(home: Path, address: str, tmp_path: Path, *, backwards: bool) -> None:
    if backwards:
        copying(home, address)
    source, target = (address, tmp_path / "back") if backwards else (home, address)

    def stop(said: str) -> None:
        if said.startswith("repairs/"):
            raise StoppedError(said)

    with pytest.raises(StoppedError):
        copying(source, target, stop)
    if not backwards:
        team = Team(address)
        assert all(team.catalog.find(kind) == () for kind in ROW_TYPES)
        assert team.audit.length() == 0
        team.close()
    done = copying(source, target)
    assert done == msgspec.structs.replace(copying(source, target), new=done.new)


def test_a_log_that_is_not_whole_is_not_copied(home: Path, address: str) -> None:
    log = Home(home).audit
    log.write_bytes(log.read_bytes().replace(b'"note":"no"', b'"note":"yes"'))
    with pytest.raises(RefusedError, match=r"audit log of .*home is not whole: .* nothing is copied"):
        copying(home, address)


def test_a_copy_that_is_not_the_same_is_no_copy(home: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = TeamCatalog.put

    def forgetful(self: TeamCatalog, *rows: Row) -> None:
        real(self, *(row for row in rows if not isinstance(row, RunRow)))

    monkeypatch.setattr(TeamCatalog, "put", forgetful)
    with pytest.raises(HostError, match=r"the copy is not what .*home holds: runs/run-1 in .*team_.*; copy again"):
        copying(home, address)


def test_only_who_owns_a_database_copies_into_it(home: Path, office: Office, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"ada can't copy into .*team_.*; log in as owner"):
        copying(home, office.server.dsn(office.database, ADA))
    # Whoever is in the team may take all of it along.
    office.house(ADA).version()
    assert copying(office.server.dsn(office.database, ADA), tmp_path / "along").rows["playbooks"] == 1


def test_who_is_nobody_sees_nothing_and_is_told(office: Office, tmp_path: Path) -> None:
    office.team("owner").people.dismiss("lin")
    with pytest.raises((RefusedError, HostError), match=r"lin is nobody here; let an admin run"):
        copying(office.server.dsn(office.database, "lin"), tmp_path / "along")


def test_what_a_hostile_database_names_is_not_written(address: str, tmp_path: Path) -> None:
    team = Team(address)
    connection = team.connections.open()
    connection.execute("ALTER TABLE replaybook.documents DROP CONSTRAINT documents_path_check")
    connection.close()
    team.documents.keep("repairs/../../outside.json", b"{}")
    team.close()
    with pytest.raises(BadInputError, match="is no file of a playbook"):
        copying(address, tmp_path / "back")
    assert not (tmp_path / "outside.json").exists()


def test_the_command_says_what_it_copied(home: Path, address: str, tmp_path: Path) -> None:
    program = Program(tmp_path / "unused", tmp_path)
    document = program.json("catalog", "copy", str(home), address)
    assert document["from"] == str(home)
    assert document["decisions"] == 3
    missing = program("catalog", "copy", str(tmp_path / "nowhere"), address)
    assert missing.code == 2
    assert "is no home that holds anything" in missing.err
    assert not (tmp_path / "nowhere").exists()
    away = program("catalog", "copy", "postgresql://ada:swordfish@127.0.0.1:1/team", str(tmp_path / "new"))
    assert (away.code, away.err.count("\n")) == (1, 1)
    assert "127.0.0.1:1/team can't be reached" in away.err
    assert "swordfish" not in away.err
    assert "report" not in away.err
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "unused").exists()
