"""Documents that people write: looked over as they type, saved as a new draft, and never in another's place."""

import json
from pathlib import Path

import pytest

from app.editor import SCHEMA_LINE, SCHEMA_NAME, edit_document
from app.proofreading import Mistake, mistake_of, read_written, step_at, step_lines
from app.widgets.document_area import indent_after
from capture.errors import BadInputError, UnknownNameError
from replay.document import load
from tests.app.written import DOCUMENT, core_with
from tests.program import Program

BASE = load(DOCUMENT, where="base")


@pytest.mark.parametrize(
    ("reason", "mistake"),
    [
        ("what you wrote:3:7: no such field", Mistake(3, 7, "no such field")),
        ("what you wrote: it is too long", Mistake(1, 1, "it is too long")),
        ("what you wrote:12: odd: 4:5: it", Mistake(12, 1, "odd: 4:5: it")),
    ],
)
def test_a_mistake_has_its_place(reason: str, mistake: Mistake) -> None:
    assert mistake_of(reason, where="what you wrote") == mistake


def test_what_holds_says_what_it_changes_in_steps() -> None:
    text = DOCUMENT.replace("  - run: cat notes.txt\n", "").replace("./bundle.sh\n", "./bundle.sh --all\n")
    written = read_written(text, name="release", base=BASE)
    assert written.mistake is None
    assert [change.words for change in written.changes] == ["step 2 dropped", "step 1's command changed"]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("./tag.sh {{build}}", "./tag.sh {{bulid}}", 19, "{{bulid}}"),
        ("exit: 0", "exit: none", 13, "whole number"),
        ("    capture:", "    catpure:", 16, "capture"),
        ("name: release\n", "name: other\n", 2, "keeps the name release"),
        ("  - run: cat", "  - run: [cat", 19, ""),
    ],
)
def test_what_does_not_hold_is_named_at_its_line(old: str, new: str, line: int, said: str) -> None:
    mistake = read_written(DOCUMENT.replace(old, new, 1), name="release", base=BASE).mistake
    assert mistake is not None
    assert (mistake.line, said in mistake.said) == (line, True)


def test_steps_are_found_by_their_dashes() -> None:
    lines = step_lines(DOCUMENT)
    assert [DOCUMENT.split("\n")[line - 1].strip() for line in lines] == [
        "- run: ./bundle.sh",
        "- run: cat notes.txt",
        "- run: ./tag.sh {{build}} {{tag}}",
    ]
    assert [step_at(lines, line) for line in (9, lines[0], lines[1] - 1, lines[2] + 2)] == [None, 1, 1, 3]
    assert step_lines("steps: [{run: make}]\n") == ()
    assert step_lines("steps:\n- run: a\n- run: |\n    - b\nwatch: []\n- run: c\n") == (2, 3)


@pytest.mark.parametrize(
    ("line", "indent"),
    [("", 0), ("steps:", 2), ("  - run: make", 4), ("    expect:", 6), ("      output: |", 8), ("    # so:", 4)],
)
def test_enter_keeps_the_indentation(line: str, indent: int) -> None:
    assert indent_after(line) == indent


def test_a_save_makes_a_new_draft_and_leaves_the_version_as_it_is(tmp_path: Path) -> None:
    core = core_with(tmp_path)
    text = DOCUMENT.replace("# made first", "# made by hand").replace("cat notes.txt", "cat news.txt")
    made = core.write("release@1", text, where="it")
    assert (made.playbook.version, made.status) == (2, "draft")
    assert made.text == text.replace("version: 1", "version: 2")
    assert core.text("release@1") == ("release@1", DOCUMENT)
    entry = core.audit()[-1]
    assert (entry.action, entry.subject, entry.details["base"]) == ("written", "release@2", "release@1")


def test_what_does_not_hold_is_not_saved(tmp_path: Path) -> None:
    core = core_with(tmp_path)
    with pytest.raises(BadInputError, match=r"^it:13:13: "):
        core.write("release", DOCUMENT.replace("exit: 0", "exit: none"), where="it")
    with pytest.raises(BadInputError, match="nothing is to be saved"):
        core.write("release", DOCUMENT, where="it")
    with pytest.raises(UnknownNameError):
        core.write("release@7", DOCUMENT, where="it")
    assert [one.versions for one in core.playbooks()] == [(1,)]
    assert core.audit() == ()


def test_a_version_that_can_not_be_read_is_mended_by_writing_the_next_one(tmp_path: Path) -> None:
    core = core_with(tmp_path, DOCUMENT.replace("exit: 0", "exit: none"))
    ref, text = core.text("release@1")
    assert core.write(ref, text.replace("exit: none", "exit: 0"), where="it").playbook.version == 2


