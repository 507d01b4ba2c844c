"""What people write wrong by hand, and what each must be told: where, what, and the nearest valid word."""

import pytest

from capture.errors import BadInputError
from replay.document import all_wrong, load

HEAD = "replaybook: 1\nname: a\n"
STEP = HEAD + "steps:\n  - run: x\n"

WRONG: list[tuple[str, str]] = [
    # The document as a whole.
    ("", "p:1:1: empty; a playbook begins with `replaybook: 1`"),
    ("# only a comment\n", "p:1:1: empty; a playbook begins with `replaybook: 1`"),
    ("just text\n", "p:1:1: the playbook must be a mapping"),
    ("- run: x\n", "p:1:1: the playbook must be a mapping"),
    ("name: a\nsteps: []\n", 'p:1:1: the playbook needs "replaybook"'),
    ("replaybook: 1\nsteps: []\n", 'p:1:1: the playbook needs "name"'),
    ("replaybook: 1\nname: a\n", 'p:1:1: the playbook needs "steps"'),
    ("replaybook: 2\nname: a\nsteps: []\n", 'p:1:13: "2" is no value of "replaybook"; known here: 1'),
    ("replaybook: 1.0\nname: a\nsteps: []\n", 'p:1:13: "1.0" is no value of "replaybook"; known here: 1'),
    ("replaybok: 1\nname: a\nsteps: []\n", 'p:1:1: unknown word "replaybok"; did you mean "replaybook"?'),
    (HEAD + "step:\n  - run: x\n", 'p:3:1: unknown word "step"; did you mean "steps"?'),
    (HEAD + "Steps: []\n", 'p:3:1: unknown word "Steps"; did you mean "steps"?'),
    (HEAD + "steps: []\nsteps: []\n", 'p:4:1: "steps" a second time (first in line 3)'),
    (HEAD + "steps: []\n---\n" + HEAD, "p:4:1: a second document; one file holds one playbook"),
    (HEAD + "steps:\n", 'p:3:1: "steps" is empty; give it a value (or ""), or leave it out'),
    (HEAD + "steps: x\n", 'p:3:8: "steps" must be a list'),
    (HEAD + "steps: {run: x}\n", 'p:3:8: "steps" must be a list'),
    (HEAD + "version: two\nsteps: []\n", 'p:3:10: "version" must be a whole number, not "two"'),
    (HEAD + "version: [1]\nsteps: []\n", 'p:3:10: "version" must be a text'),
    (HEAD + "columns: wide\nsteps: []\n", 'p:3:10: "columns" must be a whole number, not "wide"'),
    (HEAD + "colums: 80\nsteps: []\n", 'p:3:1: unknown word "colums"; did you mean "columns"?'),
    (HEAD + "goal: [a]\nsteps: []\n", 'p:3:7: "goal" must be a text'),
    (HEAD + "watch: /etc\nsteps: []\n", 'p:3:8: "watch" must be a list'),
    (HEAD + "watch: ['{{etc}}']\nsteps: []\n", "p:3:9: unknown name {{etc}}"),
    # YAML itself.
    (HEAD + "steps:\n\t- run: x\n", "p:4:1: found character '\\t' that cannot start any token"),
    (HEAD + "goal: a: b\nsteps: []\n", "p:3:8: mapping values are not allowed here"),
    (HEAD + 'goal: "open\nsteps: []\n', "p:5:1: found unexpected end of stream"),
    (HEAD + "steps: [\n", "p:4:1: "),
    (HEAD + "steps:\n  - run: &x a\n", "p:4:10: an anchor (&x); write the value out instead"),
    (HEAD + "steps:\n  - run: *x\n", "p:4:10: an alias; write the value out instead"),
    (HEAD + "steps:\n  - run: !!binary YQ==\n", "p:4:10: a tag (!!binary); every value is text"),
    (HEAD + "steps:\n  - <<: {run: x}\n", 'p:4:5: unknown word "<<"'),
    (HEAD + "steps:\n  - ? [a]\n    : b\n", "p:4:7: a key must be a word"),
    ("%YAML 9.9\n---\n" + STEP, "p:1:1: "),
    ("a\x00b", "p:1:2: "),
    ("\x1b[0m", "p:1:1: "),
    # Tools.
    (HEAD + "steps:\n  - tool: a\n    run: x\n", 'p:5:10: "run" goes with "run", not with "tool"'),
    (HEAD + "steps:\n  - tool: a\n    answers: []\n", 'p:5:14: "answers" goes with "run", not with "tool"'),
    (HEAD + "steps:\n  - tol: a\n", 'p:4:5: unknown word "tol"; did you mean "tool"?'),
    (HEAD + "steps:\n  - cwd: a\n", 'p:4:5: an item of "steps" needs "run" or "tool"'),
    (HEAD + "steps:\n  - run: a\n    input: {}\n", 'p:5:12: "input" goes with "tool"'),
    (HEAD + "steps:\n  - run: a\n    kind: tool\n", "p:5:11: a step of kind tool names its tool"),
    (HEAD + "steps:\n  - tool: a\n    kind: file\n", "p:5:11: a step that calls a tool is of kind tool"),
    (HEAD + "steps:\n  - tool: ''\n", "p:4:11: a tool is called by its name as it is, as files/write"),
    (HEAD + "steps:\n  - tool: a\n    input:\n      n: ={{n}}\n", "p:6:10: unknown name {{n}}"),
    # Parameters.
    (HEAD + "parameters: [a]\nsteps: []\n", 'p:3:13: "parameters" must be a mapping'),
    (HEAD + "parameters:\n  a: b\nsteps: []\n", 'p:4:6: "a" must be a mapping'),
    (
        HEAD + "parameters:\n  My-Name: {}\nsteps: []\n",
        'p:4:3: "My-Name" is no name; use lower-case letters, digits and _',
    ),
    (HEAD + "parameters: {a: {typ: path}}\nsteps: []\n", 'p:3:18: unknown word "typ"; did you mean "type"?'),
    (HEAD + "parameters: {a: {type: pth}}\nsteps: []\n", 'p:3:24: "pth" is no value of "type"; did you mean "path"?'),
    (HEAD + "parameters: {a: {type: number}}\nsteps: []\n", 'p:3:24: "number" is no value of "type"; known here: bool'),
    (HEAD + "parameters: {a: {defualt: x}}\nsteps: []\n", 'p:3:18: unknown word "defualt"; did you mean "default"?'),
    (HEAD + "parameters: {a: {default: '{{cdw}}'}}\nsteps: []\n", 'p:3:27: unknown name {{cdw}}; did you mean "cwd"?'),
    (HEAD + "parameters: {a: {default: '{{b}}'}, b: {}}\nsteps: []\n", "p:3:27: unknown name {{b}}"),
    (
        HEAD + "parameters: {a: {source: usr}}\nsteps: []\n",
        'p:3:26: "usr" is no value of "source"; did you mean "user"?',
    ),
    # Steps.
    (HEAD + "steps:\n  - make\n", 'p:4:5: an item of "steps" must be a mapping'),
    (HEAD + "steps:\n  - cwd: /\n", 'p:4:5: an item of "steps" needs "run"'),
    (HEAD + "steps:\n  - run:\n", 'p:4:5: "run" is empty; give it a value (or ""), or leave it out'),
    (HEAD + "steps:\n  - run: [a]\n", 'p:4:10: "run" must be a text'),
    (HEAD + "steps:\n  - command: x\n", 'p:4:5: unknown word "command"'),
    (STEP + "    expects: {}\n", 'p:5:5: unknown word "expects"; did you mean "expect"?'),
    (STEP + "    run: y\n", 'p:5:5: "run" a second time (first in line 4)'),
    (STEP + "   cwd: y\n", "p:5:4: "),
    (STEP + "    cwd: '{{projekt}}'\n", "p:5:10: unknown name {{projekt}}"),
    (STEP + "    kind: shel\n", 'p:5:11: "shel" is no value of "kind"; did you mean "shell"?'),
    (STEP + "    env: [A]\n", 'p:5:10: "env" must be a mapping'),
    (STEP + "    env: {A: {B: c}}\n", 'p:5:14: "A" must be a text'),
    (STEP + "    timeout: 60\n", 'p:5:14: "60" does not have the form of "timeout"; write it as 60s, 500ms, 2m or 1h'),
    (STEP + "    timeout: 1 minute\n", 'p:5:14: "1 minute" does not have the form of "timeout"; write it as 60s,'),
    (STEP + "    safety: auto-ok\n", 'p:5:13: "auto-ok" is no value of "safety"; did you mean "auto_ok"?'),
    (STEP + "    skip: yes\n", 'p:5:11: "skip" must be true or false, not "yes"'),
    (STEP + "    requires: [git]\n", 'p:5:16: an item of "requires" must be a mapping'),
    (STEP + "    requires: [{comand: git}]\n", 'p:5:17: unknown word "comand"; did you mean "command"?'),
    (STEP + "    requires: [{sha256: ab}]\n", "p:5:16: a requirement is one of command, file, directory, env"),
    (STEP + "    requires: [{command: a, env: b}]\n", "p:5:16: a requirement is one of command, file, directory, env"),
    (STEP + "    expect: 0\n", 'p:5:13: "expect" must be a mapping'),
    (STEP + "    expect: {exit: ok}\n", 'p:5:20: "exit" must be a whole number, not "ok"'),
    (STEP + "    expect: {exit: 0x1}\n", 'p:5:20: "exit" must be a whole number, not "0x1"'),
    (STEP + "    expect: {stdout: x}\n", 'p:5:14: unknown word "stdout"'),
    (STEP + "    expect: {output: '{{duraton}}'}\n", 'p:5:23: unknown name {{duraton}}; did you mean "duration"?'),
    (STEP + "    expect: {effects: created a}\n", 'p:5:23: "effects" must be a list'),
    (STEP + "    expect: {effects: [create a]}\n", 'p:5:24: "create a" does not have the form of an item of "effects"'),
    (STEP + "    expect: {effects: [a.txt]}\n", 'an item of "effects"; write it as created PATH'),
    (STEP + "    expect: {effects: [{creatd: a}]}\n", 'p:5:25: unknown word "creatd"; did you mean "created"?'),
    (STEP + "    expect: {effects: [{content: a}]}\n", "p:5:24: an effect is one of created, modified, deleted"),
    (STEP + "    expect: {effects: [{created: a, directory: 1}]}\n", '"directory" must be true or false, not "1"'),
    (STEP + "    answers: [{send: y}]\n", 'p:5:15: an item of "answers" needs "prompt"'),
    (STEP + "    answers: [{prompt: y}]\n", 'p:5:15: an answer needs "send", or "secret: true"'),
    (STEP + "    answers: [{promt: y, send: z}]\n", 'p:5:16: unknown word "promt"; did you mean "prompt"?'),
    (STEP + "    capture: [{name: A, recorded: b, pattern: c}]\n", '"A" does not have the form of "name"; write it as'),
    (STEP + "    capture: [{name: a, recorded: b, pattern: '('}]\n", 'p:5:47: "(" is no regular expression'),
    (
        STEP + "    capture: [{name: a, recorded: b, pattern: c}]\n",
        "p:5:22: {{a}} stands nowhere in the step's expected",
    ),
    (STEP + "    source_step: first\n", 'p:5:18: "source_step" must be a whole number, not "first"'),
    (STEP + "  - run: echo {{late}}\n", "p:5:10: unknown name {{late}}"),
    (HEAD + 'steps:\n  - run: "\\ud800"\n', "p:4:10: half a character (a lone surrogate)"),
]  # fmt: skip


