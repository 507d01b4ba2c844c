"""What a Codex session took: models, answers and tokens, as its own records count them."""

from typing import Any

from capture.importers.codex.records import Record, inner, text
from capture.provenance import AgentUse

_KINDS = ("input_tokens", "cached_input_tokens", "output_tokens")


class Usage:
    """Adds up `token_count` events: one comes for each answer of a model, and some come twice."""

    def __init__(self) -> None:
        self._models: set[str] = set()
        self._versions: dict[str, None] = {}
        self._total: dict[str, int] = {}
        self._sums: dict[str, int] = dict.fromkeys(_KINDS, 0)
        self._calls = 0

    def met(self, body: dict[str, Any]) -> None:
        """A head, or a turn's context."""
        if model := text(body, "model"):
            self._models.add(model)
        if version := text(body, "cli_version"):
            self._versions[version] = None

    def counted(self, record: Record) -> None:
        """A `token_count` event."""
        info = inner(record.body, "info")
        total = _numbers(inner(info, "total_token_usage"))
        if not total or total == self._total:
            return
        last = _numbers(inner(info, "last_token_usage"))
        # A total that fell was begun anew.
        grown = {kind: max(0, count - self._total.get(kind, 0)) for kind, count in total.items()}
        for kind in _KINDS:
            self._sums[kind] += (last or grown).get(kind, 0)
        self._total = total
        self._calls += 1

    def use(self) -> AgentUse:
        """All of it."""
        read, cached, wrote = (self._sums[kind] for kind in _KINDS)
        told = self._calls > 0
        return AgentUse(
            name="Codex",
            version=", ".join(self._versions),
            models=tuple(sorted(self._models)),
            llm_calls=self._calls if told else None,
            prompt_tokens=read if told else None,
            cached_tokens=cached if told else None,
            completion_tokens=wrote if told else None,
        )


def _numbers(usage: dict[str, Any]) -> dict[str, int]:
    counts = {name: usage.get(name) for name in (*_KINDS, "total_tokens")}
    return {
        name: count
        for name, count in counts.items()
        if isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 1 << 53
    }
