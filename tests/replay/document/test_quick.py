from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.errors import BadInputError
from replay.document import dump
from replay.document.parsing import parse
from replay.document.quick import quick
from replay.document.tree import MAX_DEPTH, Fields, Items, Node, Text
from replay.playbook import Playbook
from tests.replay.document.playbooks import PLAYBOOKS
from tests.replay.document.test_hostile_documents import WORDS

WHOLE = (
    "replaybook: 1\nname: x\nsteps:\n  - run: |\n      a\tb\n\n      c\n    cwd: {cwd: 'it''s', b: [\"\\u00e9\", d]}\n"
)


def said(node: Node) -> Any:
    match node:
        case Text():
            return node.value, node.empty
        case Items():
            return [said(item) for item in node.items]
        case Fields():
            return list(node.keys), {key: said(one) for key, one in node.fields.items()}
    raise AssertionError(node)


def alike(text: str) -> None:
    """What the quick reader takes, the other one reads alike."""
    root = quick(text)
    if root is not None:
        assert said(root) == said(parse(text, "x"))


def test_a_whole_document_is_read_as_by_the_parser_that_knows_places() -> None:
    assert quick(WHOLE) is not None
    alike(WHOLE)


@settings(deadline=None)
@given(PLAYBOOKS)
def test_what_we_write_is_read_alike(playbook: Playbook) -> None:
    alike(dump(playbook))


@settings(deadline=None, max_examples=300)
@given(st.lists(WORDS, max_size=40).map("".join))
def test_no_heap_of_yaml_is_read_otherwise(text: str) -> None:
    alike(text)
    alike(f"a: {text}")


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(WHOLE)), st.integers(0, 9), WORDS | st.text(max_size=2))
def test_no_changed_document_is_read_otherwise(at: int, gone: int, come: str) -> None:
    alike(WHOLE[:at] + come + WHOLE[at + gone :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "- a",
        "a: b\na: c",
        "a: &b c",
        "a: *b",
        "a: !!str b",
        "? [a]\n: b",
        "a: b\n---\nc: d",
        "%YAML 1.2\n---\na: b",
        "a:\tb",
        "a: |#c\n  d",
        "a: |\n   \n  d",
        "a: b\u2028c",
        "a: \x85",
        "a: [",
        "a: \ud800",
        "{a: " * (MAX_DEPTH + 1) + "b" + "}" * (MAX_DEPTH + 1),
    ],
)
def test_what_is_wrong_or_in_doubt_is_left_to_the_other(text: str) -> None:
    assert quick(text) is None


def test_the_deepest_document_is_read_by_both() -> None:
    alike("{a: " * MAX_DEPTH + "b" + "}" * MAX_DEPTH)
    assert quick("{a: " * MAX_DEPTH + "b" + "}" * MAX_DEPTH) is not None
    with pytest.raises(BadInputError):
        parse("{a: " * (MAX_DEPTH + 1) + "b" + "}" * (MAX_DEPTH + 1), "x")
