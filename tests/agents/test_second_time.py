"""Five tasks are thought out once; the second time they are replayed, and the model is asked nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client

from app.core import Core
from app.desk.desk import Desk
from app.desk.places import Places
from app.desk.serving import server_of
from capture.home import Home
from replay.governance.audit import Action
from replay.inbox import Decision
from replay.outcome import Mode, ReplayStatus
from tests.agents.scripted import Agent, StubModel

TASKS = {
    "count the words of the notes": ("wc -w < notes.txt > words.txt", "cat words.txt"),
    "sort the list of names": ("sort names.txt > sorted.txt",),
    "pack the pages": ("mkdir -p pages", "cp notes.txt pages/notes.txt", "ls pages"),
    "make the greeting shout": ("sed s/hello/HELLO/ greeting.txt > loud.txt", "grep -c HELLO loud.txt"),
    "write the table of contents": ("printf '1 notes\\n2 names\\n' > contents.txt",),
}
FILES = {"notes.txt": "three short words\n", "names.txt": "zoe\nada\n", "greeting.txt": "hello\n"}


def _world(folder: Path) -> str:
    """A fresh workspace."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return str(folder)


def _left(workspace: str) -> dict[str, str]:
    """What is in it."""
    return {path.name: path.read_text() for path in Path(workspace).rglob("*") if path.is_file()}


def _drifted(folder: Path) -> None:
    """A fresh one in which a file has another name."""
    _world(folder)
    (folder / "names.txt").rename(folder / "name.txt")


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    made = Core(Home(tmp_path / "replaybook").prepare(), actor="ada")
    yield made
    made.close()


def _promoted(core: Core) -> None:
    """What a person does with what an agent has recorded."""
    for number, run in enumerate(core.runs()):
        made = core.compile([run.run_id], name=f"task-{number}")
        core.promote(f"{made.playbook.name}@{made.playbook.version}", override="looked at it")


async def test_the_second_time_the_model_is_asked_nothing(core: Core, tmp_path: Path) -> None:
    workspace, model = _world(tmp_path / "work"), StubModel(TASKS)
    agent = Agent(model, core, workspace)
    desk = Desk(Core(core.home, actor="mcp (tester)"), Places([workspace]))
    async with Client(server_of(desk, str), mode="legacy") as client:
        for goal in TASKS:
            assert (await agent.do(goal, client))["why"] == "no_match"
        assert model.calls == sum(len(commands) + 1 for commands in TASKS.values())
        # One answer for each command, and one to say that nothing is left to do: what the runs say they took.
        used = [run.agent for run in core.runs()]
        assert sum(one.llm_calls or 0 for one in used if one) == model.calls - len(TASKS)
        left = _left(workspace)
        _promoted(core)

        _world(tmp_path / "work")
        model.calls = 0
        for goal in TASKS:
            found = await agent.do(goal, client)
            assert found["run"]["status"] == "success", found
        assert model.calls == 0
        assert _left(workspace) == left

        # The world drifts: what the task reads has another name.
        _drifted(tmp_path / "work")
        refused = await agent.do("sort the list of names", client)
        assert (refused["replay"], refused["why"]) == (None, "not_ready")
        assert "names.txt" in refused["message"]
        assert "sorted.txt" not in _left(workspace)

        guided = core.replay(refused["candidates"][0], mode=Mode.GUIDED, cwd=workspace)
        assert guided.status is ReplayStatus.NEEDS_REVIEW
        # Nothing is repaired before a person has said so.
        assert (await agent.do("sort the list of names", client))["replay"] is None
        repaired = core.review(guided.repairs[0], Decision.APPROVE)
        core.promote(f"{repaired.playbook}@{repaired.created_version}", override="looked at it")
        again = await agent.do("sort the list of names", client)
        assert again["replay"] == f"{repaired.playbook}@{repaired.created_version}"
        assert again["run"]["status"] == "success"
        assert _left(workspace)["sorted.txt"] == "ada\nzoe\n"
        assert model.calls == 0
        # What replays rest on is a person's word, never the agent's.
        decided = [(one.action, one.actor) for one in core.audit() if one.action in (Action.APPROVED, Action.PROMOTED)]
        assert decided == [(Action.PROMOTED, "ada")] * len(TASKS) + [(Action.APPROVED, "ada"), (Action.PROMOTED, "ada")]
    desk.close()
