"""A first look through a Codex rollout: what it says of the whole session, and which turns were taken back."""

import re
from bisect import bisect_right
from typing import IO, Any

import msgspec

from capture.importers.codex.records import EVENT, ITEM, META, TURN, Record, record_of, text, text_in
from capture.importers.foreign import lines_of
from capture.importers.told import AgentHead

HEAD_LINES = 400
"""Lines in which the head is looked for."""
_LOOKED_AT = 240
"""Bytes of a line in which its kind stands."""
_CWD = re.compile(r"<cwd>(?P<new>[^<\n]+)</cwd>|^Current working directory: (?P<old>.+)$", re.MULTILINE)
_REQUEST = "## My request for Codex:"
"""Stands above what the user typed where an editor put its own words before that."""
_CONTEXT = re.compile(
    r"\s*(?:<(?:environment_context|user_instructions|permissions instructions|turn_aborted|skill|skills_instructions"
    r"|subagent_notification|collaboration_mode|personality_spec|ENVIRONMENT_CONTEXT|INSTRUCTIONS|apps_instructions)\b"
    r"|# AGENTS\.md instructions)"
)


class Survey(msgspec.Struct):
    """What was seen."""

    head: AgentHead
    starts: list[int]
    """The lines at which turns that were taken back begin, sorted, and where they end."""
    ends: list[int]

    def is_left(self, number: int) -> bool:
        """Whether a line belongs to a turn that was taken back."""
        at = bisect_right(self.starts, number) - 1
        return at >= 0 and number < self.ends[at]


def is_context(told: str) -> bool:
    """Whether a text of the user's role was put there by Codex, and not by the user."""
    return _CONTEXT.match(told) is not None


def survey(file: IO[bytes], name: str) -> Survey:
    """Look through a rollout.

    Args:
        file: From its beginning.
        name: For errors.

    Raises:
        BadInputError: A line is too long to be one.
    """
    found: dict[str, Any] = {}
    turns: list[int] = []
    left: list[tuple[int, int]] = []
    for number, line in lines_of(file, name):
        begin = line[:_LOOKED_AT]
        marked = b"user_message" in begin or b"thread_rolled_back" in begin or b"thread_name_updated" in begin
        if not marked and number > HEAD_LINES:
            continue
        record = record_of(line, number)
        if record is None:
            continue
        if number <= HEAD_LINES:
            _look(record, found)
        if record.kind == EVENT and record.type == "user_message":
            turns.append(number)
        elif record.kind == EVENT and record.type == "thread_rolled_back":
            _take_back(record, turns, left)
        elif record.kind == EVENT and record.type == "thread_name_updated":
            found["title"] = text(record.body, "thread_name") or text(record.body, "name") or found.get("title")
    spans = _joined(left)
    return Survey(_head(found), [start for start, _ in spans], [end for _, end in spans])


def _head(found: dict[str, Any]) -> AgentHead:
    goal = found.get("goal")
    return AgentHead(
        format="codex",
        started_at=found.get("at"),
        cwd=found.get("cwd", ""),
        title=found.get("title") or goal,
        goal=goal,
    )


def _look(record: Record, found: dict[str, Any]) -> None:
    if record.at is not None:
        found["at"] = min(found.get("at", record.at), record.at)
    if record.kind in (META, TURN) and text(record.body, "cwd"):
        found.setdefault("cwd", text(record.body, "cwd"))
    said = ""
    if record.kind == EVENT and record.type == "user_message":
        said = text(record.body, "message")
    elif record.kind == ITEM and record.type == "message" and record.body.get("role") == "user":
        said = text_in(record.body.get("content"))
        place = _CWD.search(said)
        if place and is_context(said):
            found.setdefault("cwd", (place["new"] or place["old"]).strip())
    if said.strip() and not is_context(said):
        found.setdefault("goal", said.rpartition(_REQUEST)[2].strip())


def _take_back(record: Record, turns: list[int], left: list[tuple[int, int]]) -> None:
    count = record.body.get("num_turns")
    if isinstance(count, int) and not isinstance(count, bool) and count > 0 and turns:
        gone = turns[-count:]
        del turns[-count:]
        left.append((gone[0], record.number))


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted, those within others taken into them."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start < result[-1][1]:
            result[-1] = result[-1][0], max(end, result[-1][1])
        else:
            result.append((start, end))
    return result
