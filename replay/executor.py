"""Runs steps in one real shell, over a recorded session: so every replay is itself a run."""

import re
import threading
from collections.abc import Callable, Mapping
from shlex import quote

from capture.dialogue import ExpectedPrompt
from capture.errors import BadInputError, HostError
from capture.session import Session
from capture.shells import fish_text
from capture.trace import RunStatus, Step, StepKind
from capture.wire import Ended, HostFailed, Kept, Output, StepBegan, StepEnded
from replay import by_hand, template
from replay.edits import is_patch
from replay.handing_over import HandedOver
from replay.matching import masks
from replay.outcome import StepOutcome
from replay.playbook import Answer, PlaybookStep
from replay.protocols import ByHand
from replay.tools.handing import ToolHand

DEFAULT_TIMEOUT_S = 600.0
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class SessionExecutor:
    """Hands each step to the shell of a session and waits for its end.

    Args:
        session: A HANDED session that is ready.
        cwd: Where its shell stands.
        secrets: Answers that no document holds, by their key.
        carry_out: The shell text that makes the changes of a file step's patch.
        time_s: The time limit of a step that names none.
        tools: Hands tool steps over; None where there are none.
    """

    def __init__(
        self,
        session: Session,
        *,
        cwd: str,
        secrets: Mapping[str, str],
        carry_out: Callable[[str], str],
        time_s: float = DEFAULT_TIMEOUT_S,
        tools: ToolHand | None = None,
    ) -> None:
        self._tools = tools
        self._time_s = time_s
        self._session = session
        self._cwd = cwd
        self._secrets = secrets
        self._carry_out = carry_out
        # What ctrl-C does takes it too, and may come while its own thread has it.
        self._pressing = threading.RLock()
        self._going, self._interrupted = False, False

    @property
    def run_id(self) -> str:
        """The run that records this replay."""
        return self._session.spec.run_id

    def run(
        self, step: PlaybookStep, command: str, values: Mapping[str, str], printed: Callable[[bytes], None]
    ) -> Step:
        """Run one step to its end.

        Args:
            step: Whose answers, variables and time limit count.
            command: Its text with the values in: shell text, a patch, or a call.
            values: For placeholders in prompts and answers.
            printed: Called with each piece of output.

        Returns:
            What happened, as recorded.

        Raises:
            HostError: The host or the shell died.
            BadInputError: It can't be handed over.
        """
        text = self._text(step, command)
        self._session.run(
            self._from_its_directory(step, text, values),
            prompts=[self._expected(answer, values) for answer in step.answers],
            timeout_s=seconds(step.timeout) if step.timeout else self._time_s,
            environment={name: template.render(value, values) for name, value in step.env.items()},
            kind=step.kind,
            told=command if step.kind is StepKind.TOOL else None,
        )
        ended = self._wait(printed)
        self._cwd = ended.cwd_after
        return ended

    def _text(self, step: PlaybookStep, command: str) -> str:
        """What the shell is given to run."""
        if step.kind is StepKind.TOOL:
            if self._tools is None:
                raise BadInputError("a tool step came up, and the replay began without any; start it again")
            return self._tools.hand(command, seconds(step.timeout) if step.timeout else None)
        return self._carry_out(command) if is_patch(command) else command

    def interrupt(self) -> None:
        """End the step that runs, or the next one as soon as it does, unless `calm` comes before it."""
        with self._pressing:
            self._interrupted = not self._going
            self._session.interrupt()

    def calm(self) -> None:
        """What was interrupted so far is over: the next step runs."""
        with self._pressing:
            self._interrupted = False

    def _goes(self, *, on: bool) -> None:
        """A step has begun or ended; one that was to be interrupted before it could be is interrupted now."""
        with self._pressing:
            self._going, late, self._interrupted = on, self._interrupted and on, False
            if late:
                self._session.interrupt()

    def kept(self, *, before: bool) -> Kept:
        """What its shell holds that no step tells of."""
        return self._session.kept(before=before)

    def halt(self) -> None:
        """End the shell and all that runs in it."""
        self._session.end(RunStatus.PARTIAL)

    def by_hand(self, step: PlaybookStep, checked: StepOutcome, values: Mapping[str, str]) -> ByHand:
        """Make ready to have a person do a step.

        Args:
            step: The step.
            checked: Its number, and its command as it may be shown.
            values: For the placeholders in its directory.
        """
        wanted = template.render(step.cwd, values) if step.cwd else self._cwd
        return HandedOver(
            self._session,
            step_index=checked.step_index,
            command=checked.run,
            expected=tuple(template.render(line, values) for line in by_hand.told(step)),
            in_place=lambda command: self._in_directory(wanted, command),
            ended=self._stands_behind,
        )

    def _stands_behind(self, step: Step) -> None:
        self._cwd = step.cwd_after

    def settle(self) -> None:
        """Wait until the shell has read its startup files and stands at its prompt.

        Raises:
            HostError: It died before.
        """
        while not self._session.was_ready:
            match self._session.receive():
                case HostFailed(message=reason):
                    raise HostError(reason)
                case None | Ended():
                    raise HostError("the replay's shell ended before its first step; its startup files may say why")
                case _:
                    pass

    def begin_again(self, start: Callable[[], Session]) -> None:
        """Go on in another shell.

        Args:
            start: Starts it; called when the one before has ended and its run is closed.

        Raises:
            HostError: It could not be started.
        """
        self._session.finish(RunStatus.PARTIAL)
        self._session = start()
        self._cwd = self._session.spec.cwd

    def finish(self, status: RunStatus) -> None:
        """End the shell and all that tool steps have started, and close the run."""
        if self._tools is not None:
            self._tools.end()
        self._session.finish(status)
        if self._tools is not None:
            self._tools.close()

    def _wait(self, printed: Callable[[bytes], None]) -> Step:
        begun = False
        while True:
            message = self._session.receive()
            match message:
                case StepBegan():
                    begun = True
                    self._goes(on=True)
                case Output(data=data) if begun:
                    # What came before is the shell's prompt, and the command as it was handed over.
                    printed(data)
                case StepEnded(step=step):
                    self._goes(on=False)
                    return step
                case HostFailed(message=reason):
                    raise HostError(reason)
                case None | Ended():
                    raise HostError(
                        f"the replay's shell ended before its step did; `replaybook show {self.run_id}` shows how far"
                    )
                case _:
                    pass

    def _from_its_directory(self, step: PlaybookStep, command: str, values: Mapping[str, str]) -> str:
        return self._in_directory(template.render(step.cwd, values) if step.cwd else self._cwd, command)

    def _in_directory(self, wanted: str, command: str) -> str:
        if wanted == self._cwd:
            return command
        if self._session.spec.shell == "fish":
            return f"cd -- {fish_text.quoted(wanted)}; and begin\n{command}\nend"
        return f"cd -- {quote(wanted)} && {{\n{command}\n}}"

    def _expected(self, answer: Answer, values: Mapping[str, str]) -> ExpectedPrompt:
        if answer.secret:
            if answer.key not in self._secrets:
                raise BadInputError(f"a secret answer is wanted at {answer.prompt!r}, and none was given")
            text = self._secrets[answer.key]
        else:
            text = template.render(answer.send or "", values)
        return ExpectedPrompt(
            pattern=masks.pattern(answer.prompt, values), whole_line=True, send=text + "\n", secret=answer.secret
        )


def seconds(text: str) -> float:
    """A time limit as `500ms`, `60s`, `2m`, `1h`.

    Raises:
        BadInputError: Another form.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text.strip())
    if not found:
        raise BadInputError(f"time limit {text!r} is not a number with ms, s, m or h, as in 60s")
    return float(found[1]) * UNITS[found[2]]
