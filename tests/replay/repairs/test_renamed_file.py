"""An input under another name."""

import msgspec
import pytest

from replay.outcome import FailureClass
from replay.playbook import Expectation, Parameter, ParameterType
from replay.repairs import patching
from replay.repairs.proposal import PatchEntry, PatchOp, Trust
from replay.repairs.rules.renamed_file import RenamedFile
from tests.replay.repairs.scene import Scene, patches, step

MISSING = FailureClass.MISSING_FILE
RULE = RenamedFile()


def test_same_content_under_another_name_is_rebound_in_all_later_steps(scene: Scene) -> None:
    scene.record(
        "mkdir -p data; printf 'b,2\\na,1\\n' > data/input.csv",
        step("wc -l < data/input.csv > n", effects=["created n"]),
        step("sort ./data/input.csv > sorted.csv", effects=["created sorted.csv"]),
    ).drift("mv data/input.csv data/totally-else.txt")
    evidence = scene.blocked(MISSING, "data/input.csv")

    (only,) = scene.propose(evidence, RULE).candidates

    assert only.preselected
    assert only.candidate.trust is Trust.HISTORY
    assert only.candidate.patch[0].value == {"from": "data/input.csv", "to": "data/totally-else.txt"}
    patched = patching.apply(scene.playbook, only.candidate.patch)
    assert [each.run for each in patched.steps] == [
        "wc -l < data/totally-else.txt > n",
        "sort ./data/totally-else.txt > sorted.csv",
    ]
    assert scene.works(only.candidate.patch)


def test_a_failure_at_run_time_is_repaired_the_same(scene: Scene) -> None:
    scene.record("echo hello > 'my notes.txt'", step("cat 'my notes.txt'")).drift("mv 'my notes.txt' 'our notes.txt'")

    (only,) = scene.propose(scene.failed(MISSING, "my notes.txt"), RULE).candidates

    assert patching.apply(scene.playbook, only.candidate.patch).steps[0].run == "cat 'our notes.txt'"
    assert scene.works(only.candidate.patch)


def test_a_moved_directory_takes_all_its_files_along(scene: Scene) -> None:
    scene.record(
        "mkdir -p src/ap; echo one > src/ap/main.txt; echo two > src/ap/util.txt",
        step("cd src/ap"),
        step("cat main.txt", effects=[]),
        step("cat {{project}}/src/ap/util.txt > all", effects=["created src/ap/all"]),
    ).drift("mv src/ap src/app")

    (only,) = scene.propose(scene.failed(FailureClass.MISSING_DIRECTORY, "src/ap"), RULE).candidates

    patched = patching.apply(scene.playbook, only.candidate.patch)
    assert [each.run for each in patched.steps] == [
        "cd src/app",
        "cat main.txt",
        "cat {{project}}/src/app/util.txt > all",
    ]
    assert [effect.path for effect in patched.steps[2].expect.effects or ()] == ["src/app/all"]
    assert scene.works(only.candidate.patch)


def test_a_file_in_a_moved_directory_moves_the_directory(scene: Scene) -> None:
    scene.record("mkdir -p src/ap; echo one > src/ap/main.txt", step("cat src/ap/main.txt")).drift("mv src/ap src/app")

    (only,) = scene.propose(scene.failed(MISSING, "src/ap/main.txt"), RULE).candidates

    assert only.candidate.patch[0].value == {"from": "src/ap", "to": "src/app"}


def test_a_neighbour_directory_that_was_always_there_is_no_rename(scene: Scene) -> None:
    scene.record("mkdir v1 v2; echo 1 > v1/a; echo 2 > v2/a", step("cd v1; cat a")).drift("rm -r v1")

    assert scene.propose(scene.failed(FailureClass.MISSING_DIRECTORY, "v1"), RULE).candidates == ()


def test_an_edited_rename_is_found_in_history(scene: Scene) -> None:
    lines = "seq 1 50 > conf.toml"
    scene.record(f"git init -q .; {lines}; git add .; git commit -qm one", step("cat conf.toml > out"))
    scene.drift("git mv conf.toml settings.ini; git commit -qm two; echo more >> settings.ini; git commit -qam three")

    (only,) = scene.propose(scene.blocked(MISSING, "conf.toml"), RULE).candidates

    assert only.candidate.trust is Trust.HISTORY
    assert only.candidate.patch[0].value == {"from": "conf.toml", "to": "settings.ini"}


