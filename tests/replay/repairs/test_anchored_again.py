"""Patterns whose text is spelt a little differently now."""

import pytest

from replay.outcome import FailureClass
from replay.repairs.rules.anchored_again import AnchoredAgain
from tests.replay.repairs.scene import Scene, patches, step

RULE = AnchoredAgain()
UNCHANGED = FailureClass.EFFECTS_CHANGED


@pytest.mark.parametrize(
    ("run", "now", "wanted", "after"),
    [
        ("sed -i s/debug=on/debug=off/ app.ini", "debug = on", "sed -i 's/debug = on/debug=off/' app.ini", "debug=off"),
        (
            "sed -i 's|^port: 8080$|port: 9090|' app.ini",
            'x\n  Port: "8080"',
            "sed -i 's|^  Port: \"8080\"$|port: 9090|' app.ini",
            "x\nport: 9090",
        ),
        ("sed -i 's/v10\\.2/v10.3/g' app.ini", "at v10-2.", "sed -i 's/v10-2/v10.3/g' app.ini", "at v10.3."),
        ("sed -i '/use_cache/d' app.ini", "a\nuse-cache\nb", "sed -i '/use-cache/d' app.ini", "a\nb"),
        ("cd . && sed -i 's#a/bcd#x#' app.ini", "a // bcd*", "cd . && sed -i 's#a // bcd#x#' app.ini", "x*"),
    ],
)
def test_a_pattern_follows_its_text(scene: Scene, run: str, now: str, wanted: str, after: str) -> None:
    scene.record("touch app.ini", step(run))
    (scene.work / "app.ini").write_text(now + "\n")

    proposals = scene.propose(scene.blocked(UNCHANGED, None), RULE)

    assert patches(proposals) == [[{"op": "replace", "step_index": 1, "value": wanted}]]
    assert not proposals.candidates[0].preselected
    assert scene.works(proposals.candidates[0].candidate.patch)
    assert (scene.work / "app.ini").read_text() == after + "\n"


def test_a_check_follows_its_text(scene: Scene) -> None:
    scene.record("echo 'ready = yes' > state", step("grep -q 'ready: yes' state && touch go"))

    proposals = scene.propose(scene.failed(FailureClass.EXIT_CHANGED), RULE)

    assert [entry["value"] for entry in patches(proposals)[0]] == ["grep -q 'ready = yes' state && touch go"]
    assert scene.works(proposals.candidates[0].candidate.patch)


def test_two_places_are_both_offered(scene: Scene) -> None:
    scene.record("printf 'debug = on\\ndebug: on\\n' > app.ini", step("sed -i s/debug=on/debug=off/ app.ini"))

    ranked = scene.propose(scene.blocked(UNCHANGED, None), RULE).candidates

    assert [each.preselected for each in ranked] == [False, False]


@pytest.mark.parametrize(
    ("run", "now"),
    [
        ("sed -i s/debug=on/debug=off/ app.ini", "debug=maybe"),
        ("sed -i s/debug=on/debug=off/ app.ini", "debug=online"),
        ("sed -i s/debug=on/debug=off/ app.ini", "debug=on"),
        ("sed -i 's/[0-9]*-rc/1/' app.ini", "12 rc"),
        ("sed -i s/a-b/c/ app.ini", "a b"),
        ("grep -q 'ready: yes' app.ini", "ready: no"),
        ("grep 'ready: yes' app.ini", "ready = yes"),
        ("sed -i 's/debug=on/id/e' app.ini", "debug = on"),
        ("sed -i s/root:x/root:y/ /etc/passwd", "root: x"),
    ],
)
def test_nothing_is_guessed(scene: Scene, run: str, now: str) -> None:
    scene.record("touch app.ini", step(run))
    (scene.work / "app.ini").write_text(now + "\n")

    proposals = scene.propose(scene.blocked(UNCHANGED, None), RULE)

    assert proposals.candidates == ()
    assert (proposals.abstained or "").endswith("?")
