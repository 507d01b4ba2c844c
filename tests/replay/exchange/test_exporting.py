"""Each format is run, or judged, by the tool that it is written for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from ruamel.yaml import YAML

from app.cli.formats import PLAYBOOK_FORMS
from capture.calls import Call
from capture.errors import BadInputError
from capture.trace import StepKind
from replay.document import load
from replay.exchange import EXPORTERS, export, from_markdown
from replay.playbook import Expectation, Playbook, PlaybookStep
from tests.replay.exchange.samples import FILES, VALUE, WORK, with_secret

BIN = Path(sys.executable).parent


def tool(name: str) -> str:
    """Where a tool is, beside this Python or on the path; the test is left out when it is nowhere."""
    found = shutil.which(name, path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(
    command: list[str], cwd: Path, *, variables: dict[str, str] | None = None, text: str = ""
) -> subprocess.CompletedProcess[str]:
    env = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(cwd), "LC_ALL": "C.UTF-8", **(variables or {})}
    return subprocess.run(command, cwd=cwd, env=env, input=text, capture_output=True, text=True, check=False)


def written(playbook: Playbook, form: str, folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(export(playbook, form))
    return path


def did_its_work(workspace: Path) -> bool:
    return {path.name: path.read_text() for path in (workspace / "out").iterdir()} == FILES


def broken(**fields: object) -> Playbook:
    return Playbook(name="b", steps=(PlaybookStep(run="echo one > a.txt; echo two", **fields),))  # type: ignore[arg-type]


def test_the_command_line_offers_what_there_is() -> None:
    assert set(PLAYBOOK_FORMS) == set(EXPORTERS)


def test_the_script_does_the_work_in_a_fresh_place(tmp_path: Path) -> None:
    script = written(WORK, "bash", tmp_path / "kept", "work.sh")
    workspace = tmp_path / "w"
    workspace.mkdir()
    done = run(["bash", str(script)], workspace)
    assert done.returncode == 0, done.stderr
    assert did_its_work(workspace)


def test_its_parameters_are_arguments_and_variables(tmp_path: Path) -> None:
    script = written(WORK, "bash", tmp_path / "kept", "work.sh")
    for name, arguments, variables in (("a", ["label=x y", "count=7"], {}), ("b", ["count=7"], {"param_label": "x y"})):
        workspace = tmp_path / name
        workspace.mkdir()
        done = run(["bash", str(script), *arguments], workspace, variables=variables)
        assert done.returncode == 0, done.stderr
        assert (workspace / "out/opened.txt").read_text() == "x y, x y 8\n"
    done = run(["bash", str(script), "lable=x"], tmp_path)
    assert done.returncode == 2
    assert "usage: bash FILE [project=VALUE] [label=VALUE]" in done.stderr


def test_the_script_reads_well(tmp_path: Path) -> None:
    script = written(WORK, "bash", tmp_path, "work.sh")
    # What the recorded commands themselves are like is their author's affair.
    theirs = "SC2016,SC2034,SC2154,SC2164,SC2320,SC2181"
    found = run([tool("shellcheck"), "--norc", "-S", "warning", "-e", theirs, "-s", "bash", str(script)], tmp_path)
    assert found.stdout == ""


@pytest.mark.parametrize(
    ("playbook", "said"),
    [
        (broken(expect=Expectation(exit=1)), "step 1: exit 0, expected 1"),
        (broken(expect=Expectation(output="three\n")), "step 1: printed something else than recorded"),
        (broken(expect=load(
            "replaybook: 1\nname: a\nsteps:\n- {run: x, expect: {effects: [created b.txt]}}\n", where="p"
        ).steps[0].expect), "step 1: b.txt is not there"),
        (broken(requires=load(
            "replaybook: 1\nname: a\nsteps:\n- {run: x, requires: [{command: no-such-tool}]}\n", where="p"
        ).steps[0].requires), "step 1: no-such-tool is not installed"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("options", [[], ["-euo", "pipefail"]])
def test_a_step_that_does_something_else_stops_the_script(
    playbook: Playbook, said: str, options: list[str], tmp_path: Path
) -> None:
    stopped = msgspec.structs.replace(playbook, steps=(*playbook.steps, PlaybookStep(run="touch never")))
    done = run(["bash", *options, str(written(stopped, "bash", tmp_path, "b.sh"))], tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("form", EXPORTERS)
def test_no_secret_is_written_and_each_is_asked_for(form: str) -> None:
    text = export(with_secret(), form)
    assert "never-me" not in text
    assert "nor-me" not in text
    assert "param_token" in text


def test_the_script_takes_secrets_from_the_environment_and_wants_consent(tmp_path: Path) -> None:
    script = written(with_secret(), "bash", tmp_path, "s.sh")
    asked = run(["bash", str(script)], tmp_path)
    assert asked.returncode != 0
    assert "param_token: set token" in asked.stderr
    given = {"param_token": "t o", "answer_2_1": "p w"}
    unconfirmed = run(["bash", str(script)], tmp_path, variables=given)
    assert unconfirmed.returncode == 1
    assert "CONFIRMED=yes" in unconfirmed.stderr
    assert not (tmp_path / "password.txt").exists()
    done = run(["bash", str(script)], tmp_path, variables={**given, "CONFIRMED": "yes"})
    assert done.returncode == 0, done.stderr
    assert [(tmp_path / name).read_text() for name in ("token.txt", "password.txt")] == ["t o\n", "p w\n"]


def test_just_runs_the_justfile(tmp_path: Path) -> None:
    written(WORK, "justfile", tmp_path, "justfile")
    done = run([tool("just")], tmp_path)
    assert done.returncode == 0, done.stderr
    assert did_its_work(tmp_path)


def test_just_hands_arguments_over(tmp_path: Path) -> None:
    written(WORK, "justfile", tmp_path, "justfile")
    done = run([tool("just"), "run", str(tmp_path), "x $(id) y"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/opened.txt").read_text() == "x $(id) y, x $(id) y 4\n"


def test_ansible_runs_the_playbook(tmp_path: Path) -> None:
    ansible = tool("ansible-playbook")
    path = written(WORK, "ansible", tmp_path / "kept", "work.yaml")
    workspace = tmp_path / "w"
    workspace.mkdir()
    checked = run([ansible, "--syntax-check", str(path)], workspace)
    assert checked.returncode == 0, checked.stderr
    # As any shell from which it is started sets it.
    done = run([ansible, str(path)], workspace, variables={"PWD": str(workspace)})
    assert done.returncode == 0, done.stdout
    assert did_its_work(workspace)


def test_actions_takes_the_workflow(tmp_path: Path) -> None:
    path = written(WORK, "github-actions", tmp_path, "work.yml")
    for playbook in (WORK, with_secret(), Playbook(name="p", steps=(PlaybookStep(run="true"),))):
        path.write_text(export(playbook, "github-actions"))
        judged = run([tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(path)], tmp_path)
        assert judged.returncode == 0, judged.stdout


def test_the_workflow_runs_as_a_runner_would_run_it(tmp_path: Path) -> None:
    document = YAML(typ="safe", pure=True).load(export(WORK, "github-actions"))
    inputs = document["on"]["workflow_dispatch"]["inputs"]
    variables = {f"param_{name}": str(one.get("default", "")) for name, one in inputs.items()}
    script = tmp_path / "step.sh"
    workspace = tmp_path / "w"
    workspace.mkdir()
    for step in document["jobs"]["replay"]["steps"][1:]:
        script.write_text(step["run"].replace("${{ '${{' }}", "${{"))
        done = run(["bash", str(script)], workspace, variables=variables)
        assert done.returncode == 0, (step["name"], done.stderr)
    assert did_its_work(workspace)


def test_the_markdown_reads_back_as_the_same_commands(tmp_path: Path) -> None:
    text = export(WORK, "markdown")
    assert "```bash { name=step-1 }\n" in text
    imported = from_markdown(
        text, name="again", where="work.md", split=lambda body: (body.rstrip("\n"),), mask=lambda command: command
    )
    script = tmp_path / "again.sh"
    steps = [step for step in imported.playbook.steps if not step.skip]
    assert len(steps) == len(WORK.steps)
    bare = [
        msgspec.structs.replace(step, cwd=None, expect=Expectation()) for step in steps if "read -r" not in step.run
    ]
    script.write_text("\n".join(step.run.replace("\\{{", "{{").replace("${captured_ticket}", "T-42") for step in bare))
    done = run(["bash", str(script)], tmp_path)
    assert "level 3 of " + VALUE in done.stdout
    assert (tmp_path / "out/opened.txt").read_text() == FILES["opened.txt"]


def test_a_fence_is_longer_than_any_in_its_command() -> None:
    playbook = Playbook(name="p", steps=(PlaybookStep(run="cat <<'X'\n```\n````\nX"),))
    assert "`````bash { name=step-1 }\n" in export(playbook, "markdown")


@pytest.mark.parametrize("form", sorted(set(EXPORTERS) - {"markdown"}))
def test_what_bash_cannot_run_is_refused(form: str) -> None:
    with pytest.raises(BadInputError, match="recorded in fish"):
        export(Playbook(name="p", shell="fish", steps=(PlaybookStep(run="true"),)), form)


def test_a_placeholder_where_no_variable_can_stand_is_refused_with_its_step() -> None:
    text = 'replaybook: 1\nname: a\nparameters: {x: {}}\nsteps:\n- run: "{{x}}=1"\n'
    with pytest.raises(BadInputError, match=r"step 1 can't be exported: \{\{x\}\} stands where a name must stand"):
        export(load(text, where="p"), "bash")


@pytest.mark.parametrize("form", ["bash", "justfile", "ansible", "github-actions"])
def test_a_script_never_holds_what_a_tool_is_given(form: str) -> None:
    step = PlaybookStep(kind=StepKind.TOOL, run=Call("t/x", {"a": "$(touch harmed)"}).text)
    text = export(Playbook(name="x", steps=(step,)), form)
    assert "harmed" not in text
    assert "it calls the tool t/x, which replaybook replay does and no script can" in text


def test_a_page_shows_what_a_tool_is_given_as_json() -> None:
    step = PlaybookStep(kind=StepKind.TOOL, run=Call("t/x", {"a": "$(touch harmed)"}).text)
    text = export(Playbook(name="x", steps=(step,)), "markdown")
    assert '```json\n{"a":"$(touch harmed)"}\n```' in text
