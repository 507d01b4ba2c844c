"""The programs that a playbook was recorded with, and the ones that are there today."""

from pathlib import Path

import pytest

from app.core import Core
from capture.home import Home
from capture.scripted import ScriptEntry
from capture.tools import identity
from replay import document
from replay.conditions.programs import check_tools
from replay.outcome import CheckState, Mode, ReplayStatus
from replay.playbook import PlaybookStep, Requirement, Tool
from tests.replay.looking import world_of


def program(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    tool = folder / "frame"
    tool.write_text(f"#!/bin/sh\n{text}\n")
    tool.chmod(0o755)
    return tool


def test_another_program_of_that_name(tmp_path: Path) -> None:
    tool = program(tmp_path / "bin", "echo one")
    known = identity(str(tool))
    assert known is not None
    tools = {"frame": Tool(size=known[0], sha256=known[1])}
    step = PlaybookStep(run="frame", requires=(Requirement(command="frame"),))
    world = world_of(tmp_path, {"PATH": f"{tmp_path}/new:{tmp_path}/bin"})
    assert check_tools(step, tools, world) == ()
    program(tmp_path / "new", "echo two")
    (found,) = check_tools(step, tools, world)
    assert (found.kind, found.subject, found.state, found.stops) == ("same_tool", "frame", CheckState.WARN, False)
    world.state.names.add("frame")
    assert check_tools(step, tools, world) == (), "a function goes before it"


def test_from_the_recording_to_the_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool, own = program(tmp_path / "bin", "echo one"), program(tmp_path / "work", "echo own")
    own.rename(own.with_name("mine"))
    work = str(tmp_path / "work")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{work}", prepend=":")
    core = Core(Home(tmp_path / "home").prepare())
    entries = [ScriptEntry(command=command) for command in ("frame > a", "mine > b", "cat a b > c")]
    run = core.record_entries(entries, name="r", cwd=work).run.run_id
    playbook = core.compile([run], name="p").playbook
    assert [*playbook.tools] == ["frame"], "what lies in the workspace is a file of the work, and cat is everywhere"
    assert [need.sha256 is not None for step in playbook.steps for need in step.requires] == [False, True]
    assert document.load(document.dump(playbook), where="p") == playbook
    for name in "abc":
        (tmp_path / "work" / name).unlink()

    def warned() -> list[str]:
        simulated = core.replay("p", mode=Mode.SIMULATE, cwd=work, draft=True)
        assert simulated.status is ReplayStatus.READY
        return [check.subject for step in simulated.steps for check in step.checks if check.state is CheckState.WARN]

    assert warned() == []
    tool.write_text("#!/bin/sh\necho two\n")
    assert warned() == ["frame"]
