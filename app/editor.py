"""Opens a file in the editor that the user has chosen, on the terminal that they sit at."""

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

LAST_RESORT = "vi"
"""What POSIX says is there."""
SCHEMA_NAME = "playbook.schema.json"
SCHEMA_LINE = f"# yaml-language-server: $schema=./{SCHEMA_NAME}"
"""What YAML's language server looks for, anywhere in a document; at its end, so that it moves no line."""


def edit(path: Path, environment: Mapping[str, str]) -> str | None:
    """Let the user edit a file; returns when they are done.

    Args:
        path: The file.
        environment: Whose `VISUAL` or `EDITOR` names the editor, with options.

    Returns:
        What went wrong, in words; None when all is well.
    """
    command = environment.get("VISUAL") or environment.get("EDITOR") or LAST_RESORT
    try:
        ended = subprocess.run([*shlex.split(command), str(path)], check=False)
    except (OSError, ValueError) as error:
        return f"the editor {command!r} can't be started ({error}); set EDITOR, or edit {path} yourself"
    return (
        f"the editor {command!r} ended with {ended.returncode}; {path} is as it left it" if ended.returncode else None
    )


def edit_document(path: Path, text: str, schema: bytes, environment: Mapping[str, str]) -> tuple[str, str | None]:
    """Let the user edit a document; an editor that speaks to a YAML language server validates it while they type.

    Args:
        path: Where it is laid out for the editor, and left behind; the schema is put beside it.
        text: YAML.
        schema: JSON Schema of such documents.
        environment: As for `edit`.

    Returns:
        The text as they left it, without the line that names the schema; and what went wrong, as `edit` says it.
    """
    ended = text if text.endswith("\n") else f"{text}\n"
    path.write_text(f"{ended}{SCHEMA_LINE}\n", encoding="utf-8")
    path.with_name(SCHEMA_NAME).write_bytes(schema)
    problem = edit(path, environment)
    try:
        written = path.read_text(encoding="utf-8")
    except OSError as error:
        return text, problem or f"{path} can't be read any more: {error.strerror}"
    except UnicodeDecodeError as error:
        return text, problem or f"{path} is no UTF-8 text ({error.reason}); save it as UTF-8"
    # A problem of the editor's own leaves what it wrote where it is, and out of the way.
    plain = "".join(line for line in written.splitlines(keepends=True) if line.rstrip() != SCHEMA_LINE)
    return (text if problem else text if plain == ended else plain), problem
