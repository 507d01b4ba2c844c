"""Asks what the rules that a person wrote make of something, and shows their answer over the screen."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from textual.message import Message

from app.ruled import IgnoreRules, IgnoreVerdict, PolicyRules, PolicyVerdict, ignore_words, listed_ignores, policy_words
from app.screens.base import BookScreen
from app.screens.choosing import Field, Form, Given
from app.widgets.prose import Piece, Row, Tone, piece, row
from app.workers.tasks import in_thread
from app.workers.telling import Answered

PATH, WHERE = "path", "workspace"
COMMAND, PLAYBOOK = "command", "playbook"
"""The lines of the forms."""
VERDICTS = {"allowed": Piece("✓ ", Tone.GOOD), "denied": Piece("✗ ", Tone.BAD), "unknown": Piece("? ", Tone.WARN)}


def ask_ignored(screen: BookScreen) -> None:
    """Ask for a path; the screen hears `Answered`, with all rules where none is given.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def answer(given: Given) -> Answered:
        if PATH not in given:
            return Answered("What is never told as an effect", ignore_rows(core.ignore_rules()))
        verdict = core.ignore_verdict(os.path.expanduser(given[PATH]), cwd=_directory(given))  # noqa: PTH111 - as below
        return Answered("Ignored?", ignored_rows(verdict))

    fields = [
        _field(PATH, "there or not; a slash at its end makes it a directory", hint="none: lists the rules"),
        _where(),
    ]
    _ask(screen, "Is it ignored?", fields, answer)


def ask_policy(screen: BookScreen) -> None:
    """Ask for a command; the screen hears `Answered`, with all that the policy says where none is given.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def answer(given: Given) -> Answered:
        if COMMAND not in given:
            return Answered("What replays may do", policy_rows(core.policy_rules()))
        found = core.policy_answer(given[COMMAND], cwd=_directory(given), playbook=given.get(PLAYBOOK, ""))
        if isinstance(found, PolicyRules):
            return Answered(f"What {given[COMMAND]} says", policy_rows(found))
        return Answered("May it run?", verdict_rows(found))

    fields = [
        _field(COMMAND, "or a file of commands, or another policy (*.toml)", hint="none: lists what the policy says"),
        _field(WHERE, "where it would run", value=str(Path.cwd()), problem=_no_directory),
        _field(PLAYBOOK, "whose step it would be", hint="any"),
    ]
    _ask(screen, "May it run?", fields, answer)


def verdict_rows(verdict: PolicyVerdict) -> list[Row]:
    """What the policy makes of a command, its sign first."""
    first, *others = policy_words(verdict)
    return [(VERDICTS[verdict.verdict], piece(first)), *(row(line, Tone.DIM) for line in others)]


def policy_rows(found: PolicyRules) -> list[Row]:
    """Everything that the policy says, of what, and where that is written."""
    rules = found.rules
    width = max((len(rule.says) for rule in rules), default=0)
    shown: list[Row] = [] if found.written else [row("No policy of your own: this is built in.", Tone.DIM)]
    for rule in rules:
        said = piece(f"{rule.says:<{width}}  ", Tone.STRONG)
        shown.append((said, piece(rule.about), piece(f"  {rule.source}", Tone.DIM)))
    return shown


def ignored_rows(verdict: IgnoreVerdict) -> list[Row]:
    """What the rules make of a path."""
    sign = Piece("· ", Tone.DIM) if verdict.ignored else Piece("✓ ", Tone.GOOD)
    return [(sign, piece(ignore_words(verdict)))]


def ignore_rows(found: IgnoreRules) -> list[Row]:
    """Every rule, with where it comes from; the last one that matches wins."""
    return [row("The last one that matches wins.", Tone.DIM), *_pairs(listed_ignores(found))]


def _pairs(found: Iterable[tuple[str, str]]) -> list[Row]:
    pairs = list(found)
    width = max((len(name) for name, _ in pairs), default=0)
    return [(piece(f"{name:<{min(width, 32)}}  "), piece(source, Tone.DIM)) for name, source in pairs]


def _ask(screen: BookScreen, title: str, fields: list[Field], answer: Callable[[Given], Message]) -> None:
    def given(answers: Given | None) -> None:
        if answers is not None:
            in_thread(screen, lambda: answer(answers), group="probe")

    screen.app.push_screen(Form(title, fields), given)


def _where() -> Field:
    return _field(WHERE, "what paths are relative to", value=str(Path.cwd()), problem=_no_directory)


def _field(
    name: str, about: str, *, value: str = "", hint: str = "", problem: Callable[[str], str | None] = lambda _: None
) -> Field:
    return Field(name, about, value, hint, secret=False, problem=problem)


def _directory(given: Given) -> str:
    return os.path.realpath(os.path.expanduser(given.get(WHERE, ".")))  # noqa: PTH111 - it leaves an unknown user alone


def _no_directory(text: str) -> str | None:
    return None if Path(_directory({WHERE: text})).is_dir() else "there is no such directory; give another"
