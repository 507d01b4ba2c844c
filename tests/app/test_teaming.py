"""A team through the installed command and the screen: who is in it, what it asks for, and what doctor finds of it."""

from pathlib import Path

import msgspec
import psycopg
import pytest

from app.core import Core
from app.screens.dialogs import AskText, Confirm, EditText
from app.screens.playbook import PlaybookScreen
from app.teaming import typed_wish
from app.tui import Start
from capture.errors import AwayError
from capture.home import Home
from capture.tape import reader
from replay.outcome import Mode
from replay.playbook import VersionStatus
from replay.repairs.proposal import RepairStatus
from replay.team.shared import TeamStanding
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn, Stored, playbook, repair
from tests.postgres import Server, postgres
from tests.program import Program

__all__ = ["postgres"]


def test_an_admin_lets_people_in_and_asks_for_the_yes_of_others(program: Program, postgres: Server) -> None:
    address = postgres.database()
    with psycopg.connect(address, autocommit=True) as owner:
        # Roles are the server's, and other tests have these.
        for role in ("ada", "eve"):
            if not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                owner.execute(f"CREATE ROLE {role} LOGIN".encode())
    as_owner = {"REPLAYBOOK_CATALOG": address}
    as_ada = {"REPLAYBOOK_CATALOG": address.replace("owner@", "ada@").partition("&options")[0]}
    as_eve = {"REPLAYBOOK_CATALOG": as_ada["REPLAYBOOK_CATALOG"].replace("ada@", "eve@")}
    assert program("team", "admit", "ada", "--as", "Ada Lovelace", environment=as_owner).code == 0
    found = program("team", "require", "promotion", "1", "--json", environment=as_owner).document
    assert found["chosen_by"] == "REPLAYBOOK_CATALOG"
    # For good, in the settings; what the variable says goes before it.
    assert program("settings", "team.catalog", as_ada["REPLAYBOOK_CATALOG"]).code == 0
    found = program("team", "--json").document
    assert (found["me"]["person"], found["others"]) == ("Ada Lovelace", {"promotion": 1, "review": 0})
    assert found["chosen_by"].startswith("the setting team.catalog (settings.toml:")
    refused = program("team", "require", "promotion", "0", environment=as_ada)
    assert (refused.code, "is no admin here" in refused.err) == (6, True)
    nobody = program("team", environment=as_eve)
    assert (nobody.code, "replaybook team admit eve --as PERSON" in nobody.err) == (6, True)
    rows = {one["name"]: one for one in program("doctor", "--json").rows}
    assert (rows["team"]["state"], rows["team clock"]["state"]) == ("ok", "ok")
    assert "; the setting team.catalog (settings.toml:" in rows["team"]["detail"]
    assert rows["team person"]["detail"] == "Ada Lovelace, by the role ada"
    assert rows["team log"]["state"] == "ok"


def test_an_address_with_a_password_is_neither_kept_nor_taken_nor_repeated(program: Program) -> None:
    address = "postgresql://ada:sw0rd@db/team"
    refused = program("settings", "team.catalog", address)
    assert (refused.code, refused.err.count("\n"), "~/.pgpass" in refused.err) == (2, 1, True)
    settings = program.home / "settings.toml"
    assert not settings.exists()
    # Nor where a person wrote it: this home is no home of its own meanwhile.
    settings.write_text(f'theme = "drak"\n[team]\ncatalog = "{address}"\n', encoding="utf-8")
    found = program("playbooks")
    assert (found.code, found.err.count("\n"), "settings.toml:3: team.catalog: " in found.err) == (2, 1, True)
    assert "sw0rd" not in found.err + refused.err
    settings.write_text('[team]\n# catalog = "postgresql://ada@db/team"\n', encoding="utf-8")
    assert program("playbooks").err == ""
    listed = program("playbooks", environment={"REPLAYBOOK_CATALOG": "postgresql://ada:sw0rd@127.0.0.1:1/team"})
    assert (listed.code, "127.0.0.1:1/team is away: what others do meanwhile" in listed.err) == (0, True)


