"""Tells steps of every kind to a run; what runs commands and changes files stands above it."""

import os
import shlex
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack

import msgspec

from capture.api.action import Action, Begun, around
from capture.api.given import milliseconds, number_of, shown, text_of, variables_of
from capture.api.joining import RUN_VARIABLE, address
from capture.api.said import Said, hints_of
from capture.api.watching import Watched
from capture.api.writing import Writer
from capture.calls import result_text
from capture.errors import BadInputError
from capture.provenance import Speaker
from capture.recording.steps import Ending, OpenStep
from capture.trace import EnvEffects, FileEffect, Run, StepKind, StepStatus
from capture.usage import ModelCall

_EXIT_CODES = {StepStatus.SUCCESS: 0, StepStatus.FAILED: 1}


class Telling:
    """Tells the steps of one run.

    Args:
        run: Its head.
        folder: Where it is kept.
        writer: Writes it down.
        watched: Sees files change; None: nobody does.
        environment: Of the commands that it runs.
        part_of: The step that all of it is a part of.
    """

    def __init__(
        self,
        run: Run,
        folder: Path,
        writer: Writer,
        *,
        watched: Watched | None,
        environment: Mapping[str, str],
        part_of: int | None = None,
    ) -> None:
        self.run_id = run.run_id
        """Its id."""
        self._run, self._folder, self._writer, self._watched = run, folder, writer, watched
        self._variables = dict(environment)
        self._part_of = part_of
        self._told: dict[int, Action] = {}

    @property
    def stopped(self) -> str | None:
        """Why nothing is written any more, and what to do; None: all is well."""
        return self._writer.stopped

    @property
    def environment(self) -> dict[str, str]:
        """Variables for a process of your own that is to `join` this run, all others included."""
        return {**self._variables, RUN_VARIABLE: address(self._folder, around(self) or self._part_of)}

    def tool(
        self,
        name: str,
        input: object = None,  # noqa: A002 - the word of every tool protocol
        output: object = msgspec.UNSET,
        *,
        error: object = None,
        status: StepStatus | str | None = None,
        duration_ms: float = 0.0,
        **said: Unpack[Said],
    ) -> Action:
        """Tell a tool call: whole when its output, error or status is given, else it ends with its block.

        Args:
            name: As `server/tool` where a server offers it, else the bare name.
            input: What it is given: a JSON value, most often an object.
            output: What it answered: a text, any JSON value, or None for nothing.
            error: What went wrong: a text or a JSON value; the call has failed then.
            status: As `Action.end`.
            duration_ms: How long a call took that is told whole, milliseconds.
            **said: As `Said`.

        Returns:
            The step.

        Raises:
            BadInputError: Something is no JSON value.
            RunOverError: The run has ended.
        """
        whole = output is not msgspec.UNSET or error is not None or status is not None
        ago_ms = milliseconds(duration_ms)
        text, maskings = self._writer.call(text_of("the name of a tool", name), input)
        step = self._opened(StepKind.TOOL, text, self._run.cwd, ago_ms=ago_ms if whole else 0.0)
        action = self._begin(Begun(step, whole=whole, maskings=maskings), said)
        if whole:
            action.took_ms = ago_ms
            action.end(None if output is msgspec.UNSET else output, error=error, status=status)
        return action

    def env(self, set: Mapping[str, str] = {}, unset: Iterable[str] = (), **said: Unpack[Said]) -> Action:  # noqa: A002 - the words of the trace; never changed
        """Change variables for the commands that this recording runs from now on, and record that.

        Args:
            set: Variable to value.
            unset: Variables that are gone.
            **said: As `Said`.

        Returns:
            The step, ended.

        Raises:
            BadInputError: That is no variable, or no value of one.
            RunOverError: The run has ended.
        """
        gone = tuple(variables_of(dict.fromkeys(unset, "")))
        effects = EnvEffects(set=variables_of(set), unset=tuple(sorted(gone)))
        step = self._opened(StepKind.ENV, _exported(effects, self._run.shell), self._run.cwd)
        action = self._begin(Begun(step, whole=True, env=effects, effects=()), said)
        action.end()
        self._variables = {name: value for name, value in self._variables.items() if name not in gone} | effects.set
        return action

    def model_call(
        self,
        *,
        model: str = "",
        prompt_tokens: int | None = None,
        cached_tokens: int | None = None,
        completion_tokens: int | None = None,
    ) -> None:
        """Tell what an answer of a model took; it is written at once. What is not said is not known, never 0.

        Args:
            model: Its name.
            prompt_tokens: Tokens that it read, those from a cache included.
            cached_tokens: Of those, what came from a cache.
            completion_tokens: Tokens that it wrote.

        Raises:
            BadInputError: A number is negative, or none.
            RunOverError: The run has ended.
        """
        counts = [number_of("a count of tokens", one) for one in (prompt_tokens, cached_tokens, completion_tokens)]
        if any(count is not None and count < 0 for count in counts):
            raise BadInputError(
                f"tokens are counted from 0, not {min(filter(None, counts))}; leave out what is not known"
            )
        self._writer.model_call(
            ModelCall(
                after_step=0,
                at=datetime.now(UTC),
                model=text_of("the name of a model", model),
                prompt_tokens=prompt_tokens,
                cached_tokens=cached_tokens,
                completion_tokens=completion_tokens,
            )
        )

    def note(self, text: str, *, speaker: Speaker | str | None = Speaker.ASSISTANT) -> None:
        """Keep what was said.

        Args:
            text: Any; secrets are masked.
            speaker: `user`, `assistant` or `reasoning`; None: a person who looks on.

        Raises:
            BadInputError: Another speaker, or no text.
            RunOverError: The run has ended.
        """
        if speaker is not None and speaker not in tuple(Speaker):
            raise BadInputError(f"speaker {speaker!r} is unknown; give one of {', '.join(Speaker)}")
        self._writer.note(text_of("a note", text), None if speaker is None else Speaker(speaker))

    def sync(self) -> None:
        """From here on what was recorded outlives the machine; it outlives this process anyway."""
        self._writer.sync()

    def finish(self, action: Action) -> None:
        """Write the end of a step; `Action.end` calls it."""
        number_of("an exit code", action.exit_code)
        step, action.took_ms = action.begun.step, action.duration_ms
        text = _text_of(action) if action.printed is None else ""
        step.timed_out = action.timed_out
        failed = action.error is not None or action.exit_code not in (0, None)
        action.status = action.status or (StepStatus.FAILED if failed else StepStatus.SUCCESS)
        effects, committed = action.begun.effects, None
        if not action.begun.watched and not action.begun.contents:
            self._writer.end(action, text, _ending(action, effects, committed))
            return
        with ExitStack() as looking:
            if action.begun.watched and self._watched is not None:
                effects, committed = looking.enter_context(self._watched.left(step.cwd))
            if action.begun.contents:
                looking.enter_context(self._writer.keeping(action.begun.contents))
            self._writer.end(action, text, _ending(action, effects, committed))

    def _begin(self, begun: Begun, said: Said) -> Action:
        """Begin a step; nothing is written yet of one that is told in one piece."""
        part_of = number_of("part_of", said.get("part_of")) or around(self) or self._part_of
        begun = begun._replace(hints=hints_of(said), part_of=part_of)
        if not begun.whole:
            self._writer.start(begun)
        return Action(self, begun)

    def _opened(self, kind: StepKind, command: str, cwd: str, *, ago_ms: float = 0.0) -> OpenStep:
        command = text_of("a command", command)
        step = OpenStep(step_index=0, command=command, cwd=shown(cwd), at=time.time() - ago_ms / 1000, output_start=0)
        step.kind = kind
        return step

    def _place(self, cwd: str | os.PathLike[str] | None) -> str:
        return os.path.normpath(os.path.join(self._run.cwd, cwd or ""))  # noqa: PTH118 - no link is followed