def editor(folder: Path, *lines: str) -> dict[str, str]:
    """An editor that is a shell script; `$1` is the file."""
    path = folder / "editor.sh"
    path.write_text("\n".join(("#!/bin/sh", *lines, "")), encoding="utf-8")
    path.chmod(0o755)
    return {"EDITOR": str(path), "VISUAL": ""}


def test_an_editor_gets_the_schema_and_the_text_comes_back_without_it(tmp_path: Path) -> None:
    environment = editor(tmp_path, f'cp "$1" "{tmp_path}/seen"; sed -i s/notes/news/ "$1"')
    written, problem = edit_document(tmp_path / "release@1.yaml", DOCUMENT, b"{}", environment)
    assert problem is None
    assert written == DOCUMENT.replace("notes", "news")
    assert (tmp_path / "seen").read_text(encoding="utf-8") == f"{DOCUMENT}{SCHEMA_LINE}\n"
    assert (tmp_path / SCHEMA_NAME).read_bytes() == b"{}"


def test_an_editor_that_fails_changes_nothing(tmp_path: Path) -> None:
    written, problem = edit_document(tmp_path / "a.yaml", DOCUMENT, b"{}", editor(tmp_path, 'echo > "$1"; exit 3'))
    assert written == DOCUMENT
    assert "ended with 3" in str(problem)


def test_the_next_version_is_written_from_the_command_line(program: Program, tmp_path: Path) -> None:
    core = core_with(tmp_path)
    program = Program(home=core.home.path, cwd=program.cwd)
    environment = editor(tmp_path, 'sed -i "s/exit: 0/exit: 2/" "$1"')
    done = program("playbook", "release", "--edit", environment=environment)
    assert (done.code, done.out.splitlines()[:2]) == (
        0,
        ["release@2 is a draft, made of release@1", "  ~ step 1's expected exit code changed: 0 → 2"],
    )
    file = tmp_path / "next.yaml"
    file.write_text(DOCUMENT.replace("v1", "v2"), encoding="utf-8")
    document = program.json("playbook", "release@2", "--write", str(file))
    assert (document["version"], document["base"]) == (3, "release@2")
    file.write_text(DOCUMENT.replace("exit: 0", "exit: none"), encoding="utf-8")
    wrong = program("playbook", "release@2", "--write", str(file))
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert f"{file}:13:13: " in wrong.err


def test_what_an_editor_left_wrong_is_kept(program: Program, tmp_path: Path) -> None:
    core = core_with(tmp_path)
    program = Program(home=core.home.path, cwd=program.cwd)
    environment = editor(tmp_path, 'sed -i "s/exit: 0/exit: none/" "$1"') | {"TMPDIR": str(tmp_path)}
    done = program("playbook", "release", "--edit", environment=environment)
    assert done.code == 2
    kept = Path(done.err.strip().rpartition("--write ")[2])
    assert kept.read_text(encoding="utf-8") == DOCUMENT.replace("exit: 0", "exit: none")
    unchanged = program("playbook", "release", "--edit", environment=editor(tmp_path, "true"))
    assert (unchanged.code, "left as it is" in unchanged.err or "left as it was" in unchanged.err) == (2, True)
    assert json.loads(program("playbooks", "--json").out)[0]["versions"] == [1]


def test_each_version_tells_where_it_comes_from_and_what_it_changed(program: Program, tmp_path: Path) -> None:
    core = core_with(tmp_path)
    core.write("release@1", DOCUMENT.replace("notes", "news"), where="it")
    core.write("release@1", DOCUMENT.replace("  - run: cat notes.txt\n", ""), where="it")
    assert [(one.version, one.how, one.base) for one in core.lineage("release")] == [
        (3, "edit of v1", 1),
        (2, "edit of v1", 1),
        (1, "compiled", None),
    ]
    program = Program(home=core.home.path, cwd=program.cwd)
    told = program("playbook", "release", "--versions").out.splitlines()
    assert [line.strip() for line in told if line.startswith(" ")] == [
        "- step 2 dropped: cat notes.txt",
        "~ step 2's command changed: cat notes.txt → cat news.txt",
    ]
    rows = program.rows_of("playbook", "release", "--versions")
    assert [(row["version"], len(row["changes"])) for row in rows] == [(3, 1), (2, 1), (1, 0)]
    (core.home.playbooks / "release" / "2.yaml").write_text("no", encoding="utf-8")
    assert "can't be read" in program("playbook", "release@3", "--versions").out
