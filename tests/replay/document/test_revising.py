import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.home import Home
from replay.document import dump, load, revise
from replay.library.shelf import Shelf
from replay.playbook import Parameter, Playbook, PlaybookStep, Requirement
from tests.replay.document.playbooks import PLAYBOOKS, STEPS

replace = msgspec.structs.replace

EDITED = """\
# How we release. Ask Ann before you change it.
replaybook: 1
name: a   # the name

parameters:
  # where it lives
  project: {type: path, default: "{{cwd}}"} # here
# what is done
steps:
  # one
  - run: |  # headed
      a
      b

    # why there
    cwd: "x"  # c
  - {run: b, note: c}   # flow

  # three
  -   note: "odd"   # n
      run: 'cat x'  # r
      requires:
      - command: cat  # GNU
      - file: x
      expect: # e
        # the exit
        exit: 0 # always
        effects: [created a]
  - run: last
# end
"""
BASE = load(EDITED, where="p")


def comments(text: str) -> list[str]:
    return re.findall(r"# .*", text)


def with_step(index: int, **fields: object) -> Playbook:
    steps = list(BASE.steps)
    steps[index - 1] = replace(steps[index - 1], **fields)
    return replace(BASE, version=2, steps=tuple(steps))


def with_exit(code: int) -> Playbook:
    return with_step(3, expect=replace(BASE.steps[2].expect, exit=code))


CHANGES = {
    "block to line": (with_step(1, run="x"), ["  - run: x  # headed"]),
    "block to block": (with_step(1, run="x\ny\n"), ["  - run: |  # headed", "      x", "      y"]),
    "in braces": (with_step(2, run="z"), ["  - {run: z, note: c}   # flow"]),
    "line to block": (with_step(3, run="x\ny"), ["      run: |-  # r", "        x", "        y"]),
    "more": (with_step(3, env={"A": "1"}), ["      env:", '        A: "1"']),
    "skipped": (with_step(1, skip=True), ["    skip: true"]),
    "exit": (with_exit(3), ["        exit: 3 # always"]),
    "need": (
        with_step(3, requires=(Requirement(command="cat"), Requirement(file="z"))),
        ["      - command: cat  # GNU", "      - file: z"],
    ),
    "inserted": (
        replace(BASE, steps=(BASE.steps[0], PlaybookStep(run="new"), *BASE.steps[1:])),
        ["  - run: new", "  - {run: b, note: c}   # flow"],
    ),
    "appended": (replace(BASE, steps=(*BASE.steps, PlaybookStep(run="new"))), ["  - run: last", "  - run: new"]),
    "parameter": (
        replace(BASE, parameters={"project": replace(BASE.parameters["project"], default="/w")}),
        ["  project: {type: path, default: /w} # here"],
    ),
    "parameters": (
        replace(BASE, parameters={**BASE.parameters, "tag": Parameter(default="v1"), "next": Parameter(default="v2")}),
        ["  tag: {type: string, default: v1, source: user}", "  next: {type: string, default: v2, source: user}"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_rewritten_and_every_comment_stays(change: str) -> None:
    playbook, written = CHANGES[change]
    revised = revise(EDITED, BASE, playbook)
    assert load(revised, where="p") == playbook
    assert comments(revised) == comments(EDITED)
    lines = iter(revised.splitlines())
    assert all(line in lines for line in written), revised


@pytest.mark.parametrize("change", CHANGES)
def test_lines_that_say_the_same_stay_as_they_were_to_the_byte(change: str) -> None:
    playbook, written = CHANGES[change]
    new = set(revise(EDITED, BASE, playbook).splitlines()) - set(EDITED.splitlines())
    assert len(new) <= len(written) + 3, new


def test_a_dropped_step_takes_its_own_lines_with_it_and_no_other() -> None:
    revised = revise(EDITED, BASE, replace(BASE, steps=BASE.steps[1:]))
    assert "headed" not in revised
    assert "# one" in revised
    assert "# flow" in revised
    assert "# end" in revised


def test_nothing_changes_where_nothing_has_changed() -> None:
    assert revise(EDITED, BASE, BASE) == EDITED


def test_a_playbook_that_is_another_one_is_written_afresh() -> None:
    other = Playbook(name="b", steps=(PlaybookStep(run="x"),))
    text = "{replaybook: 1, name: a, steps: [{run: y}]}\n"
    assert revise(text, load(text, where="p"), other) == dump(other)


@settings(deadline=None)
@given(PLAYBOOKS, PLAYBOOKS)
def test_whatever_changes_the_new_text_says_the_new_playbook(base: Playbook, playbook: Playbook) -> None:
    assert load(revise(dump(base), base, playbook), where="p") == playbook


@settings(deadline=None)
@given(PLAYBOOKS.filter(lambda one: len(one.steps) > 0), STEPS)
def test_a_comment_above_each_step_outlives_the_change_of_one(base: Playbook, step: PlaybookStep) -> None:
    text = re.sub(r"(?m)^steps:\n", "steps:\n  # the first\n", dump(base)) + "# the end\n"
    if load(text, where="p") != base:  # the last text keeps its line ends, and so the comment would belong to it
        return
    first = base.steps[0]
    changed = replace(first, run=step.run, note=step.note) if step.kind is first.kind else step
    playbook = replace(base, steps=(changed, *base.steps[1:]))
    revised = revise(text, base, playbook)
    assert load(revised, where="p") == playbook
    assert "  # the first\n" in revised


@settings(deadline=None)
@given(st.integers(0, 3), STEPS)
def test_no_comment_of_another_step_is_touched(index: int, step: PlaybookStep) -> None:
    steps = [*BASE.steps[:index], step, *BASE.steps[index + 1 :]]
    revised = revise(EDITED, BASE, replace(BASE, steps=tuple(steps)))
    kept = {"# one", "# three", "# end", "# what is done", "# where it lives"}
    assert kept <= set(comments(revised)) or revised == dump(replace(BASE, steps=tuple(steps)))


def test_the_shelf_writes_the_next_version_in_the_words_of_the_one_before(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    shelf = Shelf(home)
    shelf.add(BASE)
    shelf.path("a", 1).write_text(EDITED)
    _, text = shelf.add(with_exit(2), based_on=1)
    assert comments(text) == comments(EDITED)
    assert "version: 2\n" in text