def test_without_a_team_nothing_is_told_of_one(program: Program) -> None:
    assert "set REPLAYBOOK_CATALOG=" in program("team").err
    assert not [one for one in program.rows_of("doctor") if one["name"].startswith("team")]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("admit ada", "write admit ada --as PERSON"),
        ("require promotion many", "write who"),
        ("require lunch 1", "write who"),
        ("who --admin", "write who"),
        ("admit 'ada", "No closing quotation"),
    ],
)
def test_a_line_that_asks_for_nothing_says_what_would(typed: str, wrong: str) -> None:
    found = typed_wish(typed)
    assert isinstance(found, str)
    assert wrong in found


def test_what_the_log_must_tell_of_is_refused_whole_while_its_server_is_away(tmp_path: Path) -> None:
    home, told = Home(tmp_path / "home").prepare(), list[str]()
    cast = tmp_path / "work.cast"
    cast.write_text('{"version": 2, "width": 80, "height": 24}\n[0.1, "o", "$ ls\\r\\n"]\n', encoding="utf-8")
    run = Core(home).import_run("asciicast", str(cast)).run.run_id
    core = Core(home, tell=told.append, address="postgresql://ada:sw0rd@127.0.0.1:1/team")
    for act in (lambda: core.remove(run), lambda: core.purge_original(run), core.audit):
        with pytest.raises(AwayError, match=r"^the team catalog at 127.0.0.1:1/team is away .*, try again when it is"):
            act()
    assert reader.is_run(home, run)
    # Nothing keeps anybody from stopping replays; letting them run again can wait.
    assert core.freeze("now").frozen
    assert "frozen here, and the team's log does not tell of it" in told[-1]
    with pytest.raises(AwayError):
        core.thaw()
    assert core.frozen()
    assert "sw0rd" not in told[-1]
    assert not core.kept_here("r-1")
    assert (
        core.alone_words == "the team catalog at 127.0.0.1:1/team is away: what others do meanwhile does not show here"
    )
    core.close()


async def test_the_screen_does_the_same(tmp_path: Path) -> None:
    core = StandIn(home=Home(tmp_path))
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        await driver.press("m")
        await driver.until_says("install bubblewrap")
        await driver.press("w")
        await driver.until_says("dismiss ROLE")
        await driver.press("enter")
        await driver.until_says("you are Ada [b], by the role ada, an admin")
        await driver.press("escape", "w")
        await driver.until_says("dismiss ROLE")
        await driver.press("ctrl+u", *"admit lin --as Lin --admin", "enter")
        await driver.until_says("promotion: one person beside who made it")
        assert ("team_admit", "lin", "Lin", True) in core.calls


async def test_what_others_do_shows_without_a_key_and_a_server_that_is_away_is_told(tmp_path: Path) -> None:
    here = TeamStanding(server="db:5432/team", person="ada", seen=1)
    core = StandIn(home=Home(tmp_path))
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        core.versions[2] = Stored(playbook=playbook(2), status=VersionStatus.DRAFT)
        core.standing = here
        await driver.until_says("v2 draft")
        core.versions[3] = Stored(playbook=playbook(3), status=VersionStatus.ACTIVE)
        core.standing = msgspec.structs.replace(here, seen=2)
        await driver.until_says("active")
        since = "2026-03-01T12:03:00Z"
        core.standing = msgspec.structs.replace(
            here, seen=2, waiting=3, away_since=since, heard_at="2026-03-01T11:59:00Z", why="it is away"
        )
        await driver.until_says(":03 or before")
        assert "last heard" in driver.text
        assert "3 to send" in driver.text
        assert "it is away; recording and replays go on, decisions wait" in driver.notices
        core.standing = msgspec.structs.replace(here, seen=2)
        await driver.until(lambda: "the team's server is back" in driver.notices)
        assert "team away" not in driver.text


HERE = TeamStanding(server="db:5432/team", person="ada", seen=1)


def others_act(core: StandIn, driver: Driver) -> None:
    """The team's server says that something has changed."""
    assert core.standing is not None
    core.standing = msgspec.structs.replace(core.standing, seen=core.standing.seen + 1)
    driver.app._look_around()


