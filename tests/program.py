"""Runs the installed `replaybook` command as its user would."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.forking import called

COMMAND = Path(sys.executable).with_name("replaybook")


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict), self.out
        return found

    @property
    def rows(self) -> list[dict[str, Any]]:
        found = json.loads(self.out)
        assert isinstance(found, list), self.out
        return found


@dataclass(frozen=True)
class Program:
    home: Path
    cwd: Path

    def __call__(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Result:
        argv: tuple[str | Path, ...] = (COMMAND, "--home", self.home, *arguments)
        done = called(argv, cwd=self.cwd, environment={**os.environ, **(environment or {})})
        return Result(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str, code: int | None = 0) -> dict[str, Any]:
        result = self(*arguments, "--json")
        assert code is None or result.code == code, (result, code)
        return result.document

    def rows_of(self, *arguments: str) -> list[dict[str, Any]]:
        """The list that a command prints."""
        result = self(*arguments, "--json")
        assert result.code == 0, result
        return result.rows

    def record(self, *commands: str, **fields: Any) -> str:
        """Record commands typed into a real bash; returns the run's id."""
        return self.record_entries([{"command": command} for command in commands], **fields)

    def record_entries(self, entries: Sequence[Mapping[str, Any]], *, name: str = "work") -> str:
        script = self.home.with_name("script.jsonl")
        script.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
        document = self.json("record", "--script", str(script), "--name", name)
        assert document["steps"] == len(entries)
        return str(document["run_id"])


def tree(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything below a folder: mode, mtime and content by path."""
    return {
        str(path.relative_to(root)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns if path.is_file() else 0,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(root.rglob("*"))
    }
