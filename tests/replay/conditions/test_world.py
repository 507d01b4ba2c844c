"""The adapter that asks the real machine, on a real folder."""

import os
import socket
from hashlib import sha256
from pathlib import Path

import pytest

from replay.conditions.world import RealMachine


@pytest.fixture
def machine() -> RealMachine:
    return RealMachine()


def test_kinds_of_paths(machine: RealMachine, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("a")
    (tmp_path / "d").mkdir()
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "to_d").symlink_to("d")
    at = {name: str(tmp_path / name) for name in ("f", "d", "dangling", "to_d", "gone")}
    assert [machine.exists(path) for path in at.values()] == [True, True, True, True, False]
    assert [machine.is_dir(path) for path in at.values()] == [False, True, False, True, False]
    assert [machine.is_dangling(path) for path in at.values()] == [False, False, True, False, False]
    assert machine.is_writable(at["f"])
    assert not machine.on_read_only_system(at["gone"])


def test_execute_bits(machine: RealMachine, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    assert not machine.is_executable(str(tool))
    tool.chmod(0o755)
    assert machine.is_executable(str(tool))
    assert not machine.is_executable(str(tmp_path))


def test_contents(machine: RealMachine, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"caf\xe9\n")
    assert machine.sha256(str(tmp_path / "f")) == sha256(b"caf\xe9\n").hexdigest()
    assert machine.read_text(str(tmp_path / "f")) == "caf\udce9\n"
    for path in (tmp_path, tmp_path / "gone"):
        assert machine.sha256(str(path)) is None
        assert machine.read_text(str(path)) is None


def test_a_pipe_is_not_read(machine: RealMachine, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert machine.read_text(str(tmp_path / "pipe")) is None
    assert machine.sha256(str(tmp_path / "pipe")) is None


def test_patterns(machine: RealMachine, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "c.txt"):
        (tmp_path / name).touch()
    assert machine.matches(f"{tmp_path}/*.csv") == (f"{tmp_path}/a.csv", f"{tmp_path}/b.csv")
    assert machine.matches(f"{tmp_path}/*.md") == ()


def test_ports(machine: RealMachine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert machine.port_taken(port, "127.0.0.1") is True
        assert machine.port_taken(port, "") is True
    assert machine.port_taken(port, "127.0.0.1") is False
    assert machine.port_taken(port, "no.such.host.invalid") is None


def test_paths_of_a_shadow_are_looked_up_where_they_really_are(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    machine = RealMachine(lambda path: path.replace("/seen", str(tmp_path)))
    assert machine.exists("/seen/x")
    assert not RealMachine().exists("/seen/x")