def _ending(action: Action, effects: tuple[FileEffect, ...] | None, committed: tuple[str, ...] | None) -> Ending:
    step, code = action.begun.step, action.exit_code
    return Ending(
        at=step.at + action.duration_ms / 1000,
        exit_code=_EXIT_CODES.get(action.status or StepStatus.SUCCESS) if code is None else code,
        cwd=step.cwd,
        output_end=0,
        file_effects=effects or (),
        effects_seen=effects is not None,
        committed=committed,
    )


def _text_of(action: Action) -> str:
    """What a step answered, as it is printed.

    Raises:
        BadInputError: It is no JSON value.
    """
    try:
        return result_text(action.output) + result_text(action.error)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInputError(
            f"the output of {_name_of(action)} is no JSON value: {error}; give a text, objects or arrays"
        ) from error


def _name_of(action: Action) -> str:
    return f"step {action.step_index}" if action.step_index else "the step"


def _exported(effects: EnvEffects, shell: str) -> str:
    """Shell text that changes variables so."""
    fish = shell == "fish"
    lines = [
        f"set -gx {name} {shlex.quote(value)}" if fish else f"export {name}={shlex.quote(value)}"
        for name, value in effects.set.items()
    ]
    return "\n".join((*lines, *(f"{'set -e' if fish else 'unset'} {name}" for name in effects.unset)))
