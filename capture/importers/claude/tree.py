"""The tree that a session's records form: which of them lead to its end, and which branches were left."""

from collections.abc import Mapping, Sequence

from capture.importers.claude.records import Record

_SUMMED_UP = b"This session is being continued from a previous conversation"
"""How a summary begins that no field calls one."""
_LOOKED_AT = 200


class Tree:
    """Records by their parents; each names the one before it, and who goes back begins a new branch."""

    def __init__(self) -> None:
        self._parents: dict[str, str | None] = {}
        self._roots: dict[str, str] = {}
        self._sessions: dict[str, str] = {}
        """Of each prompt that stands behind nothing, its session."""
        self._last: str | None = None

    def grow(self, record: Record) -> bool:
        """Take a record in.

        Args:
            record: With a uuid.

        Returns:
            False when it is there already.
        """
        if record.uuid in self._parents:
            return False
        above = record.parent or record.logical_parent
        if above is None and _goes_on(record):
            above = self._last
        if above is None and record.type == "user" and not (record.meta or record.sidechain):
            self._sessions[record.uuid] = record.session
        if not record.sidechain:
            self._last = record.uuid
        self._parents[record.uuid] = above
        self._roots[record.uuid] = self._roots.get(above or "", record.uuid)
        return True

    def has(self, uuid: str) -> bool:
        """Whether it is there."""
        return uuid in self._parents

    def root(self, uuid: str) -> str:
        """The first record above one, among those that came before it."""
        return self._roots.get(uuid, uuid)

    def left(self, told: Sequence[str], messages: Mapping[str, str]) -> frozenset[str]:
        """Records of branches that were left: they don't lie on the way to the last record.

        So does the agent: it goes from the last record up. Who goes back to the very beginning makes a second first
        record in the same session. What hangs on nothing that is known is not left: a file may begin in the middle, and
        hold several sessions. An answer comes in several records, one a call, of which only one may lie on the way.

        Args:
            told: The conversation, in order.
            messages: Of a record, the answer that it is a part of; empty for none.
        """
        way = self._way(told[-1]) if told else set()
        answers = {messages[uuid] for uuid in way if messages.get(uuid)}
        hangs = dict.fromkeys(way, True)
        # Without an answer to it, it may be any command to the agent itself.
        begun = {self._sessions[uuid] for uuid in way & self._sessions.keys()} if answers else set()
        hangs |= dict.fromkeys((uuid for uuid, session in self._sessions.items() if session in begun and session), True)
        return frozenset(
            uuid
            for uuid in told
            if uuid and uuid not in way and messages.get(uuid) not in answers and self._hangs(uuid, hangs)
        )

    def _way(self, uuid: str) -> set[str]:
        way: set[str] = set()
        at: str | None = uuid
        while at and at in self._parents and at not in way:
            way.add(at)
            at = self._parents[at]
        return way

    def _hangs(self, uuid: str, known: dict[str, bool]) -> bool:
        """Whether a record on the way lies above; what was found is kept in `known`."""
        passed: list[str] = []
        at: str | None = uuid
        while at and at in self._parents and at not in known:
            known[at] = False
            passed.append(at)
            at = self._parents[at]
        found = bool(at) and known.get(at or "", False)
        known.update(dict.fromkeys(passed, found))
        return found


def _goes_on(record: Record) -> bool:
    """Whether a record without a parent goes on with the conversation before it, which was compacted."""
    summed_up = record.message is not None and _SUMMED_UP in bytes(record.message.content)[:_LOOKED_AT]
    return record.compacted is True or record.subtype == "compact_boundary" or summed_up
