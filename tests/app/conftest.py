"""A workspace, a home beside it, and the installed command over both; hosts that ssh reaches."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import Program
from tests.sshd import Hosts, hosts_in


@pytest.fixture
def program(tmp_path: Path) -> Program:
    workspace = tmp_path / "work"
    workspace.mkdir()
    return Program(home=tmp_path / "replaybook", cwd=workspace)


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    with hosts_in(tmp_path / "hosts") as found:
        monkeypatch.setenv("PATH", found.path)
        yield found
