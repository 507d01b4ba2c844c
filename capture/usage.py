"""What the models of an agent's run took, call by call and in all (pure)."""

from datetime import datetime

import msgspec

from capture.provenance import AgentUse


class ModelCall(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a model; None: nobody said, and nothing is estimated."""

    after_step: int
    """The step that ran, or had ended last; 0 before the first."""
    at: datetime
    """UTC."""
    model: str = ""
    """Its name."""
    prompt_tokens: int | None = None
    """Tokens that it read, those from a cache included."""
    cached_tokens: int | None = None
    """Of those, what came from a cache."""
    completion_tokens: int | None = None
    """Tokens that it wrote."""


def with_call(use: AgentUse | None, call: ModelCall) -> AgentUse:
    """What a run took, with one more call.

    Args:
        use: So far; None: nothing is known of the agent.
        call: What it took.

    Returns:
        The sums; of what one call did not say there is none.
    """
    use = use or AgentUse(name="")
    first = use.llm_calls is None
    return msgspec.structs.replace(
        use,
        models=tuple(sorted({*use.models, *filter(None, (call.model,))})),
        llm_calls=(use.llm_calls or 0) + 1,
        prompt_tokens=_sum(use.prompt_tokens, call.prompt_tokens, first=first),
        cached_tokens=_sum(use.cached_tokens, call.cached_tokens, first=first),
        completion_tokens=_sum(use.completion_tokens, call.completion_tokens, first=first),
    )


def _sum(known: int | None, more: int | None, *, first: bool) -> int | None:
    if first and known is None:
        return more
    return None if known is None or more is None else known + more
