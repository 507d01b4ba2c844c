"""What is typed into the running step, written down once it shows whether it was a secret."""

import codecs

from msgspec import UNSET, UnsetType

from capture import events
from capture.dialogue import TypedLines, is_starred, wants_secret
from capture.protocols import Terminal
from capture.recording.masked_tape import MaskedTape
from capture.recording.steps import OpenStep
from capture.secrets.masked import masked_input
from capture.secrets.redaction import Redactor
from capture.shells import Shell
from capture.trace import Input

LEARNED_ANSWER = 4
"""Characters of an echoed answer to a password prompt from which on it is looked for elsewhere."""
LEARNED_HIDDEN = 6
"""The same of what was typed with echo off: no line is known to show it, and a shorter one stands in many words."""


class Conversation:
    """A person's lines and the supervisor's answers, each with the prompt that it was typed at.

    Args:
        terminal: Tells whether it echoes.
        shell: Its own `read` may veil what is typed.
        redactor: Learns what was typed at a password prompt.
        tape: Where it is written down.
    """

    def __init__(self, terminal: Terminal, shell: Shell, redactor: Redactor, tape: MaskedTape) -> None:
        self._terminal = terminal
        self._shell = shell
        self._redactor = redactor
        self._tape = tape
        self._keys = codecs.getincrementaldecoder("utf-8")("replace")
        self._step: OpenStep | None = None
        self._typed = TypedLines(self._hide)
        self._veiled: tuple[Input, str] | None = None
        self._secrets: dict[str, int] = {}

    def begin(self, step: OpenStep) -> None:
        """What is typed from here on is typed into this step."""
        self._step = step

    def end(self) -> None:
        """The step has ended; a line that was not finished is nobody's."""
        self.shown()
        self._step = None
        self._typed = TypedLines(self._hide)

    def keys(self, data: bytes) -> None:
        """A person types; what a full-screen program takes is no dialogue."""
        if self._step is not None and not self._step.full_screen:
            for key in self._keys.decode(data):
                self._key(self._step, key)

    def given(self, answer: Input, typed: str) -> None:
        """A recorded answer was typed.

        Args:
            answer: As it is written down.
            typed: The text itself, also of a secret.
        """
        if answer.secret and self._step is not None:
            answer = self._step.conceal(answer, self._hide(typed))
        self.answered(answer)

    def answered(self, typed: Input, line: str = "") -> None:
        """Write it down; where no terminal tells that echo is off, only once it shows whether it is a secret.

        Args:
            typed: The line.
            line: What stood on the screen before it.
        """
        if self._step is None:
            return
        self.shown()
        if typed.text and (self._shell.veil or self._terminal.runs_program()):
            self._veiled = (typed, line)
        else:
            self._write(self._step, typed)

    def shown(self) -> None:
        """What was typed has been shown by now, or something in its place."""
        if self._veiled is None or self._step is None:
            return
        (typed, line), self._veiled = self._veiled, None
        shown = line + self._step.new_output().partition("\n")[0]
        veil, text = self._shell.veil, typed.text or ""
        if (veil and veil in shown) or is_starred(text, shown):
            typed = self._step.conceal(typed, self._hide(text))
        self._write(self._step, typed)

    def _key(self, step: OpenStep, key: str) -> None:
        if not self._typed.begun:
            self._typed.begin(step.last_line(), secret=self._terminal.asks_for_secret())
            step.typing()
        typed = self._typed.key(key)
        if typed is None:
            return
        line = step.last_line()
        step.answered(typed, echo=typed.text or "")
        if typed.text is not None and wants_secret(typed.prompt):
            answer = typed.text.rstrip("\r\n")
            if len(answer) >= LEARNED_ANSWER:
                self._redactor.hide(answer)
            typed = step.conceal(typed, self._which(answer))
        self.answered(typed, line)

    def _hide(self, typed: str) -> int | UnsetType:
        """Typed with echo off: a program that says it later gives nothing away. Says which secret it is."""
        answer = typed.rstrip("\r\n")
        if len(answer) >= LEARNED_HIDDEN:
            self._redactor.hide(answer)
        return self._which(answer)

    def _which(self, answer: str) -> int | UnsetType:
        number = self._secrets.setdefault(answer, len(self._secrets) + 1)
        return UNSET if number == 1 else number

    def _write(self, step: OpenStep, typed: Input) -> None:
        index = step.step_index
        self._tape.event(lambda noted: events.InputSent(step_index=index, input=masked_input(typed, noted.of("input"))))
