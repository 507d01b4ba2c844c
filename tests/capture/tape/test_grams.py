"""What the index of texts is made of leaves out nothing that a search may find."""

import random
import re
import sys

from capture.tape import grams


def holds(document: "list[bytes]", text: str) -> bool:
    spans = grams.wanted(text)
    return any(
        all(any(low <= one <= high for one in found) for low, high in spans)
        for found in (grams.grams(one) for one in document)
    )


def test_what_is_alike_to_a_search_is_the_same() -> None:
    cased = [
        char for char in map(chr, range(sys.maxunicode)) if {char.lower(), char.upper(), char.casefold()} != {char}
    ]
    every = "".join(cased)
    for char in cased:
        alike = re.findall(re.escape(char), every, re.IGNORECASE)
        assert {grams.folded(one) for one in alike} == {grams.folded(char)}, (char, alike)


def test_no_text_of_one_line_is_cut() -> None:
    of = random.Random(4)  # noqa: S311 - data, not a secret
    lines = ["".join(of.choices("ab cdß日\0\ud800", k=of.choice((1, 30, 90_000)))) for _ in range(40)]
    cut = list(grams.documents(["".join(line + "\n" for line in lines), "last"]))
    assert len(cut) > 4
    for line in [*lines, "last"]:
        at = of.randrange(len(line))
        assert holds(cut, line[at : at + of.randint(1, 40)])
    assert not holds(cut, "zzzz")
    assert not holds(cut, "z")


def test_documents_of_a_part_are_packed_whichever_way_is_shorter() -> None:
    of = random.Random(5)  # noqa: S311 - as above
    for size in (0, 1, 63, 64, 700, grams.PART):
        one, other = (sorted(of.sample(range(grams.PART), size)) for _ in range(2))
        assert len(grams.packed(one)) <= grams.PART // 8
        assert [*grams.slots(grams.unpacked(grams.packed(one)))] == one
        both = grams.joined(grams.packed(one), grams.packed(other))
        assert [*grams.slots(grams.unpacked(both))] == sorted({*one, *other})
