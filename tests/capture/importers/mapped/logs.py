"""Logs of made-up agents, and the maps that read them."""

import json
from typing import Any

EVENTS = """
agent = "Ada's agent"

[run]
cwd = "session.dir"
title = "session.name"

[[say]]
when = { type = "message" }
speaker = "from"
text = "text"
time = "ts"

[[step]]
when = { type = "call", tool = ["bash", "sh"] }
kind = "shell"
command = "args.cmd"
cwd = "args.dir"
id = "id"
time = "ts"

[[step]]
when = { type = "call", tool = "patch" }
kind = "file"
patch = "args.diff"
id = "id"
time = "ts"

[[step]]
when = { type = "call", tool = "write" }
kind = "file"
path = "args.path"
content = "args.text"
id = "id"
time = "ts"

[[step]]
when = { type = "call" }
name = "tool"
input = "args"
id = "id"
parent = "within"
time = "ts"

[[result]]
when = { type = "result" }
id = "id"
output = "out"
exit = "code"
error = "failed"
time = "ts"

[[usage]]
when = { type = "model" }
model = "name"
prompt = "tokens.in"
cached = "tokens.cached"
completion = "tokens.out"
"""
CHAT = """
[[say]]
when = { role = "user" }
speaker = "=user"
text = "content"

[[say]]
when = { role = "assistant" }
speaker = "=assistant"
text = "content[*].text"

[[step]]
when = { "function.name" = "*" }
each = "tool_calls"
name = "function.name"
input = "function.arguments"
id = "id"
time = "^.created"

[[result]]
when = { role = "tool" }
id = "tool_call_id"
output = "content"
"""


def log(*records: dict[str, Any] | bytes) -> bytes:
    return b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in records)


def called(call_id: str, tool: str, ts: float = 1.7e9, /, **args: Any) -> dict[str, Any]:
    return {"type": "call", "id": call_id, "tool": tool, "args": args, "ts": ts}


def result(call_id: str, out: Any = "", code: int | None = None, ts: float = 1.7e9, **more: Any) -> dict[str, Any]:
    return {"type": "result", "id": call_id, "out": out, "code": code, "ts": ts, **more}
