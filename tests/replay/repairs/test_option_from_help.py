"""Options and subcommands by other names, as `--help` lists them."""

import pytest

from replay.repairs.rules.option_from_help import OptionFromHelp
from tests.replay.repairs.scene import Scene, patches, step

RULE = OptionFromHelp()
BREW = """#!/bin/sh
help() {
  echo 'usage: brewer [--out-file FILE]'
  echo '  pour-all   pours'
  echo '  mash       mashes'
  echo '  --out-file FILE  where to'
}
case "$1" in
  --help) help ;;
  --out-file|pour-all|--quiet) echo done > poured ;;
  -*) echo "brewer: unknown option: $1" >&2; exit 2 ;;
  *) echo "brewer: No such command: $1" >&2; exit 2 ;;
esac
"""


@pytest.fixture
def brewer(scene: Scene) -> Scene:
    folder = scene.root / "bin"
    folder.mkdir()
    (folder / "brewer").write_text(BREW)
    (folder / "brewer").chmod(0o755)
    scene.path = f"{folder}:{scene.path}"
    return scene


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("brewer --outfile cup", "brewer --out-file cup"),
        ("brewer pour", "brewer pour-all"),
        ("cd . && brewer --outfile 'a cup'", "cd . && brewer --out-file 'a cup'"),
    ],
)
def test_the_nearest_that_it_lists_is_taken(brewer: Scene, run: str, wanted: str) -> None:
    brewer.record(":", step(run), step("brewer --quiet"))

    proposals = brewer.propose(brewer.diagnosed(), RULE)

    assert patches(proposals) == [[{"op": "replace", "step_index": 1, "value": wanted}]]
    brewer.steps = brewer.steps[:1]
    assert brewer.works(proposals.candidates[0].candidate.patch)


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("sort --reversed /dev/null", "sort --reverse /dev/null"),
        ("wc --linez /dev/null", "wc --lines /dev/null"),
        ("grep --ignore-caze x /dev/null || exit 2", "grep --ignore-case x /dev/null || exit 2"),
    ],
)
def test_tools_of_the_machine_are_asked(scene: Scene, run: str, wanted: str) -> None:
    scene.record(":", step(run))

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert [entry["value"] for patch in patches(proposals) for entry in patch] == [wanted]
    assert proposals.candidates[0].preselected


def test_what_only_shares_a_word_is_not_chosen(scene: Scene) -> None:
    scene.record(":", step("diff --ignore-spaces /dev/null /dev/null"))

    ranked = scene.propose(scene.diagnosed(), RULE).candidates

    assert len(ranked) > 1
    assert not any(each.preselected for each in ranked)


def test_a_script_that_knows_no_help_is_not_run_for_it(brewer: Scene) -> None:
    script = brewer.root / "bin" / "brewer"
    script.write_text('#!/bin/sh\necho ran >> "$0.ran"\necho "unknown option: $1"\nexit 2\n')
    brewer.record(":", step("brewer --outfile cup"))
    evidence = brewer.diagnosed()
    ran = (brewer.root / "bin" / "brewer.ran").read_text()

    assert brewer.propose(evidence, RULE).candidates == ()
    assert (brewer.root / "bin" / "brewer.ran").read_text() == ran
