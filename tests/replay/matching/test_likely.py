import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.matching.likely import Likely, relaxed
from replay.matching.mask_rules import MASKS

RULES = Likely([mask.finds for mask in MASKS])
WORDS = st.sampled_from(
    [
        *("2026-11-22T10:11:12Z", "Nov 22 10:11", "12.5s", "0x7ffd1234abcd", "deadbeef1", "pid=", "4321", "at ", "in "),
        *(
            "-rw-r--r-- 1 a b 12 Nov 22 10:11 x.gz",
            "total 8\n",
            "[1] 77",
            "localhost:40123",
            "/tmp/tmp.Ab3dEf6hIj",
            "-g",
        ),
        *(
            "\n",
            " ",
            "\x0b",
            "\x1c",
            "\t",
            "µs",
            "٣",
            "é",
            "\u2819 ",
            "100%|##| 3/4 [00:01<00:02]",
            ": ",
            "took",
            "seed",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS | st.text(max_size=3), max_size=12).map("".join))
def test_no_rule_that_matches_is_left_out(text: str) -> None:
    matching = {at for at, mask in enumerate(MASKS) if mask.finder.search(text)}
    assert matching <= {*RULES.within(text)}


def test_most_rules_are_left_out() -> None:
    assert len(RULES.within("gcc -c -o main.o main.c\n")) < len(MASKS) / 10


@pytest.mark.parametrize(
    ("whole", "left"),
    [
        (r"(?<![\w.])a(?!\)|[)])b", "ab"),
        (r"(?=(x(y)))(z)", "(z)"),
        (r"(?:a|(?i:b))[(?=]\(?=", r"(?:a|(?i:b))[(?=]\(?="),
        (r"[]a(]b{2,5}(?<=b)$", r"[]a(]b{2,}$"),
        (r"[^]\](?!]c{3}", r"[^]\](?!]c{3}"),
    ],
)
def test_lookarounds_and_bounds_are_taken_out(whole: str, left: str) -> None:
    re.compile(whole)
    assert relaxed(whole) == left
