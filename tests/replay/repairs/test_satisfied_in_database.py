"""Changes of a schema that are in already."""

from replay.repairs.rules.satisfied_in_database import SatisfiedInDatabase
from tests.replay.repairs.scene import Scene, patches, step

RULE = SatisfiedInDatabase()


def test_a_column_that_is_there_is_left_out(scene: Scene) -> None:
    scene.record("sqlite3 x.db 'create table t(a)'", step("sqlite3 x.db 'alter table t add column b int'"))
    scene.drift("sqlite3 x.db 'alter table t add column b int'")

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert [patch[0]["op"] for patch in patches(proposals)] == ["skip"]
    assert proposals.candidates[0].preselected


def test_a_table_that_may_be_another_one_is_for_a_person(scene: Scene) -> None:
    scene.record("true", step("sqlite3 x.db 'create table t(a)'"))
    scene.drift("sqlite3 x.db 'create table t(z)'")

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert [patch[0]["op"] for patch in patches(proposals)] == ["skip"]
    assert not proposals.candidates[0].preselected


def test_other_statements_of_the_command_are_never_lost(scene: Scene) -> None:
    scene.record(
        "sqlite3 x.db 'create table t(a)'",
        step("sqlite3 x.db 'alter table t add column b int; insert into t values(1, 2)'"),
    )
    scene.drift("sqlite3 x.db 'alter table t add column b int'")

    assert patches(scene.propose(scene.diagnosed(), RULE)) == []
