"""What a fleet costs over its steps: 20 loopback hosts at once, beside xargs over ssh, Ansible and pyinfra."""

import os
import shutil
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.bench.figures import Figure, report
from tests.program import Program
from tests.sshd import Hosts, hosts_in

HOSTS, ROUNDS, GOAL = 20, 3, 1.2
STEPS = (
    "mkdir -p site",
    "printf '%s\\n' one two three > site/index.html",
    "sha256sum site/index.html > site/sums",
    "sleep 2 && echo restarted > site/state",
    "sha256sum -c site/sums",
    "sleep 2 && echo healthy >> site/state",
)
"""A small release: files, a service that restarts, a check, a service that comes up."""
INSTALL_S = 300

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    with hosts_in(tmp_path_factory.mktemp("fleet")) as hosts:
        for number in range(1, HOSTS + 1):
            hosts.add(f"web{number}")
        yield hosts


def cleared(hosts: Hosts) -> None:
    for host in hosts.named.values():
        shutil.rmtree(host.folder / "site", ignore_errors=True)


def took(hosts: Hosts, what: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """Seconds, the median of some rounds behind one that does not count; each host has done it all in each of them."""
    times = []
    for _ in range(rounds + 1):
        cleared(hosts)
        began = time.perf_counter()
        what()
        times.append(time.perf_counter() - began)
        for host in hosts.named.values():
            assert (host.folder / "site/state").read_text() == "restarted\nhealthy\n", host.name
    return statistics.median(times[1:])


def run(hosts: Hosts, argv: Sequence[str | Path], *, stdin: str = "") -> None:
    done = subprocess.run(
        argv,
        input=stdin,
        env={**os.environ, "PATH": hosts.path, "HOME": str(hosts.folder)},
        cwd=hosts.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])


def with_xargs(hosts: Hosts) -> float:
    script = "set -e\n" + "\n".join(STEPS)
    argv = ("xargs", "-P", str(HOSTS), "-I{}", "ssh", "{}", script)
    return took(hosts, lambda: run(hosts, argv, stdin="\n".join(hosts.named)))


def with_ansible(hosts: Hosts) -> str:
    ansible = Path(sys.executable).with_name("ansible-playbook")
    if not ansible.exists():
        return "Ansible is not installed here"
    path = hosts.folder / "site.yml"
    tasks = "".join(f"    - ansible.builtin.shell: {step}\n" for step in STEPS)
    path.write_text(f"- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}", encoding="utf-8")
    argv = (ansible, "-i", f"{','.join(hosts.named)},", "-f", str(HOSTS), path)
    return f"Ansible {took(hosts, lambda: run(hosts, argv), rounds=1):.1f} s"


def with_pyinfra(hosts: Hosts, folder: Path) -> str:
    """In an environment of its own: it pins what our tests use in other versions."""
    venv.create(folder, with_pip=True)
    argv: list[str | Path] = [folder / "bin/pip", "install", "-q", "pyinfra"]
    try:
        subprocess.run(argv, check=True, capture_output=True, timeout=INSTALL_S)
    except subprocess.SubprocessError:
        return "pyinfra does not install here"
    path = hosts.folder / "deploy.py"
    path.write_text(
        f"from pyinfra.operations import server\nserver.shell(commands={list(STEPS)!r})\n", encoding="utf-8"
    )
    inventory = hosts.folder / "inventory.py"
    settings = {
        "ssh_config_file": str(hosts.config),
        "ssh_known_hosts_file": str(hosts.folder / "known"),
        "ssh_key": str(hosts.identity()),
    }
    inventory.write_text(f"hosts = ({list(hosts.named)!r}, {settings!r})\n", encoding="utf-8")
    argv = [folder / "bin/pyinfra", "-y", "--parallel", str(HOSTS), inventory, path]
    return f"pyinfra {took(hosts, lambda: run(hosts, argv), rounds=1):.1f} s"


def with_replaybook(hosts: Hosts, folder: Path) -> float:
    workspace = folder / "work"
    workspace.mkdir()
    program = Program(folder / "home", workspace)
    recorded = program.record(*STEPS)
    program.json("compile", recorded, "--name", "site")
    argv = ("replay", "site", "--mode", "strict", "--draft", "--hosts", ",".join(hosts.named), "--parallel", str(HOSTS))

    def fleet() -> None:
        done = program(*argv, "--json", environment={"PATH": hosts.path})
        assert done.code == 0, done

    return took(hosts, fleet)


def test_a_fleet_beside_others(hosts: Hosts, tmp_path: Path) -> None:
    bare = with_xargs(hosts)
    ours = with_replaybook(hosts, tmp_path)
    others = (with_ansible(hosts), with_pyinfra(hosts, tmp_path / "pyinfra"))
    report(
        Figure(
            what=f"{len(STEPS)} steps, which wait 4 s, on {HOSTS} loopback hosts at once, over `xargs -P` with `ssh`",
            goal=f"≤ {GOAL}",
            ours=f"{ours / bare:.2f} ({ours:.1f} s)",
            peers="; ".join((f"xargs and ssh {bare:.1f} s", *others)),
            met=ours <= GOAL * bare,
        )
    )
