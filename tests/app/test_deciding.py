"""What the Playbook screen asks of the core, done for real: steps taken back, work done again, and stopped."""

from pathlib import Path

import pytest

from app.core import Core
from capture.errors import BadInputError, RefusedError, UnknownNameError
from capture.home import Home
from capture.scripted import ScriptEntry
from replay.protocols import Headless, Move
from replay.shadow import Level, strongest
from replay.stand import Stand

needs_shadow = pytest.mark.skipif(strongest() is Level.L0, reason="no isolation on this machine")


class Never(Headless):
    """Stops before the first step."""

    def next(self, stand: Stand) -> Move:
        del stand
        return Move.STOP


@pytest.fixture
def core(tmp_path: Path) -> Core:
    return Core(Home(tmp_path / "home").prepare())


def compiled(core: Core, work: Path, *commands: str) -> None:
    work.mkdir()
    entries = [ScriptEntry(command=command) for command in commands]
    run = core.record_entries(entries, name="work", goal=None, cwd=str(work)).run
    core.compile([run.run_id], name="p")


def commands(core: Core, ref: str) -> list[str]:
    return [step.run for step in core.version(ref).playbook.steps]


def test_a_step_that_was_left_out_is_taken_back_and_left_again(core: Core, tmp_path: Path) -> None:
    compiled(core, tmp_path / "work", "ls", "echo one > a.txt")
    assert commands(core, "p@1") == ["echo one > a.txt"]
    assert core.keep("p@1", 1).playbook.version == 2
    assert commands(core, "p@2") == ["ls", "echo one > a.txt"]
    core.keep("p@2", 1)
    assert commands(core, "p@3") == commands(core, "p@1")
    with pytest.raises(UnknownNameError, match="left out no step 2"):
        core.keep("p@1", 2)


def test_what_a_person_wrote_is_not_lost_by_taking_a_step_back(core: Core, tmp_path: Path) -> None:
    compiled(core, tmp_path / "work", "ls", "echo one > a.txt")
    document = core.home.playbooks / "p" / "1.yaml"
    document.write_text(document.read_text().replace("echo one", "echo two"), encoding="utf-8")
    with pytest.raises(RefusedError, match="was edited after it was compiled"):
        core.keep("p@1", 1)


@needs_shadow
def test_a_version_is_done_again_and_what_varies_is_masked_in_the_next_draft(core: Core, tmp_path: Path) -> None:
    compiled(core, tmp_path / "work", "ls", "echo job $(date +%N) is over")
    core.keep("p@1", 1)
    done = core.verify("p@2")
    assert done.made is not None
    assert (done.base, done.made.playbook.version) == ("p@2", 3)
    assert done.found.learned
    assert commands(core, "p@3")[0] == "ls"
    assert core.replays("p") == ()


@needs_shadow
def test_what_is_stopped_stores_nothing(core: Core, tmp_path: Path) -> None:
    compiled(core, tmp_path / "work", "echo job $(date +%N) is over")
    with pytest.raises(RefusedError, match="was stopped"):
        core.verify("p@1", director=Never())
    with pytest.raises(RefusedError, match="was stopped"):
        core.compile_verified(["work"], name="p", director=Never())
    assert core.playbooks()[0].versions == (1,)


def test_what_no_compile_made_can_not_be_done_again(core: Core, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh\necho one\n```\n", encoding="utf-8")
    core.import_markdown(str(page))
    with pytest.raises(BadInputError, match="was not compiled from a recording"):
        core.verify("page@1")
