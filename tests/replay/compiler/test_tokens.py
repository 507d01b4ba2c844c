"""Tests of which words of output are strong tokens."""

import msgspec
import pytest

from replay.compiler.draft import DraftStep
from replay.compiler.tokens import WEAK, Holders, Token, printed_tokens
from replay.playbook import LinkStrength, PlaybookStep
from replay.syntax import analyse
from tests.data.sessions import all_sessions

(SHOWN,) = (session for session in all_sessions() if session.name == "flow-commit-shown")
COMMITTED = SHOWN.recorded().steps[1]


def _strong(output: str, command: str) -> dict[str, str]:
    """The strong tokens and their kinds."""
    recorded = msgspec.structs.replace(COMMITTED, output=output, command=command)
    found = printed_tokens(DraftStep(recorded=recorded, step=PlaybookStep(run=command)))
    return {token.text: token.kind.name for token in found if token.strength is LinkStrength.STRONG}


@pytest.mark.parametrize("digits", ["4322984", "43229841", "20250102"])
def test_a_hash_of_digits_is_a_commit_by_where_it_stands(digits: str) -> None:
    assert _strong(f"[main {digits}] Count on\n 1 file changed\n", "./save") == {digits: "commit"}
    assert _strong(f"HEAD is now at {digits} Count on\n", "./save") == {digits: "commit"}


def test_what_git_prints_alone_is_one() -> None:
    assert _strong("4322984 Count on\n", "git log --oneline") == {"4322984": "commit"}


@pytest.mark.parametrize("line", ["4322984 rows\n", "[4322984]\n", "total 4322984\n", "main 4322984 Count on\n"])
def test_a_number_elsewhere_is_none(line: str) -> None:
    assert _strong(line, "./count") == {}


@pytest.mark.parametrize(
    ("command", "used"),
    [
        ("./serve 2>&1 &", False),
        ("sleep 1; ./ask", False),
        ("for try in 1 2 3 4; do ./ask && break; done", False),
        ("for id in 1 7 9; do ./ask $id; done", True),
        ("count=1", True),
        ("./show 1", True),
    ],
)
def test_a_descriptor_and_a_counting_loop_use_no_printed_number(command: str, used: bool) -> None:  # noqa: FBT001
    token = Token(text="1", kind=WEAK, strength=LinkStrength.WEAK, start=0)
    recorded = msgspec.structs.replace(COMMITTED, command=command)
    step = DraftStep(recorded=recorded, read=analyse(command), step=PlaybookStep(run=command))
    assert Holders().uses(step, token) == (frozenset({"1"}) if used else frozenset())
