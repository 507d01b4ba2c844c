"""Real hosts, most with a fault: each ends in exactly one true state, and no step runs twice on any of them."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from app.cli.fleeting import fleet_lines
from app.core import Core
from app.proofreading import load_written
from capture.errors import RefusedError
from capture.home import Home
from replay.fleet.ending import begun_twice
from replay.fleet.model import Fleet, FleetRequest, HostStanding, HostState, Plan, Question, Target
from replay.outcome import Word
from tests.program import COMMAND, Program
from tests.seat import until
from tests.sshd import PASSPHRASE, Host, Hosts, Key, Login

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="hosts are ended by what /proc tells")

PLAYBOOK = """replaybook: 1
name: release
shell: bash
parameters:
  port: {type: int, default: "8080"}
steps:
  - run: release unpack
    expect: {output: "unpack is done\\n", effects: [created site/index.html]}
  - run: release restart {{port}}
    timeout: 12s
    expect: {output: "restart is done\\n", effects: [created site/state]}
  - run: release check
    expect: {output: "check is done\\n"}
"""
RELEASE = r"""
mkdir -p site
fault=$(cat ~/../fault-$1 2>/dev/null)
[[ $fault != before:* ]] || eval "${fault#before:}"
echo "$1 began" >> ~/../did
[[ $fault != within:* ]] || eval "${fault#within:}"
case $1 in
  unpack) echo hello > site/index.html || exit 1 ;;
  restart) echo "up at $2" > site/state ;;
  check) [ -s site/index.html ] ;;
esac || exit
echo "$1 ended" >> ~/../did
echo "$1 is done"
"""
"""One command that does all; outside of what is replayed it counts how often each step began and ended."""
CUT = "kill -9 $SSHD_SESSION; exec sleep 100"
"""As a cable is pulled."""
KILLED = "kill -9 $(cat ~/../pid) $SSHD_SESSION; exec sleep 100"
"""The server of the host with it."""
FULL = """
[ "$FILLED" ] || FILLED=yes exec unshare -rm "$0"
mount -t tmpfs -o size=8k full site
head -c 8k /dev/zero > site/filled
"""
NOISY = r"printf '\033]0;title\007\033[1;31m*** Welcome to $? \\ \047 ***\033[0m\n'; seq 300"


def give(host: Host, *, fault: str = "", at: str = "restart") -> Host:
    host.command("release", RELEASE)
    if fault:
        host.folder.with_name(f"fault-{at}").write_text(fault)
    return host


def did(host: Host) -> list[str]:
    """What really happened there."""
    counted = host.folder.with_name("did")
    return counted.read_text().splitlines() if counted.exists() else []


def whole(*steps: str) -> list[str]:
    return [f"{step} {when}" for step in steps for when in ("began", "ended")]


def by_name(fleet: Fleet) -> dict[str, HostStanding]:
    return {one.name: one for one in fleet.hosts}


class Person:
    """Knows the passphrase of the key and no password."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, question: Question) -> str | None:
        self.asked.append(question.host)
        return PASSPHRASE if question.secret and "passphrase" in question.text else None


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "replaybook", tmp_path)


@pytest.fixture
def core(program: Program) -> Iterator[Core]:
    core = Core(Home(program.home).prepare())
    core._register.add(load_written(PLAYBOOK, name="release", where="release"), made_from=(), written=PLAYBOOK)
    yield core
    core.close()


def request(*names: str, **plan: Any) -> FleetRequest:
    targets = tuple(Target(name=name, values={"port": "http"} if name == "odd" else {}) for name in names)
    return FleetRequest(ref="release@1", targets=targets, draft=True, plan=Plan(**{"max_failures": "100%", **plan}))


TRUE = {
    "fine": (HostState.PASSED, whole("unpack", "restart", "check")),
    "slow": (HostState.PASSED, whole("unpack", "restart", "check")),
    "noisy": (HostState.PASSED, whole("unpack", "restart", "check")),
    "sealed": (HostState.PASSED, whole("unpack", "restart", "check")),
    "locked": (HostState.UNREACHABLE, []),
    "false": (HostState.UNREACHABLE, []),
    "dead": (HostState.UNREACHABLE, []),
    "torn": (HostState.UNKNOWN, [*whole("unpack"), "restart began"]),
    "killed": (HostState.UNKNOWN, whole("unpack")),
    "full": (HostState.FAILED, ["unpack began"]),
    "stuck": (HostState.TIMEOUT, [*whole("unpack"), "restart began"]),
    "named": (HostState.TIMEOUT, [*whole("unpack"), "restart began"]),
    "asks": (HostState.DIVERGED, [*whole("unpack"), "restart began"]),
    "odd": (HostState.REFUSED, []),
}
"""How each host must end, and what must have happened there."""
TRUE_STATES = {name: state for name, (state, _) in TRUE.items()}


