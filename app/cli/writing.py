"""The next version of a playbook, from an editor or a file."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec

from app.core import Core, StoredVersion
from app.editor import edit_document
from capture.errors import BadInputError
from replay.document import json_schema


def edited(core: Core, ref: str) -> tuple[str, StoredVersion]:
    """Let the user edit a version, and save what holds.

    Args:
        core: Whose.
        ref: NAME[@V].

    Returns:
        What it was made of, and the new version.

    Raises:
        BadInputError: It does not hold, or there is no editor; the text is kept, and the message says where.
    """
    base, text = core.text(ref)
    folder = Path(tempfile.mkdtemp(prefix="replaybook-"))
    path = folder / f"{base}.yaml"
    written, problem = edit_document(path, text, msgspec.json.encode(json_schema()), os.environ)
    if problem:
        raise BadInputError(problem)
    try:
        made = core.write(base, written, where=str(path))
    except BadInputError as error:
        if written == text:
            shutil.rmtree(folder)
            raise BadInputError(f"{base} was left as it is; nothing is saved") from None
        path.write_text(written, encoding="utf-8")
        raise BadInputError(f"{error}; mend it there, then replaybook playbook {base} --write {path}") from None
    shutil.rmtree(folder)
    return base, made


def saved(core: Core, ref: str, file: str) -> tuple[str, StoredVersion]:
    """Save a file as the next version.

    Args:
        core: Whose.
        ref: NAME[@V] that it was made of.
        file: Its path; `-` is stdin.

    Raises:
        BadInputError: It can't be read, or does not hold.
    """
    base = core.text(ref)[0]
    where = "stdin" if file == "-" else file
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        text = data.decode("utf-8")
    except OSError as error:
        raise BadInputError(f"{file} can't be read: {error.strerror}; give another file") from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"{where} is no UTF-8 text ({error.reason}); save it as UTF-8") from error
    return base, core.write(base, text, where=where)
