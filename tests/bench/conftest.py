"""Writes what was measured into the README when asked to: `pytest tests/bench --bench --readme -p no:randomly`."""

import pytest

from tests.bench.figures import ROOT, measured, write_into


@pytest.fixture(autouse=True)
def begun_as_ever(own_hosts: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - what it asks for is the point
    """What is measured is started and not forked."""
    monkeypatch.setattr("tests.seat.FORKS", False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if measured and session.config.getoption("--readme"):
        write_into(ROOT / "README.md", measured)
