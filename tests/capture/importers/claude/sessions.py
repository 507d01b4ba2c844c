"""Writes sessions as Claude Code does, by hand from what is publicly said of their shape."""

import json
from itertools import count
from pathlib import Path
from typing import Any

from capture.home import Home
from capture.importers import import_file
from capture.tape.reader import load_trace
from capture.trace import Step, Trace
from tests.capture.importers.importing import NOW, home_in

CWD = "/home/ada/site"
USAGE = {"input_tokens": 3, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 1000, "output_tokens": 20}
_numbers = count(1)


class Written:
    """A session file while it is written; times go on by a second a record.

    Args:
        version: Of the agent.
        agent: Of a subagent's file, its id.
    """

    def __init__(self, version: str = "2.1.30", *, agent: str | None = None, cwd: str = CWD) -> None:
        self.lines: list[str] = []
        self.last: str | None = None
        self.cwd = cwd
        self._version = version
        self._agent = agent
        self._at = 0
        self._calls = 0

    def record(self, type_: str, **more: Any) -> str:
        """Append a record that hangs on the one before; returns its uuid."""
        self._at += 1
        uuid = f"{self._agent or 'u'}-{self._at}"
        line = {
            "parentUuid": self.last,
            "isSidechain": self._agent is not None,
            "userType": "external",
            "cwd": self.cwd,
            "sessionId": "5e551017",
            "version": self._version,
            "type": type_,
            "uuid": uuid,
            "timestamp": f"2026-03-04T10:{self._at // 60:02}:{self._at % 60:02}.000Z",
        } | ({"agentId": self._agent} if self._agent else {})
        self.raw(json.dumps(line | more))
        self.last = uuid
        return uuid

    def raw(self, line: str) -> None:
        self.lines.append(line)

    def prompt(self, content: Any, **more: Any) -> str:
        return self.record("user", message={"role": "user", "content": content}, **more)

    def answer(self, *blocks: dict[str, Any], message: str | None = None, **more: Any) -> str:
        told = {
            "id": message or f"msg_{self._agent or ''}{len(self.lines)}",
            "type": "message",
            "role": "assistant",
            "model": "claude-opus-4",
            "content": list(blocks),
            "usage": USAGE,
        }
        return self.record("assistant", message=told, **more)

    def says(self, text: str, **more: Any) -> str:
        return self.answer({"type": "text", "text": text}, **more)

    def call(self, name: str, given: Any, *, message: str | None = None, **more: Any) -> str:
        """Append a call; returns its id."""
        self._calls += 1
        id_ = f"toolu_{self._agent or ''}{self._calls}"
        self.answer({"type": "tool_use", "id": id_, "name": name, "input": given}, message=message, **more)
        return id_

    def result(self, id_: str, content: Any = "", *, error: bool = False, outcome: Any = None, **more: Any) -> str:
        block = {"type": "tool_result", "tool_use_id": id_, "content": content} | ({"is_error": True} if error else {})
        kept = {} if outcome is None else {"toolUseResult": outcome}
        return self.record("user", message={"role": "user", "content": [block]}, **kept, **more)

    def bash(self, command: str, stdout: str = "", stderr: str = "", **kept: Any) -> None:
        """A command that worked."""
        outcome: dict[str, Any] = {"stdout": stdout, "stderr": stderr, "interrupted": False, "isImage": False} | kept
        self.result(self.call("Bash", {"command": command}), stdout + stderr, outcome=outcome)

    def fails(self, command: str, code: int, output: str = "") -> None:
        """A command that did not."""
        text = f"Exit code {code}\n{output}"
        self.result(self.call("Bash", {"command": command}), text, error=True, outcome=f"Error: {text}")

    def write(self, path: str, content: str, before: str | None = None) -> None:
        outcome: dict[str, Any] = {
            "type": "create" if before is None else "update",
            "filePath": f"{self.cwd}/{path}",
            "content": content,
            "structuredPatch": [],
            "originalFile": before,
        }
        given = {"file_path": f"{self.cwd}/{path}", "content": content}
        self.result(self.call("Write", given), f"File created successfully at: {path}", outcome=outcome)

    def edit(self, path: str, old: str, new: str, before: str | None, **kept: Any) -> None:
        outcome: dict[str, Any] = {
            "filePath": f"{self.cwd}/{path}",
            "oldString": old,
            "newString": new,
            "originalFile": before,
            "userModified": False,
            "replaceAll": False,
        }
        given = {"file_path": f"{self.cwd}/{path}", "old_string": old, "new_string": new}
        self.result(self.call("Edit", given), f"The file {path} has been updated.", outcome=outcome | kept)

    def text(self) -> bytes:
        return "".join(f"{line}\n" for line in self.lines).encode()


def imported(folder: Path, session: Written | bytes, *, subagents: dict[str, Written] | None = None) -> Trace:
    """What a session becomes; its subagents lie where the agent puts them."""
    path = folder / "5e551017.jsonl"
    path.write_bytes(session if isinstance(session, bytes) else session.text())
    for name, lines in (subagents or {}).items():
        (folder / "5e551017" / "subagents").mkdir(parents=True, exist_ok=True)
        (folder / "5e551017" / "subagents" / f"agent-{name}.jsonl").write_bytes(lines.text())
    run_id = f"r{next(_numbers)}"
    import_file(home_in(folder), "claude", str(path), run_id=run_id, now=NOW)
    return load_trace(home_in(folder), run_id)


def home(folder: Path) -> Home:
    return Home(folder / "home")


def told(trace: Trace) -> list[tuple[str, str, int | None]]:
    """Kind, command and exit code of each step."""
    return [(step.kind.value, step.command, step.exit_code) for step in trace.steps]


def why_dead(step: Step) -> str | None:
    return step.hints.dead_end if step.hints else None


def left_out(trace: Trace) -> str:
    assert trace.run.imported is not None
    return "\n".join(trace.run.imported.left_out)
