"""What a run can be exported as: one table, for the command line, the dialog and the core."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from capture.errors import BadInputError, UnknownNameError
from capture.events import Frame
from capture.printable import printable
from capture.tape.asciicast import to_asciicast
from capture.tape.vhs import to_vhs
from capture.trace import Run, Step, Trace

IDLE_S = 2.0
"""Silences that are longer are shown so long, where nobody says otherwise."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a run is exported, and how."""

    at_s: float | None = None
    """Seconds since the run began: the moment of a still picture."""
    step: int | None = None
    """Only that step; of a still picture, its end."""
    idle_s: float | None = None
    """The longest silence; None: `IDLE_S`."""

    @property
    def asked(self) -> frozenset[str]:
        """Names of what is not left as it is."""
        return frozenset(name for name in self.__struct_fields__ if getattr(self, name) is not None)


WHOLE = View()
"""All of a run, as it was."""


class Chosen(NamedTuple):
    """What is exported."""

    run: Run
    steps: Sequence[Step]
    """Those that were asked for: all, or one."""
    frames: Callable[[], Iterable[Frame]]
    """Gives the terminal recording from its start, as often as it is asked."""
    view: View

    @property
    def idle_s(self) -> float:
        """The longest silence, in seconds."""
        return IDLE_S if self.view.idle_s is None else self.view.idle_s

    @property
    def alone(self) -> Step | None:
        """The one step that was asked for."""
        return None if self.view.step is None else self.steps[0]


Exporter: TypeAlias = Callable[[Chosen], Iterable[str]]


def _asciicast_v3(chosen: Chosen) -> Iterator[str]:
    return (f"{line}\n" for line in to_asciicast(chosen.run, chosen.frames(), chosen.steps, 3))


def _asciicast_v2(chosen: Chosen) -> Iterator[str]:
    return (f"{line}\n" for line in to_asciicast(chosen.run, chosen.frames(), chosen.steps, 2))


def _text(chosen: Chosen) -> Iterator[str]:
    for step in chosen.steps:
        # An imported session in one piece has its prompts in its output already.
        yield printable(step.output if chosen.run.unsegmented else f"$ {step.command}\n{step.output}")


def _vhs(chosen: Chosen) -> Iterator[str]:
    return (f"{line}\n" for line in to_vhs(chosen.run, chosen.steps, idle_s=chosen.idle_s))


def _svg(chosen: Chosen) -> Iterable[str]:
    from app.formats import screens, svg  # noqa: PLC0415 - only pictures need the emulator
    from app.ghostty import Ghostty  # noqa: PLC0415 - as above

    end = chosen.alone.output_end if chosen.alone else None
    at_us = None if chosen.view.at_s is None else round(chosen.view.at_s * 1_000_000)
    yield svg.still(screens.screen_at(chosen.run, chosen.frames(), Ghostty, end=end, at_us=at_us), chosen.run.name)


def _svg_animated(chosen: Chosen) -> Iterable[str]:
    from app.formats import screens, svg  # noqa: PLC0415 - only pictures need the emulator
    from app.ghostty import Ghostty  # noqa: PLC0415 - as above

    window, idle_us = screens.Window(), round(chosen.idle_s * 1_000_000)
    if (step := chosen.alone) is not None:
        began_us = round((step.started_at - chosen.run.started_at).total_seconds() * 1_000_000)
        window = screens.Window(step.output_start, step.output_end, max(0, began_us))
    shown = tuple(screens.screens(chosen.run, chosen.frames, Ghostty, window=window, idle_us=idle_us))
    yield svg.moving(shown, chosen.run.name)


EXPORTERS: dict[str, tuple[Exporter, frozenset[str]]] = {
    "asciicast-v3": (_asciicast_v3, frozenset()),
    "asciicast-v2": (_asciicast_v2, frozenset()),
    "text": (_text, frozenset({"step"})),
    "svg": (_svg, frozenset({"at_s", "step"})),
    "svg-animated": (_svg_animated, frozenset({"step", "idle_s"})),
    "vhs": (_vhs, frozenset({"step", "idle_s"})),
}
"""Each format: what makes it, and what of a `View` it heeds."""


def export(trace: Trace, frames: Callable[[], Iterable[Frame]], form: str, view: View) -> Iterable[str]:
    """A run in a format of others.

    Args:
        trace: The run.
        frames: Its terminal recording.
        form: One of `EXPORTERS`.
        view: Which part of it.

    Returns:
        Text, in pieces.

    Raises:
        BadInputError: There is no such format, or it can't show just that part.
        UnknownNameError: There is no such step.
    """
    if form not in EXPORTERS:
        raise BadInputError(f"a run can't be exported as {form}; {', '.join(EXPORTERS)} can be made of it")
    made_by, heeded = EXPORTERS[form]
    if ignored := view.asked - heeded:
        words = ", ".join(f"--{name.removesuffix('_s')}" for name in sorted(ignored))
        raise BadInputError(f"{words} means nothing to {form}; leave it out")
    if {"at_s", "step"} <= view.asked:
        raise BadInputError("--at and --step name two moments; give one of them")
    return made_by(Chosen(trace.run, _steps(trace, view), frames, view))


def _steps(trace: Trace, view: View) -> Sequence[Step]:
    if view.step is None:
        return trace.steps
    if not 1 <= view.step <= len(trace.steps):
        raise UnknownNameError(f"run {trace.run.run_id} has no step {view.step}; it has steps 1 to {len(trace.steps)}")
    return trace.steps[view.step - 1 : view.step]
