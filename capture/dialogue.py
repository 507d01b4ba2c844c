"""What is typed into a running program: a person's lines, and the answers that were recorded for its prompts."""

import re
from collections.abc import Callable, Sequence
from enum import Enum

import msgspec
from msgspec import UNSET, UnsetType

from capture.trace import Input

SETTLED_S = 0.01
"""A program that reads has shown all of its prompt after so long; until then it may still be at the read before."""
QUIET_S = 0.05
"""Where it can't be told whether a program reads: so long a silence after a prompt means that it does."""
BLOCKED_S = 1.0
"""A program that reads the terminal for so long, and whose prompt nobody answers, is ended."""
SILENT_S = 3.0
"""The same where it can't be told that it reads."""
_SECRET_PROMPT = re.compile(
    r"(?i)(?:(?:password|passphrase|passcode|\bpin\b|secret|token|api.?key|verification code|one.?time code)"
    r"[^\n:?]{0,60}[:>]|\((?:press TAB for )?no echo\))[ \t]*\Z"
)
_QUESTION = re.compile(
    r"(?i)(?:\?|[\[(] ?y(?:es)? ?(?:[/|,]|or) ?[^\n\])]{1,40}[\])][?:>]?"
    r"|\b(?:press|hit) [^\n]{0,20}(?:key|enter|return)\b[^\n]{0,30}|\b(?:enter|choose|user ?name)\b[^\n]{0,100}[:>]"
    r"|--More--[^\n]{0,20}|\(END\)|\A[^\s=\[]{0,60}[>#$] )[ \t]*\Z"
)
"""Behind which a program that is silent waits for an answer: `Sure?`, `[Y/n]`, `Enter a value:`, `mysql> `, a pager."""
_STARS = re.compile(r"[*•●∙]{3,}\s*\Z")
_ENTER, _INTERRUPTS, _END_OF_FILE, _ERASE = "\r\n", "\x03\x1a\x1c", "\x04", "\x7f\x08"
_KILL_LINE = "\x15"


class ExpectedPrompt(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt that a step is known to show, and what to type there."""

    pattern: str
    """Regular expression."""
    whole_line: bool
    """True: it must match the whole last line of output. False: it is searched in the output since the last answer."""
    send: str
    """Text to type as it is, its line end included."""
    secret: bool = False
    """The text is not recorded."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A running program as it looks from outside at one moment."""

    last_line: str
    """Unfinished last line of its output."""
    new_output: str
    """Its output since the last answer."""
    quiet_s: float
    """Seconds since it last printed, or was last answered."""
    waiting: bool | None
    """Whether it reads the terminal; None when that can't be told."""
    blocked_s: float = 0.0
    """Seconds that it has been seen to read without a pause."""


class Verdict(Enum):
    """What to do about a prompt that is not the expected one."""

    WAIT = "wait"
    """It may still print something else."""
    UNMET = "unmet"
    """It waits for an answer that nobody gives."""


class Answers:
    """The recorded answers of one step, to be given in order.

    Args:
        prompts: What is expected.
    """

    def __init__(self, prompts: Sequence[ExpectedPrompt]) -> None:
        self._expected = bool(prompts)
        self._left = [(re.compile(prompt.pattern, re.DOTALL), prompt) for prompt in prompts]

    @property
    def left(self) -> bool:
        """Whether some are still to be given."""
        return bool(self._left)

    def decide(self, seen: Seen) -> ExpectedPrompt | Verdict:
        """What to do now.

        Args:
            seen: The program.

        Returns:
            The answer to give, which counts as given from here on; or whether to wait.
        """
        if self._matches(seen):
            reads = seen.waiting is not False and seen.quiet_s >= (SETTLED_S if seen.waiting else QUIET_S)
            return self._left.pop(0)[1] if reads else Verdict.WAIT
        if seen.waiting and seen.blocked_s >= BLOCKED_S:
            return Verdict.UNMET
        may_ask = seen.last_line.strip() if self._expected else asks(seen.last_line)
        undecided = seen.waiting is None and may_ask
        return Verdict.UNMET if undecided and seen.quiet_s >= SILENT_S else Verdict.WAIT

    def _matches(self, seen: Seen) -> bool:
        if not self._left:
            return False
        pattern, prompt = self._left[0]
        if prompt.whole_line:
            return pattern.fullmatch(seen.last_line) is not None
        return pattern.search(seen.new_output) is not None


def asks(line: str) -> bool:
    """Whether an unfinished line is a question by its words alone, where nobody can look whether its program reads.

    Args:
        line: Last line of output.

    Returns:
        True for a password, a yes or no, a question mark, a pager; `Name:` may as well stand before slow work.
    """
    return wants_secret(line) or _QUESTION.search(line) is not None


def wants_secret(prompt: str) -> bool:
    """Whether a prompt says that the answer is a secret, be it echoed: behind ssh, or in a raw terminal.

    Args:
        prompt: Last line of output.

    Returns:
        True for `Password:` and its like.
    """
    return _SECRET_PROMPT.search(prompt) is not None


def is_starred(text: str, shown: str) -> bool:
    """Whether a program that echoes what it reads has shown something else in its place.

    Args:
        text: A line as it was typed.
        shown: The line of output that it was typed in.
    """
    return text.strip() not in shown and _STARS.search(shown) is not None


class TypedLines:
    """Groups a person's keystrokes into the lines that a program reads.

    Args:
        hidden: Told of each line that was typed with echo off, and says which secret it is, as `Input.which`; the text
            is in nothing that this returns.
    """

    def __init__(self, hidden: Callable[[str], int | UnsetType] = lambda _: UNSET) -> None:
        self._hidden = hidden
        self._prompt = ""
        self._text: list[str] | None = None
        self._secret = False

    @property
    def begun(self) -> bool:
        """Whether a line is being typed."""
        return self._text is not None

    def begin(self, prompt: str, *, secret: bool) -> None:
        """The first key of a line is pressed.

        Args:
            prompt: Last line of output at this moment.
            secret: Typed with echo off: the text is forgotten at its end.
        """
        self._prompt, self._secret, self._text = prompt, secret, []

    def key(self, key: str) -> Input | None:
        """One more character.

        Args:
            key: What the keyboard sent.

        Returns:
            The line, when this ended it.
        """
        text = [] if self._text is None else self._text
        if key in _INTERRUPTS:
            self._text = None
        elif key in _ENTER or key in _END_OF_FILE:
            return self._end("\n" if key in _ENTER else key)
        elif key in _ERASE:
            del text[-1:]
        elif key in _KILL_LINE:
            text.clear()
        else:
            text.append(key)
        return None

    def _end(self, line_end: str) -> Input:
        typed, self._text = "".join(self._text or ()), None
        if self._secret:
            return Input(prompt=self._prompt, text=None, secret=True, which=self._hidden(typed))
        return Input(prompt=self._prompt, text=typed + line_end)
