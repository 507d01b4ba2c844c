"""The document from outside: exported, imported, compared, and edited by a person, through the command line."""

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

from tests.program import Program

README = "# Set up\n\n```sh { name=make }\nmkdir -p out\necho hello > out/a.txt\n```\n\n```python\nx\n```\n"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "work").mkdir()
    return Program(home=tmp_path / "replaybook", cwd=tmp_path / "work")


@pytest.fixture
def imported(program: Program) -> Program:
    (program.cwd / "README.md").write_text(README)
    made = program.json("import", "markdown", "README.md")
    assert (made["playbook"], made["version"], made["status"]) == ("readme", 1, "draft")
    assert made["quality"]["score"] == 0
    return program


def test_an_imported_document_replays(imported: Program) -> None:
    done = imported.json("replay", "readme", "--mode", "strict", "--draft")
    assert done["status"] == "success"
    assert (imported.cwd / "out/a.txt").read_text() == "hello\n"


def test_an_exported_script_does_the_work(imported: Program) -> None:
    imported("export", "readme", "--format", "bash", "-o", "setup.sh")
    subprocess.run(["bash", "setup.sh"], cwd=imported.cwd, check=True, capture_output=True)
    assert (imported.cwd / "out/a.txt").read_text() == "hello\n"


def test_a_format_of_the_other_kind_is_one_line(imported: Program) -> None:
    wrong = imported("export", "readme", "--format", "bash", "--step", "1")
    assert wrong.code == 2
    assert "mean nothing to bash" in wrong.err
    assert imported("import", "markdown", "nowhere.md").code == 2


def test_versions_are_compared_by_steps(imported: Program) -> None:
    file = Path(imported.home) / "playbooks" / "readme" / "1.yaml"
    edited = file.read_text().replace("version: 1", "version: 2").replace("echo hello", "echo hullo")
    file.with_name("2.yaml").write_text(edited)
    document = imported.json("diff", "readme@1", "readme@2")
    assert [(one["kind"], one["step_index"], one["field"]) for one in document["changes"]] == [("changed", 2, "run")]
    assert "+  - run: echo hullo > out/a.txt" in document["diff"]
    told = imported("diff", "readme@1", "readme@2").out
    assert told == "~ step 2's command changed: echo hello > out/a.txt → echo hullo > out/a.txt\n"
    assert imported("diff", "readme@1", "readme@2", "--unified").out.startswith("--- readme@1")


def test_the_published_schema_describes_every_word(program: Program) -> None:
    schema = json.loads(program("schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    parts = [("playbook", schema), *schema["$defs"].items()]
    bare = [
        f"{part}.{word}"
        for part, one in parts
        for word, field in one.get("properties", {}).items()
        if not field.get("description")
    ]
    assert bare == []
