"""What the Playbook screen asks of the core, done for real: steps taken back, work done again, and stopped."""

from pathlib import Path

import msgspec
import pytest

from app.core import Core
from app.screens.describing import offered
from capture.errors import BadInputError, RefusedError, UnknownNameError
from capture.home import Home
from capture.scripted import ScriptEntry
from replay.playbook import VersionStatus
from replay.protocols import Headless, Move
from replay.shadow import Level, strongest
from replay.stand import Stand
from tests.app.driving import driving
from tests.app.stand_in import StandIn, Stored, compilation, playbook

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
    core.keep("p@1", 1)
    assert commands(core, "p@2") == ["ls", "echo two > a.txt"]


@pytest.fixture
def asked(core: Core, tmp_path: Path) -> Core:
    """Its last step holds what may be the number that the first one prints, and one between them was left out."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "say").write_text("echo ticket 42\n", encoding="utf-8")
    entries = [ScriptEntry(command=command) for command in ("sh say", "ls", "touch close-42")]
    run = core.record_entries(entries, name="work", goal=None, cwd=str(work)).run
    core.compile([run.run_id], name="p")
    return core


def edited(core: Core, ref: str, *changes: tuple[str, str]) -> str:
    """Write what a person makes of a version; the reference of the new one."""
    text = core.text(ref)[1]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    made = core.write(ref, text, where="it").playbook
    return f"{made.name}@{made.version}"


def test_what_was_decided_is_carried_into_what_a_person_writes(asked: Core) -> None:
    ref = edited(asked, "p@1", ("steps:\n", "# first of all\nsteps:\n  - run: umask 022\n"))
    found = asked.version(ref).compilation
    assert found is not None
    assert [(one.id, one.step_index, one.value) for one in found.questions] == [("q1", 3, "42")]
    assert [one.source_step_index for one in found.dropped] == [2]
    assert [(one.from_step, one.to_step) for one in found.links] == [(2, 3)]
    answered = asked.answer(ref, "q1", yes=True)
    assert commands(asked, "p@3") == ["umask 022", "sh say", "touch close-{{ticket}}"]
    assert [one.name for one in answered.playbook.steps[1].capture] == ["ticket"]
    assert "# first of all" in answered.text
    again = asked.keep("p@3", 2)
    assert commands(asked, "p@4") == ["umask 022", "sh say", "ls", "touch close-{{ticket}}"]
    assert again.compilation is not None
    assert (again.compilation.questions, again.compilation.dropped, again.compilation.kept) == ((), (), (2,))
    asked.keep("p@4", 2)
    assert commands(asked, "p@5") == commands(asked, "p@3")
    assert commands(asked, "p@1") == ["sh say", "touch close-42"]


def test_an_edit_of_the_very_step_is_kept_by_an_answer_about_it(asked: Core) -> None:
    ref = edited(asked, "p@1", ("run: touch close-42", "run: touch -c close-42"))
    assert asked.answer(ref, "q1", yes=True).playbook.steps[-1].run == "touch -c close-{{ticket}}"


def test_a_step_is_known_by_its_words_where_it_says_no_longer_which_one_it_was(asked: Core) -> None:
    ref = edited(asked, "p@1", ("    source_step: 3\n", ""), ("steps:\n", "steps:\n  - run: umask 022\n"))
    found = asked.version(ref).compilation
    assert found is not None
    assert [one.step_index for one in found.questions] == [3]


def test_what_is_asked_of_a_value_ends_where_the_value_does(asked: Core) -> None:
    ref = edited(asked, "p@1", ("run: touch close-42", "run: touch closed"))
    with pytest.raises(UnknownNameError, match="has no question 'q1'; it has none"):
        asked.answer(ref, "q1", yes=True)


def test_what_an_edit_and_an_answer_both_change_is_named(asked: Core) -> None:
    ref = edited(asked, "p@1", ("        ticket 42", "        ticket 43"))
    said = "p@2 was edited, and this changes expect of step 1 as well: write it there by hand"
    with pytest.raises(RefusedError, match=said):
        asked.answer(ref, "q1", yes=True)
    assert asked.playbooks()[0].versions == (1, 2)


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


def test_what_was_edited_is_not_done_again_and_it_is_said_why(core: Core, tmp_path: Path) -> None:
    compiled(core, tmp_path / "work", "echo one")
    ref, text = core.text("p@1")
    edited = core.write(ref, text.replace("run: echo one", "run: echo  one"), where="it").playbook
    with pytest.raises(RefusedError, match=r"p@2 was edited since it was compiled: .* would lose the edit; verify the"):
        core.verify(f"p@{edited.version}")
    assert core.playbooks()[0].versions == (1, 2)


def test_a_variable_of_before_the_recording_is_set_first_and_taken_out_again(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "three")
    compiled(core, tmp_path / "work", 'echo "in $STAGE" > a.txt')
    made = core.version("p@1").compilation
    assert made is not None
    assert offered(made) == ("STAGE",)
    core.carry("p@1", ["STAGE"])
    assert commands(core, "p@2") == ["export STAGE={{stage}}", 'echo "in $STAGE" > a.txt']
    core.carry("p@2", ())
    assert commands(core, "p@3") == commands(core, "p@1")
    with pytest.raises(BadInputError, match="STAEG was not exported"):
        core.carry("p@1", ["STAEG"])


async def test_the_variables_that_the_notes_name_are_offered_by_key() -> None:
    note = (
        "STAGE was exported before the recording began, and step 1 reads it; compile with --env STAGE to set it first"
    )
    made = msgspec.structs.replace(compilation(), notes=(note,))
    core = StandIn(versions={1: Stored(playbook=playbook(), status=VersionStatus.DRAFT, compilation=made)})
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("./build.sh")
        await driver.press("c")
        await driver.until_says("Spaces between them")
        await driver.press("end", "space", *"LEVEL", "enter")
        await driver.until_says("v2")
    assert ("carry", "publish-notes@1", ("STAGE", "LEVEL")) in core.calls
