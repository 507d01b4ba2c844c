"""Asks what the rules that a person wrote make of something, and shows their answer over the screen."""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from textual.message import Message

from app.ruled import IgnoreRules, IgnoreVerdict, PolicyRules, PolicyVerdict, ignore_words, listed_ignores, policy_words
from app.screens.base import BookScreen
from app.screens.choosing import Field, Form, Given
from app.screens.comparing import masked
from app.secrecy import Masked, rule_list
from app.widgets.prose import Piece, Row, Tone, piece, row
from app.workers.tasks import in_thread
from app.workers.telling import Answered
from capture.secrets.redaction_rules import RuleSet
from capture.secrets.scanning import mask_of

PATH, WHERE = "path", "workspace"
FILE, TEXT = "file", "text"
COMMAND, PLAYBOOK = "command", "playbook"
"""The lines of the forms."""
DOT = "•"
"""Stands for a character that was typed unseen."""
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


def ask_masked(screen: BookScreen) -> None:
    """Ask for a file, or a text that is typed unseen; the screen hears `Answered`, with all rules where there is none.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def answer(given: Given) -> Answered:
        if TEXT in given:
            return Answered("Masked?", masked_rows(core.masked_text(given[TEXT]), unseen=True))
        if FILE in given:
            file = os.path.expanduser(given[FILE])  # noqa: PTH111 - as below
            return Answered("Masked?", masked_rows(core.masked_file(file)))
        return Answered("What is masked", secret_rows(core.secret_rules()))

    fields = [
        _field(FILE, "as a recording would keep what is in it", hint="none; nothing at all lists the rules"),
        _field(TEXT, "or this, typed unseen and kept nowhere", hint="none")._replace(secret=True),
    ]
    _ask(screen, "What would be masked?", fields, answer)


def masked_rows(found: Masked, *, unseen: bool = False) -> list[Row]:
    """What would be masked, by which rule; then the text, or as many dots as were typed unseen."""
    if not found.maskings:
        return [(Piece("! ", Tone.WARN), piece("nothing would be masked: all of it would be kept as it is"))]
    shown: list[Row] = [(Piece("✓ ", Tone.GOOD), piece(f"{one.where}: {one.rule}")) for one in found.maskings]
    masks = re.compile("|".join(re.escape(mask_of(one.rule)) for one in found.maskings))
    text = _dotted(found.text, masks) if unseen else found.text
    return [*shown, (), *(masked(line) for line in text.splitlines())]


def secret_rows(found: RuleSet) -> list[Row]:
    """Every rule of what is masked, the person's own first; then the variables whose value is."""
    shown: list[Row] = [
        (piece(f"{name:<32}", Tone.STRONG), piece(f"  {masks}"), piece(f"  {source}", Tone.DIM))
        for name, source, masks in rule_list(found)
    ]
    shown += [(), row("Variables whose value is masked", Tone.HEAD), *map(row, found.variables)]
    off = sorted(found.disabled)
    return [*shown, *([(), row("Switched off", Tone.HEAD), *map(row, off)] if off else [])]


def _dotted(text: str, masks: re.Pattern[str]) -> str:
    """A text with a dot for each character outside of its masks."""
    told, at = list[str](), 0
    for mask in masks.finditer(text):
        told += [DOT * (mask.start() - at), mask.group()]
        at = mask.end()
    return "".join((*told, DOT * (len(text) - at)))


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
