"""What front end and host say survives the socket, however it cuts it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.dialogue import ExpectedPrompt
from capture.errors import HostError
from capture.naming import new_run_id
from capture.trace import RunStatus
from capture.wire import End, Ended, Keys, Message, Output, Ready, Request, Resize, RunCommand, messages, pack, requests

SAID: list[Request] = [
    Keys(b"\x00\xff"),
    Resize(80, 24),
    RunCommand(command="a\nb", prompts=(ExpectedPrompt(pattern="x", whole_line=True, send="y\n"),), timeout_s=1.5),
    End(status=RunStatus.FAILED),
]


@given(st.integers(1, 50))
def test_requests_arrive_whole_and_in_order(size: int) -> None:
    stream = b"".join(map(pack, SAID))
    inbox = requests()
    heard = [said for at in range(0, len(stream), size) for said in inbox.feed(stream[at : at + size])]
    assert heard == SAID


def test_messages_arrive_too() -> None:
    told: list[Message] = [Ready(cwd="/w"), Output(data=b"x" * 100_000), Ended(status=RunStatus.SUCCESS, run_id="r")]
    assert list(messages().feed(b"".join(map(pack, told)))) == told


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc1"])
def test_another_language_is_refused(data: bytes) -> None:
    with pytest.raises(HostError, match="start the session again"):
        list(requests().feed(data))


def test_run_ids_sort_by_time_and_differ() -> None:
    early = datetime(2026, 1, 2, 3, 4, 5, 6_999, tzinfo=UTC)
    late = early.replace(microsecond=7_000)
    assert new_run_id(early) < new_run_id(late)
    assert len({new_run_id(early) for _ in range(50)}) > 45
    assert new_run_id(early).startswith("20260102-030405006-")
