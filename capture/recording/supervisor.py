"""Watches a step that nobody sits at: gives its recorded answers, and ends it when its time or its dialogue is over."""

from collections.abc import Callable, Sequence

from capture.dialogue import Answers, ExpectedPrompt, Seen, Verdict, wants_secret
from capture.protocols import Clock, Terminal
from capture.recording.steps import OpenStep
from capture.trace import Input

FIRST_LOOK_S = 0.01
"""After output, so long until the program is looked at when an answer is expected."""
LONGEST_LOOK_S = 0.25
"""Between two looks at a silent program, and the first when no answer is expected."""
GRACE_S = 0.3
"""Between asking a step to stop, killing it, and interrupting the shell."""
PATIENCE = 20
"""Attempts until the shell itself is given up."""


class Supervisor:
    """Looks after one step at a time.

    Args:
        terminal: Where it runs.
        clock: Tells the time.
        answered: Told of each answer that was given, and of what was typed for it.
    """

    def __init__(self, terminal: Terminal, clock: Clock, answered: Callable[[Input, str], None]) -> None:
        self._terminal = terminal
        self._clock = clock
        self._answered = answered
        self._step: OpenStep | None = None

    def begin(
        self, step: OpenStep, prompts: Sequence[ExpectedPrompt], timeout_s: float | None, *, begun: float
    ) -> None:
        """A step has begun.

        Args:
            step: The step.
            prompts: What it is expected to ask, in order.
            timeout_s: When it is ended; None for never.
            begun: Seconds on the terminal's `started_clock` when it began.
        """
        now = self._clock.elapsed()
        self._step = step
        self._begun = begun
        self._answers = Answers(prompts)
        self._deadline = None if timeout_s is None else now + timeout_s
        self._attempts = 0
        self._next_attempt = now
        self.active()

    def active(self) -> None:
        """The step has printed, or was answered."""
        self._last_active = self._clock.elapsed()
        self._blocked_since: float | None = None
        self._pause = FIRST_LOOK_S if self._step and self._answers.left else LONGEST_LOOK_S
        self._next_look = self._last_active + self._pause

    def end(self) -> None:
        """The step has ended; nothing of one that was ended by force stays behind."""
        if self._step is not None and self._attempts:
            self._terminal.kill_step(self._begun)
        self._step = None

    def next_check(self) -> float | None:
        """Seconds from now until `check` wants to be called; None when there is nothing to look after."""
        if self._step is None:
            return None
        due = self._next_attempt if self._attempts else self._next_look
        if self._deadline is not None and not self._attempts:
            due = min(due, self._deadline)
        return max(0.0, due - self._clock.elapsed())

    def check(self) -> None:
        """Do what is due."""
        if self._step is None:
            return
        now = self._clock.elapsed()
        if self._attempts:
            if now >= self._next_attempt:
                self._stop(now)
        elif self._deadline is not None and now >= self._deadline:
            self._step.timed_out = True
            self._stop(now)
        elif now >= self._next_look:
            self._look(self._step, now)

    def _look(self, step: OpenStep, now: float) -> None:
        waiting = self._terminal.waiting_for_input()
        self._blocked_since = (self._blocked_since or now) if waiting else None
        seen = Seen(
            last_line=step.last_line(),
            new_output=step.new_output(),
            quiet_s=now - self._last_active,
            waiting=waiting,
            blocked_s=now - (self._blocked_since or now),
        )
        decision = self._answers.decide(seen)
        if isinstance(decision, ExpectedPrompt):
            self._answer(step, decision, seen.last_line)
        elif decision is Verdict.UNMET:
            step.unmet_prompt = seen.last_line
            self._stop(now)
        else:
            self._pause = min(self._pause * 2, LONGEST_LOOK_S)
            self._next_look = now + self._pause

    def _answer(self, step: OpenStep, prompt: ExpectedPrompt, line: str) -> None:
        hidden = self._terminal.asks_for_secret()
        secret = prompt.secret or hidden or wants_secret(line)
        self._terminal.write(prompt.send.replace("\n", "\r").encode())
        given = Input(prompt=line, text=None if secret else prompt.send, secret=secret)
        step.answered(given, echo="" if hidden else prompt.send)
        self._answered(given, prompt.send)
        self.active()

    def _stop(self, now: float) -> None:
        """Ask, then kill, then break loops of the shell itself, then give the shell up."""
        self._attempts += 1
        self._next_attempt = now + GRACE_S
        if self._attempts == 1:
            self._terminal.stop_step()
        elif self._attempts > PATIENCE:
            self._terminal.kill_all()
        else:
            if self._attempts > 2:  # noqa: PLR2004 - first asked, then killed
                self._terminal.interrupt_shell()
            self._terminal.kill_step(self._begun)
