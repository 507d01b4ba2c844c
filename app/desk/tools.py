"""The tools of the desk, one row each: what clients are told of them, and who does them. None approves or promotes."""

from collections.abc import Callable
from typing import Any, NamedTuple

from app.desk import arguments
from app.desk.arguments import Arguments
from app.desk.desk import Desk, Progress, Remote


class Call(NamedTuple):
    """One call, with all that a tool may need of it."""

    desk: Desk
    asked: Any
    """As the tool's arguments are."""
    agent: str | None
    """What the client calls itself."""
    director: Remote
    progress: Progress


class Tool(NamedTuple):
    """A tool."""

    name: str
    words: str
    takes: type[Arguments]
    does: Callable[[Call], dict[str, Any]]
    acts: bool = False
    """Whether it changes anything."""


TOOLS: tuple[Tool, ...] = (
    Tool(
        "find_playbook",
        "Find playbooks: recorded and approved ways to do a task again, exactly. Ask before you work a task out.",
        arguments.FindPlaybook,
        lambda call: call.desk.find_playbook(call.asked),
    ),
    Tool(
        "dispatch",
        "Say which playbook to replay for a goal in a workspace, or why none; with run, replay it at once. It answers "
        "only what clearly fits, has all values, and is ready.",
        arguments.Dispatch,
        lambda call: call.desk.dispatch(call.asked, call.director, call.progress),
        acts=True,
    ),
    Tool(
        "describe",
        "Tell what a playbook does: its steps, its parameters, where it stands.",
        arguments.Describe,
        lambda call: call.desk.describe(call.asked),
    ),
    Tool(
        "simulate",
        "Tell whether a playbook would run in a workspace now, and what is in the way. Runs nothing.",
        arguments.Simulate,
        lambda call: call.desk.simulate(call.asked),
    ),
    Tool(
        "replay",
        "Replay an active playbook exactly as recorded; it stops at the first step that does something else.",
        arguments.Replay,
        lambda call: call.desk.replay(call.asked, call.director, call.progress),
        acts=True,
    ),
    Tool(
        "get_run",
        "Tell what a run did, step by step.",
        arguments.GetRun,
        lambda call: call.desk.get_run(call.asked),
    ),
    Tool(
        "record_step",
        "Record a step that you did yourself, so that a person can make a playbook of the run. The first one begins a "
        "run and answers its id; give that with the next ones, and done with the last.",
        arguments.RecordStep,
        lambda call: call.desk.record_step(call.asked, call.agent),
        acts=True,
    ),
    Tool(
        "propose_repair",
        "Propose a patch for the step that a replay stopped at. It waits for a person; nothing is applied.",
        arguments.ProposeRepair,
        lambda call: call.desk.propose_repair(call.asked),
        acts=True,
    ),
    Tool(
        "more",
        "Tell a page of what an answer left out, by the handle in its `more`.",
        arguments.More,
        lambda call: call.desk.more(call.asked),
    ),
)
"""All of them."""
BY_NAME = {one.name: one for one in TOOLS}
"""The same by name."""
