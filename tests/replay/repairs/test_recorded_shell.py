"""Scripts that are run by a shell that can't read them."""

import pytest

from replay.repairs.rules.recorded_shell import RecordedShell
from tests.replay.repairs.scene import Scene, patches, step

RULE = RecordedShell()
PLAIN = '#!/bin/sh\\n[ -n "$PWD" ] && echo 1 > made\\n'


@pytest.mark.parametrize(
    ("run", "now", "wanted"),
    [
        ("sh build", "#!/bin/bash\\nx=(a b)\\necho ${x[1]} > made\\n", "bash build"),
        ("dash ./build fast", "x=abc\\necho ${x//b/c} > made\\n", "bash ./build fast"),
        ("sh build && cat made", "[[ -n $PWD ]] || exit 3\\necho 1 > made\\n", "bash build && cat made"),
        ("./build", "#!/bin/sh\\nx=(a b)\\necho ${x[0]} > made\\n", "bash ./build"),
    ],
)
def test_a_script_is_run_by_the_shell_that_it_needs(scene: Scene, run: str, now: str, wanted: str) -> None:
    scene.record(f"printf '{PLAIN}' > build; chmod +x build", step(run))
    (scene.work / "build").write_text(now.replace("\\n", "\n"))

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert patches(proposals) == [[{"op": "replace", "step_index": 1, "value": wanted}]]
    assert scene.works(proposals.candidates[0].candidate.patch)


@pytest.mark.parametrize("now", ["if true; then echo\n", "#!/bin/bash\nif true; then echo\n"])
def test_a_script_that_no_shell_can_read_stays(scene: Scene, now: str) -> None:
    scene.record(":", step("bash build"))
    (scene.work / "build").write_text(now)

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert proposals.candidates == ()
    assert (proposals.abstained or "").endswith("?")
