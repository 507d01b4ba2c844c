"""Secrets that a recording masked are asked for, each by a name of its own."""

from pathlib import Path

import msgspec
import pytest

from capture.trace import Masked, Step
from replay.playbook import Compilation, ParameterType
from tests.capture.importers.claude.sessions import Written, imported
from tests.replay.compiler.test_tool_calls import called, compiled, step

PAT = "[masked:github-pat]"


def hid(made: Step, *secrets: int, rule: str = "github-pat", field: str = "command") -> Step:
    """The step with what was masked in it: each secret's number as often as it stands there, in order."""
    told = tuple(Masked(rule=rule, field=field, count=secrets.count(one), secret=one) for one in dict.fromkeys(secrets))
    return msgspec.structs.replace(made, maskings=told)


def runs(made: Compilation) -> list[str]:
    return [one.run for one in made.playbook.steps]


def asked(made: Compilation) -> set[str]:
    return {name for name, one in made.playbook.parameters.items() if one.type is ParameterType.SECRET}


@pytest.mark.parametrize(
    ("secrets", "found"),
    [
        ((1, 1), "push {{github_pat}} {{github_pat}}"),
        ((1, 2), "push {{github_pat}} {{github_pat_2}}"),
        ((2, 1), "push {{github_pat_2}} {{github_pat}}"),
        # Nobody kept them apart.
        ((0, 0), "push {{github_pat_2}} {{github_pat_3}}"),
        ((), "push {{github_pat_2}} {{github_pat_3}}"),
    ],
)
def test_two_masks_are_one_parameter_only_where_one_secret_stood(secrets: tuple[int, ...], found: str) -> None:
    made = compiled((hid(step(f"login {PAT}"), 1), hid(step(f"push {PAT} {PAT}"), *secrets)))
    assert runs(made) == ["login {{github_pat}}", found]
    assert all(f"{{{{{name}}}}}" in "".join(runs(made)) for name in asked(made))


def test_the_order_of_secrets_that_come_again_is_not_guessed() -> None:
    made = compiled((hid(step(f"mix {PAT} {PAT} {PAT}"), 1, 2, 1),))
    assert runs(made) == ["mix {{github_pat}} {{github_pat_2}} {{github_pat_3}}"]
    assert any("nobody recorded which of the secrets [masked:github-pat]" in note for note in made.notes)


def test_what_was_masked_elsewhere_says_nothing_of_a_command() -> None:
    printed = hid(step(f"show {PAT}"), 1, field="output")
    made = compiled((hid(step(f"login {PAT}"), 1), printed))
    assert runs(made) == ["login {{github_pat}}", "show {{github_pat_2}}"]


def test_secrets_in_one_tool_call_are_told_apart() -> None:
    made = compiled((hid(called("t/copy", {"from": PAT, "to": PAT}), 1, 2),))
    assert runs(made) == ['tool:t/copy {"from":"{{github_pat}}","to":"{{github_pat_2}}"}']


def test_a_rule_called_like_a_place_takes_no_name_away() -> None:
    made = compiled((hid(step("echo /w/site [masked:project]"), 1, rule="project"),))
    assert runs(made) == ["echo {{project}} {{project_2}}"]


def test_two_different_secrets_of_an_agents_transcript_are_two_parameters(tmp_path: Path) -> None:
    session = Written(cwd="/w/site")
    session.prompt("Log in to both")
    for name in ("alpha", "beta"):
        session.bash(f"curl -H 'Authorization: Bearer {name}4f9c1e7b2d8a6350c1' https://{name}.example/login > {name}")
    trace = imported(tmp_path, session)
    assert "[masked:" in trace.steps[0].command
    assert len(asked(compiled(trace.steps))) == 2


def test_what_was_one_secret_in_one_recording_and_two_in_another_stays_two() -> None:
    one = (hid(step(f"login {PAT}"), 1), hid(step(f"push {PAT}"), 1))
    two = (hid(step(f"login {PAT}"), 1), hid(step(f"push {PAT}"), 2))
    for order in ((one, two), (two, one)):
        made = compiled(*order)
        assert runs(made) == ["login {{github_pat}}", "push {{github_pat_2}}"]