def faulty(hosts: Hosts) -> None:
    give(hosts.add("fine"))
    give(hosts.add("slow", first="sleep 1"))
    give(hosts.add("noisy", first=NOISY))
    give(hosts.add("sealed", login=Login.SEALED))
    give(hosts.add("locked", login=Login.PASSWORD))
    give(hosts.add("false", key=Key.WRONG))
    give(hosts.add("dead")).kill()
    give(hosts.add("torn"), fault=f"within:echo half > site/state; {CUT}")
    give(hosts.add("killed"), fault=f"before:{KILLED}")
    (give(hosts.add("full", first=FULL)).folder / "site").mkdir()
    give(hosts.add("stuck"), fault="within:sleep 100")
    give(hosts.add("named"), fault="within:read -rp 'Name: ' name")
    give(hosts.add("asks"), fault="within:read -rp 'Really? [y/N] ' sure")
    give(hosts.add("odd"))


def test_more_than_a_dozen_hosts_end_in_one_true_state_each(core: Core, hosts: Hosts, program: Program) -> None:
    if subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("no disk can be filled: unshare -rm is not permitted here")
    faulty(hosts)
    person = Person()
    fleet = core.start_fleet(request(*TRUE, canary=1, parallel=6), ask=person)
    assert sorted(person.asked) == ["locked", "sealed"]
    ended = by_name(fleet)
    assert {name: one.state for name, one in ended.items()} == TRUE_STATES
    assert {name: did(hosts[name]) for name in TRUE} == {name: counts for name, (_, counts) in TRUE.items()}
    for name, one in ended.items():
        assert (one.reason == "") == (one.state is HostState.PASSED), (name, one.reason)
        assert "\n" not in one.reason
    assert "No space left" in ended["full"].reason
    assert "port" in ended["odd"].reason
    assert "it showed 'Name:' last, and may have waited for an answer" in ended["named"].reason
    assert "asked 'Really? [y/N] ', for which no answer was recorded" in ended["asks"].reason
    report = program.json("fleet", fleet.fleet_id, "--junit", str(program.cwd / "fleet.xml"))
    assert {host["target"]["name"]: host["state"] for host in report["hosts"]} == {
        name: str(state) for name, (state, _) in TRUE.items()
    }
    # A step that was cut off before it could do anything was begun all the same.
    told = {name: [step for step in did(hosts[name]) if step.endswith("began")] for name in TRUE}
    told["killed"] = [*told["killed"], "restart began"]
    assert {name: len(one.begun) for name, one in ended.items()} == {name: len(steps) for name, steps in told.items()}
    assert "no step was begun twice on a host" in fleet_lines(fleet)
    (suite,) = ET.fromstring((program.cwd / "fleet.xml").read_text())  # noqa: S314 - our own report
    failures = {case.get("name"): case[0].get("type") for case in suite.iter("testcase") if len(case)}
    assert failures == {name: str(state) for name, state in TRUE_STATES.items() if state is not HostState.PASSED}
    assert [one.get("value") for one in suite.iter("property")] == ["none"]
    # What is in doubt is a person's: there nothing goes on before they have said what they saw, elsewhere it does.
    for name in ("dead", "killed"):
        hosts.start(name)
    for name in ("torn", "killed"):
        hosts[name].folder.with_name("fault-restart").unlink()
    came = {name: hosts[name].logins for name in TRUE}
    assert program("fleet", fleet.fleet_id, "--resume").code == 4
    second, first = core.fleets()
    went_on = {"dead": HostState.PASSED}
    assert {name: one.state for name, one in by_name(second).items()} == {**TRUE_STATES, **went_on}
    assert {name for name in TRUE if hosts[name].logins != came[name]} == {"dead"}
    assert (first.fleet_id, first.resumed_as) == (fleet.fleet_id, second.fleet_id)
    with pytest.raises(RefusedError, match=f"was resumed as {second.fleet_id}"):
        core.resume_fleet(fleet.fleet_id)
    core.settle(ended["torn"].replay_id or "", Word.DONE)
    core.settle(ended["killed"].replay_id or "", Word.AGAIN)
    again = by_name(core.resume_fleet(second.fleet_id, ask=Person()))
    went_on |= {"torn": HostState.PASSED, "killed": HostState.PASSED}
    assert {name: one.state for name, one in again.items()} == {**TRUE_STATES, **went_on}
    assert begun_twice(again.values()) == ("killed step 2",)
    assert did(hosts["dead"]) == did(hosts["killed"]) == whole("unpack", "restart", "check")
    assert did(hosts["torn"]) == [*whole("unpack"), "restart began", *whole("check")]
    for host in hosts.named.values():
        assert max(Counter(did(host)).values(), default=0) <= 1, host.name


