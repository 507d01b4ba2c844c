"""A version on many hosts, each a real sshd: every host ends in the one state that is true, and no step runs twice."""

from collections.abc import Iterator

import msgspec
import pytest

from app.core import Core
from app.proofreading import load_written
from capture.errors import RefusedError
from capture.home import Home
from replay.fleet.inventory import listed
from replay.fleet.model import Fleet, FleetEvent, FleetRequest, HostMoved, HostStanding, HostState, Plan, Question
from replay.outcome import Mode, Word
from tests.program import Program
from tests.sshd import PASSPHRASE, Hosts, Key, Login

RELEASE = """replaybook: 1
name: release
shell: bash
parameters:
  tag: {type: string, default: v1}
steps:
  - run: mkdir -p site && cd site
    requires: [{file: key}]
    expect: {effects: [created site/]}
  - run: export WHO="a b"; publish {{tag}} >> log
    expect: {effects: [created site/log]}
  - run: cat log; echo "$WHO"
    expect:
      output: |
        published {{tag}}
        a b
"""


EDIT = """replaybook: 1
name: edit
shell: bash
steps:
  - kind: file
    run: |
      --- site.conf
      +++ site.conf
      @@ -1,2 +1,2 @@
       a = 1
      -b = 2
      +b = it's v1
    expect: {effects: [modified site.conf]}
"""


@pytest.fixture
def core(program: Program) -> Iterator[Core]:
    core = Core(Home(program.home).prepare())
    core._register.add(load_written(RELEASE, name="release", where="release"), made_from=(), written=RELEASE)
    yield core
    core.close()


def ready(hosts: Hosts, name: str, publish: str = "echo published $1", **how: object) -> None:
    """A host on which all that the playbook needs is there."""
    host = hosts.add(name, **how)  # type: ignore[arg-type]
    host.command("publish", publish)
    (host.folder / "key").touch()


def asked(names: str, **plan: object) -> FleetRequest:
    request = {"canary": 0, "max_failures": "100%"} | plan
    return FleetRequest(ref="release@1", targets=listed(names).targets((), ()), draft=True, plan=Plan(**request))  # type: ignore[arg-type]


def states(fleet: Fleet) -> dict[str, str]:
    return {one.name: one.state.value for one in fleet.hosts}


def test_each_host_ends_in_the_state_that_is_true(core: Core, hosts: Hosts) -> None:
    ready(hosts, "good")
    ready(hosts, "other", "echo published something")
    ready(hosts, "bad", "exit 3")
    ready(hosts, "bare")
    (hosts["bare"].folder / "key").unlink()
    ready(hosts, "unwritten", "rm -f log")
    hosts.add_absent("absent")
    moved: list[HostStanding] = []

    def watch(event: FleetEvent) -> None:
        moved.extend([event.host] if isinstance(event, HostMoved) else [])

    fleet = core.start_fleet(asked("good,other,bad,bare,unwritten,absent"), watcher=watch)
    assert {one.doing for one in moved if one.name == "bad"} == {
        "",
        "mkdir -p site && cd site",
        'export WHO="a b"; publish v1 >> log',
    }
    assert states(fleet) == {
        "good": "passed",
        "other": "diverged",
        "bad": "failed",
        "bare": "refused",
        "unwritten": "diverged",
        "absent": "unreachable",
    }
    reasons = {one.name: one.reason for one in fleet.hosts}
    assert "Connection refused" in reasons["absent"]
    assert "key" in reasons["bare"]
    assert "site/log" in reasons["unwritten"]
    assert not (hosts["bare"].folder / "site").exists()
    good = core.trace(fleet.hosts[0].run_id or "")
    assert [step.output for step in good.steps] == ["", "", "published v1\na b\n"]
    assert good.run.host == "good"
    assert core.fleet(fleet.fleet_id).hosts == fleet.hosts


