"""Agents' own records of what they did become runs; each format is a reader in the table below."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from capture.errors import BadInputError
from capture.home import Home
from capture.importers import ahead
from capture.importers.claude.reading import ClaudeRecord
from capture.importers.claude.records import looks_like_session
from capture.importers.codex import looks_like_rollout, read_codex
from capture.importers.files import STANDARD_INPUT, Beside, opened, size_of, whole_or_not_at_all
from capture.importers.mapped import mapped_by
from capture.importers.telling import AgentRecord, Telling, agent_run
from capture.printable import printable
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules
from capture.tape.contents import Keeping

Reader = Callable[[IO[bytes], str, Beside], AgentRecord]
"""Reads a file, under the name that its errors call it by, and others beside it."""
MAPPED = "jsonl"
"""Any log of one JSON object a line, read by a mapping file."""
READERS: Mapping[str, Reader] = {"claude": ClaudeRecord, "codex": read_codex}
"""By the name of the format."""
SIGNS: Mapping[str, Callable[[dict[str, Any]], bool]] = {"claude": looks_like_session, "codex": looks_like_rollout}
"""Whether a line of a file, a JSON object, is one of that format."""
LONGEST_NAME = 60
"""Characters of a name that was taken from what was asked for."""
AGENT = "agent"
"""Stands for the format that a file looks like."""
_SUBAGENT = "agent-"
_LOOKED_AT = 1 << 20
_LARGEST_MAP = 1 << 20
TOLD_EVERY = 500
"""Calls and notes between two words on how far an import is."""


def recognised(path: str) -> str:
    """The format of an agent's record, by its first lines.

    Args:
        path: Of a file, or of a folder with one session.

    Raises:
        BadInputError: It can't be read, or is of no format that is known.
    """
    if path == STANDARD_INPUT:
        raise BadInputError(f"what comes through a pipe is not looked at first; name its format: {', '.join(READERS)}")
    with ExitStack() as files:
        file = opened(session_in(path), None, files)
        for line in file.read(_LOOKED_AT).split(b"\n"):
            try:
                told = msgspec.json.decode(line, type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            for form, looks in SIGNS.items():
                if looks(told):
                    return form
    raise BadInputError(
        f"{path} is of no agent that is known ({', '.join(READERS)}); import it as `replaybook import FORMAT FILE`"
    )


def session_in(path: str) -> str:
    """The file that a path means: itself, or of a folder the one session in it.

    Raises:
        BadInputError: There is none in the folder, or several.
    """
    folder = Path(path)
    if path == STANDARD_INPUT or not folder.is_dir():
        return path
    found = sorted(one for one in folder.glob("*.jsonl") if not one.name.startswith(_SUBAGENT) and one.is_file())
    if len(found) == 1:
        return str(found[0])
    if not found:
        raise BadInputError(f"{path} holds no session, which would end in .jsonl; give another folder, or a file")
    newest = max(found, key=lambda one: one.stat().st_mtime)
    raise BadInputError(f"{path} holds {len(found)} sessions; give one of them, the newest is {newest}")


def import_agent_record(  # noqa: PLR0913 - what an import is told
    home: Home,
    form: str,
    path: str,
    *,
    run_id: str,
    now: datetime,
    stdin: IO[bytes] | None = None,
    mapping: str | None = None,
    name: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Take over what an agent recorded of itself, under `run_id`; the arguments are those of `import_file`.

    Raises:
        BadInputError: The file is not what it should be, or nothing is in it; nothing is kept.
        HostError: The run can't be written.
    """
    path = session_in(path)
    try:
        _take(home, form, path, run_id=run_id, now=now, stdin=stdin, mapping=mapping, name=name, progress=progress)
    except BadInputError as error:
        other = None if form == MAPPED and mapping is not None else _looks_like(path)
        if other in (None, form):
            raise
        raise BadInputError(f"{path} is a session of {other}; import it with replaybook import {other}") from error


def _looks_like(path: str) -> str | None:
    try:
        return recognised(path)
    except BadInputError:
        return None


def _take(  # noqa: PLR0913 - as above
    home: Home,
    form: str,
    path: str,
    *,
    run_id: str,
    now: datetime,
    stdin: IO[bytes] | None,
    mapping: str | None,
    name: str | None,
    progress: Callable[[int], None] | None,
) -> None:
    with ExitStack() as files:
        beside = Beside(None if path == STANDARD_INPUT and stdin else Path(path).parent, files)
        reader = READERS[form] if form != MAPPED else _mapped(mapping)
        file = opened(path, stdin, files)
        size = size_of(file)
        record = reader(file, path, beside)
        redactor = Redactor(load_rules(home))
        title = redactor.command(" ".join(printable(record.head.title or "").split()))[0]
        # Masked first: half of a secret would not be seen as one.
        title = title if len(title) <= LONGEST_NAME else f"{title[: LONGEST_NAME - 1]}…"
        shown = name or title or ("stdin" if path == STANDARD_INPUT else Path(path).stem)
        run = agent_run(record.head, run_id=run_id, name=shown, otherwise=now, redactor=redactor)
        with Keeping(home) as keeping, whole_or_not_at_all(home.run_folder(run_id)) as tape:
            telling = Telling(
                tape, run, redactor, store=keeping.store, left_out=record.left_out, progress=_now_and_then(progress)
            )
            telling.begin()
            use = ahead.tell(record, telling, size)
            if not telling.steps and not telling.notes:
                why = "; ".join(record.left_out.sentences()) or "it is empty"
                raise BadInputError(f"{path} holds nothing that an agent did or said ({why}); give another file")
            telling.close(use)


def _mapped(mapping: str | None) -> Reader:
    if mapping is None:
        raise BadInputError(f"{MAPPED} needs a file that says where everything stands in it: give --map MAP.toml")
    with ExitStack() as files:
        data = opened(mapping, None, files).read(_LARGEST_MAP + 1)
    if len(data) > _LARGEST_MAP:
        raise BadInputError(f"{mapping} is larger than {_LARGEST_MAP >> 20} MiB: this is no mapping file")
    try:
        return mapped_by(data.decode(), mapping)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInputError(f"{mapping} line {line}: this is no UTF-8, which TOML is") from error


def _now_and_then(progress: Callable[[int], None] | None) -> Callable[[int], None] | None:
    def told(number: int) -> None:
        if progress is not None and number % TOLD_EVERY == 0:
            progress(number)

    return None if progress is None else told
