"""Makes a draft playbook of a Markdown document's shell blocks, with the attributes that runme reads."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from capture.errors import BadInputError
from capture.printable import printable
from capture.trace import StepKind
from replay import template
from replay.exchange.patching import patch_of
from replay.playbook import (
    Compilation,
    Parameter,
    ParameterType,
    Playbook,
    PlaybookStep,
    Quality,
    SafetyLevel,
    Source,
)
from replay.syntax import analyse

if TYPE_CHECKING:
    from markdown_it.token import Token

LANGUAGES = frozenset({"sh", "bash", "shell"})
"""Blocks in these become steps."""
MAX_CHARACTERS = 4 * 1024 * 1024
"""Longest document."""
_PROJECT = "project"
_ATTRIBUTES = re.compile(r"\{.*\}\s*$")


class _Cell(msgspec.Struct, frozen=True):
    """A block, with the heading above it."""

    line: int
    """Counted from 1."""
    language: str
    attributes: Mapping[str, str]
    body: str
    heading: str | None


def from_markdown(
    text: str, *, name: str, where: str, split: Callable[[str], Sequence[str]], mask: Callable[[str], str]
) -> Compilation:
    """A playbook of a document's shell blocks, in their order and all in one shell.

    Args:
        text: Markdown.
        name: Of the playbook.
        where: The document's name in messages.
        split: Cuts a block into complete commands.
        mask: Takes secrets out of a command.

    Returns:
        The playbook and what a reader must know of it: nothing in it was ever recorded.

    Raises:
        BadInputError: No block of it is shell.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadInputError(f"{where}: longer than {MAX_CHARACTERS} characters; import a shorter document")
    cells = list(_cells(text))
    taken = [cell for cell in cells if cell.language in LANGUAGES]
    made = list(_steps(taken, split, mask))
    steps = tuple(step for step, _ in made)
    if not steps:
        raise BadInputError(f"{where}: no fenced block of {', '.join(sorted(LANGUAGES))} in it; nothing to import")
    project = Parameter(type=ParameterType.PATH, default="{{cwd}}", source=Source.WORKSPACE)
    playbook = Playbook(name=name, goal=_title(text), parameters={_PROJECT: project}, steps=steps)
    return Compilation(
        playbook=playbook,
        notes=tuple(_left_out(cells)),
        quality=Quality(score=0.0, notes=tuple(_quality(made))),
    )


def _cells(text: str) -> Iterator[_Cell]:
    """Every fenced block, wherever it stands."""
    heading, before = None, ""
    for token in _tokens(text):
        if token.type == "inline" and before == "heading_open":
            heading = _plain(token.content)
        elif token.type == "fence":
            language, attributes = _info(token.info)
            yield _Cell((token.map or [0])[0] + 1, language, attributes, token.content, heading)
        before = token.type


def _title(text: str) -> str | None:
    tokens = _tokens(text)
    return next(
        (_plain(b.content) for a, b in pairwise(tokens) if (a.type, a.tag) == ("heading_open", "h1")),
        None,
    )


def _tokens(text: str) -> "list[Token]":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only this import needs it

    return MarkdownIt("commonmark").parse(text)


def _plain(content: str) -> str:
    return printable(" ".join(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", content).split()))


def _info(info: str) -> tuple[str, dict[str, str]]:
    """The language of a block, and its attributes: `{ name=a }` or `{"name": "a"}`."""
    found = _ATTRIBUTES.search(info)
    language = info[: found.start() if found else len(info)].split()
    word = language[0].lower() if language else ""
    if found is None:
        return word, {}
    try:
        given = msgspec.json.decode(found[0])
        return word, {str(key): _word(value) for key, value in given.items()}
    except msgspec.DecodeError:
        pass
    try:
        pairs = [pair.partition("=") for pair in shlex.split(found[0].strip()[1:-1].replace(",", " "))]
    except ValueError:
        pairs = [pair.partition("=") for pair in found[0].strip()[1:-1].split()]
    return word, {key: value for key, _, value in pairs}


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _steps(
    cells: Sequence[_Cell], split: Callable[[str], Sequence[str]], mask: Callable[[str], str]
) -> Iterator[tuple[PlaybookStep, bool]]:
    """Each step, and whether a secret was taken out of it."""
    place: str | None = None
    noted: str | None = None
    for cell in cells:
        wanted = _place(cell.attributes.get("cwd"))
        note = cell.attributes.get("name") or cell.heading
        for number, command in enumerate(split(cell.body)):
            shown = mask(command)
            patch = patch_of(shown)
            risky = patch is None and bool(analyse(shown).risks)
            step = PlaybookStep(
                kind=StepKind.SHELL if patch is None else StepKind.FILE,
                run=template.escape(patch or shown),
                cwd=wanted if number == 0 and wanted != place else None,
                safety=SafetyLevel.NEEDS_CONFIRM if risky else SafetyLevel.AUTO_OK,
                note=note if note != noted else None,
                skip=cell.attributes.get("excludeFromRunAll") == "true",
            )
            yield step, shown != command
            place, noted = wanted, note


def _place(cwd: str | None) -> str:
    """A block's directory; a relative one is in the workspace."""
    if not cwd or cwd == ".":
        return f"{{{{{_PROJECT}}}}}"
    plain = template.escape(cwd.removeprefix("./"))
    return plain if plain.startswith("/") else f"{{{{{_PROJECT}}}}}/{plain}"


def _left_out(cells: Sequence[_Cell]) -> Iterator[str]:
    for cell in cells:
        if cell.language not in LANGUAGES:
            yield f"line {cell.line}: a block of {printable(cell.language) or 'no language'} is left out"


def _quality(made: Sequence[tuple[PlaybookStep, bool]]) -> Iterator[str]:
    yield "nothing of this was recorded: what each step prints and changes is not known, so only exit codes are checked"
    skipped = [str(index) for index, (step, _) in enumerate(made, 1) if step.skip]
    if skipped:
        yield f"skipped, because the document excludes them from running all: steps {', '.join(skipped)}"
    masked = [str(index) for index, (_, was) in enumerate(made, 1) if was]
    if masked:
        yield f"a secret was masked; make it a parameter of type secret: steps {', '.join(masked)}"
