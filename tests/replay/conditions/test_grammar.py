"""Text that a shell refuses although the grammar reads it, each held against the shell itself."""

import subprocess
from pathlib import Path

import pytest

from replay.outcome import CheckState
from replay.playbook import Expectation, PlaybookStep
from tests.replay.looking import looked, states


def refused(text: str) -> bool:
    return bool(subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False).returncode)


@pytest.mark.parametrize("text", ["done", "esac", "then true", "true; fi", "true && do true", "else true", "elif true"])
def test_a_word_that_closes_nothing(tmp_path: Path, text: str) -> None:
    assert refused(text)
    assert CheckState.UNKNOWN in states(looked(tmp_path, text))
    failed = PlaybookStep(run=text, expect=Expectation(exit=2))
    assert CheckState.UNKNOWN not in states(looked(tmp_path, failed)), "it was recorded so"


@pytest.mark.parametrize(
    "text",
    [
        "if true; then echo; elif true; then echo; else echo; fi",
        "for x in do done; do echo $x; done",
        "while true; do if false; then break; fi; done < /dev/null",
        "echo done fi",
        "case x in x) : ;; esac",
        "until false; do select x in a; do break; done; done",
    ],
)
def test_words_where_they_belong(tmp_path: Path, text: str) -> None:
    assert not refused(text)
    assert CheckState.UNKNOWN not in states(looked(tmp_path, text))
