"""The command line's own manners: help, completion, one document on stdout, one line on stderr."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from app.cli.exits import Exit, of_replay
from app.cli.host_names import complete_hosts
from app.cli.main import COMMANDS, cli
from app.cli.replaying import replay_command
from capture.home import Home
from replay.outcome import ReplayStatus
from tests.forking import called
from tests.program import COMMAND, Program, Result


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in COMMANDS:
        found = cli.get_command(context, name)
        assert found is not None
        yield name, found


def test_every_help_page_shows_an_example_of_its_own_command() -> None:
    for name, command in commands():
        context = click.Context(command, info_name=name)
        page = command.get_help(context)
        assert "Examples:" in page, name
        assert f"replaybook {name}" in page.split("Examples:")[1], name


def test_every_command_that_is_not_interactive_takes_json() -> None:
    for name, command in commands():
        for one in command.commands.values() if isinstance(command, click.Group) else (command,):
            if name not in ("completion", "play"):
                assert "--json" in {option for parameter in one.params for option in parameter.opts}, name


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(program: Program, shell: str) -> None:
    done = program("completion", shell)
    assert done.code == 0
    assert "_REPLAYBOOK_COMPLETE" in done.out


def test_the_version_is_printed(program: Program) -> None:
    assert program("--version").out.startswith("replaybook 0.")


def one_line(result: Result, code: Exit, *words: str) -> None:
    """A clear answer to bad input: a code, one line on stderr, nothing on stdout."""
    assert result.code == code, result
    assert result.out == ""
    assert len(result.err.strip().splitlines()) == 1, result.err
    assert "Traceback" not in result.err
    for word in words:
        assert word in result.err


def test_unknown_names_say_so(program: Program) -> None:
    for arguments in (("show", "nope"), ("compile", "nope", "--name", "x"), ("playbook", "nope"), ("repair", "nope")):
        one_line(program(*arguments, "--json"), Exit.UNKNOWN_NAME, "nope")
    one_line(program("replay", "nope", "--mode", "strict"), Exit.UNKNOWN_NAME, "nope")


def test_wrong_usage_says_how(program: Program) -> None:
    one_line(program("replay", "x", "--mode", "fast"), Exit.USAGE, "--help")
    one_line(program("frobnicate"), Exit.USAGE, "frobnicate")
    one_line(program("record"), Exit.USAGE, "--script")


def test_a_missing_script_and_a_bad_line_are_named(program: Program) -> None:
    one_line(program("record", "--script", "none.sh"), Exit.USAGE, "none.sh")
    script = program.cwd.with_name("bad.jsonl")
    script.write_text('{"command": "true"}\n{"cmd": 1}\n', encoding="utf-8")
    one_line(program("record", "--script", str(script)), Exit.USAGE, "bad.jsonl:2")


def test_a_home_that_can_not_be_made_is_named(program: Program) -> None:
    blocked = program.cwd.with_name("file")
    blocked.write_text("", encoding="utf-8")
    other = Program(home=blocked / "home", cwd=program.cwd)
    one_line(other("runs"), Exit.USAGE, "--home")


def test_a_home_inside_the_watched_workspace_is_refused(program: Program) -> None:
    inside = Program(home=program.cwd / "home", cwd=program.cwd)
    script = program.cwd.with_name("s.sh")
    script.write_text("true\n", encoding="utf-8")
    one_line(inside("record", "--script", str(script)), Exit.USAGE, "home")


def test_a_workspace_that_vanished_is_named(program: Program) -> None:
    program.json("compile", program.record("true"), "--name", "quick")
    gone = str(program.cwd.with_name("gone"))
    one_line(program("replay", "quick", "--mode", "simulate", "--cwd", gone), Exit.USAGE, "gone")


def test_a_shell_that_is_not_there_is_named(program: Program, tmp_path: Path) -> None:
    script = tmp_path / "s.sh"
    script.write_text("true\n", encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    result = program("record", "--script", str(script), environment={"PATH": str(empty)})
    one_line(result, Exit.INTERNAL, "bash")


def test_broken_yaml_is_named_with_its_line(program: Program) -> None:
    program.json("compile", program.record("true"), "--name", "quick")
    document = program.home / "playbooks" / "quick" / "1.yaml"
    document.chmod(0o600)
    text = document.read_text()
    broken = text.replace("steps:", "stepz:")
    document.write_text(broken, encoding="utf-8")
    line = 1 + broken.split("stepz:")[0].count("\n")
    one_line(program("playbook", "quick"), Exit.USAGE, f"1.yaml:{line}", "steps")


def test_a_torn_tape_opens_with_every_step_that_had_ended(program: Program) -> None:
    run = program.record("echo one", "echo two")
    tape = program.home / "runs" / run / "trace.ndjson"
    lines = tape.read_bytes().splitlines(keepends=True)
    ended = max(index for index, line in enumerate(lines) if b'"echo two"' in line and b"exit_code" in line)
    tape.write_bytes(b"".join(lines[: ended + 1]) + b'{"type": "run_en')
    shown = program.json("show", run)
    assert shown["run"]["status"] == "recovered"
    assert [step["output"] for step in shown["steps"]] == ["one\n", "two\n"]


def test_files_and_folders_of_the_home_are_private(program: Program) -> None:
    program.json("compile", program.record("echo x > f"), "--name", "quick")
    modes = {path: path.stat().st_mode & 0o777 for path in program.home.rglob("*")}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} <= {0o600, 0o400}


def test_every_replay_status_has_an_exit_code() -> None:
    codes = {status: of_replay(status, allow_unknown=False) for status in ReplayStatus}
    assert codes[ReplayStatus.UNKNOWN] is Exit.NOT_READY
    assert of_replay(ReplayStatus.UNKNOWN, allow_unknown=True) is Exit.DONE
    assert len(codes) == len(ReplayStatus)


def test_no_color_and_dumb_terminals_get_plain_text(program: Program) -> None:
    program.record("true")
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in program("runs", environment=environment).out


def test_json_is_one_document_and_narration_goes_to_stderr(program: Program) -> None:
    program.json("compile", program.record("echo hi"), "--name", "hi")
    result = program("replay", "hi", "--mode", "strict", "--draft")
    assert "▸ 1 echo hi" in result.err
    assert "success" in result.out
    assert json.loads(program("replay", "hi", "--mode", "strict", "--draft", "--json").out)["status"] == "success"


def test_rm_deletes_a_run_and_leaves_its_playbook(program: Program) -> None:
    run = program.record("true")
    program.json("compile", run, "--name", "quick")
    program.json("rm", run)
    assert program("show", run).code == Exit.UNKNOWN_NAME
    assert program.json("playbook", "quick")["version"] == 1


def test_completion_offers_runs_versions_and_fleets(program: Program) -> None:
    run = program.record("true")
    fleets = program.home / "fleets"
    fleets.mkdir(mode=0o700)
    (fleets / "20260301-1.json").touch()
    program.json("compile", run, "--name", "quick")
    wanted = {"show ": run, "replay qu": "quick@1", "fleet 2": "20260301-1"}
    for typed, offered in wanted.items():
        words = f"replaybook --home {program.home} {typed}"
        environment = {"_REPLAYBOOK_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": "4"}
        assert f"plain,{offered}" in program(environment=environment).out.splitlines()


def test_completion_offers_hosts_of_the_ssh_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / ".ssh"
    own.mkdir()
    (own / "config").write_text(
        "Include more/*.conf\nHost web1 web2 *.shop !x\n  Port 22\nhost=db1\n", encoding="utf-8"
    )
    (own / "more").mkdir()
    (own / "more" / "a.conf").write_text('Host "web3"\n', encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))

    def offered(begun: str) -> list[tuple[str, str]]:
        context = click.Context(replay_command)
        return [(item.type, item.value) for item in complete_hosts(context, replay_command.params[0], begun)]

    assert offered("web") == [("plain", "web3"), ("plain", "web1"), ("plain", "web2")]
    assert offered("web1,web") == [("plain", "web1,web3"), ("plain", "web1,web2")]
    assert offered("inv") == [("file", "inv")]


def test_a_misspelt_command_gets_the_near_one(program: Program) -> None:
    one_line(program("replya"), Exit.USAGE, "did you mean replay?")


def test_a_bash_that_is_too_old_is_named(program: Program, tmp_path: Path) -> None:
    script = tmp_path / "s.sh"
    script.write_text("true\n", encoding="utf-8")
    old = tmp_path / "old"
    old.mkdir()
    (old / "bash").write_text("#!/bin/sh\necho 'GNU bash, version 3.2.57(1)-release'\n", encoding="utf-8")
    (old / "bash").chmod(0o755)
    path = {"PATH": f"{old}:/usr/bin:/bin"}
    one_line(program("record", "--script", str(script), environment=path), Exit.INTERNAL, "bash 3.2", "4.4")
    assert "degraded" in program("doctor", environment=path).out


@pytest.mark.parametrize(
    "words", [("--version",), ("runs", "--json"), ("show", "nope"), ("replay", "x", "--mode", "fast")]
)
def test_a_fork_is_what_a_start_is(program: Program, words: tuple[str, ...]) -> None:
    argv = [str(COMMAND), "--home", str(program.home), *words]
    started = subprocess.run(argv, cwd=program.cwd, capture_output=True, text=True, check=False)
    forked = called(argv, cwd=program.cwd)
    assert vars(forked) == vars(started)


def test_leaving_the_screen_is_no_internal_error(program: Program) -> None:
    called((COMMAND, "--home", program.home, "--plain"), cwd=program.cwd, typed="quit\n")
    assert not Home(program.home).fault.exists()
