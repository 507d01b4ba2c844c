"""A run while its steps are recorded: what `capture.record` and `capture.join` give."""

import asyncio
import os
import shlex
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Unpack

import msgspec

from capture.api.action import Action, Begun
from capture.api.changing import Changing
from capture.api.given import milliseconds, variables_of
from capture.api.joining import RUN_VARIABLE, address
from capture.api.running import Ran, run_command
from capture.api.said import Said, Sentences
from capture.commits import refs_in
from capture.errors import BadInputError
from capture.printable import plain_text
from capture.tools import Tools
from capture.trace import FileEffect, StepKind, StepStatus

_COMMAND_TOOLS = ("command", "shell")
"""Tools of `step_before` whose input is a command line."""
_PAGERS = {"PAGER": "cat", "GIT_PAGER": "cat"}
"""Nobody is there to turn pages."""
_TOOLS = Tools()


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a command."""

    step_index: int
    """Number of its step; 0 when nothing is recorded any more."""
    exit_code: int
    """As a shell reports it: 128 and the number of the signal that ended it."""
    output: str
    """Standard output and standard error as they came, escapes taken out; nothing is masked here. Of more than 32 MiB
    the beginning and the end."""
    timed_out: bool
    """Whether its time limit ended it."""
    duration_ms: float
    """Milliseconds."""

    @property
    def ok(self) -> bool:
        """Whether its exit code is 0."""
        return self.exit_code == 0


class Recording(Changing):
    """Records the steps of one run; safe to share by threads, tasks and forked children.

    Every method that makes a step takes the named arguments of `Said` as well. Once the run has ended, each raises
    `RunOverError`. A disk that says no stops the recording and never the agent: `stopped` says why, steps have the
    number 0 from then on, and leaving the block of `record` or `join` raises `HostError` with the same words.
    """

    def shell(
        self,
        command: str,
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        tty: bool = True,
        **said: Unpack[Said],
    ) -> Result:
        """Run a command line in a shell of its own and record it: exit code, output, and the files that it changed.

        Args:
            command: Shell text.
            cwd: Working directory; None: where the run began.
            env: Variables beside those of the run, for this command alone.
            timeout_s: Seconds after which it is killed; None: never.
            tty: Whether it prints to a terminal, as it will in a replay; else into a pipe. It reads nothing either way.
            **said: As `Said`.

        Returns:
            What came of it.

        Raises:
            BadInputError: A variable has no name of one, or no text for its value; nothing was run.
            HostError: The shell can't be started.
            RunOverError: The run has ended; nothing was run.
        """
        return self._run_command(command, self._place(cwd), env or {}, timeout_s, tty=tty, said=said)

    async def shell_async(
        self,
        command: str,
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        tty: bool = True,
        **said: Unpack[Said],
    ) -> Result:
        """As `shell`, while other tasks go on; a cancelled one kills its command, and its step is `partial`."""
        stop, stopping = os.pipe()
        with ExitStack() as closing:
            closing.callback(os.close, stop)
            closing.callback(os.close, stopping)
            running = asyncio.ensure_future(
                asyncio.to_thread(
                    self._run_command, command, self._place(cwd), env or {}, timeout_s, tty=tty, said=said, stop=stop
                )
            )
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                os.write(stopping, b"!")
                await asyncio.wait([running])
                raise

    def _run_command(  # noqa: PLR0913 - as `shell`
        self,
        command: str,
        place: str,
        env: Mapping[str, str],
        timeout_s: float | None,
        *,
        tty: bool,
        said: Said,
        stop: int | None = None,
    ) -> Result:
        variables = {**self._variables, **_PAGERS, **variables_of(env)}
        with self._begin_command(command, place, variables, said) as action:
            variables[RUN_VARIABLE] = address(self._folder, action.step_index)
            ran = run_command(
                (self._run.shell, "-c", command),
                cwd=place,
                environment=variables,
                size=(self._run.columns, self._run.rows) if tty else None,
                timeout_s=timeout_s,
                stop=stop,
            )
            action.printed, action.exit_code, action.timed_out = ran.printed, ran.exit_code, ran.timed_out
            action.status, action.dropped = StepStatus.PARTIAL if ran.stopped else None, ran.dropped
        return _result(action, ran)

    def ran(
        self,
        command: str,
        *,
        exit_code: int | None,
        output: str = "",
        cwd: str | os.PathLike[str] | None = None,
        duration_ms: float = 0.0,
        file_effects: Sequence[FileEffect] | None = None,
        **said: Unpack[Said],
    ) -> Action:
        """Tell a command line that was run elsewhere and has ended.

        Args:
            command: Shell text.
            exit_code: As a shell reports it; None: it was cut short.
            output: What it printed; escapes are fine.
            cwd: Working directory, before and after; None: where the run began.
            duration_ms: How long it took, milliseconds.
            file_effects: Paths that it changed; None: nobody watched.
            **said: As `Said`.

        Returns:
            The step, ended.

        Raises:
            RunOverError: The run has ended.
        """
        step = self._opened(StepKind.SHELL, command, self._place(cwd), ago_ms=milliseconds(duration_ms))
        effects = None if file_effects is None else tuple(file_effects)
        action = self._begin(Begun(step, whole=True, effects=effects), said)
        action.exit_code, action.took_ms = exit_code, duration_ms
        action.end(output, status=StepStatus.PARTIAL if exit_code is None else None)
        return action

    def step_before(
        self,
        tool_name: str,
        tool_input: object = None,
        *,
        cwd: str | os.PathLike[str] | None = None,
        **said: Unpack[Said],
    ) -> Action:
        """Tell that a step begins; whoever does it is not ours to know.

        Args:
            tool_name: Of the tool; `command` and `shell` are command lines.
            tool_input: A JSON value; of a command line its text, or an object with `command` and `args`.
            cwd: Working directory; None: where the run began.
            **said: As `Said`.

        Returns:
            The step: hand it, or its `step_index`, to `step_after`, or use it as a block.

        Raises:
            BadInputError: The input is no JSON value, or no command line where it has to be one.
            RunOverError: The run has ended.
        """
        if tool_name in _COMMAND_TOOLS:
            step = self._opened(StepKind.SHELL, _command_line(tool_name, tool_input), self._place(cwd))
            action = self._begin(Begun(step), said)
        else:
            action = self.tool(tool_name, tool_input, **said)
        self._told[action.step_index] = action
        return action

    def step_after(  # noqa: PLR0913 - all that there is to tell
        self,
        step: Action | int,
        *,
        status: StepStatus | str | None = None,
        output: object = None,
        error: object = None,
        exit_code: int | None = None,
        postconditions: Sentences = (),
        artifact_refs: Sequence[str] = (),
    ) -> None:
        """Tell how a step ended that `step_before` has begun.

        Args:
            step: The step, or its number.
            status: `success`, `failed`, `skipped` or `partial`; None: what error and exit code say.
            output: What it answered: a text, or any JSON value.
            error: What went wrong.
            exit_code: Of a command line.
            postconditions: What is true now.
            artifact_refs: What it has made.

        Raises:
            BadInputError: No such step is open here, another status, or the output is no JSON value.
            RunOverError: The run has ended.
        """
        action = self._told.get(step) if isinstance(step, int) else step
        if action is None or action.ended:
            raise BadInputError(
                f"step {step if isinstance(step, int) else step.step_index} is not open; begin it with step_before"
            )
        action.postconditions, action.artifact_refs, action.exit_code = postconditions, artifact_refs, exit_code
        action.end(output, error=error, status=status)
        self._told.pop(action.step_index, None)

    def _begin_command(self, command: str, place: str, variables: Mapping[str, str], said: Said) -> Action:
        """Look at all that will be compared, then begin."""
        step = self._opened(StepKind.SHELL, command, place)
        step.tools = _TOOLS.named_in(command, variables.get("PATH", ""), place)
        step.refs = refs_in(command, place)
        if self._watched is None:
            return self._begin(Begun(step), said)
        self._watched.enter(place, self._writer.between)
        try:
            return self._begin(Begun(step, watched=True), said)
        except BaseException:
            self._watched.forget()
            raise


def _result(action: Action, ran: Ran) -> Result:
    return Result(
        step_index=action.step_index,
        exit_code=ran.exit_code,
        output=plain_text(ran.printed),
        timed_out=ran.timed_out,
        duration_ms=round(action.duration_ms, 3),
    )


def _command_line(name: str, given: object) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, Mapping) and isinstance(given.get("command"), str):
        words = given.get("args") or ()
        if isinstance(words, Sequence) and not isinstance(words, str):
            return shlex.join((given["command"], *map(str, words))) if words else given["command"]
    raise BadInputError(f'the input of {name} is no command line; give a text, or {{"command": …, "args": […]}}')
