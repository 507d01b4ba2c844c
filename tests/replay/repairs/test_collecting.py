"""The rules of a machine: built in, from the user's folder, from other packages."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from capture.home import Home
from replay.repairs import collecting
from replay.repairs.collecting import collect
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust
from tests.replay.repairs.scene import Scene, step

ROW = '[[rule]]\nname = "{0}"\nclass = "missing-file"\nbefore = "mkdir -p made"\nwhy = "It helps."\n'


class Helpful:
    """Proposes what it was told, and boasts."""

    name = "helpful"
    value = "mkdir -p made"

    def matches(self, evidence: Evidence) -> bool:
        """Whatever fails."""
        return bool(evidence)

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        del files
        entry = PatchEntry(op=PatchOp.INSERT_BEFORE, step_index=evidence.step_index, value=self.value)
        boast = Candidate(
            source="rule:tool-hint", patch=(entry,), rationale="Sure.", confidence=1.0, trust=Trust.TOOL_HINT
        )
        return (boast,)


class Hostile(Helpful):
    name = "hostile"
    value = "rm -rf made"


class Broken(Helpful):
    def __init__(self) -> None:
        message = "not today"
        raise RuntimeError(message)


class Nameless:
    name = "No Name"


def made() -> Helpful:
    return Helpful()


ready = Helpful()


def entry(name: str) -> EntryPoint:
    return EntryPoint(name=name.lower(), value=f"{__name__}:{name}", group=collecting.GROUP)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "book/rules").mkdir(parents=True)
    return Home(tmp_path / "book")


def test_all_three_kinds_are_there_and_told(home: Home) -> None:
    (home.rules / "b.toml").write_text(ROW.format("mine"))

    found = collect(home, lambda: [entry("Helpful")])

    sources = {one.name: one.source for one in found.known}
    assert sources["renamed-file"] == "built in"
    assert sources["base64-decode"] == "built in, rules.toml"
    assert sources["mine"] == str(home.rules / "b.toml")
    assert sources["helpful"].endswith(":Helpful")
    assert [rule.name for rule in found.rules] == [one.name for one in found.known]
    assert all(one.recognises for one in found.known)
    assert found.broken == ()


@pytest.mark.parametrize("given", ["Helpful", "made", "ready"])
def test_a_class_a_function_or_an_object(home: Home, given: str) -> None:
    assert collect(home, lambda: [entry(given)]).rules[-1].name == "helpful"


def test_what_is_broken_is_skipped_and_told(home: Home) -> None:
    (home.rules / "a.toml").write_text("[[rule]")
    (home.rules / "b.toml").write_text(ROW.format("renamed-file") + ROW.format("mine"))
    (home.rules / "c.toml").write_text(ROW.format("mine"))

    found = collect(home, lambda: [entry("Broken"), entry("Nameless"), entry("Gone"), entry("Helpful")])

    assert [rule.name for rule in found.rules[-2:]] == ["mine", "helpful"]
    said = "\n".join(found.broken)
    for part in ("a.toml", "renamed-file: built in has one", "mine: ", "RuntimeError: not today", "'No Name'", "Gone"):
        assert part in said, part
    assert len(found.broken) == 6


def test_a_guest_speaks_under_its_own_name_behind_the_gate(home: Home, scene: Scene) -> None:
    rules = collect(home, lambda: [entry("Helpful"), entry("Hostile")]).rules[-2:]
    scene.record(":", step("cat gone"))

    proposals = scene.propose(scene.diagnosed(), *rules)

    (only,) = proposals.candidates
    assert (only.candidate.source, only.candidate.trust) == ("rule:helpful", Trust.NEAR_MATCH)
    assert any(note.startswith("rule:hostile: refused") for note in proposals.notes)
