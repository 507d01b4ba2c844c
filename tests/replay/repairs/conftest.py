"""The workspace that every rule is tried in."""

from pathlib import Path

import pytest

from tests.replay.repairs.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)
