"""The rules that propose repairs: listed by the command line, told by doctor, and a user's own at work."""

from pathlib import Path

import pytest

from tests.program import Program

TABLE = """
[[rule]]
name = "store-instead"
class = ["exit-changed", "unclassified"]
tool = "./load"
output = 'no set (?P<set>\\w+)'
word = '--set=.*'
with = "--store={set}"
why = "{set} is in the store now."
confidence = 0.7
"""
LOAD = '#!/bin/sh\n[ -e moved ] && [ "$1" = --set=may ] && { echo "error: no set may"; exit 3; }\necho loaded > out\n'


@pytest.fixture
def mine(program: Program) -> Path:
    """The user's own table."""
    place = program.home / "rules" / "mine.toml"
    place.parent.mkdir(parents=True)
    place.write_text(TABLE)
    return place


def test_a_user_s_own_table_proposes_and_what_became_of_it_is_counted(program: Program, mine: Path) -> None:
    (program.cwd / "load").write_text(LOAD)
    (program.cwd / "load").chmod(0o755)
    program.json("compile", program.record("./load --set=may"), "--name", "pb")
    (program.cwd / "out").unlink()
    (program.cwd / "moved").touch()

    (repair_id,) = program.json("replay", "pb", "--mode", "guided", "--draft", code=5)["repairs"]
    repair = program.json("repair", repair_id)

    assert repair["source"] == "rule:store-instead"
    assert repair["patch"][0]["value"] == "./load --store=may"
    assert repair["rationale"].startswith("may is in the store now.")
    program.json("review", repair_id, "approve")
    assert program.json("replay", "pb@2", "--mode", "strict", "--draft")["status"] == "success"
    (told,) = [one for one in program.json("rules")["rules"] if one["name"] == "store-instead"]
    assert (told["source"], told["approved"], told["rejected"]) == (str(mine), 1, 0)


def test_a_broken_table_is_skipped_and_told(program: Program, mine: Path) -> None:
    mine.write_text(TABLE + '[[rule]]\nname = "worse"\n')

    found = program.json("rules")
    (doctor,) = [one for one in program.rows_of("doctor") if one["name"] == "rules"]

    assert [one["name"] for one in found["rules"]][-1] == "store-instead"
    assert len(found["broken"]) == 1
    assert "rule worse: " in found["broken"][0]
    assert doctor["state"] == "degraded"
    assert "rule worse: " in doctor["detail"]
    assert "skipped: " in program("rules").out
