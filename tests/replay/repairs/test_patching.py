"""From a version and a patch to the next version."""

import msgspec
import pytest

from capture.errors import BadInputError
from capture.trace import EffectOp
from replay.playbook import (
    Capture,
    Expectation,
    ExpectedEffect,
    Parameter,
    ParameterType,
    Playbook,
    PlaybookStep,
    Requirement,
    Source,
)
from replay.repairs.patching import apply
from replay.repairs.proposal import PatchEntry, PatchOp

PROJECT = {"project": Parameter(type=ParameterType.PATH, default="{{cwd}}", source=Source.WORKSPACE)}


def playbook(*steps: PlaybookStep) -> Playbook:
    return Playbook(name="pb", version=3, parameters=PROJECT, steps=steps)


def patched(base: Playbook, op: PatchOp, value: str | dict[str, str], at: int = 1) -> Playbook:
    return apply(base, [PatchEntry(op=op, step_index=at, value=value)])


def runs(base: Playbook) -> list[str]:
    return [step.run for step in base.steps]


def rebound(*commands: str, old: str = "data/in.csv", new: str = "data/inputs.csv") -> list[str]:
    return runs(
        patched(playbook(*(PlaybookStep(run=run) for run in commands)), PatchOp.REBIND, {"from": old, "to": new})
    )


def test_the_next_version_leaves_the_base_as_it_was() -> None:
    base = playbook(PlaybookStep(run="true"))

    assert patched(base, PatchOp.SET_TIMEOUT, "9s").version == 4
    assert base.version == 3
    assert base.steps[0].timeout is None


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("wc -l < data/in.csv > n", "wc -l < data/inputs.csv > n"),
        ("cat ./data/in.csv", "cat ./data/inputs.csv"),
        ("cat '{{project}}/data/in.csv'", "cat '{{project}}/data/inputs.csv'"),
        ('tool --from="data/in.csv"', "tool --from=data/inputs.csv"),
        ("IN=data/in.csv tool", "IN=data/inputs.csv tool"),
        ("cd data && cat in.csv ../data/in.csv", "cd data && cat inputs.csv ../data/inputs.csv"),
        ("cat data/in.csv.bak my/data/in.csv data/in.csv2", "cat data/in.csv.bak my/data/in.csv data/in.csv2"),
        ("python3 -c 'print(open(\"data/in.csv\").read())'", "python3 -c 'print(open(\"data/inputs.csv\").read())'"),
        ("for f in data/in.csv x; do cat $f; done", "for f in data/inputs.csv x; do cat $f; done"),
        ("cat $DIR/in.csv", "cat $DIR/inputs.csv"),
        ("echo $(cat data/in.csv)", "echo $(cat data/inputs.csv)"),
        ("cat data/*.csv", "cat data/*.csv"),
        ("(cd data && cat in.csv); cat data/in.csv", "(cd data && cat inputs.csv); cat data/inputs.csv"),
        ("bash -c 'cat data/in.csv'", "bash -c 'cat data/inputs.csv'"),
    ],
)
def test_a_path_is_rebound_however_it_is_spelt(run: str, expected: str) -> None:
    assert rebound(run) == [expected]


def test_a_new_name_is_quoted_for_where_it_stands() -> None:
    new = "my data/it's $in.csv"

    assert (
        rebound("cat data/in.csv", "cat 'data/in.csv'", 'cat "data/in.csv"', new=new)
        == ["cat 'my data/it'\"'\"'s $in.csv'"] * 3
    )
    assert rebound('cat "data/in.csv"', "cat 'data/in.csv'", new="my data/in") == [
        'cat "my data/in"',
        "cat 'my data/in'",
    ]


def test_a_directory_takes_all_below_it_and_the_shell_s_directory_counts() -> None:
    assert rebound("cd src/ap", "cat main.c ../ap/util.c", "cd ..", "ls ap other/ap", old="src/ap", new="lib/app") == [
        "cd lib/app",
        "cat main.c util.c",
        "cd ..",
        "ls app other/ap",
    ]


def test_a_word_that_is_no_path_stays() -> None:
    expect = Expectation(output="2 data rows in data/in\nfrom 'data'\n")
    base = playbook(
        PlaybookStep(run="echo data; grep data data/in; ls data; (cd data)", expect=expect), PlaybookStep(run="cat in")
    )

    step, later = patched(base, PatchOp.REBIND, {"from": "data", "to": "tables"}).steps

    assert step.run == "echo data; grep data tables/in; ls tables; (cd tables)"
    assert step.expect.output == "2 data rows in tables/in\nfrom 'tables'\n"
    assert later.run == "cat in"