@pytest.mark.parametrize(
    ("old", "new"),
    [("input.csv", "inputs.csv"), ("config.yml", "config.yaml"), ("Notes.md", "notes.md"), ("a.txt", "deep/er/a.txt")],
)
def test_a_unique_like_name_with_other_content(scene: Scene, old: str, new: str) -> None:
    scene.record(f"echo first > {old}", step(f"cat {old}")).drift(
        f"rm {old}; mkdir -p $(dirname {new}); echo second > {new}"
    )

    (only,) = scene.propose(scene.blocked(MISSING, old), RULE).candidates

    assert only.preselected
    assert only.candidate.patch[0].value == {"from": old, "to": new}


def test_two_equal_candidates_are_both_offered_and_none_is_chosen(scene: Scene) -> None:
    scene.record("echo same > input.csv", step("cat input.csv")).drift(
        "mv input.csv input-2024.csv; cp input-2024.csv input-2025.csv"
    )

    proposals = scene.propose(scene.blocked(MISSING, "input.csv"), RULE)

    assert [ranked.rank for ranked in proposals.candidates] == [1, 2]
    assert not any(ranked.preselected for ranked in proposals.candidates)


@pytest.mark.parametrize(
    "drift",
    [
        "rm data/a.csv",
        "rm data/a.csv; : > data/a2.csv",
        "rm data/a.csv; mv data/b.csv data/a2.csv",
        "rm data/a.csv; mkdir data/a2.csv",
    ],
    ids=["a neighbour that was always there", "an empty file", "another known file", "a directory"],
)
def test_nothing_is_said_of_what_is_another_file(scene: Scene, drift: str) -> None:
    scene.record("mkdir data; echo 1 > data/a.csv; echo 2 > data/b.csv", step("cat data/a.csv")).drift(drift)

    proposals = scene.propose(scene.blocked(MISSING, "data/a.csv"), RULE)

    assert proposals.candidates == ()
    assert "data/a.csv" in (proposals.abstained or "")


def test_the_file_of_another_month_is_offered_and_never_chosen(scene: Scene) -> None:
    scene.record("echo 1 > sales-01.csv", step("cat sales-01.csv")).drift("rm sales-01.csv; echo 2 > sales-02.csv")

    (only,) = scene.propose(scene.blocked(MISSING, "sales-01.csv"), RULE).candidates

    assert not only.preselected


def test_a_new_name_that_sounds_dangerous_is_only_a_name(scene: Scene) -> None:
    scene.record("echo 1 > in.csv", step("cat in.csv")).drift("mv in.csv clean-release.csv")

    (only,) = scene.propose(scene.blocked(MISSING, "in.csv"), RULE).candidates

    assert only.preselected


def test_a_path_that_the_step_writes_is_no_lost_input(scene: Scene) -> None:
    scene.record("echo 1 > today.txt", step("date > out/today.txt", effects=["created out/today.txt"]))

    assert scene.propose(scene.failed(MISSING, "out/today.txt"), RULE).candidates == ()


def test_an_output_of_the_work_is_no_candidate(scene: Scene) -> None:
    steps = (step("echo x > results.csv", effects=["created results.csv"]), step("cat result.csv"))
    scene.record("echo 1 > result.csv", *steps).drift("rm result.csv; echo x > results.csv")

    assert scene.propose(scene.blocked(MISSING, "result.csv", at=2), RULE).candidates == ()


def test_a_copy_that_was_always_there_is_never_chosen(scene: Scene) -> None:
    scene.record("echo 1 > a.csv; cp a.csv spare.csv", step("cat a.csv")).drift("rm a.csv")

    assert not any(ranked.preselected for ranked in scene.propose(scene.blocked(MISSING, "a.csv"), RULE).candidates)


def test_a_path_in_a_parameter_changes_the_parameter(scene: Scene) -> None:
    scene.parameters = {"table": Parameter(type=ParameterType.STRING, default="in.csv")}
    scene.record("echo 1 > in.csv", step("cat {{table}}")).drift("mv in.csv input.csv")

    (only,) = scene.propose(scene.failed(MISSING, "in.csv"), RULE).candidates

    assert patches(scene.propose(scene.failed(MISSING, "in.csv"), RULE)) == [
        [{"op": "set_parameter", "step_index": 1, "value": {"name": "table", "value": "input.csv"}}]
    ]
    assert only.preselected


