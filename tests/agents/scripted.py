"""An agent with a stub for a model: it asks the desk before it thinks, and records what it has to think out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcp import Client

import capture
from app.core import Core

PROMPT_TOKENS, COMPLETION_TOKENS = 900, 40


@dataclass
class StubModel:
    """Answers with the next command of a task, and counts how often it was asked.

    Attributes:
        knows: The commands of each task, by its goal.
    """

    knows: Mapping[str, Sequence[str]]
    calls: int = 0
    _told: dict[str, int] = field(default_factory=dict)

    def next_command(self, goal: str) -> str | None:
        """What to run next; None when the task is done."""
        self.calls += 1
        at = self._told.get(goal, 0)
        self._told[goal] = at + 1
        commands = self.knows[goal]
        return commands[at] if at < len(commands) else None


@dataclass
class Agent:
    """Does tasks in a workspace.

    Attributes:
        model: Thinks.
        core: Where what it does is recorded.
        workspace: Where it works.
    """

    model: StubModel
    core: Core
    workspace: str

    async def do(self, goal: str, desk: Client) -> Mapping[str, Any]:
        """Replay what is known, else think: what dispatch answered."""
        answer = await desk.call_tool("dispatch", {"goal": goal, "cwd": self.workspace, "run": True})
        found: Mapping[str, Any] = answer.structured_content
        if found["replay"] is None and found["why"] == "no_match":
            self._think(goal)
        return found

    def _think(self, goal: str) -> None:
        with capture.record(goal, home=self.core.home.path, workspace=self.workspace, agent="stub") as run:
            while (command := self.model.next_command(goal)) is not None:
                run.model_call(model="stub", prompt_tokens=PROMPT_TOKENS, completion_tokens=COMPLETION_TOKENS)
                run.shell(command)