def test_a_lost_connection_leaves_its_step_to_a_person(core: Core, hosts: Hosts) -> None:
    ready(hosts, "torn", "echo published $1; [ -e again ] || { touch again; kill -9 $SSHD_SESSION; sleep 9; }")
    fleet = core.start_fleet(asked("torn"))
    (host,) = fleet.hosts
    assert (host.state, host.step) == (HostState.UNKNOWN, 2)
    with pytest.raises(RefusedError, match="may have happened or not"):
        core.start_fleet(asked("torn"))
    with pytest.raises(RefusedError, match="may have happened or not"):
        core.resume_fleet(fleet.fleet_id)
    # To look harms nobody.
    looked = core.start_fleet(msgspec.structs.replace(asked("torn"), mode=Mode.SIMULATE))
    assert looked.hosts[0].begun == ()
    core.settle(host.replay_id or "", Word.DONE)
    log = hosts["torn"].folder / "site" / "log"
    assert log.read_text() == "published v1\n"
    again = core.resume_fleet(fleet.fleet_id)
    # The shell of then is gone, and with it what nobody saw of it.
    assert again.hosts[0].state in {HostState.PASSED, HostState.DIVERGED}
    assert log.read_text() == "published v1\n"
    assert hosts["torn"].logins == 3


def test_a_canary_keeps_the_rest_from_harm(core: Core, hosts: Hosts) -> None:
    ready(hosts, "first", "exit 1")
    ready(hosts, "second")
    fleet = core.start_fleet(asked("first,second", canary=1))
    assert states(fleet) == {"first": "failed", "second": "skipped"}
    assert hosts["second"].logins == 0
    with pytest.raises(RefusedError, match="can't go on: canary first did not pass"):
        core.resume_fleet(fleet.fleet_id)
    assert len(core.fleets()) == 1


def test_ssh_asks_the_person_or_nobody(core: Core, hosts: Hosts) -> None:
    ready(hosts, "locked", login=Login.SEALED)
    ready(hosts, "new", key=Key.NONE)
    assert set(states(core.start_fleet(asked("locked,new"))).values()) == {"unreachable"}
    questions: list[Question] = []

    def answer(question: Question) -> str | None:
        questions.append(question)
        return PASSPHRASE if question.secret else "no"

    fleet = core.start_fleet(asked("locked,new"), ask=answer)
    assert states(fleet) == {"locked": "passed", "new": "unreachable"}
    assert {(one.host, one.secret) for one in questions} == {("locked", True), ("new", False)}


def test_the_command_line_does_the_same(core: Core, hosts: Hosts, program: Program) -> None:
    del core
    ready(hosts, "one")
    ready(hosts, "two")
    line = ("replay", "release@1", "--mode", "strict", "--draft", "--hosts", "one,two", "--host-param", "two:tag=v2")
    fleet = program.json(*line)
    assert [one["state"] for one in fleet["hosts"]] == ["passed", "passed"]
    assert (hosts["two"].folder / "site" / "log").read_text() == "published v2\n"
    assert program.json("fleet", fleet["fleet_id"])["hosts"] == fleet["hosts"]
    assert "2 passed" in program("fleets").out
    assert program("fleet", fleet["fleet_id"], "--stop").code == 6
    assert program("replay", "release@1", "--mode", "strict", "--canary", "1").code == 2


def test_files_are_edited_as_they_are_there(core: Core, hosts: Hosts) -> None:
    core._register.add(load_written(EDIT, name="edit", where="edit"), made_from=(), written=EDIT)
    for name, held in (("same", "a = 1\nb = 2\n"), ("drifted", "a = 1\nb = 3\n")):
        ready(hosts, name)
        (hosts[name].folder / "site.conf").write_text(held)
    request = asked("same,drifted")
    fleet = core.start_fleet(FleetRequest(ref="edit@1", targets=request.targets, draft=True, plan=request.plan))
    assert states(fleet) == {"same": "passed", "drifted": "refused"}
    assert (hosts["same"].folder / "site.conf").read_text() == "a = 1\nb = it's v1\n"
    assert (hosts["drifted"].folder / "site.conf").read_text() == "a = 1\nb = 3\n"


def test_simulate_looks_and_runs_nothing(core: Core, hosts: Hosts) -> None:
    ready(hosts, "one")
    ready(hosts, "bare")
    (hosts["bare"].folder / "key").unlink()
    request = asked("one,bare")
    fleet = core.start_fleet(
        FleetRequest(ref=request.ref, targets=request.targets, draft=True, mode=Mode.SIMULATE, plan=request.plan)
    )
    assert states(fleet) == {"one": "passed", "bare": "refused"}
    assert not (hosts["one"].folder / "site").exists()
