"""Writes what was measured into the README when asked to: `pytest tests/bench --bench --readme -p no:randomly`."""

import pytest

from tests.bench.figures import ROOT, measured, write_into


def pytest_sessionfinish(session: pytest.Session) -> None:
    if measured and session.config.getoption("--readme"):
        write_into(ROOT / "README.md", measured)
