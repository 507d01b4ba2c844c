"""What tools say when they fail, and of what kind that is."""

import pytest

from capture.calls import Call
from replay.diagnosis import classify
from replay.outcome import FailureClass

CALL = Call("t/x", {"n": 1}).text


@pytest.mark.parametrize(
    ("said", "failure_class", "subject"),
    [
        ("TypeError: close() got an unexpected keyword argument 'why'", FailureClass.UNKNOWN_OPTION, "why"),
        ("MCP error -32602: Invalid arguments for tool x", FailureClass.UNKNOWN_OPTION, None),
        ("'path' is a required property", FailureClass.UNKNOWN_OPTION, "path"),
        ("Unknown tool: close_all", FailureClass.UNKNOWN_TARGET, "close_all"),
        ("Tool close_all not found", FailureClass.UNKNOWN_TARGET, "close_all"),
        ("ENOENT: no such file or directory, open '/w/a.csv'", FailureClass.MISSING_FILE, "/w/a.csv"),
        ("cat: a.csv: No such file or directory", FailureClass.MISSING_FILE, "a.csv"),
        ("Access denied - path outside allowed directories: /etc", FailureClass.PERMISSION_DENIED, None),
        ("HTTP 401 Unauthorized", FailureClass.AUTH, None),
        ("127.0.0.1 can't be reached: connection refused", FailureClass.NETWORK, None),
        ("I would rather not", FailureClass.EXIT_CHANGED, None),
    ],
)
def test_the_words_of_a_tool_tell_the_kind(said: str, failure_class: FailureClass, subject: str | None) -> None:
    found = classify(command=CALL, exit_code=1, output=f"{said}\n", signal=None, timed_out=False, expected_exit=0)
    assert found.failure_class is failure_class
    assert found.subject == subject or subject is None


@pytest.mark.parametrize(("code", "kind"), [(124, FailureClass.TIMEOUT), (127, FailureClass.UNKNOWN_TARGET)])
def test_a_call_that_was_not_carried_out_is_told_by_its_code(code: int, kind: FailureClass) -> None:
    found = classify(command=CALL, exit_code=code, output="", signal=None, timed_out=False, expected_exit=0)
    assert found.failure_class is kind
