"""A team through the installed command and the screen: who is in it, what it asks for, and what doctor finds of it."""

from pathlib import Path

import msgspec
import psycopg
import pytest

from app.teaming import typed_wish
from capture.home import Home
from replay.playbook import VersionStatus
from replay.team.shared import TeamStanding
from tests.app.driving import driving
from tests.app.stand_in import StandIn, Stored, playbook
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
    assert program("playbooks").code == 0


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
    core = StandIn(home=Home(tmp_path), standing=here)
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        core.versions[2] = Stored(playbook=playbook(), status=VersionStatus.ACTIVE)
        core.standing = msgspec.structs.replace(here, seen=2)
        await driver.until_says("active")
        since = "2026-03-01T12:03:00Z"
        core.standing = msgspec.structs.replace(here, seen=2, waiting=3, away_since=since, why="it is away")
        await driver.until_says("team away since")
        assert "3 to send" in driver.text
        assert "it is away; recording and replays go on, decisions wait" in driver.notices
        core.standing = msgspec.structs.replace(here, seen=2)
        await driver.until(lambda: "the team's server is back" in driver.notices)
        assert "team away" not in driver.text