def test_a_parameter_inside_the_old_name_is_written_out() -> None:
    day = {"day": Parameter(default="2026-03-01", recorded="2026-03-01")}
    base = msgspec.structs.replace(
        playbook(
            PlaybookStep(run="sort in-{{day}}.csv > {{day}}.out", expect=Expectation(output="{{day}} done\n")),
            PlaybookStep(run="git diff rel-{{day}}"),
        ),
        parameters=PROJECT | day,
    )

    moved = patched(base, PatchOp.REBIND, {"from": "in-2026-03-01.csv", "to": "in_2026-03-01.csv"})
    renamed = patched(base, PatchOp.REBIND, {"from": "rel-2026-03-01", "to": "r1", "kind": "ref"}, at=2)

    assert moved.steps[0].run == "sort in_2026-03-01.csv > 2026-03-01.out"
    assert moved.steps[0].expect.output == "2026-03-01 done\n"
    assert renamed.steps[1].run == "git diff r1"
    assert moved.parameters == renamed.parameters == base.parameters


def test_only_this_step_and_later_ones_are_rebound() -> None:
    base = playbook(PlaybookStep(run="cat a"), PlaybookStep(run="cat a"), PlaybookStep(run="cat a"))

    assert runs(patched(base, PatchOp.REBIND, {"from": "a", "to": "b"}, at=2)) == ["cat a", "cat b", "cat b"]


def test_needs_effects_outputs_and_directories_follow() -> None:
    base = playbook(
        PlaybookStep(
            run="wc -l data/in.csv",
            cwd="{{project}}",
            requires=(Requirement(command="wc"), Requirement(file="data/in.csv", sha256="ab")),
            expect=Expectation(output="2 data/in.csv\n"),
        ),
        PlaybookStep(
            run="gzip data/in.csv",
            expect=Expectation(
                effects=(
                    ExpectedEffect(op=EffectOp.DELETED, path="data/in.csv"),
                    ExpectedEffect(op=EffectOp.CREATED, path="data/in.csv.gz", content="sha256:1"),
                )
            ),
        ),
        PlaybookStep(run="ls data/in.csv.gz", expect=Expectation(output="data/in.csv.gz\n")),
        PlaybookStep(run="cat x", cwd="{{project}}/data/in.csv/deep", expect=Expectation(output="data/in.csv2\n")),
    )

    first, second, third, fourth = patched(base, PatchOp.REBIND, {"from": "data/in.csv", "to": "data/all.csv"}).steps

    assert first.requires[1] == Requirement(file="data/all.csv", sha256="ab")
    assert first.expect.output == "2 data/all.csv\n"
    effects = second.expect.effects or ()
    assert [effect.path for effect in effects] == ["data/all.csv", "data/all.csv.gz"]
    assert effects[1].content == "sha256:1"
    assert (third.run, third.expect.output) == ("ls data/all.csv.gz", "data/all.csv.gz\n")
    assert (fourth.cwd, fourth.expect.output) == ("{{project}}/data/all.csv/deep", "data/in.csv2\n")


def test_what_a_compiler_names_after_its_source_follows() -> None:
    effect = ExpectedEffect(op=EffectOp.CREATED, path="main.o")
    base = playbook(
        PlaybookStep(run="cc -c src/main.c", expect=Expectation(effects=(effect,))),
        PlaybookStep(run="cc -o app main.o"),
    )

    result = patched(base, PatchOp.REBIND, {"from": "src/main.c", "to": "src/start.c"})

    assert runs(result) == ["cc -c src/start.c", "cc -o app start.o"]
    assert (result.steps[0].expect.effects or ())[0].path == "start.o"


def test_a_copy_keeps_the_name_of_what_is_copied() -> None:
    effect = ExpectedEffect(op=EffectOp.CREATED, path="backup/in.csv")
    base = playbook(
        PlaybookStep(run="cp data/in.csv backup/", expect=Expectation(effects=(effect,))),
        PlaybookStep(run="cat backup/in.csv"),
    )

    result = patched(base, PatchOp.REBIND, {"from": "data/in.csv", "to": "data/all.csv"})

    assert runs(result) == ["cp data/all.csv backup/", "cat backup/all.csv"]
    assert (result.steps[0].expect.effects or ())[0].path == "backup/all.csv"


