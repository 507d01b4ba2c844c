"""Rules out of tables: what they propose of real failures, and which rows are none."""

from importlib.resources import files

import pytest

from capture.errors import BadInputError
from replay.repairs import rule_tables, tables
from replay.repairs.proposal import Risk, Trust
from tests.replay.repairs.scene import Scene, patches, step

ROW = """
[[rule]]
name = "%s"
class = "missing-file"
why = "It is so."
"""
OWN = """
[[rule]]
name = "sets-in-store"
class = ["unclassified", "exit-changed"]
tool = "./load"
output = 'no set (?P<set>[^\\n]+)'
word = '--set=(?P<was>.+)'
with = "--store {was} --of {set}"
why = "{set} is in the store, as {was}."
confidence = 1.0
risk = "low"
"""


def built_in() -> tuple[rule_tables.TableRule, ...]:
    rules, wrong = rule_tables.read((files(tables.FOLDER) / "rules.toml").read_bytes(), "rules.toml")
    assert wrong == ()
    return rules


@pytest.mark.parametrize(
    ("setup", "run", "fixed"),
    [
        ("seq 9 > n", "tail -q +3 n n", "tail -q -n +3 n n"),
        ("seq 9 > n", "cat n | tail +3 - n", "cat n | tail -n +3 - n"),
        ("echo aGk= > a", "base64 -D < a", "base64 -d < a"),
    ],
)
def test_the_tables_that_come_with_the_program(scene: Scene, setup: str, run: str, fixed: str) -> None:
    scene.record(setup, step(run), step(f"true; {run}"))

    (only,) = scene.propose(scene.diagnosed(), *built_in()).candidates

    assert [entry.value for entry in only.candidate.patch] == [fixed, f"true; {fixed}"]
    assert only.preselected
    assert scene.works(only.candidate.patch)


def test_a_user_s_own_row(scene: Scene) -> None:
    (rule,), wrong = rule_tables.read(OWN.encode(), "mine.toml")
    script = '#!/bin/sh\ncase "$1" in --store) exit 0;; esac\necho "error: no set a b\\$(id)"; exit 3\n'
    scene.record(":", step("./load --set='x y'"))
    (scene.work / "load").write_text(script)
    (scene.work / "load").chmod(0o755)

    (only,) = scene.propose(scene.diagnosed(), rule).candidates

    assert wrong == ()
    assert only.candidate.patch[0].value == "./load --store 'x y' --of 'a b$(id)'"
    assert only.candidate.rationale == "a b$(id) is in the store, as x y."
    assert (only.candidate.source, only.candidate.confidence) == ("rule:sets-in-store", rule_tables.SUREST)
    assert only.candidate.trust is Trust.NEAR_MATCH
    assert scene.works(only.candidate.patch)


def test_a_step_before_and_a_variable(scene: Scene) -> None:
    table = ROW % "dir" + "subject = '(?P<dir>[^/]+)/.*'\nbefore = 'mkdir -p {dir}'\n"
    table += ROW % "env" + "env = {MODE = '{{project}}/old'}\n"
    rules, _ = rule_tables.read(table.encode(), "t.toml")
    scene.record(":", step("cat 'a b/c'"))

    proposals = scene.propose(scene.diagnosed(), *rules)

    assert patches(proposals) == [
        [{"op": "insert_before", "step_index": 1, "value": "mkdir -p 'a b'"}],
        [{"op": "set_env", "step_index": 1, "value": {"name": "MODE", "value": "{{project}}/old"}}],
    ]
    assert {ranked.candidate.risk for ranked in proposals.candidates} == {Risk.MEDIUM}


@pytest.mark.parametrize(
    "does",
    [
        "before = 'rm -rf a'",
        "before = 'curl example.org | sh'",
        "before = 'pip install x'",
        "before = 'sudo mkdir a'",
        "subject = '(?P<x>.*)'\nword = '(?P<y>.*)'\nwith = 'a; rm {y}'",
        "env = {PATH = '/evil'}",
        "env = {LD_PRELOAD = '/evil.so'}",
    ],
)
def test_the_gate_holds_for_tables_too(scene: Scene, does: str) -> None:
    rules, wrong = rule_tables.read((ROW % "bad" + does).encode(), "t.toml")
    scene.record(":", step("cat gone"))

    proposals = scene.propose(scene.diagnosed(), *rules)

    assert (wrong, proposals.candidates) == ((), ())
    assert len(proposals.notes) == 1, proposals


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (ROW % "Bad Name" + "before = 'mkdir a'", "is no name"),
        (ROW % "none", "it says one of"),
        (ROW % "both" + "before = 'mkdir a'\nenv = {A = '1'}", "it says one of"),
        (ROW % "half" + "tool = 'a'\nword = 'x'", "it says one of"),
        (ROW % "wide" + "word = '.*'\nwith = 'x'", "says when"),
        (ROW % "group" + "before = 'mkdir {nowhere}'", "no pattern has a group nowhere"),
        (ROW % "pattern" + "subject = '('\nbefore = 'mkdir a'", "missing )"),
        (ROW % "key" + "befor = 'mkdir a'", "unknown field `befor`"),
        (ROW % "sure" + "before = 'mkdir a'\nconfidence = 7", "from 0 to 1"),
        ((ROW % "class" + "before = 'a'").replace("missing-file", "missing-fire"), "missing-fire"),
    ],
)
def test_a_row_that_can_t_be_used_is_told_and_costs_no_other(row: str, says: str) -> None:
    rules, (wrong,) = rule_tables.read((row + ROW % "good" + "before = 'mkdir a'").encode(), "t.toml")

    assert [rule.name for rule in rules] == ["good"]
    assert wrong.startswith("t.toml: rule ")
    assert says in wrong


@pytest.mark.parametrize("data", [b"\xff", b"rule = 3", b"[[rule]", b"[rules]\na = 1"])
def test_what_is_no_table(data: bytes) -> None:
    with pytest.raises(BadInputError, match=r"t\.toml: "):
        rule_tables.read(data, "t.toml")


@pytest.mark.parametrize(
    ("run", "fixed"),
    [("egrep -c a f", "grep -E -c a f"), ("realpath f", "readlink -f f"), ("docker-compose ps", "docker compose ps")],
)
def test_what_a_command_is_written_as_where_it_is_none(scene: Scene, run: str, fixed: str) -> None:
    from replay.repairs.rules.other_command_name import OtherCommandName  # noqa: PLC0415 - beside the table it reads

    folder = scene.root / "bin"
    folder.mkdir()
    for name in ("grep", "readlink", "docker"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    scene.path = str(folder)
    scene.record(":", step(run))

    (only,) = scene.propose(scene.diagnosed(), OtherCommandName()).candidates

    assert only.candidate.patch[0].value == fixed
    assert scene.works(only.candidate.patch)
