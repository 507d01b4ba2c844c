"""Tests of what tools say of newer versions of themselves: it comes and goes, and counts for nothing."""

import pytest

from replay.matching.lines import match_output

NPM = """\
npm notice
npm notice New major version of npm available! 10.8.2 -> 11.0.0
npm notice Changelog: https://github.com/npm/cli/releases/tag/v11.0.0
npm notice To update run: npm install -g npm@11.0.0
npm notice
"""
PIP = (
    "\n[notice] A new release of pip is available: 23.0.1 -> 24.2\n[notice] To update, run: pip install --upgrade pip\n"
)


@pytest.mark.parametrize("notice", [NPM, PIP])
def test_a_notice_of_a_newer_version_comes_and_goes(notice: str) -> None:
    without, with_it = "up to date\ndone\n", f"up to date\n{notice}done\n"
    for pattern, came in ((without, with_it), (with_it, without), (with_it, with_it)):
        assert match_output(pattern, came, {}).mismatch is None
    assert match_output(without, f"up to date\n{notice}", {}).mismatch is not None


def test_another_notice_counts() -> None:
    assert match_output("npm notice\nnpm notice name: a\n", "npm notice\nnpm notice name: b\n", {}).mismatch is not None