def held(host: Host) -> None:
    """Its restart waits within the step until it is let go."""
    os.mkfifo(host.folder.with_name("gate"))
    give(host, fault="within:: > ~/../inside; read <> ~/../gate")


def inside(host: Host) -> bool:
    return host.folder.with_name("inside").exists()


def let_go(host: Host) -> None:
    with host.folder.with_name("gate").open("w") as gate:
        gate.write("\n")


def test_a_stopped_fleet_goes_on_behind_the_step_that_ran(core: Core, hosts: Hosts) -> None:
    held(hosts.add("first"))
    give(hosts.add("second"))
    with ThreadPoolExecutor(1) as thread:
        going = thread.submit(core.start_fleet, request("first", "second", parallel=1))
        until(lambda: inside(hosts["first"]))
        (fleet,) = core.fleets()
        assert fleet.going
        with pytest.raises(RefusedError, match=f"fleet {fleet.fleet_id} replays release on second just now"):
            core.start_fleet(request("second"))
        core.stop_fleet(fleet.fleet_id)
        let_go(hosts["first"])
        stopped = going.result()
    assert stopped.stopped
    assert [one.state for one in stopped.hosts] == [HostState.STOPPED] * 2
    assert did(hosts["first"]) == whole("unpack", "restart")
    assert hosts["second"].logins == 0
    hosts["first"].folder.with_name("fault-restart").unlink()
    assert core.resume_fleet(fleet.fleet_id).passed
    assert did(hosts["first"]) == did(hosts["second"]) == whole("unpack", "restart", "check")


def test_a_killed_fleet_leaves_what_it_had_begun_to_a_person(core: Core, hosts: Hosts, program: Program) -> None:
    held(hosts.add("first"))
    give(hosts.add("second"))
    argv: list[str | Path] = [
        COMMAND,
        "--home",
        program.home,
        "replay",
        "release",
        "--draft",
        "--mode",
        "strict",
        "--hosts",
    ]
    killed = subprocess.Popen([*argv, "first,second", "--parallel", "1"], stdout=PIPE, stderr=PIPE)
    until(lambda: inside(hosts["first"]))
    killed.kill()
    killed.communicate()
    (listed,) = program.rows_of("fleets")
    until(lambda: not core.fleet(listed["fleet_id"]).going)
    until(core.unknown)
    fleet = core.fleet(listed["fleet_id"])
    assert [one.state for one in fleet.hosts] == [HostState.UNKNOWN, HostState.STOPPED], fleet
    hosts["first"].folder.with_name("fault-restart").unlink()
    second = core.resume_fleet(fleet.fleet_id)
    assert [one.state for one in second.hosts] == [HostState.UNKNOWN, HostState.PASSED]
    assert hosts["first"].logins == 1
    settled = program("settle", fleet.hosts[0].replay_id or "", "done")
    assert f"next: replaybook fleet {second.fleet_id} --resume" in settled.out
    assert core.resume_fleet(second.fleet_id).passed
    assert did(hosts["first"]) == [*whole("unpack"), "restart began", *whole("check")]
    assert did(hosts["second"]) == whole("unpack", "restart", "check")


def test_a_host_that_could_not_be_gone_on_with_still_knows_where_it_stood(core: Core, hosts: Hosts) -> None:
    give(hosts.add("failed"), fault="within:exit 3", at="check")
    give(hosts.add("torn"), fault=f"within:{CUT}")
    first = core.start_fleet(request("failed", "torn", max_failures="1"))
    torn = by_name(first)["torn"]
    core.settle(torn.replay_id or "", Word.DONE)
    hosts["torn"].kill()
    second = core.resume_fleet(first.fleet_id)
    assert by_name(second)["torn"].state is HostState.UNREACHABLE
    hosts["torn"].folder.with_name("fault-restart").unlink()
    hosts.start("torn")
    third = core.resume_fleet(second.fleet_id)
    assert by_name(third)["torn"].state is HostState.PASSED
    assert did(hosts["torn"]) == [*whole("unpack"), "restart began", *whole("check")]
    assert did(hosts["failed"]) == [*whole("unpack", "restart"), "check began"]
