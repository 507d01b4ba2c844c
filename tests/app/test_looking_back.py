import json
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.program import Program


def begun(program: Program) -> str:
    """A playbook that copies a file, active and replayed once; returns the run's id."""
    source = program.cwd / "names.txt"
    source.write_text("ada\nbob\n")
    run = program.record("cp names.txt list.txt", "sort list.txt")
    program.json("compile", run, "--name", "greet")
    program.json("promote", "greet@1", "--override", "a test")
    (program.cwd / "list.txt").unlink()
    program.json("replay", "greet", "--mode", "strict")
    (program.cwd / "list.txt").unlink()
    return run


def drifted(program: Program) -> str:
    """Replayed with another name in the file; returns the replay's id."""
    (program.cwd / "names.txt").write_text("ada\neve\n")
    replay = program.json("replay", "greet", "--mode", "strict", code=4)
    (program.cwd / "list.txt").unlink()
    return str(replay["replay_id"])


def test_what_was_done_can_be_looked_back_at(program: Program) -> None:
    run = begun(program)
    first = program("replays", "--json").rows[0]["replay_id"]
    assert program.json("compare", run, first)["same"]
    second = drifted(program)
    told = program("compare", first, second)
    assert (told.code, "-bob" in told.out, "+eve" in told.out) == (0, True, True)
    assert not program.json("compare", first, second, "--exit-code", code=4)["same"]
    assert program("compare", run, "nowhere").code == 7
    assert program.json("stability", "greet")["flaky_steps"] == [1]
    sums = program.json("ledger")["playbooks"][0]
    assert [one["replay_id"] for one in sums["replays"]] == [first]
    assert program("playbooks", "--json").rows[0]["suspect"] is None


def test_the_list_of_playbooks_tells_how_each_has_fared(program: Program) -> None:
    begun(program)
    fresh = program("playbooks", "--json").rows[0]["health"]
    assert ([one["status"] for one in fresh["beats"]], fresh["drifted"], fresh["waiting"]) == (["success"], None, 0)
    (program.cwd / "names.txt").unlink()
    program("replay", "greet", "--mode", "simulate")
    known = program("playbooks", "--json").rows[0]["health"]
    assert (known["drifted"], len(known["beats"])) == ("not ready", 1)
    listed = program("playbooks").out.splitlines()
    assert "1 of 1" in listed[1]
    assert listed[2:] == ["! greet: drifted: not ready"]


def test_a_check_is_made_for_cron_and_ci(program: Program) -> None:
    begun(program)
    assert program("check").code == 2
    assert program("check", "nowhere").code == 7
    quiet = program("check", "--all", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert program("check", "greet").out.startswith("✓ greet@1  passed")
    (program.cwd / "names.txt").unlink()
    report = Path(program.home.with_name("drift.xml"))
    found = program("check", "--all", "--quiet", "--json", "--junit", str(report))
    assert found.code == 3
    document = json.loads(found.out)
    assert (document["failed"], document["playbooks"][0]["found"]) == (1, "not_ready")
    assert ET.parse(report).getroot().get("failures") == "1"  # noqa: S314 - our own
    on_stdout = program("check", "greet", "--junit", "-")
    assert ET.fromstring(on_stdout.out.encode()).tag == "testsuites"  # noqa: S314 - our own
