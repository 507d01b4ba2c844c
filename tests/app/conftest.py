"""A workspace, a home beside it, and the installed command over both."""

from pathlib import Path

import pytest

from tests.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    workspace = tmp_path / "work"
    workspace.mkdir()
    return Program(home=tmp_path / "replaybook", cwd=workspace)
