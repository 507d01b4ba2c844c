"""All sources together."""

import pytest

from replay.outcome import FailureClass
from replay.repairs import abstaining
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust
from replay.repairs.propose import propose
from replay.repairs.sources import RULES
from tests.replay.repairs.scene import Scene, step


class Broken:
    name = "broken"

    def matches(self, evidence: Evidence) -> bool:
        raise KeyError(evidence.cwd)

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        raise NotImplementedError


class Says:
    name = "says"

    def __init__(self, run: str) -> None:
        self.run = run

    def matches(self, evidence: Evidence) -> bool:
        return bool(evidence.command)

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        del files
        patch = (PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=self.run),)
        return (Candidate(source="rule:says", patch=patch, rationale="So.", confidence=0.9, trust=Trust.TOOL_HINT),)


def test_a_rule_that_raises_is_skipped_and_reported(scene: Scene) -> None:
    scene.record("echo 1 > a", step("cat b"))

    proposals = scene.propose(scene.blocked(FailureClass.MISSING_FILE, "b"), Broken(), Says("cat a"))

    assert [ranked.candidate.source for ranked in proposals.candidates] == ["rule:says"]
    assert any(note.startswith("rule:broken failed and was skipped: KeyError") for note in proposals.notes)


def test_a_refused_proposal_is_noted_and_the_person_is_asked(scene: Scene) -> None:
    scene.record(":", step("cat b"))

    proposals = scene.propose(scene.blocked(FailureClass.MISSING_FILE, "b"), Says("sudo cat b"))

    assert proposals.candidates == ()
    assert proposals.abstained
    assert any("sudo" in note for note in proposals.notes)


def test_a_proposal_that_the_persons_own_policy_denies_is_none(scene: Scene) -> None:
    scene.record(":", step("cat b"))
    evidence, files = scene.blocked(FailureClass.MISSING_FILE, "b"), scene.files()

    found = propose(evidence, files, rules=[Says("cat a")], denied=lambda run: "p:1 denies" if "a" in run else None)

    assert (found.candidates, found.notes) == ((), ("rule:says: refused, p:1 denies",))


def test_a_proposal_that_changes_nothing_is_none(scene: Scene) -> None:
    scene.record(":", step("cat b"))

    assert scene.propose(scene.blocked(FailureClass.MISSING_FILE, "b"), Says("cat b")).candidates == ()


@pytest.mark.parametrize("failure_class", sorted(abstaining.NEVER_REPAIRED))
def test_some_classes_are_never_repaired(scene: Scene, failure_class: FailureClass) -> None:
    scene.record("echo 1 > a", step("cat b"))

    proposals = scene.propose(scene.blocked(failure_class, "b"), Says("cat a"))

    assert proposals.candidates == ()
    assert proposals.abstained


@pytest.mark.parametrize("failure_class", list(FailureClass))
def test_every_class_has_a_sentence_with_a_question(scene: Scene, failure_class: FailureClass) -> None:
    scene.record(":", step("true"))

    proposals = propose(scene.blocked(failure_class, None), scene.files())

    assert proposals.candidates == ()
    assert not proposals.notes
    assert (proposals.abstained or "").endswith("?")


def test_each_rule_has_its_own_name() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
