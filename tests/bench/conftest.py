"""Writes what was measured into the README when asked to: `pytest tests/bench --bench --readme -p no:randomly`."""

import pytest

from tests.bench.figures import ROOT, measured, write_into
from tests.hosting import own


@pytest.fixture(autouse=True)
def begun_as_ever(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured is started and not forked; the few kills of each run measure nothing."""
    if request.node.get_closest_marker("bench"):
        monkeypatch.setattr("tests.seat.FORKS", False)
        monkeypatch.setattr("capture.launching._start_host", own)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if measured and session.config.getoption("--readme"):
        write_into(ROOT / "README.md", measured)
