"""Long sessions of Claude Code, written as the agent does: reading, editing, running, its answers and its records."""

import json
from pathlib import Path
from typing import Any

from tests.bench.figures import ROOT

_CWD = "/home/ada/site"


def codelike() -> str:
    """Text such as agents read and write: this program's own source."""
    folders = ("app", "capture", "replay", "tests/app", "tests/replay")
    paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return "".join(path.read_text(encoding="utf-8") for path in paths)


def write_session(path: Path, size: int, text: str) -> int:
    """Write a session.

    Args:
        path: Where.
        size: Bytes, at least.
        text: What its files and outputs are cut from.

    Returns:
        How many calls are in it.
    """
    written = calls = 0
    with path.open("w", encoding="utf-8") as file:
        parent: str | None = None

        def put(type_: str, message: dict[str, Any], **more: Any) -> None:
            nonlocal parent, written
            uuid = f"{calls:08}-{type_}-{written}"
            at = f"2026-03-{calls // 40000 + 1:02}T{calls // 3600 % 24:02}:{calls // 60 % 60:02}:{calls % 60:02}.000Z"
            head = {"parentUuid": parent, "isSidechain": False, "userType": "external", "cwd": _CWD, "sessionId": "s"}
            line = {
                **head,
                "version": "2.1.30",
                "type": type_,
                "message": message,
                "uuid": uuid,
                "timestamp": at,
                **more,
            }
            written += file.write(f"{json.dumps(line)}\n")
            parent = uuid

        put("user", {"role": "user", "content": "Make the site faster"})
        files: dict[str, str] = {}
        while written < size:
            given, outcome, shown = _call(calls, text, files)
            name = ("Read", "Edit", "Bash")[calls % 3]
            blocks = [{"type": "tool_use", "id": f"toolu_{calls}", "name": name, "input": given}]
            usage = {"input_tokens": 3, "cache_read_input_tokens": 9000, "output_tokens": 200}
            put("assistant", {"id": f"m{calls}", "model": "claude-opus-4", "content": blocks, "usage": usage})
            result = [{"type": "tool_result", "tool_use_id": f"toolu_{calls}", "content": shown}]
            calls += 1
            put("user", {"role": "user", "content": result}, toolUseResult=outcome)
    return calls


def _call(number: int, text: str, files: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any], str]:
    """What one call was given, what the agent kept of its result, and what its model was told; `files` is changed."""
    at = number * 7919 % (len(text) - 20_000)
    piece = text[at : at + 4_000 + number * 31 % 12_000]
    path = f"{_CWD}/src/{number // 3 % 40}.py"
    held = files.setdefault(path, piece)
    if number % 3 == 0:
        shown = "".join(f"{line:6}\t{words}\n" for line, words in enumerate(held.split("\n"), 1))
        return {"file_path": path}, {"type": "text", "file": {"filePath": path, "content": held}}, shown
    if number % 3 == 1:
        begin = number * 17 % 3_000
        old, new = held[begin : begin + 200], piece[:210]
        files[path] = held.replace(old, new, 1)
        given = {"file_path": path, "old_string": old, "new_string": new}
        kept = {"filePath": path, "oldString": old, "newString": new, "originalFile": held}
        return given, kept, f"The file {path} has been updated."
    return {"command": f"make part{number}"}, {"stdout": piece, "stderr": "", "interrupted": False}, piece
