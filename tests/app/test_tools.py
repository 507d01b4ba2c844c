"""Tools through the installed command: listed, asked what they offer, called by a replay and by a validation."""

import sys
from pathlib import Path

import pytest

from replay.shadow import Level, strongest
from tests.program import Program

SERVER = Path(__file__).parent.parent / "replay/tools/server.py"
HELPERS = """\
import pathlib
def facts(of): return {"count": 3, "of": of}
def write(path, text): pathlib.Path(path).write_text(text)
"""
PLAYBOOK = """\
replaybook: 1
name: called
shell: bash
steps:
  - run: mkdir sub; cd sub
  - tool: py/facts
    input: {of: hello}
    expect:
      exit: 0
      output: |
        {
          "count": 3,
          "of": "hello"
        }
      effects: []
  - tool: py/write
    input: {path: x.txt, text: hi}
    expect: {exit: 0, effects: [created sub/x.txt]}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("tools")
    made = Program(folder / "home", folder / "work")
    made.cwd.mkdir()
    (folder / "helpers.py").write_text(HELPERS)
    made.json("compile", made.record("true"), "--name", "called")
    return made


def configure(program: Program, *lines: str) -> None:
    text = f'["py/*"]\npython = "helpers:*"\npath = "{program.home.parent}"\n'
    (program.home / "tools.toml").write_text(text + "".join(f"{line}\n" for line in lines))


def write(program: Program, text: str) -> str:
    file = program.home.with_name("called.yaml")
    file.write_text(text)
    written = program.json("playbook", "called", "--write", str(file))
    return f"called@{written['version']}"


def test_tools_are_listed_and_servers_are_asked_on_demand(program: Program) -> None:
    server = ('["t/*"]', f'command = ["{sys.executable}", "{SERVER}"]')
    configure(program, *server, '["off/*"]', 'command = ["/nowhere/server"]', 'env = ["NOT_SET_HERE"]')
    _, first, off, files = program.rows_of("tools")
    assert (first["name"], first["carrier"], first["tools"]) == ("t/*", "mcp-stdio", [])
    assert (off["unset"], files["name"]) == (["NOT_SET_HERE"], "file/*")
    asked = program("tools", "--probe")
    assert asked.code == 6
    assert "t/echo" in asked.out
    assert "off/*: /nowhere/server can't be started" in asked.out
    assert program("tools", "nobody/*", "--probe").code == 7
    configure(program, "colour = 3")
    assert program("tools").err.startswith(f"replaybook: {program.home}/tools.toml:4: there is no key 'colour'")


def test_a_playbook_calls_a_tool_and_stops_where_it_answers_otherwise(program: Program) -> None:
    configure(program)
    name = write(program, PLAYBOOK)
    for mode in ("simulate", "strict"):
        replay = program.json("replay", name, "--mode", mode, "--draft")
        assert replay["status"] == {"simulate": "ready", "strict": "success"}[mode]
    assert (program.cwd / "sub/x.txt").read_text() == "hi"
    run = program.json("show", replay["run_id"])
    assert [step["kind"] for step in run["steps"]] == ["shell", "tool", "tool"]
    drifted = write(program, PLAYBOOK.replace('"count": 3', '"count": 4').replace("mkdir sub; ", ""))
    replay = program.json("replay", drifted, "--mode", "strict", "--draft", code=4)
    assert (replay["stopped_at"], replay["failure"]["divergence"]) == (2, "output")
    assert '"count": 3' in replay["failure"]["actual"]


def test_what_a_header_is_filled_with_is_written_nowhere(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_PASS", "zebra-crossing-42")
    configure(program, '["web"]', 'url = "http://127.0.0.1:9/"', 'headers = {x-key = "${WEB_PASS}"}', 'timeout = "5s"')
    name = write(program, "replaybook: 1\nname: called\nshell: bash\nsteps:\n  - run: echo $WEB_PASS\n  - tool: web\n")
    program.json("replay", name, "--mode", "strict", "--draft", "--yes-to", "needs_confirm", code=4)
    files = [path for path in program.home.rglob("*") if path.is_file()]
    assert [path for path in files if b"zebra-crossing-42" in path.read_bytes()] == []


@pytest.mark.skipif(strongest() is Level.L0, reason="no shadow can be opened here")
def test_a_shadow_without_a_network_says_nothing_of_a_tool_that_wants_one(program: Program) -> None:
    configure(program, '["web"]', 'url = "http://127.0.0.1:9/"')
    name = write(program, PLAYBOOK + "  - tool: web\n    input: {}\n    expect: {exit: 0}\n")
    verdict = program.json("validate", name, code=None)["validation"]["verdict"]
    assert verdict == "inconclusive"
