"""Two people, two homes, two terminals, one database: what one does the other sees, reviews, promotes and replays."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from replay.team.server import Team
from tests.app.test_in_tmux import library
from tests.postgres import Server, postgres
from tests.program import Program
from tests.seat import end_all
from tests.tmux import Tmux

__all__ = ["postgres"]
pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
WIDE = (110, 30)


@dataclass
class Person:
    """A terminal, and the same home for what a program asks."""

    terminal: Tmux
    program: Program
    team: dict[str, str]

    def json(self, *arguments: str) -> list[dict[str, object]]:
        return self.program(*arguments, "--json", environment=self.team).rows


@pytest.fixture
def people(postgres: Server, tmp_path: Path) -> Iterator[tuple[Person, Person]]:
    address, work = postgres.database(), tmp_path / "work"
    database = address.partition("@/")[2].partition("?")[0]
    work.mkdir()
    chief = Team(address)
    made: list[Person] = []
    try:
        for name in ("ada", "grace"):
            with psycopg.connect(address, autocommit=True) as owner:
                if not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone():
                    owner.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
            chief.people.admit(name, name)
            team = {"REPLAYBOOK_CATALOG": postgres.dsn(database, name)}
            home = library(tmp_path / name)
            terminal = Tmux(home=tmp_path / name / "home", cwd=work, size=WIDE, environment=team)
            made.append(Person(terminal, Program(home, work), team))
        yield made[0], made[1]
    finally:
        chief.close()
        for one in made:
            one.terminal.__exit__()
            end_all(one.program.home)


def test_two_people_record_review_promote_and_replay_each_others_playbooks(
    people: tuple[Person, Person], postgres: Server
) -> None:
    (ada, grace), work = people, people[0].program.cwd
    # Grace only looks on, from an empty home.
    grace.terminal.enter("replaybook")
    grace.terminal.until_says("Press r")
    record_and_compile(ada.terminal)
    grace.terminal.until_says("fruit", "draft")
    # The world drifts for ada; what would repair it waits for whoever reviews it.
    (work / "fruit.txt").rename(work / "fruits.txt")
    ada.terminal.type("q")
    ada.terminal.until_shell()
    ada.terminal.enter("clear; replaybook replay fruit --mode guided --draft; echo code $?")
    ada.terminal.until_says("code 5")
    ada.terminal.enter("clear; replaybook")
    ada.terminal.until_says("fruit", "1 to review")
    grace.terminal.until_says("1 to review")
    approve(grace.terminal)
    ada.terminal.until_gone("to review")
    validate(ada.terminal)
    grace.terminal.until_says("validated")
    # Ada has the version open, and sees it come live when grace promotes it.
    ada.terminal.press("Escape")
    ada.terminal.until_says("Recordings")
    ada.terminal.press("Enter")
    ada.terminal.until_says("◇ shadow", "v2")
    promote(grace.terminal)
    ada.terminal.until_says("✓ active", "v2")
    replay(ada.terminal)
    log = [(one["actor"], one["action"]) for one in ada.json("audit")]
    assert {("ada", "compiled"), ("ada", "validated")} <= set(log)
    assert {("grace", action) for action in ("approved", "applied", "promoted")} <= set(log)
    # The server is gone, in the middle of all this.
    postgres.kill()
    try:
        for one in (ada, grace):
            one.terminal.until_says("team away since")
        ada.terminal.type("R")
        run_through(ada.terminal)
        ada.terminal.until_says("2 to send")
        refused = grace.program("disable", "fruit@2", environment=grace.team)
        assert (refused.code, "is away since" in refused.err, refused.err.count("\n")) == (1, True, 1)
        waits = grace.program("replay", "fruit", "--mode", "simulate", "--json", environment=grace.team)
        assert (waits.code, waits.document["kept_here"]) == (0, True)
        assert waits.err == f"replay {waits.document['replay_id']} is kept here until the team's database is back\n"
    finally:
        postgres.start()
    for one in (ada, grace):
        one.terminal.until_gone("team away since")
    mine, theirs = ada.json("replays", "fruit"), grace.json("replays", "fruit")
    assert len(mine) >= 4
    assert [one["replay_id"] for one in mine] == [one["replay_id"] for one in theirs]


def record_and_compile(terminal: Tmux) -> None:
    terminal.enter("printf 'pears\\napples\\n' > fruit.txt; replaybook")
    terminal.until_says("Press r")
    terminal.type("r")
    terminal.until_says("● recording", "│you: ")
    terminal.enter("sort fruit.txt > sorted.txt")
    terminal.until_says("✓ 1 sort")
    terminal.enter("exit")
    terminal.until_says("success")
    terminal.type("c")
    terminal.until_says("A name for the playbook")
    terminal.enter("fruit")
    terminal.until_says("draft · v1")


def approve(terminal: Tmux) -> None:
    terminal.type("i")
    terminal.until_says("sort fruits.txt > sorted.txt", "waiting")
    terminal.until_says("approved by grace", pressing="y")


def validate(terminal: Tmux) -> None:
    terminal.type("i")
    terminal.until_says("approved by grace")
    terminal.type("v")
    terminal.until_says("green")


def promote(terminal: Tmux) -> None:
    terminal.type("P")
    terminal.until_says("Make fruit@2 the active version?")
    terminal.type("y")
    terminal.until_says("promoted")


def replay(terminal: Tmux) -> None:
    """Replay the version that is shown to its end."""
    terminal.type("g")
    terminal.until_says("In which workspace?")
    terminal.press("Enter")
    run_through(terminal)


def run_through(terminal: Tmux) -> None:
    terminal.until_says("Stands before step 1")
    terminal.type("c")
    terminal.until_says("✓ success")
