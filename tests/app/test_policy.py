"""The user's policy through the installed command: what it says, and what replays make of it."""

import pytest

from tests.program import Program, tree


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("policy")
    made = Program(folder / "home", folder / "work")
    made.cwd.mkdir()
    run = made.record("echo one > one", "sh -c 'cp one two'", f"rm -rf {folder}/gone")
    made.json("compile", run, "--name", "p")
    return made


@pytest.fixture
def program(recorded: Program) -> Program:
    for path in (*recorded.cwd.iterdir(), recorded.home / "policy.toml"):
        path.unlink(missing_ok=True)
    return recorded


def says(program: Program, text: str) -> None:
    (program.home / "policy.toml").write_text(text, encoding="utf-8")


def test_a_denied_step_is_refused_in_every_mode_and_in_a_shadow_before_it_runs(program: Program) -> None:
    says(program, 'deny = ["cp"]')
    for mode in (["simulate"], ["guided", "--draft"], ["strict", "--shadow"], ["strict", "--draft"]):
        done = program.json("replay", "p", "--mode", *mode, code=6)
        assert done["status"] == "refused"
        checks = [check for check in done["steps"][1]["checks"] if check["kind"] == "policy"]
        assert [(check["state"], check["message"]) for check in checks] == [("fail", "policy.toml:1 denies: cp")]
        assert not (program.cwd / "two").exists()
    failure = done["failure"]
    assert (failure["step_index"], failure["divergence"], failure["class"]) == (2, "policy", "unsafe")


def test_an_allow_list_is_enough_when_it_names_every_command(program: Program) -> None:
    says(program, 'allow = ["cp", "rm -r"]')
    assert program.json("replay", "p", "--mode", "strict", "--draft")["status"] == "success"


def test_who_is_to_be_asked_and_is_not_there_gets_a_refusal_unless_they_said_yes_before(program: Program) -> None:
    says(program, '[levels]\nneeds_confirm = "ask"')
    assert program.json("replay", "p", "--mode", "simulate")["status"] == "ready"
    done = program.json("replay", "p", "--mode", "strict", "--draft", code=6)
    assert (done["status"], done["stopped_at"], done["steps"][1]["status"]) == ("refused", 3, "success")
    assert "--yes-to needs_confirm" in done["failure"]["message"]
    for name in ("one", "two"):
        (program.cwd / name).unlink()
    yes = program.json("replay", "p", "--mode", "strict", "--draft", "--yes-to", "needs_confirm")
    assert yes["status"] == "success"


def test_the_flag_alone_wants_to_be_asked_and_without_either_nobody_is(program: Program) -> None:
    assert program.json("replay", "p", "--mode", "strict", "--draft", "--ask", code=6)["stopped_at"] == 3
    for name in ("one", "two"):
        (program.cwd / name).unlink()
    assert program.json("replay", "p", "--mode", "strict", "--draft")["status"] == "success"


def test_it_shows_what_holds_and_what_it_says_of_a_command(program: Program) -> None:
    says(program, 'deny = ["git push"]\n')
    shown = program.json("policy")
    assert shown["written"]
    assert shown["rules"][0] == {"says": "deny", "about": "git push", "source": "policy.toml:1"}
    denied = program.json("policy", "--check", "sh -c 'git -C x push'", code=6)
    assert (denied["verdict"], denied["pattern"], denied["source"]) == ("denied", "git push", "policy.toml:1")
    assert program.json("policy", "--check", "git status")["verdict"] == "allowed"
    assert program.json("policy", "--check", 'eval "$x"')["verdict"] == "unknown"
    script = program.cwd / "script.sh"
    script.write_text("cd x\ngit push\n", encoding="utf-8")
    assert program.json("policy", "--check", str(script), code=6)["part"] == "git push"


def test_a_mistake_in_it_stops_every_replay_in_one_line_and_changes_nothing(program: Program) -> None:
    says(program, '\ndney = ["cp"]')
    before = tree(program.cwd)
    for line in ("policy", "replay p --mode strict --draft", "replay p --mode simulate"):
        done = program(*line.split())
        assert (done.code, done.out) == (2, "")
        assert done.err == f"replaybook: {program.home}/policy.toml:2: there is no key 'dney'; did you mean deny?\n"
    assert tree(program.cwd) == before
    findings = program.rows_of("doctor")
    assert [one["state"] for one in findings if one["name"] == "policy"] == ["degraded"]


def test_edit_opens_a_file_that_says_how_to_write_one(program: Program) -> None:
    done = program("policy", "--edit", environment={"EDITOR": "grep -c deny"})
    assert done.code == 0
    assert (program.home / "policy.toml").stat().st_mode & 0o777 == 0o600
    assert "nothing" not in done.err
