"""A client that means harm: huge, malformed, lying, flooding, never reading. It gets clear errors, nothing changes."""

import io
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from app.core import Core
from app.desk import pages, stdio
from app.desk.pages import Pages
from app.desk.places import Places
from app.desk.serving import MOST_CALLS
from app.desk.stdio import LONGEST, MOST_OPEN, Lines
from app.desk.taking import MOST_OPEN as MOST_RUNS
from capture.errors import BadInputError, RefusedError, UnknownNameError
from tests.app.desk import desk_over, done, keep, refused
from tests.program import COMMAND, tree


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Core, Client, Path]]:
    with desk_over(tmp_path) as (core, client):
        yield core, client, tmp_path


def _request(number: int, method: str = "tools/list") -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method}).encode() + b"\n"


async def _read(data: bytes) -> tuple[list[str], list[dict[str, Any]]]:
    """What is handed on of some input, and what is answered to it."""
    written = io.BytesIO()
    lines = Lines(io.BytesIO(data), written)
    read = [line async for line in lines]
    return read, [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.mark.parametrize(
    "line",
    [b"\x00\xff\xfe garbage", b"{", b"[" * 100_000, b'{"jsonrpc": "2.0", "id": {"a": 1}, "method": 5}', b"[]", b"null"],
)
async def test_what_is_no_message_is_answered_and_the_next_one_is_read(line: bytes) -> None:
    read, answers = await _read(line + b"\n\n" + _request(1))
    assert len(read) == 1
    assert [answer["error"]["code"] in (-32700, -32600) for answer in answers] == [True]


async def test_a_line_that_is_too_long_is_never_held_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdio, "LONGEST", 1000)
    read, answers = await _read(b'{"a": "' + b"x" * 50_000 + b'"}\n' + _request(1))
    assert len(read) == 1
    assert "longer than 1,000 bytes" in answers[0]["error"]["message"]
    assert LONGEST == 4 << 20


async def test_no_more_is_read_ahead_than_is_answered() -> None:
    lines = Lines(io.BytesIO(b"".join(map(_request, range(MOST_OPEN + 1)))), io.BytesIO())
    for _ in range(MOST_OPEN):
        await anext(lines)
    read: list[str] = []

    async def one_more() -> None:
        read.append(await anext(lines))

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one_more)
            await anyio.wait_all_tasks_blocked()
            assert read == []
            await lines.write(json.dumps({"jsonrpc": "2.0", "id": 7, "result": {}}) + "\n")
    assert len(read) == 1


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_CHARACTERS", 1000)
    monkeypatch.setattr(pages, "LONGEST", 300)
    kept = Pages()
    handles = [kept.keep("x" * 5000) for _ in range(100)]
    assert kept._held <= 1000
    assert "not kept here" in kept.page(handles[-1], 1).text
    with pytest.raises(UnknownNameError, match="unknown or forgotten"):
        kept.page(handles[0], 1)


def test_no_path_leads_out(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "working").mkdir()
    places = Places([str(tmp_path / "work")])
    for outside in (tmp_path / "working", tmp_path / "work" / "..", Path("/")):
        with pytest.raises(RefusedError):
            places.workspace(str(outside))
    for path in ("relative", "", str(tmp_path / "work" / "a\0b")):
        with pytest.raises(BadInputError):
            places.workspace(path)
    inside = str(tmp_path / "work")
    for value in ("../x", "a/../../x", "/etc", "~/x", "--file=/etc/passwd", "x:../../y", "a b /etc"):
        with pytest.raises(RefusedError):
            places.check_values({}, {"v": value}, inside)
    places.check_values({}, {"v": "plain v1.2 a=b", "w": f"{inside}/x", "x": "a/b"}, inside)


async def test_wrong_arguments_are_told_and_nothing_changes(place: tuple[Core, Client, Path]) -> None:
    core, client, folder = place
    keep(core, "touch", "touch made")
    core.find("touch")
    before = tree(folder)
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    async with client:
        for tool, asked in (
            ("nothing", {}),
            ("x" * 10_000, {}),
            ("replay", {}),
            ("replay", {"playbook": "touch", "draft": True}),
            ("replay", {"playbook": ["touch"]}),
            ("replay", {"playbook": "x" * 100_000}),
            ("replay", {"playbook": "touch", "values": {"a" * 500: "b"}}),
            ("replay", {"playbook": "touch", "values": {str(n): "b" for n in range(500)}}),
            ("replay", {"playbook": "touch\u0000"}),
            ("describe", {"playbook": "touch@99999999999999999999999"}),
            ("find_playbook", {"task": ""}),
            ("find_playbook", {"task": "x" * 5000}),
            ("find_playbook", {"task": "a", "most": 10**30}),
            ("more", {"handle": "0" * 16}),
            ("get_run", {"run": "../../../etc"}),
            ("record_step", {"tool": "a/b", "input": "x" * 300_000}),
            ("record_step", {"run": "../../etc", "tool": "a/b"}),
            ("propose_repair", {"replay": "../x", "patch": [{}], "rationale": "r"}),
            ("propose_repair", {"replay": "x", "patch": [deep], "rationale": "r"}),
        ):
            answer = refused(await client.call_tool(tool, asked))
            assert len(answer) < 600
            assert "internal error" not in answer, (tool, answer)
        syntax = await client.call_tool("find_playbook", {"task": '"* OR NEAR( name:x -"'})
        assert done(syntax) == {"playbooks": []}
    assert tree(folder) == before


async def test_a_flood_is_refused_and_the_desk_goes_on(place: tuple[Core, Client, Path]) -> None:
    core, client, _ = place
    keep(core, "touch", "touch made")
    answers: list[bool] = []
    async with client:

        async def ask() -> None:
            answers.append((await client.call_tool("find_playbook", {"task": "touch"})).is_error)

        async with anyio.create_task_group() as tasks:
            for _ in range(MOST_CALLS * 8):
                tasks.start_soon(ask)
        assert len(answers) == MOST_CALLS * 8
        assert answers.count(False) >= MOST_CALLS
        for number in range(MOST_RUNS + 1):
            answer = await client.call_tool("record_step", {"tool": "a/b", "goal": str(number)})
        assert "runs are open" in refused(answer)
        assert done(await client.call_tool("find_playbook", {"task": "touch"}))["playbooks"]


def test_a_real_server_outlives_garbage_and_ends_with_its_input(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    start = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "tester", "version": "1"},
    }
    lines = [
        b"\xff\x00 no message",
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": start}).encode(),
        b'{"jsonrpc": "2.0", "method": "notifications/initialized"}',
        b'{"jsonrpc": "2.0", "id": 2, "method": "no/such"}',
        _request(3).strip(),
    ]
    served = subprocess.run(
        [COMMAND, "--home", tmp_path / "home", "mcp", "--allow", tmp_path / "work"],
        cwd=tmp_path,
        input=b"\n".join(lines) + b"\n",
        capture_output=True,
        timeout=60,
        check=False,
        env=dict(os.environ),
    )
    answers = {answer.get("id"): answer for answer in map(json.loads, served.stdout.splitlines())}
    assert served.returncode == 0, served.stderr
    assert b"Traceback" not in served.stderr
    assert answers[None]["error"]["code"] == -32700
    assert answers[1]["result"]["serverInfo"]["name"] == "replaybook"
    assert "error" in answers[2]
    assert len(answers[3]["result"]["tools"]) == 9