def test_there_are_enough_of_them() -> None:
    assert len({text for text, _ in WRONG}) == len(WRONG) >= 60


def test_of_several_mistakes_all_are_told() -> None:
    text = "speed: 1\n" + STEP + "    safety: L9\n    expect: {exit: soon}\n  - rnu: y\n  - run: 'echo {{nme}}'\n"
    assert [one.partition("; ")[0] for one in all_wrong(text, where="p")] == [
        'p:1:1: unknown word "speed"',
        'p:6:13: "L9" is no value of "safety"',
        'p:7:20: "exit" must be a whole number, not "soon"',
        'p:8:5: unknown word "rnu"',
    ]
    # As it is while somebody types it.
    assert [one.partition("; ")[0] for one in all_wrong("speed:\n" + STEP, where="p")] == [
        'p:1:1: unknown word "speed"'
    ]
    names = STEP + "  - run: 'echo {{nme}}'\n    expect: {output: '{{wht}}'}\n"
    assert [one.partition("; ")[0] for one in all_wrong(names, where="p")] == [
        "p:5:10: unknown name {{nme}}",
        "p:6:23: unknown name {{wht}}",
    ]
    assert all_wrong(STEP, where="p") == ()


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_wrong_document_is_told_where_and_what(text: str, message: str) -> None:
    with pytest.raises(BadInputError) as caught:
        load(text, where="p")
    said = str(caught.value)
    assert message in said
    assert said.startswith("p:")
    assert len(said) < 300
    assert said.isprintable()
    assert said in all_wrong(text, where="p")