def test_a_path_that_only_a_script_names_is_left_to_the_person(scene: Scene) -> None:
    scene.record("echo 1 > in.csv; echo 'cat in.csv' > job", step("bash job")).drift("mv in.csv input.csv")

    proposals = scene.propose(scene.failed(MISSING, "in.csv"), RULE)

    assert proposals.candidates == ()
    assert proposals.abstained


@pytest.mark.parametrize(
    ("run", "old", "new"),
    [
        ("awk -fcut.awk in", "cut.awk", "tools/cut.awk"),
        ("grep --file=pats in", "pats", "patterns"),
        ("cat @list > out || cat @list", "@list", "@files"),
        ("cat logs/*.log", "logs", "journal"),
        ("wc -l < ../lib-common/i", "../lib-common", "../lib_common"),
        ("cat ~/notes.md", "~/notes.md", "~/Notes.md"),
        ("cat ../assets/img/i", "../assets", "../Assets"),
        ("cat ../repos/api/i", "../repos/api", "../code/api"),
    ],
)
def test_however_it_is_named(scene: Scene, run: str, old: str, new: str) -> None:
    setup = (
        "echo '{print}' > cut.awk; echo a > pats; echo a > in; echo x > @list; mkdir -p logs ../lib-common"
        " ../assets/img ../repos/api ../code; echo 1 > logs/a.log; echo 1 > ../lib-common/i; echo n > ~/notes.md;"
        " echo i > ../assets/img/i; echo i > ../repos/api/i"
    )
    scene.record(setup, step(run)).drift(f"mkdir -p $(dirname {new}); mv {old} {new}")

    (only, *_) = scene.propose(scene.diagnosed(), RULE).candidates

    assert scene.works(only.candidate.patch), only


def test_inputs_that_went_away_together_are_one_repair(scene: Scene) -> None:
    scene.record(
        "echo 1 > a.c; echo 2 > b.c; echo 3 > c.c; echo 4 > d.c", step("cat a.c b.c"), step("cat c.c a.c > out")
    ).drift("mkdir src; mv a.c b.c c.c d.c src")

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert [entry.value["to"] for entry in only.candidate.patch if isinstance(entry.value, dict)] == [
        "src/a.c",
        "src/b.c",
        "src/c.c",
    ]
    assert only.preselected
    assert scene.works(only.candidate.patch)


def test_a_companion_that_could_be_two_files_stays_a_question(scene: Scene) -> None:
    scene.record("echo 1 > a.c; echo 2 > b.c", step("cat a.c b.c")).drift(
        "mkdir src; mv a.c src; cp b.c src/b1.c; mv b.c src/b2.c"
    )

    (first, *_) = scene.propose(scene.diagnosed(), RULE).candidates

    assert len(first.candidate.patch) == 1


def test_a_name_inside_of_a_substitution_and_behind_popd_follows(scene: Scene) -> None:
    scene.record(
        "mkdir -p documents/guide; echo 1 > documents/VERSION",
        step("pushd documents/guide"),
        step("popd"),
        step('echo "release $(cat documents/VERSION)" > label'),
        step("ls documents"),
    )
    entry = PatchEntry(op=PatchOp.REBIND, step_index=1, value={"from": "documents", "to": "papers"})

    steps = patching.apply(scene.playbook, (entry,)).steps

    assert [step.run for step in steps] == [
        "pushd papers/guide",
        "popd",
        'echo "release $(cat papers/VERSION)" > label',
        "ls papers",
    ]


def test_what_copies_or_lists_a_file_that_holds_the_name_may_differ_too(scene: Scene) -> None:
    scene.record(
        "mkdir theme",
        step("zip -qr theme.zip theme", effects=["created theme.zip"]),
        step("cp theme.zip kept.zip", effects=["created kept.zip"]),
        step("cp other copy", effects=["created copy"]),
    )
    entry = PatchEntry(op=PatchOp.REBIND, step_index=1, value={"from": "theme", "to": "theme-dark"})
    known = [msgspec.structs.replace(step, expect=_with_content(step.expect)) for step in scene.playbook.steps]
    playbook = msgspec.structs.replace(scene.playbook, steps=tuple(known))

    steps = patching.apply(playbook, (entry,)).steps

    assert [(step.expect.effects or ())[0].content is None for step in steps] == [True, True, False]


def _with_content(expect: Expectation) -> Expectation:
    effects = tuple(msgspec.structs.replace(effect, content="sha256:0") for effect in expect.effects or ())
    return msgspec.structs.replace(expect, effects=effects)
