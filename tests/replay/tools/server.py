"""An MCP server over stdio, with no SDK behind it: quick to start, and free to behave as badly as there is."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
VERSION = "2025-06-18"
FACTS = {"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"]}
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}}


def send(message: Answer) -> None:
    """One message, on one line."""
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def text(said: str, **more: Any) -> Answer:
    """A result of one text."""
    return {"content": [{"type": "text", "text": said}], **more}


def asked(method: str, params: Answer) -> Answer:
    """What the client answers when it is asked something."""
    send({"id": "ask", "method": method, "params": params})
    return dict(json.loads(sys.stdin.readline()))


def slow(given: Answer) -> Answer:
    """Wait until the client gives up, and write down that it said so."""
    Path(given["file"]).write_text("began")
    line = json.loads(sys.stdin.readline())
    Path(given["file"]).write_text(str(line["method"]))
    return text("late")


def work(given: Answer) -> Answer:
    """Take some time, as real work does."""
    time.sleep(given["seconds"])
    return text("worked")


def junk(given: Answer) -> Answer:
    """Print what is no message."""
    del given
    sys.stdout.write("loading…\n{not json}\n\x1b[31mred\n[]\n")
    return text("after the junk")


def model(given: Answer) -> Answer:
    """Ask for a model, for a person, and for directories."""
    del given
    message = {"messages": [{"role": "user", "content": {"type": "text", "text": "?"}}], "maxTokens": 10}
    asks = (("sampling/createMessage", message), ("elicitation/create", {"message": "?", "requestedSchema": TEXT}))
    refused = [method for method, params in (*asks, ("roots/list", {})) if "error" in asked(method, params)]
    return text(f"refused: {', '.join(refused)}")


def write(given: Answer) -> Answer:
    """Write a file where it stands."""
    Path(given["path"]).write_text(given["text"])
    return text(f"wrote {given['path']}")


def die(given: Answer) -> Answer:
    """End in the middle of a call."""
    sys.stderr.write(f"out of cheese {given}\n")
    sys.stderr.flush()
    os._exit(3)


def endless(given: Answer) -> Answer:
    """Print a line that does not end for long."""
    sys.stdout.write("y" * given["size"])
    return {}


PICTURE = {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}
TOOLS: dict[str, Callable[[Answer], Answer]] = {
    "echo": lambda given: text(given["text"]),
    "facts": lambda given: text("three", structuredContent={"count": 3, "of": given}),
    "lies": lambda _: text("three", structuredContent={"count": "three"}),
    "fails": lambda given: text(f"no such city: {given['city']}", isError=True),
    "several": lambda _: {"content": [{"type": "text", "text": "one"}, PICTURE, {"type": "text", "text": "two"}]},
    "huge": lambda given: text("x" * given["size"]),
    "endless": endless,
    "escapes": lambda _: text("\x1b[2J\x1b]0;owned\x07\rgone\x9b1A"),
    "place": lambda given: text(json.dumps([str(Path.cwd()), *(os.environ.get(name) for name in given["names"])])),
    "pid": lambda _: text(str(os.getpid())),
    "slow": slow,
    "work": work,
    "junk": junk,
    "model": model,
    "write": write,
    "die": die,
}


def listed(name: str) -> Answer:
    """A tool as it is offered."""
    tool: Answer = {"name": name, "description": f"Does {name}.", "inputSchema": {"type": "object"}}
    if name in ("echo", "facts"):
        tool["annotations"] = {"readOnlyHint": True, "destructiveHint": False}
    if name in ("facts", "lies"):
        tool["outputSchema"] = FACTS
    return tool


def main() -> None:
    """Answer until there is nobody."""
    result: Answer
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message:
            continue
        match message["method"]:
            case "initialize":
                info = {"name": "test", "version": "1"}
                result = {"protocolVersion": VERSION, "capabilities": {"tools": {}}, "serverInfo": info}
            case "tools/list":
                result = {"tools": [listed(name) for name in TOOLS]}
            case "tools/call" if message["params"]["name"] in TOOLS:
                result = TOOLS[message["params"]["name"]](message["params"].get("arguments") or {})
            case method:
                send({"id": message["id"], "error": {"code": -32601, "message": f"no such thing: {method}"}})
                continue
        send({"id": message["id"], "result": result})


if __name__ == "__main__":
    main()
