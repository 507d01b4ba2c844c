import json

import jsonschema
import pytest
from hypothesis import given
from ruamel.yaml import YAML

from capture.errors import BadInputError
from capture.trace import EffectOp
from replay.document import diff, digest, dump, json_schema, load
from replay.playbook import (
    Answer,
    Capture,
    Expectation,
    ExpectedEffect,
    Parameter,
    Playbook,
    PlaybookStep,
    Requirement,
)
from tests.replay.document.playbooks import PLAYBOOKS, TRICKY

EXAMPLE = """\
replaybook: 1
name: release-site
goal: bundle the site and release it
shell: bash
parameters:
  project: {type: path, default: "{{cwd}}"}
steps:
  - run: npm run bundle
    cwd: "{{project}}"
    requires:
      - command: npm
      - file: package.json
    expect:
      exit: 0
      output: |
        wrote site.js in {{duration}}
      effects: [created site.js]
    timeout: 60s
  - run: ./release.sh
    answers:
      - prompt: "Overwrite (yes/no)? "
        send: "yes"
"""


@given(PLAYBOOKS)
def test_what_is_dumped_loads_as_the_same_playbook(playbook: Playbook) -> None:
    assert load(dump(playbook), where="p") == playbook


@pytest.mark.parametrize("text", TRICKY)
def test_each_tricky_text_survives_where_blocks_and_lines_are_written(text: str) -> None:
    step = PlaybookStep(run=text, note=text, expect=Expectation(output=text), answers=(Answer(prompt=text, send=text),))
    playbook = Playbook(name=text, steps=(step, step), parameters={"a": Parameter(default=text)})
    assert load(dump(playbook), where="p") == playbook


def test_a_capture_survives() -> None:
    step = PlaybookStep(
        run="./new",
        expect=Expectation(output="id {{id}}\n"),
        capture=(Capture(name="id", recorded="1", pattern=r"\d+"),),
    )
    used = PlaybookStep(run="mkdir {{id}}", expect=Expectation(effects=()))
    playbook = Playbook(name="p", steps=(step, used))
    assert load(dump(playbook), where="p") == playbook


def test_the_documented_example_loads() -> None:
    playbook = load(EXAMPLE, where="site.yaml")
    first, second = playbook.steps
    assert first.expect == Expectation(
        output="wrote site.js in {{duration}}\n", effects=(ExpectedEffect(op=EffectOp.CREATED, path="site.js"),)
    )
    assert first.requires == (Requirement(command="npm"), Requirement(file="package.json"))
    assert second.answers == (Answer(prompt="Overwrite (yes/no)? ", send="yes"),)


def test_the_document_reads_as_the_contract_shows_it() -> None:
    written = dump(load(EXAMPLE, where="site.yaml"))
    for line in EXAMPLE.splitlines():
        assert line in written or line.startswith(("  project:", "steps"))


@pytest.mark.parametrize("word", ["no", "012", "1.10", "true", "2026-01-01", "null"])
def test_values_are_text_whatever_they_look_like(word: str) -> None:
    playbook = load(f"replaybook: 1\nname: a\nsteps:\n- run: {word}\n", where="p")
    assert playbook.steps[0].run == word


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps:\n- run: x\n  requres: []\n", 'p:5:3: unknown word "requres"; did you mean "requires"?'),
        ("steps:\n- run: x\n  run: y\n", 'p:5:3: "run" a second time (first in line 4)'),
        ("steps:\n- run: x\n  safety: sure\n", 'p:5:11: "sure" is no value of "safety"; known here:'),
        ("steps:\n- run: x\n  expect: {exit: zero}\n", 'p:5:18: "exit" must be a whole number, not "zero"'),
        ("steps:\n- run: ls {{dri}}\nparameters: {dir: {}}\n", "p:4:8: unknown name {{dri}}; did you mean"),
        ("steps:\n- run: &a x\n- run: *a\n", "p:4:8: an anchor"),
        ("steps:\n- run: *a\n", "p:4:8: an alias"),
        ("steps:\n- run: !!python/name:os.system x\n", "p:4:8: a tag"),
        ("steps:\n- run: !run x\n", "p:4:8: a tag"),
        ("steps:\n- run:\n", 'p:4:3: "run" is empty'),
        ("steps:\n- cwd: x\n", 'p:4:3: an item of "steps" needs "run"'),
        ('steps:\n- run: "\\ud800"\n', "p:4:8: half a character"),
        ("steps: [\n", "p:4:1: "),
        ("steps: []\n---\na: b\n", "p:4:1: a second document"),
        ("steps: " + "[" * 100, "nested deeper"),
        ("steps:\n- run: x\n  requires: [{command: a, file: b}]\n", "p:5:14: a requirement is one of"),
        ("steps:\n- run: x\n  expect: {effects: [mangled a]}\n", '"mangled a" does not have the form'),
        ("steps:\n- run: x\n  capture: [{name: a, recorded: b, pattern: '('}]\n", "is no regular expression"),
        ("steps:\n- run: x\n  capture: [{name: a, recorded: b, pattern: c}]\n", "{{a}} stands nowhere"),
        ("steps:\n- run: x\n  answers: [{prompt: a}]\n", 'an answer needs "send"'),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_the_nearest_word(text: str, message: str) -> None:
    with pytest.raises(BadInputError) as caught:
        load("replaybook: 1\nname: a\n" + text, where="p")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_document_is_none() -> None:
    with pytest.raises(BadInputError, match="empty"):
        load("", where="p")


def test_the_digest_says_what_counts_and_not_the_version() -> None:
    playbook = load(EXAMPLE, where="p")
    renumbered = load(EXAMPLE.replace("goal:", "version: 7\ngoal:"), where="p")
    changed = load(EXAMPLE.replace("exit: 0", "exit: 1"), where="p")
    assert digest(playbook) == digest(renumbered)
    assert digest(playbook) != digest(changed)


def test_the_diff_shows_the_changed_line() -> None:
    changed = load(EXAMPLE.replace("npm run bundle", "npm run bundle:prod"), where="p")
    lines = diff(load(EXAMPLE, where="p"), changed).splitlines()
    assert "-  - run: npm run bundle" in lines
    assert "+  - run: npm run bundle:prod" in lines


@pytest.mark.parametrize("text", [EXAMPLE, dump(load(EXAMPLE, where="p"))])
def test_an_editor_that_reads_the_published_schema_agrees(text: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    document = json.loads(json.dumps(YAML(typ="safe", pure=True).load(text)))
    jsonschema.validate(document, json_schema())
