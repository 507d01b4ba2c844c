"""edit and join, through the installed command over real recordings."""

from pathlib import Path

import pytest

from capture.home import Home
from capture.recording.steps import KEPT_TEXT
from capture.tape.reader import load_trace, read_frames
from tests.program import Program, tree


@pytest.fixture
def program(tmp_path: Path) -> Program:
    work = tmp_path / "work"
    work.mkdir()
    return Program(tmp_path / "home", work)


def printed(program: Program, run_id: str) -> list[bytes]:
    home = Home(program.home)
    tape = b"".join(frame.data for frame in read_frames(home, run_id))
    return [tape[step.output_start : step.output_end] for step in load_trace(home, run_id).steps]


COMMANDS = ("export A=1; cd /tmp", "echo one > first; cat first", "printf 'no newline'", "false", "echo last")


def test_steps_keep_their_bytes_and_undo_gives_back_every_file(program: Program) -> None:
    run_id = program.record(*COMMANDS)
    before, bytes_before = tree(program.home / "runs"), printed(program, run_id)
    document = program.json("edit", "work", "--cut", "1,4", "--idle", "0.2")
    assert document["edits"] == ["cut 1, 4", "silences of at most 0.2 s"]
    assert (document["steps"], document["original_kept"]) == (3, True)
    assert printed(program, run_id) == [bytes_before[index] for index in (1, 2, 4)]
    shown = program.json("show", "work")
    assert shown["run"]["edits"] == document["edits"]
    assert [step["step_index"] for step in shown["steps"]] == [1, 2, 3]
    assert load_trace(Home(program.home), run_id).environment["A"] == "1"
    assert "edits: cut 1, 4" in program("show", "work").out
    assert program.json("compile", "work", "--name", "short")["playbook"] == "short"
    program.json("edit", "work", "--undo")
    assert tree(program.home / "runs") == before
    assert program("edit", "work", "--undo").code == 6


def test_undo_takes_one_edit_back_and_all_of_them_when_told(program: Program) -> None:
    run_id = program.record(*COMMANDS)
    before = tree(program.home / "runs")
    for _ in range(3):
        told = program("edit", run_id, "--cut", "1")
    assert "--undo takes one edit back, --undo --all every one" in told.out
    document = program.json("edit", run_id, "--undo")
    assert (document["steps"], document["edits"], document["original_kept"]) == (3, ["cut 1", "cut 1"], True)
    assert [step["command"] for step in program.json("show", run_id)["steps"]] == list(COMMANDS[2:])
    document = program.json("edit", run_id, "--undo", "--all")
    assert (document["steps"], document["edits"], document["original_kept"]) == (5, [], False)
    assert tree(program.home / "runs") == before


def test_a_trim_and_a_purge_leave_nothing_of_what_went(program: Program) -> None:
    run_id = program.record("echo gone-for-good > a; cat a", "echo kept > b; cat b")
    program.json("edit", run_id, "--trim", "2..2")
    held = [path for path in program.home.rglob("*") if path.is_file() and b"gone-for-good" in path.read_bytes()]
    assert held
    document = program.json("edit", run_id, "--purge")
    assert (document["contents_dropped"], document["original_kept"]) == (1, False)
    assert not any(path.is_file() and b"gone-for-good" in path.read_bytes() for path in program.home.rglob("*"))
    assert printed(program, run_id) == [b"kept\r\n"]


def test_a_late_redaction_leaves_the_text_in_no_file_of_the_home(program: Program) -> None:
    text = "swordfish"
    run_id = program.record_entries(
        [
            {"command": f"echo {text}; printf '\\033[3{{1,2}}m%s' sword; printf '\\033[1mfish\\033[0m\\n'"},
            {"command": f'export HERE=x{text}x; echo "$HERE" > file-{text}'},
            {"command": "read -p 'name? ' n", "inputs": [{"expect": "name", "send": text}]},
            {"command": f"f() {{ echo {text}; }}; alias g='echo {text}'"},
            {"command": "echo clean"},
        ]
    )
    program.json("edit", run_id, "--cut", "5")
    program.json("edit", run_id, "--cut", "1")
    document = program.json("edit", run_id, "--redact", text)
    assert document["masked"] > 5
    assert document["contents_dropped"] == 1
    assert document["found_in"] == []
    assert text not in "".join(step["output"] for step in program.json("show", run_id)["steps"])
    for state in (0, 1, 2):
        for path in program.home.rglob("*"):
            assert text not in path.name
            if path.is_file():
                visible = path.read_bytes().replace(b"\x1b[1m", b"")
                assert text.encode() not in visible, (path, state)
        if state == 0:
            assert "final" in program("edit", run_id, "--redact", "clean").out
        if state < 2:
            assert program.json("edit", run_id, "--undo")["steps"] == 4 + state
    assert len(program.json("show", run_id)["steps"]) == 5
    assert program("edit", run_id, "--redact", text).code == 2


def test_a_late_redaction_leaves_no_half_where_the_middle_of_an_output_is_left_out(program: Program) -> None:
    half = KEPT_TEXT // 2
    fill = "head -c {} /dev/zero | tr '\\0' {}; printf sword''fish; "
    run_id = program.record(
        fill.format(half - 5, "x") + fill.format(half * 2, "y") + f"head -c {half - 4} /dev/zero | tr '\\0' z"
    )
    (step,) = program.json("show", run_id)["steps"]
    assert "xsword\n[…]\nfishz" in step["output"]
    program.json("edit", run_id, "--redact", "swordfish")
    (step,) = program.json("show", run_id)["steps"]
    assert "x[masked:edit]\n[…]\n[masked:edit]z" in step["output"]


def test_contents_that_another_run_needs_stay_and_are_named(program: Program) -> None:
    first = program.record("echo swordfish > same")
    program.record("rm same; echo swordfish > same")
    document = program.json("edit", first, "--redact-regex", "sword[a-z]+")
    assert len(document["contents_kept"]) == 1
    assert document["found_in"] == [
        path for path in document["found_in"] if path.startswith("runs/") and first not in path
    ]
    assert document["found_in"]


def test_runs_are_joined_and_stay_as_they_are(program: Program) -> None:
    first, second = program.record("echo one > a"), program.record("cat a", "echo two")
    before = tree(program.home / "runs")
    document = program.json("join", first, second, "--name", "both")
    assert (document["steps"], document["name"]) == (3, "both")
    assert printed(program, document["run_id"]) == [b"", b"one\r\n", b"two\r\n"]
    after = tree(program.home / "runs")
    assert {path: value for path, value in after.items() if document["run_id"] not in path} == before
    assert program.json("compile", "both", "--name", "both")["playbook"] == "both"
    assert "joined of" in program("show", "both").out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "nothing to edit"),
        (("--trim", "9..10"), 7, "has no step 9; it has steps 1 to 1"),
        (("--trim", "x"), 2, "is no FROM..TO"),
        (("--cut", "1"), 2, "no step would be left"),
        (("--cut", "a"), 2, "is no list of steps"),
        (("--idle", "-1"), 2, "less than nothing"),
        (("--redact", "absent"), 2, "nothing was redacted"),
        (("--redact-regex", "("), 2, "can't be read"),
        (("--undo", "--purge"), 2, "go alone"),
        (("--undo",), 6, "has no original"),
        (("--all",), 2, "write --undo --all"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(
    program: Program, arguments: tuple[str, ...], code: int, said: str
) -> None:
    program.record("true")
    result = program("edit", "work", *arguments)
    assert (result.code, result.err.count("\n")) == (code, 1)
    assert said in result.err
