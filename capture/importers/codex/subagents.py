"""Codex sessions that another one started: each has a rollout of its own, and stands behind the call that began it.

The tool `spawn_agent` answers with the new thread's id as `agent_id`, or the event `collab_agent_spawn_end` tells it as
`new_thread_id`; the rollout of a thread ends in its id. Source: `core/src/tools/handlers/multi_agents*` and
`protocol/src/protocol.rs` of https://github.com/openai/codex.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import IO

import msgspec

from capture.calls import Call
from capture.importers.codex.records import text
from capture.importers.files import Beside
from capture.importers.foreign import LeftOut
from capture.importers.told import Hearer, Told
from capture.provenance import AgentUse, Speaker

DEEPEST = 20
"""Subagents of subagents that are told behind the calls that started them."""
SPAWNS = "spawn_agent"
ATTENDS = frozenset({"wait", "wait_agent", "close_agent", "list_agents"})
"""Calls by which an agent only attends to the ones that it started."""
_ID = re.compile(r"[\w-]{1,80}")

Tell = Callable[[IO[bytes], str, Hearer, "Subagents"], AgentUse]
"""Says all that a rollout holds, without what its own subagents took: its file, its name, who hears it, and those."""


class Part:
    """Hears a subagent as a part of the call that started it, beside which others may work.

    Args:
        telling: Hears the whole.
        number: Of the call.
    """

    def __init__(self, telling: Hearer, number: int) -> None:
        self._telling, self._number = telling, number
        self.run = telling.run

    def said(self, speaker: Speaker, text: str, at: datetime | None = None) -> None:
        """As `Hearer.said`; what it is asked for comes from the agent."""
        self._telling.said(Speaker.ASSISTANT if speaker is Speaker.USER else speaker, text, at)

    def did(self, told: Told) -> int:
        """As `Hearer.did`."""
        part_of = self._number if told.part_of is None else told.part_of
        return self._telling.did(msgspec.structs.replace(told, part_of=part_of, apart=True))

    def cut(self) -> None:
        """It may be stopped by the agent that started it, which goes on."""


def spawned(asked: object, output: str) -> str:
    """The id of the thread that a call started, as its answer says; empty when it says none.

    Args:
        asked: The call.
        output: What it answered.
    """
    if not isinstance(asked, Call) or asked.name.rpartition("/")[2] != SPAWNS:
        return ""
    try:
        told = msgspec.json.decode(output)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return ""
    return text(told, "agent_id") if isinstance(told, dict) else ""


def attends(asked: object) -> bool:
    """Whether a call only attends to other agents."""
    return isinstance(asked, Call) and asked.name in ATTENDS


class Subagents:
    """The rollouts beside a session's, each told once.

    Args:
        beside: The files in its folder.
        tell: Says one of them.
        left_out: Hears of those that are not there.
        depth: How many sessions are above.
        told: Those that were told.
    """

    def __init__(
        self, beside: Beside, tell: Tell, left_out: LeftOut, *, depth: int = 0, told: set[str] | None = None
    ) -> None:
        self._beside, self._tell, self._left_out, self._depth = beside, tell, left_out, depth
        self._told = set() if told is None else told
        self.uses: list[AgentUse] = []
        """What they took."""

    def name_of(self, agent: str) -> str | None:
        """The file of one that was not told yet; None when it is not there."""
        if not _ID.fullmatch(agent) or agent in self._told or self._depth >= DEEPEST:
            return None
        found = self._beside.names(f"rollout-*-{agent}.jsonl")
        return found[0] if len(found) == 1 else None

    def tell(self, agent: str, telling: Hearer, number: int) -> None:
        """Say all that one did.

        Args:
            agent: Its id.
            telling: Hears it.
            number: Of the call that started it.
        """
        name = self.name_of(agent)
        file = None if name is None else self._beside.opened(name)
        if name is None or file is None:
            self._left_out.note("subagents whose own rollout is not beside the session's stand as one call")
            return
        self._told.add(agent)
        below = Subagents(self._beside, self._tell, self._left_out, depth=self._depth + 1, told=self._told)
        self.uses += [self._tell(file, name, Part(telling, number), below), *below.uses]

    def together(self, own: AgentUse) -> AgentUse:
        """What a session took, with all of them.

        Args:
            own: Of the session itself.
        """
        uses = [own, *self.uses]
        return msgspec.structs.replace(
            own,
            version=", ".join(dict.fromkeys(one.version for one in uses if one.version)),
            models=tuple(sorted({model for one in uses for model in one.models})),
            llm_calls=_sum(one.llm_calls for one in uses),
            prompt_tokens=_sum(one.prompt_tokens for one in uses),
            cached_tokens=_sum(one.cached_tokens for one in uses),
            completion_tokens=_sum(one.completion_tokens for one in uses),
        )


def _sum(counts: Iterable[int | None]) -> int | None:
    """Of those that are told; None when none is."""
    told = [count for count in counts if count is not None]
    return sum(told) if told else None
