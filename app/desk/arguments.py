"""What each tool of the desk takes: values with their bounds, whose JSON Schema is what clients are told (pure)."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

LONGEST_OUTPUT = 256 * 1024
"""Characters of an output that is told."""

Task = Annotated[str, Meta(min_length=1, max_length=2000, description="What is to be done, in a sentence.")]
Name = Annotated[str, Meta(min_length=1, max_length=200, description="A playbook: NAME, or NAME@VERSION.")]
Path = Annotated[str, Meta(max_length=4096)]
Workspace = Annotated[Path | None, Meta(description="The directory to work in, absolute; not given: the server's own.")]
Value = Annotated[str, Meta(max_length=4096)]
Values = Annotated[
    dict[Annotated[str, Meta(max_length=200)], Value],
    Meta(max_length=100, description="Values for the playbook's parameters, by name; never secrets."),
]
Identity = Annotated[str, Meta(min_length=1, max_length=200)]


class Arguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every tool's arguments are: an object without anything else in it."""


class FindPlaybook(Arguments, frozen=True, kw_only=True):
    """Of `find_playbook`."""

    task: Task
    most: Annotated[int, Meta(ge=1, le=20, description="How many are told.")] = 5


class Describe(Arguments, frozen=True, kw_only=True):
    """Of `describe`."""

    playbook: Name


class Simulate(Arguments, frozen=True, kw_only=True):
    """Of `simulate`."""

    playbook: Name
    cwd: Workspace = None
    values: Values = {}


class Replay(Simulate, frozen=True, kw_only=True):
    """Of `replay`."""


class Dispatch(Arguments, frozen=True, kw_only=True):
    """Of `dispatch`."""

    goal: Task
    cwd: Workspace = None
    values: Values = {}
    run: Annotated[bool, Meta(description="Replay it at once when it is ready.")] = False


class GetRun(Arguments, frozen=True, kw_only=True):
    """Of `get_run`."""

    run: Annotated[str, Meta(min_length=1, max_length=200, description="The id of a run.")]


class More(Arguments, frozen=True, kw_only=True):
    """Of `more`."""

    handle: Annotated[str, Meta(min_length=1, max_length=64, description="What an answer's `more` says.")]
    page: Annotated[int, Meta(ge=1, le=100_000, description="Which page, counted from 1.")] = 1


class RecordStep(Arguments, frozen=True, kw_only=True):
    """Of `record_step`."""

    run: Annotated[
        Annotated[str, Meta(max_length=200)] | None,
        Meta(description="The run that it belongs to; not given: a new one begins."),
    ] = None
    goal: Annotated[
        Annotated[str, Meta(max_length=2000)] | None, Meta(description="Of a new run: what the work is for.")
    ] = None
    cwd: Workspace = None
    command: Annotated[
        Annotated[str, Meta(max_length=64 * 1024)] | None,
        Meta(description="The shell command that was run; or give `tool`."),
    ] = None
    tool: Annotated[
        Annotated[str, Meta(max_length=200)] | None,
        Meta(description="The tool that was called, as server/name; or give `command`."),
    ] = None
    input: Annotated[Any, Meta(description="What the tool was given: any JSON value.")] = None
    output: Annotated[
        str | dict[str, Any] | list[Any] | None, Meta(description="What came of it: a text or any JSON value.")
    ] = None
    exit_code: Annotated[Annotated[int, Meta(ge=0, le=255)] | None, Meta(description="Of a command.")] = None
    error: Annotated[
        Annotated[str, Meta(max_length=LONGEST_OUTPUT)] | None,
        Meta(description="Of a tool that failed: what went wrong."),
    ] = None
    duration_ms: Annotated[float, Meta(ge=0, le=1e9, description="How long it took, milliseconds.")] = 0.0
    dead_end: Annotated[
        Annotated[str, Meta(max_length=2000)] | None,
        Meta(description="Why nothing later rests on it, when it was given up."),
    ] = None
    done: Annotated[bool, Meta(description="Whether the run ends with it.")] = False


class ProposeRepair(Arguments, frozen=True, kw_only=True):
    """Of `propose_repair`."""

    replay: Annotated[str, Meta(min_length=1, max_length=200, description="The id of a replay that stopped.")]
    patch: Annotated[
        tuple[dict[str, Any], ...],
        Meta(
            min_length=1,
            max_length=8,
            description='Changes to the playbook: {"op": replace|insert_before|skip|set_parameter|set_env|set_timeout|'
            'rebind, "step_index": N, "value": text, or {"name", "value"}, or {"from", "to"}}.',
        ),
    ]
    rationale: Annotated[str, Meta(min_length=1, max_length=2000, description="Why, naming the evidence.")]
    confidence: Annotated[float, Meta(ge=0, le=1, description="How sure you are.")] = 0.5


def schema_of(kind: type[Arguments]) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments, in one piece.

    Args:
        kind: Of the arguments.
    """
    (found,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    schema = dict(parts.get(kind.__name__, found))
    schema.pop("title", None)
    schema.pop("description", None)
    return {"type": "object", **schema}
