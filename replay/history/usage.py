"""What models did for a run, counted as its record says: never estimated, and a sum holds only what is told (pure)."""

from collections.abc import Iterable

import msgspec

from capture.trace import Run
from replay.outcome import Usage

EDITED = "it was edited, and how much of that the rest took is not known"
NO_AGENT = "it doesn't say that an agent made it"
NO_CALLS = "its agent's record doesn't say"


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """Model calls and tokens; None: not told."""

    model_calls: int | None = None
    """Answers of a model."""
    prompt_tokens: int | None = None
    """Tokens that models read, those from a cache included."""
    completion_tokens: int | None = None
    """Tokens that models wrote."""

    def less(self, other: "Used") -> "Used":
        """What is left of it without another one; not told where one of both does not tell."""
        return Used(
            model_calls=_less(self.model_calls, other.model_calls),
            prompt_tokens=_less(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=_less(self.completion_tokens, other.completion_tokens),
        )

    def where(self, other: "Used") -> "Used":
        """Only the counts that another one tells, too."""
        return Used(
            model_calls=self.model_calls if other.model_calls is not None else None,
            prompt_tokens=self.prompt_tokens if other.prompt_tokens is not None else None,
            completion_tokens=self.completion_tokens if other.completion_tokens is not None else None,
        )

    @property
    def any(self) -> bool:
        """Whether a model did anything."""
        return bool(self.model_calls or self.prompt_tokens or self.completion_tokens)


def total(all_of: Iterable[Used]) -> Used:
    """Added up; each count over those that tell it, and not told where none does."""
    listed = tuple(all_of)
    return Used(
        model_calls=_sum(one.model_calls for one in listed),
        prompt_tokens=_sum(one.prompt_tokens for one in listed),
        completion_tokens=_sum(one.completion_tokens for one in listed),
    )


def recorded_use(run: Run) -> tuple[Used, str | None]:
    """What the agent of a recorded run took.

    Returns:
        The counts, and why there is none of model calls; None where there is one.
    """
    if run.agent is None:
        return Used(), NO_AGENT
    if run.edits:
        return Used(), EDITED
    used = Used(
        model_calls=run.agent.llm_calls,
        prompt_tokens=run.agent.prompt_tokens,
        completion_tokens=run.agent.completion_tokens,
    )
    return used, NO_CALLS if used.model_calls is None else None


def replayed_use(usage: Usage) -> Used:
    """What a replay took; its tokens are not told where one answer didn't say them."""
    told = not usage.untold
    return Used(
        model_calls=usage.llm_calls,
        prompt_tokens=usage.prompt_tokens if told else None,
        completion_tokens=usage.completion_tokens if told else None,
    )


def _less(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one - other


def _sum(counts: Iterable[int | None]) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None
