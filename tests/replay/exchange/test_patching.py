"""File steps in each format, done by the tool that it is written for."""

import socket
from pathlib import Path

import msgspec
import pytest

from replay.document import load
from replay.exchange import export, from_markdown
from replay.playbook import Compilation, Playbook, PlaybookStep
from tests.replay.exchange.samples import AFTER, BEFORE, PATCHES
from tests.replay.exchange.test_exporting import run, tool, written


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "w"
    (folder / "sub dir").mkdir(parents=True)
    for name, text in BEFORE.items():
        (folder / name).write_bytes(text.encode())
    return folder


def held(workspace: Path) -> dict[str, str]:
    return {
        str(path.relative_to(workspace)): path.read_bytes().decode()
        for path in workspace.rglob("*")
        if path.is_file() and path.name != "justfile"
    }


def imported(text: str) -> Compilation:
    return from_markdown(text, name="a", where="a.md", split=lambda body: (body.rstrip("\n"),), mask=lambda one: one)


def test_a_script_does_what_the_patches_do(workspace: Path, tmp_path: Path) -> None:
    script = written(PATCHES, "bash", tmp_path / "kept", "edits.sh")
    done = run(["bash", str(script)], workspace)
    assert done.returncode == 0, done.stderr
    assert held(workspace) == AFTER
    assert (workspace / "sub dir/made.txt").stat().st_mode & 0o777 == 0o755
    again = run(["bash", str(script)], workspace)
    assert again.returncode == 1
    assert "step 1: the patch of app.ini does not apply" in again.stderr
    assert held(workspace) == AFTER


def test_just_does_what_the_patches_do(workspace: Path) -> None:
    written(PATCHES, "justfile", workspace, "justfile")
    done = run([tool("just")], workspace)
    assert done.returncode == 0, done.stderr
    assert held(workspace) == AFTER


def test_a_file_that_drifted_elsewhere_is_merged(workspace: Path, tmp_path: Path) -> None:
    drifted = BEFORE["app.ini"].replace("last\n", "more\nlast\n")
    (workspace / "app.ini").write_text(drifted)
    done = run(["bash", str(written(PATCHES, "bash", tmp_path / "kept", "edits.sh"))], workspace)
    assert done.returncode == 0, done.stderr
    assert (workspace / "app.ini").read_text() == drifted.replace("debug = no", "debug = yes")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("app.ini", BEFORE["app.ini"].replace("no", "maybe"), "step 1: the patch of app.ini does not apply"),
        ("app.ini", None, "step 1: app.ini is not there"),
        ("gone.txt", "kept\n", "step 2: gone.txt is to be deleted, and holds something else than recorded"),
        ("new.txt", "", "step 2: new.txt is there already"),
        ("sub dir/made.txt", "", "made.txt is there already"),
        ("dos.txt", "first\nsecond\n", "step 2: the patch of dos.txt does not apply"),
    ],
)
def test_what_does_not_fit_stops_the_script_before_its_step_changes_anything(
    name: str, text: str | None, said: str, workspace: Path, tmp_path: Path
) -> None:
    if text is None:
        (workspace / name).unlink()
    else:
        (workspace / name).write_text(text)
    before = held(workspace)
    done = run(["bash", str(written(PATCHES, "bash", tmp_path / "kept", "edits.sh"))], workspace)
    assert done.returncode == 1
    assert said in done.stderr
    now = held(workspace)
    assert {path: now.get(path) for path in before if path != "app.ini"} == {
        path: before[path] for path in before if path != "app.ini"
    }
    assert now.get("app.ini") in (before.get("app.ini"), AFTER["app.ini"])


def test_the_script_reads_well(tmp_path: Path) -> None:
    script = written(PATCHES, "bash", tmp_path, "edits.sh")
    found = run([tool("shellcheck"), "--norc", "-S", "warning", "-s", "bash", str(script)], tmp_path)
    assert found.stdout == ""


def test_what_is_not_checked_is_said() -> None:
    text = export(PATCHES, "bash")
    assert "# not checked here: what it prints\n" in text
    assert "# not checked here: created out/{{uuid}}.txt\n" in text


def test_a_markdown_patch_reads_back_as_the_same_step_or_says_that_it_does_not() -> None:
    alone = msgspec.structs.replace(PATCHES, steps=(msgspec.structs.replace(PATCHES.steps[0], cwd=None),))
    (step,) = [one for one in imported(export(alone, "markdown")).playbook.steps if "param_" not in one.run]
    assert (step.kind, step.run) == ("file", PATCHES.steps[0].run)
    assert "this is shell text and no longer a patch" not in export(alone, "markdown")
    assert "this is shell text and no longer a patch" in export(PATCHES, "markdown")


def test_the_commands_of_a_markdown_document_do_what_the_patches_do(workspace: Path) -> None:
    blocks = [step.run for step in imported(export(PATCHES, "markdown")).playbook.steps]
    script = "\n".join(blocks).replace("\\{{", "{{")
    done = run(["bash", "-e", "-c", script], workspace)
    assert done.returncode == 0, done.stderr
    assert held(workspace) == AFTER


def needing(*needs: str) -> Playbook:
    lines = ", ".join(needs)
    return load(f"replaybook: 1\nname: n\nsteps:\n- run: touch done\n  requires: [{lines}]\n", where="n")


def test_needs_of_the_machine_are_looked_at(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for need, said in (
            (f'port: "{port}"', f"port {port} is in use"),
            (f'port: "127.0.0.1:{port}"', f"port {port} is in use"),
            ("disk: 900000 TB", "less than 900000 TB are free"),
            ("git: .", ". lies in no git repository"),
        ):
            done = run(["bash", str(written(needing(f"{{{need}}}"), "bash", tmp_path / "kept", "n.sh"))], tmp_path)
            assert (done.returncode, f"step 1: {said}\n" in done.stderr) == (1, True), done.stderr
    assert not (tmp_path / "done").exists()


def test_the_state_of_a_repository_is_looked_at(tmp_path: Path) -> None:
    commit = "git init -q -b main && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x"
    run(["bash", "-c", commit], tmp_path)
    head = run(["git", "rev-parse", "--short", "HEAD"], tmp_path).stdout.strip()
    script = tmp_path.with_name("kept") / "g.sh"
    for need, said in (
        ("{git: ., ref: main, clean: true}", None),
        (f'{{git: ., ref: "{head}"}}', None),
        ("{git: ., ref: other}", "other is not checked out"),
    ):
        written(needing(need), "bash", script.parent, script.name)
        done = run(["bash", str(script)], tmp_path)
        assert (done.returncode, said is None or said in done.stderr) == (0 if said is None else 1, True), done.stderr
        (tmp_path / "done").unlink(missing_ok=True)
    (tmp_path / "stray").touch()
    written(needing("{git: ., clean: true}"), "bash", script.parent, script.name)
    assert "holds changes that are not committed" in run(["bash", str(script)], tmp_path).stderr


def test_a_fish_playbook_shows_its_patch() -> None:
    step = PlaybookStep(kind=PATCHES.steps[0].kind, run=PATCHES.steps[0].run)
    assert "```diff\n--- app.ini\n" in export(Playbook(name="f", shell="fish", steps=(step,)), "markdown")
