"""Real failures of real tools, diagnosed and repaired by all rules together; then the patched work is run."""

import pytest

from replay.repairs.sources import RULES
from tests.replay.repairs.scene import Scene, step

FIXED = {
    "input": ("mkdir d; echo 1 > d/in.csv", "sort d/in.csv > out", "mv d/in.csv d/inputs.csv"),
    "input by redirect": ("echo 1 > 'in put'", "wc -l < 'in put'", "mv 'in put' input"),
    "input of sed": ("echo 1 > in.txt", "sed s/1/2/ in.txt", "mv in.txt in.text"),
    "input of awk": ("echo 1 > in.txt", "awk '{print $1}' in.txt", "mkdir deep; mv in.txt deep"),
    "input of python": ("echo 'print(1)' > gen.py", "python3 gen.py", "mv gen.py generate.py"),
    "input of cp": ("echo 1 > a.conf", "cp a.conf b.conf", "mv a.conf a.cfg"),
    "input of tar": ("mkdir d; echo 1 > d/x; tar -cf rel.tar d", "tar -xf rel.tar", "mv rel.tar release.tar"),
    "makefile": ("printf 'all:\\n\\t@true\\n' > build.mk", "make -f build.mk", "mv build.mk Build.mk"),
    "script": ("printf '#!/bin/sh\\n' > gen; chmod +x gen", "./gen", "mv gen gen.sh"),
    "script by path": ("mkdir t; printf '#!/bin/sh\\n' > t/gen; chmod +x t/gen", "t/gen now", "mv t tools"),
    "directory entered": ("mkdir -p s/ap; echo 1 > s/ap/a", "cd s/ap && cat a", "mv s/ap s/app"),
    "directory of make": ("mkdir s; printf 'all:\\n\\t@true\\n' > s/Makefile", "make -C s", "mv s src"),
    "directory listed": ("mkdir -p s; echo 1 > s/a", "ls s/", "mv s src"),
    "tool on the path": (":", "frob-tool --version", "cp ../bin/frob-tool ../bin/frob_tool; rm ../bin/frob-tool"),
    "git command": ("git init -q .", "git stauts", ":"),
    "git branch": ("git init -q -b main .; git commit -qm 1 --allow-empty", "git checkout -q master", ":"),
    "git merge": ("git init -q -b main .; git commit -qm 1 --allow-empty", "git merge -q master", ":"),
    "git pathspec": ("git init -q .; echo 1 > a.txt", "git add a.txt", "mv a.txt b-a.txt"),
    "git tag": ("git init -q .; git commit -qm 1 --allow-empty", "git tag v1", "git tag v1"),
    "make target": ("printf 'build:\\n\\t@true\\n' > Makefile", "make build", "sed -i s/build:/build-all:/ Makefile"),
    "npm script": (
        'echo \'{"name": "a", "version": "1.0.0", "scripts": {"bundle": "true"}}\' > package.json',
        "npm run bundle",
        "sed -i s/bundle/bundle:prod/ package.json",
    ),
    "execute bit": ("printf '#!/bin/sh\\n' > gen; chmod +x gen", "./gen", "chmod 644 gen"),
    "interpreter": ("printf '#!/bin/sh\\n' > gen; chmod +x gen", "./gen", "sed -i s,/bin/sh,/opt/no/sh, gen"),
    "interpreter by env": (
        "printf '#!/usr/bin/env sh\\n' > gen; chmod +x gen",
        "./gen",
        "sed -i 's,env sh,env sh9,' gen",
    ),
    "line ends": ("printf '#!/bin/sh\\ntrue\\n' > gen; chmod +x gen", "./gen", "sed -i 's/$/\\r/' gen"),
    "directory to be made": (":", "mkdir out", "mkdir out"),
    "module": ("mkdir lib; touch lib/helpers.py", "python3 -c 'import helpers'", ":"),
}
WRITES = {
    "redirect": "date > out/today",
    "tee": "date | tee out/today",
    "cp": "cp /etc/hostname out/today",
    "touch": "touch out/today",
    "cd": "cd out && date > today",
    "python": 'python3 -c \'open("out/today", "w")\'',
    "sort": "sort -o out/today /etc/hostname",
}
LEFT_ALONE = {
    "deleted input": ("echo 1 > in.csv; echo 2 > in2.csv", "cat in.csv", "rm in.csv"),
    "empty stand-in": ("echo 1 > in.csv", "cat in.csv", "rm in.csv; : > inn.csv"),
    "unknown tool": (":", "zzqqx-not-here --now", ":"),
    "dirty tree": (
        (
            "git init -q -b main .; echo 1 > a; git add a; git commit -qm 1;"
            " git checkout -qb x; echo 2 > a; git commit -qam 2"
        ),
        "git checkout main",
        "echo 3 > a",
    ),
    "tag elsewhere": (
        "git init -q .; git commit -qm 1 --allow-empty",
        "git tag v1",
        "git tag v1; git commit -qm 2 --allow-empty",
    ),
    "file in the way": (":", "mkdir out", "echo precious > out"),
    "unset in a deletion": ("mkdir out", 'rm -r "${STAGE:?}"/out', ":"),
    "patch that no longer fits": ("echo 1 > a", "false", ":"),
    "push without remote": ("git init -q .; git commit -qm 1 --allow-empty", "git push", ":"),
    "clean-like target": ("printf 'clean-build:\\n\\t@true\\n' > Makefile", "make build", ":"),
}


@pytest.fixture
def tools(scene: Scene) -> Scene:
    """A scene with a folder of its own on PATH."""
    folder = scene.root / "bin"
    folder.mkdir()
    (folder / "frob-tool").write_text("#!/bin/sh\nexit 0\n")
    (folder / "frob-tool").chmod(0o755)
    scene.path = f"{folder}:{scene.path}"
    return scene


@pytest.mark.parametrize("case", FIXED)
def test_the_first_proposal_makes_it_work(tools: Scene, case: str) -> None:
    setup, run, drift = FIXED[case]
    tools.record(setup, step(run)).drift(drift)

    proposals = tools.propose(tools.diagnosed(), *RULES)

    assert proposals.candidates, proposals
    assert tools.works(proposals.candidates[0].candidate.patch), proposals.candidates[0]


@pytest.mark.parametrize("case", WRITES)
def test_a_lost_output_directory_is_made(scene: Scene, case: str) -> None:
    scene.record("mkdir out", step(WRITES[case], effects=["created out/today"])).drift("rmdir out")

    proposals = scene.propose(scene.diagnosed(), *RULES)

    assert [entry.value for entry in proposals.candidates[0].candidate.patch] == ["mkdir -p out"]
    assert proposals.candidates[0].preselected
    assert scene.works(proposals.candidates[0].candidate.patch)


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_nothing_is_chosen_where_nothing_is_safe(scene: Scene, case: str) -> None:
    setup, run, drift = LEFT_ALONE[case]
    scene.record(setup, step(run)).drift(drift)

    proposals = scene.propose(scene.diagnosed(), *RULES)

    assert not any(ranked.preselected for ranked in proposals.candidates), proposals.candidates
    assert proposals.candidates or (proposals.abstained or "").endswith("?")
