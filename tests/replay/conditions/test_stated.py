"""Free ports, room on the disk and the state of a repository, as a playbook asks for them."""

import hashlib
import socket
from pathlib import Path

import pytest

from capture.errors import BadInputError
from replay import document
from replay.conditions.stated import bytes_of
from replay.outcome import Check, CheckState, FailureClass
from replay.playbook import Parameter, ParameterType, Playbook, PlaybookStep, Requirement
from tests.replay.looking import REPOSITORY, looked, prepare, step

C = FailureClass
HEAD = "replaybook: 1\nname: x\nsteps:\n  - run: make\n    requires:\n"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def asked(work: Path, *before: str, **need: object) -> list[tuple[str, CheckState, FailureClass | None]]:
    """What the checks of one requirement say, the steps before it assumed done."""
    required = Requirement(**need)  # type: ignore[arg-type]
    checks: tuple[Check, ...] = looked(work, *before, step("true", requires=(required,)))
    return [(check.kind, check.state, check.failure_class) for check in checks if check.kind != "safe"]


@pytest.mark.parametrize("address", ["", "127.0.0.1"])
def test_a_port_must_be_free(address: str, work: Path) -> None:
    with socket.socket() as holder:
        holder.bind((address, 0))
        holder.listen()
        port = f"{address}:{holder.getsockname()[1]}".removeprefix(":")
        assert asked(work, port=port) == [("port_free", CheckState.FAIL, C.PORT_IN_USE)]
        assert asked(work, "kill %1", port=port) == [("port_free", CheckState.UNKNOWN, None)]
    assert asked(work, port=port) == [("port_free", CheckState.PASS, None)]


def test_room_is_asked_of_the_file_system_of_the_step(work: Path) -> None:
    assert asked(work, disk="1 kB") == [("disk_free", CheckState.PASS, None)]
    assert asked(work, disk="900000 TB") == [("disk_free", CheckState.FAIL, C.DISK_FULL)]


@pytest.mark.parametrize(("size", "number"), [("1 kB", 1000), ("1.5MB", 1_500_000), ("7 B", 7), ("2 TB", 2 * 10**12)])
def test_sizes(size: str, number: int) -> None:
    assert bytes_of(size) == number


def test_a_directory_must_lie_in_a_repository(work: Path) -> None:
    assert asked(work, git=".") == [("git_repository", CheckState.FAIL, C.GIT_REMOTE)]
    assert asked(work, "git init", git=".") == [("git_repository", CheckState.UNKNOWN, None)]
    prepare(work, f"{REPOSITORY}; mkdir sub")
    assert asked(work, git="sub") == [("git_repository", CheckState.PASS, None)]


@pytest.mark.parametrize("packed", ["true", "git checkout -q topic; git pack-refs --all"])
def test_the_branch_or_the_commit_must_be_checked_out(packed: str, work: Path) -> None:
    prepare(work, f"{REPOSITORY}; {packed}")
    branch, other = ("main", "topic") if packed == "true" else ("topic", "main")
    assert asked(work, git=".", ref=branch)[-1] == ("git_head", CheckState.PASS, None)
    assert asked(work, git=".", ref=other)[-1] == ("git_head", CheckState.FAIL, C.GIT_REF)
    assert asked(work, f"git checkout {other}", git=".", ref=other)[-1] == ("git_head", CheckState.UNKNOWN, None)
    prepare(work, "git checkout -q --detach")
    commit = (work / ".git" / "HEAD").read_text().strip()
    assert asked(work, git=".", ref=commit[:8])[-1] == ("git_head", CheckState.PASS, None)
    assert asked(work, git=".", ref="0000000")[-1] == ("git_head", CheckState.FAIL, C.GIT_REF)


def test_a_clean_repository_is_one_without_changes(work: Path) -> None:
    prepare(work, f"{REPOSITORY}; echo ignored > .gitignore; git add .gitignore; git commit -qm ignore; touch ignored")
    index = (work / ".git" / "index").read_bytes()
    assert asked(work, git=".", clean=True)[-1] == ("git_clean", CheckState.PASS, None)
    (work / "a").write_text("changed\n", encoding="utf-8")
    assert asked(work, git=".", clean=True)[-1] == ("git_clean", CheckState.FAIL, C.GIT_DIRTY)
    assert asked(work, "git commit -qam x", git=".", clean=True)[-1] == ("git_clean", CheckState.UNKNOWN, None)
    assert (work / ".git" / "index").read_bytes() == index, "looking changes nothing"


def test_another_command_of_the_same_name_is_a_warning(work: Path) -> None:
    tool = work / "tool"
    tool.write_text("#!/bin/sh\n", encoding="utf-8")
    tool.chmod(0o755)
    digest = hashlib.sha256(tool.read_bytes()).hexdigest()
    fine = ("command_found", CheckState.PASS, None)
    assert asked(work, command="./tool", sha256=digest) == [fine]
    assert asked(work, command="./tool", sha256="00" * 32) == [fine, ("same_content", CheckState.WARN, None)]


@pytest.mark.parametrize(
    "written",
    [
        Requirement(port="127.0.0.1:{{port}}"),
        Requirement(port="8000"),
        Requirement(disk="500 MB"),
        Requirement(git=".", ref="main", clean=True),
        Requirement(command="make", sha256="ab" * 32),
    ],
)
def test_what_is_asked_for_survives_the_document(written: Requirement) -> None:
    port = Parameter(type=ParameterType.INT, default="80")
    asking = Playbook(name="x", parameters={"port": port}, steps=(PlaybookStep(run="make", requires=(written,)),))
    assert document.load(document.dump(asking), where="x") == asking


@pytest.mark.parametrize(
    ("need", "problem"),
    [
        ("{port: 99999}", 'x:6:16: "99999" is no port; write it as 8000 or 127.0.0.1:8000'),
        ("{disk: much}", 'x:6:16: "much" does not have the form of "disk"'),
        ("{git: ., command: make}", "x:6:9: a requirement is one of command, file, directory, env, port, disk, git"),
        ("{command: make, clean: true}", 'x:6:32: "clean" goes with git'),
        ("{env: A, sha256: ab}", 'x:6:26: "sha256" goes with command or file'),
        ("{prot: 80}", 'x:6:10: unknown word "prot"; did you mean "port"?'),
    ],
)
def test_a_wrong_requirement_is_told_with_its_place(need: str, problem: str) -> None:
    with pytest.raises(BadInputError) as refused:
        document.load(f"{HEAD}      - {need}\n", where="x")
    assert str(refused.value).startswith(problem)
