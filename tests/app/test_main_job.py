"""The main job through the installed command: record, compile, simulate, strict, drift, repair, promote."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import Program, tree

HEREDOC = "cat > plan.txt <<'END'\nfirst  line\n  $HOME stays\nEND"


def project(program: Program) -> None:
    (program.cwd / "data").mkdir()
    (program.cwd / "data" / "scores.csv").write_text("beta,2\nalpha,1\n", encoding="utf-8")


def fresh(program: Program) -> Program:
    """The same place as it was before the recording."""
    for path in program.cwd.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    project(program)
    return program


@pytest.fixture
def recorded(program: Program) -> Program:
    """A recorded and compiled piece of work, its workspace put back to the start."""
    project(program)
    program.record("wc -l < data/scores.csv > count", "sort data/scores.csv > sorted.csv", "cat sorted.csv")
    program.json("compile", "work", "--name", "tidy", "--keep", "3")
    return fresh(program)


def test_a_recording_holds_text_codes_and_directories_exactly(program: Program) -> None:
    commands = [HEREDOC, "mkdir -p sub && cd sub", "export MODE=fast", "(exit 3)", "for i in 1 2; do\n  echo $i\ndone"]
    run = program.record(*commands)
    shown = program.json("show", run)
    steps = shown["steps"]
    assert [step["command"] for step in steps] == commands
    assert [step["exit_code"] for step in steps] == [0, 0, 0, 3, 0]
    assert steps[1]["cwd"] == str(program.cwd)
    assert steps[1]["cwd_after"] == str(program.cwd / "sub")
    changed = {kind: names for kind, names in steps[2]["env_effects"].items() if names}
    assert changed == {"set": {"MODE": "fast"}}
    assert steps[2]["env_effects"]["unset"] == []
    assert steps[4]["output"] == "1\n2\n"
    assert [(e["path"], e["op"], e["type"]) for e in steps[0]["file_effects"]] == [("plan.txt", "created", "file")]
    assert shown["run"]["status"] in {"success", "failed"}
    assert (program.cwd / "plan.txt").read_text() == "first  line\n  $HOME stays\n"


def test_a_shell_script_is_typed_one_complete_command_at_a_time(program: Program) -> None:
    script = program.home.with_name("steps.sh")
    script.write_text(f"# a comment\n\n{HEREDOC}\nif true; then\n  echo yes\nfi\necho a \\\n  b\n", encoding="utf-8")
    run = program.json("record", "--script", str(script))["run_id"]
    steps = program.json("show", run)["steps"]
    assert [step["command"] for step in steps] == [HEREDOC, "if true; then\n  echo yes\nfi", "echo a \\\n  b"]
    assert [step["output"] for step in steps] == ["", "yes\n", "a b\n"]


def test_simulate_is_ready_and_changes_nothing(recorded: Program) -> None:
    before = tree(recorded.cwd)
    document = recorded.json("replay", "tidy", "--mode", "simulate")
    assert document["status"] == "ready"
    assert document["run_id"] is None
    assert tree(recorded.cwd) == before


def test_an_undrifted_twin_passes_strict_and_leaves_the_same_files(recorded: Program) -> None:
    document = recorded.json("replay", "tidy", "--mode", "strict", "--draft")
    assert document["status"] == "success"
    assert [step["status"] for step in document["steps"]] == ["success"] * 3
    assert (recorded.cwd / "sorted.csv").read_text() == "alpha,1\nbeta,2\n"
    assert recorded.json("show", document["run_id"])["steps"][1]["exit_code"] == 0


def test_a_draft_is_refused_on_the_real_workspace(recorded: Program) -> None:
    result = recorded("replay", "tidy", "--mode", "strict", "--json")
    assert result.code == 6
    assert "--draft" in result.err
    assert not (recorded.cwd / "count").exists()


def test_strict_stops_at_the_first_divergence_before_the_next_step(recorded: Program) -> None:
    (recorded.cwd / "data" / "scores.csv").write_text("beta,2\nalpha,1\ngamma,3\n", encoding="utf-8")
    document = recorded.json("replay", "tidy", "--mode", "strict", "--draft", code=4)
    assert document["stopped_at"] == 1
    assert document["failure"]["class"] == "effects-changed"
    assert not (recorded.cwd / "sorted.csv").exists()
    assert [step["status"] for step in document["steps"]] == ["failed", "not_run", "not_run"]


def test_the_whole_loop_from_drift_to_an_active_repaired_version(recorded: Program) -> None:
    data = recorded.cwd / "data"
    (data / "scores.csv").rename(data / "results.csv")
    simulated = recorded.json("replay", "tidy", "--mode", "simulate", code=3)
    assert simulated["status"] == "not_ready"
    assert simulated["steps"][0]["status"] == "blocked"
    guided = recorded.json("replay", "tidy", "--mode", "guided", "--draft", code=5)
    assert guided["status"] == "needs_review"
    assert guided["failure"]["class"] == "missing-file"
    assert not (recorded.cwd / "count").exists()
    repair = recorded.json("repair", guided["repairs"][0])
    assert repair["preselected"]
    assert "results.csv" in repair["diff"]
    approved = recorded.json("review", repair["repair_id"], "approve", "--note", "renamed")
    assert approved["status"] == "approved"
    version = f"tidy@{approved['created_version']}"
    assert recorded("promote", version).code == 6
    twice = recorded("review", repair["repair_id"], "approve")
    assert twice.code == 6
    validated = recorded.json("validate", version, code=None)
    assert validated["validation"]["host_changes"] == 0
    assert validated["validation"]["verdict"] == "green"
    control = validated["validation"]["control"]
    assert (control["reproduced"], control["class"]) == (True, "missing-file")
    assert not (recorded.cwd / "count").exists()
    assert recorded.json("promote", version)["status"] == "active"
    strict = recorded.json("replay", "tidy", "--mode", "strict")
    assert strict["status"] == "success"
    assert strict["version"] == approved["created_version"]
    assert (recorded.cwd / "sorted.csv").read_text() == "alpha,1\nbeta,2\n"
    assert recorded.json("audit", "--verify")["ok"]
    assert recorded.json("repair", repair["repair_id"])["status"] == "promoted"


def test_a_rejected_repair_changes_nothing(recorded: Program) -> None:
    data = recorded.cwd / "data"
    (data / "scores.csv").rename(data / "results.csv")
    guided = recorded.json("replay", "tidy", "--mode", "guided", "--draft", code=5)
    rejected = recorded.json("review", guided["repairs"][0], "reject", "--note", "wrong file")
    assert rejected["status"] == "rejected"
    assert rejected["created_version"] is None
    assert recorded.json("playbook", "tidy")["version"] == 1
    assert recorded("review", guided["repairs"][0], "approve").code == 6


def test_a_repair_is_stale_when_its_base_was_edited(recorded: Program) -> None:
    data = recorded.cwd / "data"
    (data / "scores.csv").rename(data / "results.csv")
    guided = recorded.json("replay", "tidy", "--mode", "guided", "--draft", code=5)
    document = recorded.home / "playbooks" / "tidy" / "1.yaml"
    document.chmod(0o600)
    document.write_text(document.read_text().replace("cat sorted.csv", "head sorted.csv"), encoding="utf-8")
    refused = recorded("review", guided["repairs"][0], "approve")
    assert refused.code == 6
    assert recorded.json("repair", guided["repairs"][0])["status"] == "stale"


def test_a_dialogue_is_answered_and_another_prompt_never_is(program: Program) -> None:
    ask = program.cwd / "ask"
    ask.write_text('#!/bin/bash\nread -p "Name: " n\necho "hello $n"\necho "$n" > name\n', encoding="utf-8")
    ask.chmod(0o755)
    entry = {"command": "./ask", "inputs": [{"expect": "Name: ", "send": "Ada\n"}]}
    run = program.record_entries([entry])
    shown = program.json("show", run)["steps"][0]["inputs"]
    assert shown == [{"prompt": "Name: ", "text": "Ada\n", "secret": False}]
    program.json("compile", run, "--name", "greet")
    assert program.json("replay", "greet", "--mode", "strict", "--draft")["status"] == "success"
    ask.write_text(ask.read_text().replace("Name: ", "Delete which customer: "), encoding="utf-8")
    (program.cwd / "name").unlink()
    document = program.json("replay", "greet", "--mode", "strict", "--draft", code=4)
    assert document["failure"]["class"] == "prompt-changed"
    assert not (program.cwd / "name").exists()


def test_a_printed_id_flows_into_later_steps(program: Program) -> None:
    first, second = "1b4e28ba-2fa1-41d2-883f-0016d3cca427", "6fa459ea-ee8a-4ca4-894e-db77e160355e"
    source = program.cwd.with_name("id")
    source.write_text(first + "\n", encoding="utf-8")
    run = program.record("cat ../id", f"mkdir job-{first}", f"echo done > job-{first}/state")
    compiled = program.json("compile", run, "--name", "job")
    assert {link["strength"] for link in compiled["links"]} == {"strong"}
    shutil.rmtree(program.cwd / f"job-{first}")
    source.write_text(second + "\n", encoding="utf-8")
    document = program.json("replay", "job", "--mode", "strict", "--draft")
    assert document["status"] == "success"
    assert (program.cwd / f"job-{second}" / "state").read_text() == "done\n"
    assert second in document["bindings"].values()


def test_an_unset_variable_in_a_deletion_is_refused(program: Program) -> None:
    (program.cwd / "stage" / "old").mkdir(parents=True)
    (program.cwd / "keep").write_text("precious", encoding="utf-8")
    script = program.home.with_name("script.jsonl")
    script.write_text(json.dumps({"command": "rm -rf $STAGE/old/*"}) + "\n", encoding="utf-8")
    made = program("record", "--script", str(script), "--json", environment={"STAGE": str(program.cwd / "stage")})
    program.json("compile", made.document["run_id"], "--name", "clean")
    assert program.json("replay", "clean", "--mode", "simulate", code=6)["status"] == "refused"
    document = program.json("replay", "clean", "--mode", "strict", "--draft", code=6)
    assert document["status"] == "refused"
    assert document["failure"]["class"] == "unsafe"


def test_export_gives_an_asciicast_of_the_run(recorded: Program) -> None:
    for version in (2, 3):
        lines = recorded("export", "work", "--format", f"asciicast-v{version}").out.splitlines()
        assert json.loads(lines[0])["version"] == version
        text = "".join(event[2] for event in map(json.loads, lines[1:]) if event[1] == "o")
        assert "sort data/scores.csv" in text


def test_the_git_history_of_a_rename_is_enough_for_a_proposal(recorded: Program) -> None:
    where = recorded.cwd
    script = "git init -q . && git config user.name T && git config user.email t@e.invalid && git add -A"
    script += " && git commit -qm start && git mv data/scores.csv data/points.csv && git commit -qm rename"
    subprocess.run(["bash", "-c", script], cwd=where, check=True)
    Path(where, "data", "points.csv").write_text("delta,9\n", encoding="utf-8")
    guided = recorded.json("replay", "tidy", "--mode", "guided", "--draft", code=5)
    assert "points.csv" in json.dumps(recorded.json("repair", guided["repairs"][0])["patch"])


def test_a_weak_value_is_a_question_and_its_answer_makes_a_linked_draft(program: Program) -> None:
    count = program.cwd / "count"
    count.write_text("echo ticket 4711\n", encoding="utf-8")
    run = program.record("bash count", "echo close 4711 > closed")
    compiled = program.json("compile", run, "--name", "tickets")
    assert [question["value"] for question in compiled["questions"]] == ["4711"]
    answered = program.json("answer", "tickets@1", compiled["questions"][0]["id"], "yes")
    assert answered["version"] == 2
    assert answered["questions"] == []
    count.write_text("echo ticket 4712\n", encoding="utf-8")
    (program.cwd / "closed").unlink()
    unanswered = program.json("replay", "tickets@1", "--mode", "strict", "--draft", code=4)
    assert unanswered["failure"]["class"] == "ambiguous-value"
    assert program.json("replay", "tickets@2", "--mode", "strict", "--draft")["status"] == "success"
    assert (program.cwd / "closed").read_text() == "close 4712\n"
    assert program("answer", "tickets@2", "q9", "no").code == 7


def test_a_stopped_replay_goes_on_from_its_step_with_what_the_shell_held(program: Program) -> None:
    (program.cwd / "in.txt").write_text("x\n", encoding="utf-8")
    program.record("export MODE=fast", "mkdir -p out && cd out", 'echo "$MODE" > mode', "cp ../in.txt copy.txt")
    program.json("compile", "work", "--name", "go")
    (program.cwd / "in.txt").rename(program.cwd / "input.txt")
    stopped = program.json("replay", "go", "--mode", "guided", "--draft", code=5)
    assert stopped["stopped_at"] == 4
    made = program.json("review", stopped["repairs"][0], "approve")["created_version"]
    resumed = program.json("replay", f"go@{made}", "--mode", "strict", "--draft", "--from", "4")
    assert [step["status"] for step in resumed["steps"]] == ["skipped"] * 3 + ["success"]
    assert (program.cwd / "out" / "copy.txt").read_text() == "x\n"
    program.json("replay", "go@1", "--mode", "strict", "--draft", code=4)
    (program.cwd / "out" / "mode").write_text("slow\n", encoding="utf-8")
    refused = program("replay", f"go@{made}", "--mode", "strict", "--draft", "--from", "4")
    assert refused.code == 6
    assert "changed" in refused.err


def test_a_secret_parameter_is_used_and_stored_nowhere(program: Program) -> None:
    check = program.cwd / "check"
    check.write_text(
        '#!/bin/bash\n[ "$2" = s3cr3tw0rd ] && echo "welcome $2" || echo "welcome nobody"\n', encoding="utf-8"
    )
    check.chmod(0o755)
    run = program.record("./check --password s3cr3tw0rd")
    compiled = program.json("compile", run, "--name", "login")
    secret = next(one["name"] for one in compiled["parameters"] if one["type"] == "secret")
    assert program.json("replay", "login", "--mode", "strict", "--draft", code=4)["failure"]["class"] == "missing-env"
    done = program.json("replay", "login", "--mode", "strict", "--draft", "--set", f"{secret}=s3cr3tw0rd", code=None)
    assert done["status"] == "success"
    shown = program.json("show", done["run_id"])["steps"][0]
    assert shown["output"].startswith("welcome [masked")
    kept = [path for path in program.home.rglob("*") if path.is_file() and b"s3cr3tw0rd" in path.read_bytes()]
    assert kept == []


def test_an_exported_recording_plays_in_asciinema(recorded: Program, tmp_path: Path) -> None:
    player = Path(sys.executable).with_name("asciinema")
    file = tmp_path / "work.cast"
    recorded("export", "work", "--format", "asciicast-v2", "-o", str(file))
    played = subprocess.run([player, "cat", file], capture_output=True, stdin=subprocess.DEVNULL, check=True).stdout
    run = recorded.json("show", "work")["run"]["run_id"]
    assert played == (recorded.home / "runs" / run / "terminal.raw").read_bytes()


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_work_recorded_in_zsh_is_replayed_in_zsh(program: Program) -> None:
    project(program)
    script = program.home.with_name("work.zsh")
    script.write_text("print -l data/*(.:t) > names\nwc -l < names > count\n", encoding="utf-8")
    steps = program.json("record", "--script", str(script), "--name", "work", "--shell", "zsh")["steps"]
    program.json("compile", "work", "--name", "tidy")
    assert steps == 2
    assert (program.cwd / "names").read_text(encoding="utf-8") == "scores.csv\n"
    assert program.json("replay", "tidy", "--mode", "simulate", code=None)["status"] == "unknown"
    fresh(program)
    assert program.json("replay", "tidy", "--mode", "strict", "--draft")["status"] == "success"
    assert (program.cwd / "names").read_text(encoding="utf-8") == "scores.csv\n"
    fresh(program)
    (program.cwd / "data" / "more.csv").touch()
    stopped = program.json("replay", "tidy", "--mode", "strict", "--draft", code=4)
    assert (stopped["status"], stopped["stopped_at"], stopped["failure"]["divergence"]) == ("failed", 1, "effects")


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_work_recorded_in_fish_is_replayed_in_fish(program: Program) -> None:
    project(program)
    script = program.home.with_name("work.fish")
    script.write_text(
        "set -gx SUFFIX list\nfor f in data/*\n  basename $f >>names.$SUFFIX\nend\nmkdir out; cd out\n"
        "cp ../names.list 'a copy'\nfunction shout; string upper $argv >shouted; end\nshout (cat ../names.list)\n",
        encoding="utf-8",
    )
    steps = program.json("record", "--script", str(script), "--name", "work", "--shell", "fish")["steps"]
    program.json("compile", "work", "--name", "tidy")
    assert steps == 6
    assert program.json("replay", "tidy", "--mode", "simulate", code=None)["status"] == "unknown"
    fresh(program)
    done = program.json("replay", "tidy", "--mode", "strict", "--draft", code=None)
    assert (done["status"], done["failure"]) == ("success", None)
    assert (program.cwd / "out" / "shouted").read_text(encoding="utf-8") == "SCORES.CSV\n"
    fresh(program)
    (program.cwd / "data" / "more.csv").touch()
    stopped = program.json("replay", "tidy", "--mode", "strict", "--draft", code=4)
    assert (stopped["status"], stopped["stopped_at"], stopped["failure"]["divergence"]) == ("failed", 2, "effects")
