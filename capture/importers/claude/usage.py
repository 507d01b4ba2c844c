"""What a session's answers took, each answer counted once though several records tell of it."""

from collections.abc import Iterable

from capture.importers.claude.records import Message, Usage
from capture.provenance import AgentUse

NAME = "Claude Code"


class Used:
    """Tokens by answer."""

    def __init__(self) -> None:
        self._answers: dict[str, Usage | None] = {}
        self._models: set[str] = set()

    def add(self, message: Message, *, otherwise: str) -> None:
        """Take a record of an answer; of several the last one counts, which knows most.

        Args:
            message: Of the record.
            otherwise: What tells the answer from others when it has no name.
        """
        key = message.id or otherwise
        if message.usage is not None or key not in self._answers:
            self._answers[key] = message.usage
        if message.model:
            self._models.add(message.model)

    def total(self, others: Iterable["Used"], versions: Iterable[str]) -> AgentUse:
        """Of this and others together.

        Args:
            others: Of subagents.
            versions: Of the agent.
        """
        answers, models = dict(self._answers), set(self._models)
        for other in others:
            answers |= other._answers  # noqa: SLF001 - of the same kind
            models |= other._models  # noqa: SLF001 - as above
        told = [usage for usage in answers.values() if usage is not None]
        return AgentUse(
            name=NAME,
            version=", ".join(sorted(versions)),
            models=tuple(sorted(models)),
            llm_calls=len(answers),
            prompt_tokens=_sum(count for usage in told for count in (_read(usage),)),
            cached_tokens=_sum(usage.cache_read_input_tokens for usage in told),
            completion_tokens=_sum(usage.output_tokens for usage in told),
        )


def _read(usage: Usage) -> int | None:
    return _sum((usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens))


def _sum(counts: Iterable[int | None]) -> int | None:
    """Of those that are told; None when none is."""
    told = [count for count in counts if count is not None]
    return sum(told) if told else None