def test_a_listing_of_the_name_is_not_held_against_the_old_content() -> None:
    effect = ExpectedEffect(op=EffectOp.CREATED, path="sums", content="sha256:1")
    base = playbook(PlaybookStep(run="sha256sum in.csv > sums", expect=Expectation(effects=(effect,))))

    result = patched(base, PatchOp.REBIND, {"from": "in.csv", "to": "all.csv"})

    assert (result.steps[0].expect.effects or ())[0].content is None


def test_a_replaced_command_takes_its_needs_along_and_keeps_what_it_must_print() -> None:
    capture = Capture(name="id", recorded="7", pattern=".*")
    base = playbook(
        PlaybookStep(
            run="python gen.py",
            requires=(Requirement(command="python"), Requirement(file="gen.py")),
            expect=Expectation(output="{{id}}\n"),
            capture=(capture,),
        ),
        PlaybookStep(run="./gen now", requires=(Requirement(command="./gen"), Requirement(file="now"))),
    )

    python = patched(base, PatchOp.REPLACE, "python3 gen.py").steps[0]
    script = patched(base, PatchOp.REPLACE, "bash ./gen now", at=2).steps[1]

    assert python.requires == (Requirement(command="python3"), Requirement(file="gen.py"))
    assert (python.capture, python.expect.output) == ((capture,), "{{id}}\n")
    assert script.requires == (Requirement(file="./gen"), Requirement(file="now"))


def test_a_command_with_more_words_needs_no_file_that_it_names_no_more() -> None:
    needs = (
        Requirement(file="notes.txt", sha256="sha256:1"),
        Requirement(file="Makefile"),
        Requirement(command="sort"),
    )
    base = playbook(PlaybookStep(run="sort notes.txt > out", requires=needs))
    (step,) = patched(base, PatchOp.REPLACE, "sort -n journal.md > out").steps
    assert step.requires == needs[1:]
    (step,) = patched(base, PatchOp.REPLACE, "sort -n notes.txt > out").steps
    assert step.requires == needs


def test_new_steps_stand_where_their_neighbours_do() -> None:
    base = playbook(PlaybookStep(run="one", cwd="{{project}}/x"), PlaybookStep(run="two"))
    before = PatchEntry(op=PatchOp.INSERT_BEFORE, step_index=1, value="mkdir -p out")
    after = PatchEntry(op=PatchOp.INSERT_AFTER, step_index=1, value="true")
    skip = PatchEntry(op=PatchOp.SKIP, step_index=2, value="is there")

    result = apply(base, [before, after, skip])

    assert runs(result) == ["mkdir -p out", "one", "true", "two"]
    assert [step.cwd for step in result.steps] == ["{{project}}/x", "{{project}}/x", None, None]
    assert result.steps[0].expect == Expectation(exit=0, output=None, effects=None)
    assert (result.steps[3].skip, result.steps[3].note) == (True, "is there")


def test_values_are_set_where_they_belong() -> None:
    base = playbook(PlaybookStep(run="one", requires=(Requirement(env="STAGE"),)))

    with_env = patched(base, PatchOp.SET_ENV, {"name": "STAGE", "value": "blue"})
    with_parameter = patched(base, PatchOp.SET_PARAMETER, {"name": "project", "value": "/w"})
    expecting = patched(base, PatchOp.SET_EXPECTATION, {"exit": "0", "output": "x"})

    assert (with_env.steps[0].env, with_env.steps[0].requires) == ({"STAGE": "blue"}, ())
    assert with_parameter.parameters["project"] == msgspec.structs.replace(PROJECT["project"], default="/w")
    assert expecting.steps[0].expect == Expectation(output="x")


@pytest.mark.parametrize(
    ("op", "value", "at"),
    [
        (PatchOp.REPLACE, "true", 2),
        (PatchOp.REPLACE, {"run": "true"}, 1),
        (PatchOp.REBIND, "a", 1),
        (PatchOp.SET_ENV, {"name": "A"}, 1),
        (PatchOp.SET_EXPECTATION, {"exit": "many"}, 1),
    ],
)
def test_a_patch_that_makes_no_sense_is_refused(op: PatchOp, value: str | dict[str, str], at: int) -> None:
    with pytest.raises(BadInputError):
        patched(playbook(PlaybookStep(run="one")), op, value, at)
