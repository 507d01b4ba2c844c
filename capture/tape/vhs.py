"""Turns a recording into a tape for charmbracelet's VHS, which types it anew and films that."""

import shlex
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import zip_longest

from capture.printable import printable
from capture.trace import Input, Run, Step

FONT_SIZE, PADDING = 16, 20
_CELL_WIDTH, _CELL_HEIGHT = 0.6, 1.25
"""Of the font size; VHS takes pixels, and its own font is about so wide and high."""
_QUOTES = "\"'`"
_KEYS = {"\n": "Enter", "\r": "Enter", "\t": "Tab", "\x1b": "Escape", "\x7f": "Backspace", "\x08": "Backspace"}
_LAST_KEY = 0x1F
"""NUL and the control character of that code have no key in VHS."""
_LETTERS = 0x40
_SHELLS = ("bash", "zsh", "fish")
_SHORTEST_S = 0.1


def to_vhs(head: Run, steps: Sequence[Step], *, idle_s: float) -> Iterator[str]:
    """One recording as the lines of a VHS tape.

    Args:
        head: The run.
        steps: Those that are to be typed.
        idle_s: Longer waits become so long.

    Yields:
        Lines without their ends. What was secret is not typed, and neither is a program that took the whole screen:
        a comment stands there.
    """
    yield f"# {_comment(head.name)}: recorded {head.started_at:%Y-%m-%d}, typed anew by `vhs FILE`"
    if head.shell in _SHELLS:
        yield f"Set Shell {_quoted(head.shell)}"
    yield f"Set FontSize {FONT_SIZE}"
    yield f"Set Padding {PADDING}"
    yield f"Set Width {round(head.columns * FONT_SIZE * _CELL_WIDTH) + 2 * PADDING}"
    yield f"Set Height {round(head.rows * FONT_SIZE * _CELL_HEIGHT) + 2 * PADDING}"
    if head.unsegmented:
        yield "# nothing in this recording tells commands apart: there is nothing to type"
        return
    stands = steps[0].cwd if steps else ""
    if stands:
        yield from ("", "Hide", *_typed(f"cd {shlex.quote(stands)} && clear"), "Enter", "Sleep 500ms", "Show")
    for step, following in zip_longest(steps, steps[1:]):
        ended = step.started_at + timedelta(milliseconds=step.duration_ms)
        pause = (following.started_at - ended).total_seconds() if following else idle_s
        yield ""
        yield from _step(step, pause, idle_s)


def _step(step: Step, pause_s: float, idle_s: float) -> Iterator[str]:
    """One command, its answers, and the pause behind it."""
    if step.full_screen:
        yield f"# left out, because what was typed into its full screen is not recorded: {_comment(step.command)}"
        return
    if step.command.split()[:1] in (["exit"], ["logout"]):
        yield f"# left out, because it would close the terminal that is filmed: {_comment(step.command)}"
        return
    yield from _typed(step.command, at_prompt=True)
    yield "Enter"
    wait_s = step.duration_ms / 1000 / (len(step.inputs) + 1)
    for given in step.inputs:
        yield _sleep(wait_s, idle_s)
        yield from _answer(given)
    if step.signal == "SIGINT":
        yield _sleep(wait_s, idle_s)
        yield "Ctrl+C"
    yield _sleep(pause_s if step.signal == "SIGINT" else wait_s + pause_s, idle_s)


def _answer(given: Input) -> Iterator[str]:
    if given.text is None:
        yield f"# secret: what was typed at {_comment(repr(given.prompt))} is not recorded; type it here"
        yield "Enter"
    else:
        yield from _typed(given.text)


def _typed(text: str, *, at_prompt: bool = False) -> Iterator[str]:
    """The keys that make a text; at a shell's prompt a tab must not complete."""
    written = ""
    for character in text:
        key = _key(character)
        if key is None:
            written += printable(character)
            continue
        yield from _strings(written)
        written = ""
        if at_prompt and key not in ("Enter", "Backspace"):
            yield "Ctrl+V"
        yield key
    yield from _strings(written)


def _key(character: str) -> str | None:
    if character in _KEYS:
        return _KEYS[character]
    code = ord(character)
    return f"Ctrl+{chr(code + _LETTERS)}" if 0 < code < _LAST_KEY else None


def _strings(text: str) -> Iterator[str]:
    """The text as `Type` commands: VHS knows no escapes, so that a text with all three quotes needs several."""
    while text:
        end = max(_end(text, quote) for quote in _QUOTES)
        yield f"Type {_quoted(text[:end])}"
        text = text[end:]


def _end(text: str, quote: str) -> int:
    found = text.find(quote)
    return len(text) if found < 0 else found


def _quoted(text: str) -> str:
    quote = next(quote for quote in _QUOTES if quote not in text)
    return f"{quote}{text}{quote}"


def _sleep(seconds: float, idle_s: float) -> str:
    return f"Sleep {round(min(max(seconds, _SHORTEST_S), idle_s) * 1000)}ms"


def _comment(text: str) -> str:
    """On one line."""
    return " ".join(printable(text).split())
