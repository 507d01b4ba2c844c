from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.errors import BadInputError
from capture.scripted import split_commands
from replay.document import dump, load
from replay.exchange import from_markdown
from replay.playbook import Compilation, SafetyLevel

README = """\
# My *Project*

## Install

```sh { name=install cwd=sub }
mkdir -p a && \\
  touch a/b
cat <<X
{{x}}
X
```

```console
$ not taken
```
~~~bash {"name":"danger","excludeFromRunAll":true}
rm -rf a
export TOKEN=s3cret
~~~

1. In a list

   ```shell {name='go on', cwd=./sub}
   ls
   ```

   ```sh
   pwd
   ```

    indented code is no block
"""


def mask(command: str) -> str:
    return command.replace("s3cret", "[masked]")


def imported(text: str, *, split: object = split_commands) -> Compilation:
    assert callable(split)
    return from_markdown(text, name="p", where="README.md", split=split, mask=mask)


def test_each_complete_command_of_a_shell_block_is_a_step() -> None:
    runs = [step.run for step in imported(README).playbook.steps]
    assert runs == [
        "mkdir -p a && \\\n  touch a/b",
        "cat <<X\n\\{{x}}\nX",
        "rm -rf a",
        "export TOKEN=[masked]",
        "ls",
        "pwd",
    ]


def test_the_attributes_of_runme_are_heeded() -> None:
    steps = imported(README).playbook.steps
    assert [step.cwd for step in steps] == [
        "{{project}}/sub", None, "{{project}}", None, "{{project}}/sub", "{{project}}",
    ]  # fmt: skip
    assert [step.note for step in steps] == ["install", None, "danger", None, "go on", "Install"]
    assert [step.skip for step in steps] == [False, False, True, True, False, False]


def test_risky_commands_want_a_look() -> None:
    levels = [step.safety for step in imported(README).playbook.steps]
    assert levels[0] is SafetyLevel.AUTO_OK
    assert levels[2] is SafetyLevel.NEEDS_CONFIRM


def test_a_reader_is_told_that_nothing_was_recorded_and_what_was_left_out() -> None:
    found = imported(README)
    assert found.quality.score == 0
    assert "nothing of this was recorded" in found.quality.notes[0]
    assert any("steps 3, 4" in note for note in found.quality.notes)
    assert any("secret" in note and "steps 4" in note for note in found.quality.notes)
    assert found.notes == ("line 13: a block of console is left out",)


def test_it_is_a_document_that_loads() -> None:
    playbook = imported(README).playbook
    assert load(dump(playbook), where="p") == playbook


@pytest.mark.parametrize("text", ["", "# A\n", "```python\nx\n```\n", "```sh\n```\n", "```sh\n# only a comment\n```\n"])
def test_a_document_without_commands_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="nothing to import"):
        imported(text)


def whole(body: str) -> Sequence[str]:
    return (body,)


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=40))
def test_any_text_is_a_playbook_or_refused(body: str, info: str) -> None:
    with suppress(BadInputError):
        assert imported(f"```sh {info}\n{body}\n```\n{body}", split=whole).playbook.steps
