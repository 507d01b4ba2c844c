"""Writes what was measured into the README when asked to: `pytest tests/bench --bench --readme -p no:randomly`."""

from collections.abc import Iterator

import pytest

from tests.bench.figures import ROOT, measured, write_into
from tests.hosting import own
from tests.postgres import Server


@pytest.fixture(autouse=True)
def begun_as_ever(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured is started and not forked; the few kills of each run measure nothing."""
    if request.node.get_closest_marker("bench"):
        monkeypatch.setattr("tests.seat.FORKS", False)
        monkeypatch.setattr("capture.launching._start_host", own)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if measured and session.config.getoption("--readme"):
        write_into(ROOT / "README.md", measured)


@pytest.fixture
def synced() -> Iterator[Server]:
    """A server that waits for the disk."""
    server = Server(synced=True)
    try:
        server.start()
        yield server
    finally:
        server.remove()