async def test_an_open_playbook_follows_what_others_decide_and_acts_on_nothing_that_was_not_seen() -> None:
    core = StandIn(standing=HERE)
    core.versions[2] = Stored(playbook=playbook(2), status=VersionStatus.SHADOW)
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        driver.app._look_around()
        await driver.press("enter")
        await driver.until_says("◇ shadow")
        screen = driver.app.screen
        assert isinstance(screen, PlaybookScreen)
        await driver.press("down", "down", "P")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        # Grace promotes the other one, and makes a third, while ada is asked; she is asked on.
        core.versions[1] = Stored(playbook=playbook(1), status=VersionStatus.ACTIVE)
        core.versions[3] = Stored(playbook=playbook(3), status=VersionStatus.DRAFT)
        others_act(core, driver)
        await driver.until(lambda: screen.actives == {"publish-notes": 1})
        assert isinstance(driver.app.screen, Confirm)
        await driver.press("y")
        await driver.until(lambda: "is the active version by now" in driver.notices)
        await driver.until(lambda: driver.app.screen is screen)
        assert core.versions[2].status is VersionStatus.SHADOW
        assert (screen.ref, screen.steps.step, screen.versions.keys[0]) == ("publish-notes@2", 3, "publish-notes@3")
        # It shows what they decide of the very version, and asked of what is shown, she decides.
        core.versions[1] = Stored(playbook=playbook(1), status=VersionStatus.SHADOW)
        core.versions[2] = Stored(playbook=playbook(2), status=VersionStatus.ACTIVE)
        others_act(core, driver)
        await driver.until_says("✓ active")
        assert screen.steps.step == 3
        await driver.press("D", "y")
        await driver.until_says("⊘ disabled")


async def test_what_is_written_for_a_proposal_stays_when_others_decide_on_that() -> None:
    core = StandIn(standing=HERE, waiting=[repair(1), repair(2)])
    async with driving(core) as driver:
        await driver.press("i")
        await driver.until(lambda: driver.app.guard._seen < float("inf"))
        driver.app._look_around()
        await driver.press_later("e")
        await driver.until(lambda: isinstance(driver.app.screen, EditText))
        await driver.press("ctrl+a", *"make it")
        core.waiting[0] = repair(1, status=RepairStatus.REJECTED)
        others_act(core, driver)
        await driver.until(lambda: "step 2, is rejected by now" in driver.notices)
        assert isinstance(driver.app.screen, EditText)
        await driver.press("ctrl+s")
        await driver.until_says("+ make it")
        assert "✗ rejected" in driver.text
        await driver.press_later("y")
        assert not [call for call in core.calls if call[0] == "review"]
        # A note that comes too late is refused, and begins the next one.
        await driver.press("down")
        await driver.until_says("release-1.2")
        await driver.until(lambda: driver.app.guard._seen < float("inf"))
        await driver.press_later("c")
        await driver.until(lambda: isinstance(driver.app.screen, AskText))
        core.waiting[1] = repair(2, status=RepairStatus.STALE)
        await driver.press(*"why", "enter")
        await driver.until(lambda: "r-2 is stale" in driver.notices)


async def test_a_replay_whose_proposal_others_decided_on_says_so_and_runs_nothing_of_it() -> None:
    core = StandIn(standing=HERE)
    async with driving(core, start=Start(ref="publish-notes", cwd="/tmp", mode=Mode.GUIDED)) as driver:
        await driver.until_says("Stands before step 1")
        driver.app._look_around()
        await driver.press("c")
        await driver.until_says("your decision")
        core.waiting.append(repair(1, status=RepairStatus.APPROVED, approved_by=("grace",), created_version=2))
        core.versions[1] = Stored(playbook=playbook(), status=VersionStatus.ACTIVE)
        others_act(core, driver)
        told = "for publish-notes@1, step 2, is approved by grace by now, which made publish-notes@2"
        await driver.until(lambda: told in driver.notices)
        await driver.until_says("decided elsewhere")
        await driver.until_says("v1 active")
        await driver.press_later("y", "c")
        assert not [call for call in core.calls if call[0] == "review"]
        await driver.press("x")
        await driver.until_says("✗ failed  publish-notes@1")
