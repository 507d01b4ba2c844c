"""Values that have blanks in them now."""

import pytest

from replay.repairs.rules.quoted_value import QuotedValue
from tests.replay.repairs.scene import Scene, patches, step

RULE = QuotedValue()


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("F=$(cat name); wc -l $F", 'F=$(cat name); wc -l "$F"'),
        ("read -r F < name; head -1 ${F}", 'read -r F < name; head -1 "${F}"'),
    ],
)
def test_a_name_with_blanks_stays_one_word(scene: Scene, run: str, wanted: str) -> None:
    scene.record("echo list.txt > name; echo 1 > list.txt", step(run))
    scene.drift("mv list.txt 'the list.txt'; echo 'the list.txt' > name")

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert patches(proposals) == [[{"op": "replace", "step_index": 1, "value": wanted}]]
    assert scene.works(proposals.candidates[0].candidate.patch)


def test_a_redirect_goes_to_one_place(scene: Scene) -> None:
    scene.record("echo list.txt > name; echo 1 > list.txt", step("F=$(cat name); cat < $F > copy"))
    scene.drift("mv list.txt 'the list.txt'; echo 'the list.txt' > name")

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert [entry.value for entry in only.candidate.patch] == ['F=$(cat name); cat < "$F" > copy']
    assert scene.works(only.candidate.patch)


def test_pieces_of_nothing_are_no_name(scene: Scene) -> None:
    scene.record("echo 1 > 'the list.txt'", step("F='a list.txt'; cat $F"))

    assert scene.propose(scene.diagnosed(), RULE).candidates == ()
