"""Which line that came stands beside which expected one, for a person who holds the two against each other (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from replay.matching.lines import counted
from replay.matching.walking import Walk
from replay.playbook import Capture

MOST_COMPARED = 20_000
"""Pairs of lines that are tried; above that, lines are taken in their order."""


class Beside(NamedTuple):
    """Two lines that stand beside each other; None: nothing stands there."""

    expected: str | None
    came: str | None
    same: bool
    """Whether the difference, if there is one, is no difference."""


def beside(pattern: str, actual: str, values: Mapping[str, str], captures: Sequence[Capture] = ()) -> list[Beside]:
    """Hold output against its pattern, line by line, as far as a person sees it so.

    It judges nothing: `lines.match_output` does.

    Args:
        pattern: Expected output, with the names of masks, values and captures.
        actual: What came.
        values: What the names that are known stand for.
        captures: Values to read from it.

    Returns:
        Every line of both, in their order.
    """
    return list(_Pairing(pattern.splitlines(), actual.splitlines(), values, captures).pairs())


class _Pairing:
    def __init__(
        self, expected: list[str], came: list[str], values: Mapping[str, str], captures: Sequence[Capture]
    ) -> None:
        self.expected, self.came = expected, came
        self._keys = [_key(line) for line in came]
        self._walk = Walk([_key(line) for line in expected], values, captures)

    def pairs(self) -> Iterator[Beside]:
        """The beginning and the end that are alike, and between them what is most alike."""
        begin = 0
        ends = len(self.expected), len(self.came)
        while begin < min(ends) and self._alike(begin, begin):
            yield Beside(self.expected[begin], self.came[begin], same=True)
            begin += 1
        behind = 0
        while behind < min(ends) - begin and self._alike(ends[0] - behind - 1, ends[1] - behind - 1):
            behind += 1
        yield from self._between(range(begin, ends[0] - behind), range(begin, ends[1] - behind))
        for back in range(behind, 0, -1):
            yield Beside(self.expected[-back], self.came[-back], same=True)

    def _between(self, wanted: range, had: range) -> Iterator[Beside]:
        met = self._longest(wanted, had) if len(wanted) * len(had) <= MOST_COMPARED else []
        at, to = wanted.start, had.start
        for one, two in [*met, (wanted.stop, had.stop)]:
            yield from self._gap(range(at, one), range(to, two))
            if one < wanted.stop:
                yield Beside(self.expected[one], self.came[two], same=True)
            at, to = one + 1, two + 1

    def _gap(self, wanted: range, had: range) -> Iterator[Beside]:
        """Lines without a partner, beside each other as far as there are two."""
        for number in range(max(len(wanted), len(had))):
            one = wanted[number] if number < len(wanted) else None
            two = had[number] if number < len(had) else None
            expected = None if one is None else self.expected[one]
            came = None if two is None else self.came[two]
            may_miss = one is None or self._walk.lines[one].optional
            yield Beside(expected, came, same=may_miss and (two is None or self._repeats(wanted.start, two)))

    def _repeats(self, before: int, two: int) -> bool:
        """Whether a line is one more of those that may come several times there."""
        near = [at for at in (before - 1, before) if 0 <= at < len(self.expected)]
        return any(self._walk.lines[at].repeat and self._alike(at, two) for at in near)

    def _longest(self, wanted: range, had: range) -> list[tuple[int, int]]:
        """The most lines of both that are alike and in the same order."""
        alike = [[self._alike(one, two) for two in had] for one in wanted]
        best = [[0] * (len(had) + 1) for _ in range(len(wanted) + 1)]
        for one in range(len(wanted) - 1, -1, -1):
            for two in range(len(had) - 1, -1, -1):
                skipped = max(best[one + 1][two], best[one][two + 1])
                best[one][two] = max(skipped, best[one + 1][two + 1] + 1) if alike[one][two] else skipped
        met, one, two = [], 0, 0
        while one < len(wanted) and two < len(had):
            if alike[one][two] and best[one][two] == best[one + 1][two + 1] + 1:
                met.append((wanted[one], had[two]))
                one, two = one + 1, two + 1
            elif best[one + 1][two] >= best[one][two + 1]:
                one += 1
            else:
                two += 1
        return met

    def _alike(self, one: int, two: int) -> bool:
        line = self._walk.lines[one]
        return line.floats or self._walk.matches(line.pattern, self._keys[two])


def _key(line: str) -> str:
    """What of a line counts."""
    return "".join(counted(line)) or line.rstrip()
