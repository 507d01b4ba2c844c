"""Whatever bytes a document holds: a playbook or one clear line with a position, in bounded time and memory."""

import contextlib
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.errors import BadInputError
from replay.document import dump, load
from replay.document.tree import MAX_CHARACTERS
from tests.replay.document.playbooks import PLAYBOOKS

PLACE = re.compile(r"p:\d+:\d+: \S")
HEAD = "replaybook: 1\nname: a\n"
STEP = HEAD + "steps:\n- run: x\n"
SIZE = MAX_CHARACTERS // 16
WORDS = st.sampled_from(
    ["replaybook: 1\n", "name: a\n", "steps:\n", "- run: x\n", "  ", "- ", ": ", "{", "}", "[", "]", ",", "? ", "| ",
     ">", "&a ", "*a ", "!!x ", "'", '"', "#", "\n", "\t", "---\n", "...\n", "%YAML 1.2\n", "<<: ", "{{a}}", "\\{{",
     "\x00", "\u2028", "\ufeff", "\ud800", "{{cwd}}", "expect: ", "exit: ", "1" * 30, "~", "null"]
)  # fmt: skip

HUGE = {
    "long": "#" * (MAX_CHARACTERS + 1),
    "laughs": "a: &a [x]\n" + "".join(f"b{i}: &b{i} [{'*a, ' * 9}*a]\n" for i in range(50)),
    "cycle": "a: &a [*a]\n",
    "merge": HEAD + "steps:\n- &s\n  run: x\n  <<: *s\n",
    "brackets": "[" * SIZE,
    "braces": "{" * SIZE,
    "dashes": "- " * SIZE,
    "questions": "? " * SIZE,
    "indents": "\n".join(" " * depth + "a:" for depth in range(2000)),
    "colons": HEAD + "goal: " + ": " * SIZE,
    "quotes": HEAD + 'goal: "' + "\\u0041" * (SIZE // 6),
    "number": STEP + f"  expect: {{exit: {'9' * SIZE}}}\n",
    "word": STEP + f"  {'w' * SIZE}: x\n",
    "spaces": STEP + "  " + " " * SIZE + "x: y\n",
    "duplicates": HEAD + "goal: x\n" * 50_000,
    "names": STEP + "  note: x\n" + "- run: '" + "{{a}} " * 100_000 + "'\n",
    "groups": STEP + f"  capture: [{{name: a, recorded: b, pattern: '{'(' * 20_000}'}}]\n",
    "repeats": STEP + "  capture: [{name: a, recorded: b, pattern: 'a{99999999999999999999}'}]\n",
    "anchors": HEAD + "goal: &" + "a" * SIZE + " x\n",
    "tags": HEAD + "goal: !" + "a" * (MAX_CHARACTERS - len(HEAD) - 10) + " x\n",
    "directives": "%YAML 1.2\n" * 10_000,
    "documents": "---\n" * 100_000,
}
BOUNDED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from capture.errors import BadInputError
from replay.document import load
from tests.replay.document.test_hostile_documents import HUGE
for name in sys.argv[1:]:
    try:
        load(HUGE[name], where="p")
    except BadInputError as error:
        print(error)
"""


def test_huge_and_deep_documents_end_in_one_line_each_within_bounds() -> None:
    ended = subprocess.run([sys.executable, "-c", BOUNDED, *HUGE], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-500:]
    lines = ended.stdout.splitlines()
    assert len(lines) == len(HUGE)
    for line in lines:
        assert PLACE.match(line), line
        assert len(line) < 400


def well_told(text: str) -> None:
    with contextlib.suppress(BadInputError):
        load(text, where="p")
        return
    with pytest.raises(BadInputError) as caught:
        load(text, where="p")
    said = str(caught.value)
    assert PLACE.match(said), said
    assert said.isprintable()


@settings(deadline=None)
@given(st.lists(WORDS, max_size=40).map("".join))
def test_any_heap_of_yaml_is_a_playbook_or_a_line_with_a_place(text: str) -> None:
    well_told(text)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_traceback(data: bytes) -> None:
    well_told(data.decode("utf-8", "surrogateescape"))
    well_told(data.decode("latin-1"))


@settings(deadline=None)
@given(PLAYBOOKS, st.data())
def test_a_good_document_with_a_piece_cut_out_or_put_in_is_told_well(playbook: object, data: st.DataObject) -> None:
    text = dump(playbook)  # type: ignore[arg-type]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    well_told(text[:start] + data.draw(WORDS | st.just("")) + text[end:])
