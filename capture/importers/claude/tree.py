"""The tree that a session's records form: which of them lead to its end, and which branches were left."""

from collections.abc import Mapping, Sequence

from capture.importers.claude.records import Record


class Tree:
    """Records by their parents; each names the one before it, and who goes back begins a new branch."""

    def __init__(self) -> None:
        self._parents: dict[str, str | None] = {}
        self._roots: dict[str, str] = {}

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
        """Records of branches that were left: they hang on the way to the last record, and don't lie on it.

        What hangs on nothing that is known is not left: a file may begin in the middle, and a conversation that was
        compacted begins anew. An answer comes in several records, one a call, of which only one may lie on the way.

        Args:
            told: The conversation, in order.
            messages: Of a record, the answer that it is a part of; empty for none.
        """
        way = self._way(told[-1]) if told else set()
        answers = {messages[uuid] for uuid in way if messages.get(uuid)}
        hangs = dict.fromkeys(way, True)
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
