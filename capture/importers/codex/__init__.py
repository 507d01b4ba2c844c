"""Sessions of OpenAI's Codex, as its command line keeps them (`~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl`).

Two forms are read. Up to summer 2025: a line that tells the session, then bare items of the Responses API. Since then:
`{"timestamp", "type", "payload"}` with the types `session_meta`, `turn_context`, `response_item` (what model and tools
said to each other), `event_msg` (what the screen was told; some of it is the same again) and `compacted`.
Source: `protocol/src/{protocol,models}.rs` and `rollout/src/policy.rs` of https://github.com/openai/codex.
"""

from capture.importers.codex.records import looks_like_rollout
from capture.importers.codex.session import read_codex

__all__ = ["looks_like_rollout", "read_codex"]
