"""The rules as data: those of gitleaks, our own, and the user's."""

import random
import string
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.errors import BadInputError
from capture.home import Home
from capture.secrets.redaction import Redactor
from capture.secrets.redaction_rules import compiled, read_user_rules
from capture.secrets.rules import load_rules, packaged

OWN = """
disabled = ["option"]
[[rules]]
id = "badge"
regex = '''BADGE-(X)?([0-9]{6})'''
secretGroup = 2
keywords = ["badge-"]
[[rules]]
id = "code"
regex = '''code-[a-z]+'''
entropy = 2.0
[[rules.allowlists]]
regexes = ['''sample''']
[[allow]]
stopwords = ["dummy"]
[variables]
names = ["MY_PIN", "ACME_.*"]
"""


def test_every_rule_that_comes_with_the_program_is_of_use() -> None:
    rules = packaged().rules
    assert len({rule.source for rule in rules}) == 2
    assert len(rules) > 250
    for rule in rules:
        assert rule.pattern is not None
        assert rule.hint is None or compiled(rule.hint) is not None


def test_nothing_that_a_rule_finds_is_passed_over_by_the_quick_look() -> None:
    letters = random.Random(5)  # noqa: S311 -- shapes, not secrets
    word = "".join(letters.choice(string.ascii_letters + string.digits) for _ in range(40))
    rules = packaged()
    for prefix in ("ghp_", "npm_", "password=", "api_key: '", "curl -u joe:", "--token ", "https://joe:", "sk_live_"):
        line = f"x {prefix}{word}@h'".encode()
        if any(list(rule.found(line)) for rule in rules.matching(line)):
            assert rules.exact.search(line) is not None, prefix
            assert rules.loose.search(line) is not None, prefix
    # Groups would be filled in at each look, hundreds of them.
    assert (rules.exact.groups, rules.loose.groups) == (0, 0)


WORDS = sorted({word for rule in packaged().rules for word in rule.keywords})
soup = st.lists(
    st.sampled_from([*WORDS, *map(str.upper, WORDS)]) | st.text(" ='\":-x7\n", max_size=3) | st.binary(max_size=2)
).map(lambda parts: b"".join(one if isinstance(one, bytes) else one.encode() for one in parts))


@given(soup)
def test_a_rule_is_tried_where_one_of_its_keywords_stands_and_nowhere_else(line: bytes) -> None:
    wanted = [
        rule for rule in packaged().rules if not rule.keywords or any(w.encode() in line.lower() for w in rule.keywords)
    ]
    assert packaged().matching(line) == wanted


def test_keywords_of_no_letter_and_of_one_are_keywords() -> None:
    read = read_user_rules(
        "".join(
            f"[[rules]]\nid='{name}'\nregex='q'\nkeywords=['{word}']\n"
            for name, word in zip("abc", ("", "q", "\u00e9"), strict=True)
        ),
        source="secrets.toml",
    )
    assert [[rule.id for rule in read.matching(line)] for line in (b"", b"xq", b"Q", "\u00e9".encode())] == [
        ["a"],
        ["a", "b"],
        ["a", "b"],
        ["a", "c"],
    ]


@given(soup)
def test_the_quick_look_finds_what_it_would_find_with_groups(line: bytes) -> None:
    for quick in (packaged().exact, packaged().loose):
        assert quick.groups == 0
        found, wanted = quick.search(line), with_groups(quick.pattern).search(line)
        assert (found and found.span()) == (wanted and wanted.span())


@cache
def with_groups(pattern: bytes) -> Any:
    return compiled(pattern.decode())


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("BADGE-123456", "BADGE-[masked:badge]"),
        ("BADGE-X123456", "BADGE-X[masked:badge]"),
        ("code-aaaaaaaa", "code-aaaaaaaa"),
        ("code-qwertzuiop", "[masked:code]"),
        ("code-sampleqwertz", "code-sampleqwertz"),
        ("password=dummy-one", "password=dummy-one"),
        ("MY_PIN=4711 acme_door: 'x y'", "MY_PIN=[masked:named-variable] acme_door: '[masked:named-variable]'"),
        ("x --password hunter2", "x --password hunter2"),
    ],
)
def test_the_user_adds_rules_exceptions_and_names(tmp_path: Path, text: str, masked: str) -> None:
    home = Home(tmp_path)
    home.secrets.write_text(OWN)
    redactor = Redactor(load_rules(home))
    assert redactor.text(text)[0] == masked
    assert redactor.environment({"MY_PIN": "1", "MY_PINS": "1"})[0] == {"MY_PIN": "[masked:variable]", "MY_PINS": "1"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[rules]]\nid='r'\nregex='(a'", "regex of rule r is no regular expression"),
        ("[[rules]]\nid='r'\nregex='a'\nkeyword=['a']", "rule r has an unknown field keyword"),
        ("[[rules]]\nid='r'\nregex=1", "rule r"),
        ("[[rules]]\nid='r'", "rule r has no regex"),
        ("[[rules]]\nid='r'\nregex='a'\nsecretGroup=2", "rule r has no group 2"),
        ("[[rules]]\nregex='a'", "rule 1"),
        ("[[rules]]\nid='r'\nregex='a'\n[[rules.allowlists]]\nregexes=['a']\nregexTarget='word'", "regexTarget 'word'"),
        ("[[rule]]", "unknown field `rule`"),
        ("[variables]\nnames=['(A)']", "has a group"),
        ("x = ", "secrets.toml"),
    ],
)
def test_a_mistake_in_the_users_rules_is_told_by_name(text: str, told: str) -> None:
    with pytest.raises(BadInputError, match=r"secrets\.toml") as error:
        read_user_rules(text, source="secrets.toml")
    assert told in str(error.value)
