"""The user's policy as a file: what is read of it, and what is said of a mistake in it."""

import pytest

from capture.errors import BadInputError
from replay.governance.permits import Need, Permits
from replay.governance.policy_file import TEMPLATE, read_policy
from replay.playbook import SafetyLevel

WHOLE = """\
deny = ["git push --force"]
allow = ["git",
  "make test"]

[levels]
needs_confirm = "ask"

[[where]]
workspace = "~/production"
deny = ["git push"]
[where.levels]
auto_ok = "ask"
needs_confirm = "run"

[[where]]
playbook = "release-*"
allow = ["npm run *"]
"""


def permits(workspace: str = "/home/ada/x", playbook: str = "build") -> Permits:
    return read_policy(WHOLE, source="policy.toml").permits(workspace=workspace, playbook=playbook, home="/home/ada")


def patterns(found: Permits) -> tuple[list[str], list[str]]:
    return [one.pattern.text for one in found.lists.allow or ()], [one.pattern.text for one in found.lists.deny]


def test_what_holds_everywhere() -> None:
    found = permits()
    assert patterns(found) == (["git", "make test"], ["git push --force"])
    assert [one.source for one in found.lists.allow or ()] == ["policy.toml:2", "policy.toml:3"]
    assert found.levels == {
        SafetyLevel.AUTO_OK: Need.RUN,
        SafetyLevel.NEEDS_CONFIRM: Need.ASK,
        SafetyLevel.MANUAL_ONLY: Need.HAND_OVER,
    }


def test_what_holds_below_a_workspace_and_for_some_playbooks_adds_up_and_the_strictest_level_counts() -> None:
    below = permits("/home/ada/production/deep", "release-site")
    assert patterns(below) == (["git", "make test", "npm run *"], ["git push --force", "git push"])
    assert below.levels[SafetyLevel.AUTO_OK] is Need.ASK
    assert below.levels[SafetyLevel.NEEDS_CONFIRM] is Need.ASK
    assert patterns(permits("/home/ada/production-2"))[1] == ["git push --force"]


def test_an_empty_file_and_the_one_to_begin_with_say_nothing() -> None:
    for text in ("", TEMPLATE):
        found = read_policy(text, source="p").permits(workspace="/w", playbook="p", home="/h")
        assert found == Permits()


def test_the_file_to_begin_with_is_right_with_its_comment_signs_taken_off() -> None:
    lines = [line.removeprefix("# ") for line in TEMPLATE.splitlines() if "=" in line or "[" in line]
    assert len(read_policy("\n".join(lines), source="p").sections) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\ndney = []", "p.toml:2: there is no key 'dney'; did you mean deny?"),
        ("[[where]]\nplaybok = 'x'", "p.toml:2: there is no key 'playbok'; did you mean playbook?"),
        ("[levels]\n\nneeds_confrm = 'ask'", "p.toml:3: there is no key 'needs_confrm'; did you mean needs_confirm?"),
        ("[levels]\nneeds_confirm = 'asks'", "p.toml:2: needs_confirm can't be 'asks'; did you mean ask?"),
        ("[levels]\nmanual_only = 'run'", "p.toml:2: manual_only can't be 'run'; it may be hand_over, refuse"),
        ("[levels]\nauto_ok = 1", "p.toml:2: auto_ok can't be 1; it may be run, ask, hand_over, refuse"),
        ("deny = 'rm'", 'p.toml:1: deny is a list of patterns, as deny = ["git push --force"]'),
        ("deny = [\n'rm', \n'-f']", "p.toml:3: '-f' in deny is no pattern"),
        ("[[where]]\ndeny = ['x']", "p.toml:1: this [[where]] holds everywhere: give it workspace or playbook"),
        ("[[where]]\nworkspace = 'x'", "p.toml:2: workspace 'x' is no absolute directory"),
        ("[[where]]\nworkspace = 3", "p.toml:2: workspace is a text in quotes"),
        ("deny = ['a']\n[[where]]\nplaybook='a'\n[[where]]\nplaybook='b'\ndny=[]", "p.toml:6: there is no key 'dny'"),
        ("deny = [\n", "p.toml:1: Invalid value"),
        ("a = 1\nb = = 2", "p.toml:2: Invalid value"),
        ("where = 3", "p.toml:1: where is written as"),
        ("levels = 3", "p.toml:1: levels is a table"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_was_meant(text: str, told: str) -> None:
    with pytest.raises(BadInputError) as error:
        read_policy(text, source="p.toml")
    assert str(error.value).startswith(told)
