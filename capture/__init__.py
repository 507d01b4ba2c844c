"""Records: a session becomes a trace.

A program records its own work with `record`, and the processes that it starts tell theirs with `join`:

    import capture

    with capture.record(goal="release the site") as run:
        run.shell("npm run bundle")
        with run.tool("tickets/close", {"id": 7}) as step:
            step.output = close(7)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capture.api.action import Action
    from capture.api.opening import join, record
    from capture.api.recording import Recording, Result

__all__ = ["Action", "Recording", "Result", "join", "record"]

_PLACES = {
    "Action": "capture.api.action",
    "Recording": "capture.api.recording",
    "Result": "capture.api.recording",
    "join": "capture.api.opening",
    "record": "capture.api.opening",
}


def __getattr__(name: str) -> Any:
    """What the package offers, imported when it is first asked for: whoever only imports the package waits for none."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - as above

    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
