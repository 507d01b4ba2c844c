"""Writes rollouts as Codex does, in the forms of several of its versions."""

import json
from collections.abc import Iterable
from itertools import count
from typing import Any

CWD = "/home/ada/site"
Line = dict[str, Any] | bytes


def lines(*told: Line) -> bytes:
    return b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in told)


def old(*items: dict[str, Any]) -> bytes:
    """As of spring 2025: a head, a state, and bare items without times."""
    head = {"id": "5973b6c0-94b8-487b-a530-2aeb6098ae0e", "timestamp": "2025-05-07T17:24:21.123Z", "instructions": None}
    where = f"<environment_context>\nCurrent working directory: {CWD}\nApproval policy: never\n</environment_context>"
    return lines(head, {"record_type": "state"}, user(where), *items)


def new(*records: Line, version: str = "0.63.0", cwd: str = CWD) -> bytes:
    """As since autumn 2025: envelopes, each a second behind the one before."""
    meta = {
        "id": "0199a213-81c0-7800-8aa1-bbab2a035a53",
        "timestamp": "2025-11-02T10:00:00.000Z",
        "cwd": cwd,
        "originator": "codex_cli_rs",
        "cli_version": version,
        "instructions": None,
        "source": "cli",
        "git": {"branch": "main"},
    }
    context = {"cwd": cwd, "approval_policy": "never", "sandbox_policy": {"mode": "workspace-write"}, "model": "gpt-5"}
    return lines(
        *stamped([{"type": "session_meta", "payload": meta}, {"type": "turn_context", "payload": context}, *records])
    )


def stamped(records: Iterable[Line]) -> list[Line]:
    seconds = count()
    return [
        one if isinstance(one, bytes) else {"timestamp": f"2025-11-02T10:{at // 60:02}:{at % 60:02}.000Z"} | one
        for one, at in zip(records, seconds, strict=False)
    ]


def item(payload: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response_item", "payload": payload}


def event(what: str, /, **fields: Any) -> dict[str, Any]:
    return {"type": "event_msg", "payload": {"type": what, **fields}}


def user(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def assistant(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def reasoning(*parts: str) -> dict[str, Any]:
    summary = [{"type": "summary_text", "text": part} for part in parts]
    return {"type": "reasoning", "summary": summary, "content": None, "encrypted_content": "gAAAAAB"}


def call(call_id: str, name: str, given: object, **more: Any) -> dict[str, Any]:
    return {"type": "function_call", "name": name, "arguments": json.dumps(given), "call_id": call_id, **more}


def answer(call_id: str, output: object) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def patch(call_id: str, body: str) -> dict[str, Any]:
    text = f"*** Begin Patch\n{body}\n*** End Patch"
    return {"type": "custom_tool_call", "status": "completed", "call_id": call_id, "name": "apply_patch", "input": text}


def patched(
    call_id: str, output: str = "Success. Updated the following files:\nM f\n", code: int = 0
) -> dict[str, Any]:
    told = json.dumps({"output": output, "metadata": {"exit_code": code, "duration_seconds": 0.1}})
    return {"type": "custom_tool_call_output", "call_id": call_id, "output": told}


def ran(output: str, code: int = 0, seconds: float = 0.5) -> str:
    return json.dumps({"output": output, "metadata": {"exit_code": code, "duration_seconds": seconds}})


def tokens(total: int, last: int) -> dict[str, Any]:
    def usage(size: int) -> dict[str, int]:
        return {
            "input_tokens": size,
            "cached_input_tokens": size // 2,
            "output_tokens": size // 10,
            "reasoning_output_tokens": size // 20,
            "total_tokens": size + size // 10,
        }

    return event(
        "token_count", info={"total_token_usage": usage(total), "last_token_usage": usage(last)}, rate_limits=None
    )
