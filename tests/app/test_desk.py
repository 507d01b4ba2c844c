"""What an agent can have done at the desk, with the SDK's own client."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from msgspec import structs

from app.core import Core
from capture.errors import RefusedError
from capture.home import Home
from replay.library.journals import Journals
from replay.outcome import Mode, Replay, ReplayStatus
from replay.playbook import Parameter, ParameterType, PlaybookStep, Requirement, SafetyLevel, VersionStatus
from replay.repairs.proposal import RepairStatus
from tests.app.desk import desk_over, done, keep, refused, told
from tests.program import tree


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Core, Client, Path]]:
    with desk_over(tmp_path) as (core, client):
        yield core, client, tmp_path / "work"


GREET = {"goal": "write the greeting", "run": True}
Place = tuple[Core, Client, Path]


async def test_no_tool_approves_promotes_answers_or_sets(place: Place) -> None:
    async with place[1] as client:
        tools = (await client.list_tools()).tools
    assert {tool.name for tool in tools} == {
        "find_playbook", "dispatch", "describe", "simulate", "replay", "more",
        "get_run", "record_step", "propose_repair",
    }  # fmt: skip
    for tool in tools:
        Draft202012Validator.check_schema(tool.input_schema)
        assert tool.input_schema["additionalProperties"] is False


async def test_an_agent_finds_and_is_told_more_page_by_page(place: Place) -> None:
    core, client, _ = place
    keep(core, "release-site", *(f"echo {'x' * 300} {number}" for number in range(60)), goal="release the site")
    async with client:
        found = done(await client.call_tool("find_playbook", {"task": "releasing a site"}))
        assert found["playbooks"][0]["playbook"] == "release-site@1"
        short = await client.call_tool("describe", {"playbook": "release"})
        assert len(told(short)) < 4000
        described = done(short)
        assert (len(described["steps"]), described["steps_in_all"]) == (12, 60)
        first = done(await client.call_tool("more", {"handle": described["more"]}))
        last = done(await client.call_tool("more", {"handle": described["more"], "page": first["pages"]}))
        assert "x 0" in first["text"]
        assert "x 59" in last["text"]
        assert "no page" in refused(
            await client.call_tool("more", {"handle": described["more"], "page": first["pages"] + 1})
        )


async def test_a_replay_tells_its_progress_and_stands_in_the_audit_log(place: Place) -> None:
    core, client, work = place
    keep(core, "greet", "echo hello > greeting", "cat greeting", goal="write the greeting")
    seen: list[tuple[float, float | None]] = []

    async def told_of(progress: float, total: float | None, message: str | None) -> None:
        assert "hello" not in (message or "")
        seen.append((progress, total))

    async with client:
        answer = await client.call_tool(
            "dispatch", {"goal": "write the greeting", "run": True}, progress_callback=told_of
        )
        replayed = done(answer)["run"]
        assert (replayed["status"], replayed["steps"], replayed["llm_calls"]) == ("success", "2 of 2", 0)
        assert (work / "greeting").read_text() == "hello\n"
        assert seen == [(0, 2), (1, 2)]
        run = done(await client.call_tool("get_run", {"run": replayed["run"]}))
        assert [step["output"] for step in run["steps"]] == ["", "hello"]
    (entry,) = core._audit.entries()
    assert (entry.actor, entry.action, entry.subject) == ("mcp (tester)", "agent-replayed", "greet@1")


async def test_only_what_a_person_made_active_is_replayed_and_only_where_it_may(place: Place) -> None:
    core, client, work = place
    (work / "out").symlink_to(work.parent)
    keep(core, "draft", active=False)
    keep(core, "asks", steps=(PlaybookStep(run="touch asked", safety=SafetyLevel.NEEDS_CONFIRM),))
    keep(core, "away", steps=(PlaybookStep(run="touch away", cwd="/"),))
    path = {"project": Parameter(type=ParameterType.PATH, default="{{cwd}}"), "word": Parameter(default="a")}
    secret = {"key": Parameter(type=ParameterType.SECRET)}
    keep(core, "here", "touch {{project}}/here", parameters=path)
    keep(core, "keyed", "true", parameters=secret)
    before = tree(work.parent)
    async with client:
        for asked, why in (
            ({"playbook": "draft"}, "draft, and only an active version"),
            ({"playbook": "asks"}, "wants a person"),
            ({"playbook": "away"}, "not allowed"),
            ({"playbook": "here", "cwd": "/"}, "outside of what is allowed"),
            ({"playbook": "here", "cwd": str(work / "out")}, "outside of what is allowed"),
            ({"playbook": "here", "cwd": "work"}, "no absolute path"),
            ({"playbook": "here", "cwd": str(work / "none")}, "no directory"),
            ({"playbook": "here", "values": {"project": "/"}}, "leads out"),
            ({"playbook": "here", "values": {"project": "out"}}, "leads out"),
            ({"playbook": "here", "values": {"word": "x/../../y"}}, "leads out"),
            ({"playbook": "here", "values": {"word": "a\u0007"}}, "control characters"),
            ({"playbook": "here", "values": {"other": "x"}}, "no parameter"),
            ({"playbook": "keyed", "values": {"key": "hunter2"}}, "is a secret"),
            ({"playbook": "../../etc/passwd"}, "no playbook"),
            ({"playbook": "nothing"}, "no playbook"),
        ):
            assert why in refused(await client.call_tool("replay", asked)), asked
        dispatched = done(await client.call_tool("dispatch", {"goal": "asks", "run": True}))
        assert (dispatched["replay"], dispatched["why"]) == (None, "needs_person")
    changed = {path for path, seen in tree(work.parent).items() if before.get(path) != seen}
    assert all(path.startswith("replaybook/") for path in changed)
    assert core.replays() == ()


async def test_simulate_tells_what_is_in_the_way_and_keeps_nothing(place: Place) -> None:
    core, client, work = place
    keep(core, "show", steps=(PlaybookStep(run="cat notes.txt", requires=(Requirement(file="notes.txt"),)),))
    async with client:
        blocked = done(await client.call_tool("simulate", {"playbook": "show"}))
        assert (blocked["status"], blocked["in_the_way"][0]["step"]) == ("not_ready", 1)
        (work / "notes.txt").write_text("a")
        assert done(await client.call_tool("simulate", {"playbook": "show"}))["status"] == "ready"
    assert core.replays() == ()


async def test_a_cancelled_replay_ends_and_one_workspace_holds_one_replay(place: Place) -> None:
    core, client, work = place
    os.mkfifo(work / "gate")
    keep(core, "waits", "cat gate", "touch later")
    keep(core, "short", "true")
    second: list[str] = []

    async with client:
        with anyio.CancelScope() as scope:

            async def told_of(progress: float, total: float | None, message: str | None) -> None:
                del progress, total, message
                second.append(refused(await client.call_tool("replay", {"playbook": "short"})))
                scope.cancel()

            await client.call_tool("replay", {"playbook": "waits"}, progress_callback=told_of)
        assert scope.cancelled_caught
        assert "waits is being replayed in" in second[0]
        with anyio.fail_after(60):
            while (answer := await client.call_tool("replay", {"playbook": "short"})).is_error:
                assert "waits is being replayed in" in told(answer)
                await anyio.sleep(0.05)
    assert not (work / "later").exists()
    assert {one.playbook: str(one.status) for one in core.replays()}["short"] == "success"
    assert {one.playbook for one in core.replays()} == {"waits", "short"}


async def test_what_an_agent_tells_is_a_run_with_its_secrets_masked(place: Place) -> None:
    core, client, _ = place
    async with client:
        told_ = {"goal": "close it", "command": "echo hi", "exit_code": 0, "output": "hi\n"}
        run = done(await client.call_tool("record_step", told_))["run"]
        call = {"run": run, "tool": "tickets/close", "input": {"id": 7, "api_token": "s3cr3tvalue99"}, "done": True}
        assert done(await client.call_tool("record_step", call)) == {"run": run, "step": 2, "ended": True}
        again = await client.call_tool("record_step", {"run": run, "command": "x", "exit_code": 0})
        assert "not open" in refused(again)
        for wrong in ({"goal": "x"}, {"command": "x"}, {"command": "x", "tool": "y", "exit_code": 0}):
            refused(await client.call_tool("record_step", wrong))
        left = done(await client.call_tool("record_step", {"goal": "left", "tool": "a/b", "error": "no"}))["run"]
    trace = core.trace(run)
    assert trace.steps[0].command == "echo hi"
    assert "s3cr3tvalue99" not in trace.steps[1].command
    assert trace.run.agent is not None
    assert {entry.action for entry in core._audit.entries()} == {"agent-recorded"}
    assert left


async def test_a_proposal_waits_for_a_person_behind_the_gate(place: Place) -> None:
    core, client, work = place
    (work / "note.txt").write_text("a\n")
    keep(core, "show", steps=(PlaybookStep(run="cat notes.txt", requires=(Requirement(file="notes.txt"),)),))
    replay = core.replay("show", mode=Mode.STRICT, cwd=str(work))
    asked = {"replay": replay.replay_id, "rationale": "it was renamed", "confidence": 0.9}

    def patch(run: str) -> dict[str, object]:
        return {**asked, "patch": [{"op": "replace", "step_index": 1, "value": run}]}

    async with client:
        taken = done(await client.call_tool("propose_repair", patch("cat note.txt")))
        bad = done(await client.call_tool("propose_repair", patch("rm -rf /")))
        lying = done(await client.call_tool("propose_repair", {**asked, "patch": [{"op": "promote", "step_index": 1}]}))
        unknown = await client.call_tool("propose_repair", {**patch("true"), "replay": "20990101-x"})
    assert len(taken["waiting"]) == 1
    assert (bad["waiting"], lying["waiting"]) == ([], [])
    assert bad["refused"]
    assert "no replay" in refused(unknown)
    (repair,) = core._reviews.all()
    assert (repair.source, repair.status, repair.created_version) == ("llm", RepairStatus.PROPOSED, None)
    assert core.version("show").status is VersionStatus.ACTIVE
    assert core._shelf.versions("show") == (1,)


async def test_what_anybody_replays_in_a_workspace_is_waited_for(place: Place) -> None:
    core, client, work = place
    keep(core, "short", "true")
    (work / "below").mkdir()
    elsewhere = replayed(work.parent / "elsewhere", "1")
    journals = Journals(core.home)
    async with client:
        for held in (replayed(work, "2"), replayed(work / "below", "3")):
            with journals.begin(elsewhere, 1, now), journals.begin(held, 1, now):
                answer = refused(await client.call_tool("replay", {"playbook": "short"}))
            assert f"other is being replayed in {held.workspace} already ({held.replay_id})" in answer
            journals.remove(elsewhere.replay_id)
            # What is left of one whose process died holds nothing.
        assert done(await client.call_tool("replay", {"playbook": "short"}))["status"] == "success"


def replayed(workspace: Path, name: str) -> Replay:
    return Replay(
        replay_id=f"2026-01-01T00-00-0{name}Z",
        run_id=None,
        playbook="other",
        version=1,
        digest="sha256:0",
        mode=Mode.STRICT,
        status=ReplayStatus.CANCELLED,
        workspace=str(workspace),
        started_at="2026-01-01T00:00:00Z",
    )


def now() -> datetime:
    return datetime.now(UTC)


def test_a_step_may_replay_another_playbook_in_its_own_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home").prepare()
    outer, inner = replayed(tmp_path, "1"), structs.replace(replayed(tmp_path, "2"), playbook="inner")
    with monkeypatch.context() as above:
        above.setattr("os.getpid", os.getppid)
        held = Journals(home).begin(outer, 1, now)
    journals = Journals(home)
    with held, journals.begin(inner, 1, now), pytest.raises(RefusedError, match="other is being replayed in"):
        journals.begin(structs.replace(outer, replay_id="again"), 1, now)
