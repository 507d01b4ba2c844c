from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from capture.errors import BadInputError
from capture.trace import Input, Step, StepStatus, Trace
from replay import binding, template
from replay.compiler import PASSES, compile_traces
from replay.document import dump, load
from replay.matching import judging, masks
from replay.outcome import Failure, FailureClass
from replay.playbook import (
    Answer,
    Compilation,
    ExpectedEffect,
    LinkStrength,
    ParameterType,
    Playbook,
    SafetyLevel,
    Source,
)
from tests.replay.recording import NOW, Machine

REPOSITORY = """
export GIT_CONFIG_GLOBAL=/dev/null
git init -q -b main
git config user.email ada@example.org
git config user.name Ada
echo one > f && git add f && git commit -qm one
"""
ID, OTHER_ID = "1b4e28ba-2fa1-41d2-883f-0016d3cca427", "6fa459ea-ee8a-4ca4-894e-db77e160355e"


def compiled(tmp_path: Path, commands: Sequence[str], setup: str = "") -> Compilation:
    machine = Machine(tmp_path / "recorded", setup)
    return compile_traces([machine.record(commands)], name="work", blobs=machine.blobs)


def replayed(tmp_path: Path, playbook: Playbook, setup: str = "") -> Failure | None:
    """Replay somewhere else and much later; the first failure."""
    machine = Machine(tmp_path / f"replayed-{len(list(tmp_path.iterdir()))}", setup)
    places = {"project": str(machine.work), "home": machine.environment["HOME"]}
    values = {name: places.get(name, found.recorded or "") for name, found in playbook.parameters.items()}
    moved = False

    def holds(effect: ExpectedEffect) -> bool:
        content = machine.read(effect.path)
        return content is not None and masks.content_digest(content, values) == effect.content

    for index, step in enumerate(playbook.steps, 1):
        typed = "".join(f"{answer.send}\n" for answer in step.answers)
        command = template.render_shell(step.run, values)
        actual = machine.run(command, index, typed, at=NOW + timedelta(days=40))
        judged = judging.judge(
            step, actual, values=values, holds=holds, recorded=None if moved else {}, read=machine.read
        )
        if judged.failure:
            return judged.failure
        moved = moved or any(judged.captured[capture.name] != capture.recorded for capture in step.capture)
        values |= judged.captured
    return None


def kept(compilation: Compilation) -> list[int | None]:
    return [step.source_step for step in compilation.playbook.steps]


TOOLS = {
    "git": (
        REPOSITORY,
        [
            "echo two >> f && git commit -am two",
            "git checkout -b side && echo s > g && git add g && git commit -m side",
            "git checkout main && git merge --no-ff side -m merge",
            "git log --graph --stat && git describe --always",
            "echo dirt >> f; git stash && git stash pop",
            "git rev-parse --verify HEAD > head",
            "git reset --hard HEAD~1",
        ],
    ),
    "files": (
        "mkdir s; echo a > s/a; echo b > s/b",
        [
            "tar czvf s.tgz s && tar tzvf s.tgz && ls -la && ls -li s && sha256sum s.tgz",
            "dd if=/dev/zero of=z bs=1k count=4",
            "cp -v s/a c && mv -v c d && chmod +x d && stat d && rm -v d",
            "find . -type f | sort && du -s s | cut -f2",
            "mv s t",
        ],
    ),
    "make": (
        "printf 'all: a b\\na:\\n\\techo a > a\\nb:\\n\\techo b > b\\nsub:\\n\\t+$(MAKE) -s all\\n' > Makefile",
        ["make", "make -j4 -B", "make sub", "time make", "make nothing"],
    ),
    "python": (
        "printf 'import unittest\\nclass T(unittest.TestCase):\\n  def test(self): pass\\n' > test_u.py",
        [
            "python3 -m unittest test_u",
            "python3 -c 'import os, time, uuid, tempfile; print(uuid.uuid4(), object(), tempfile.mkdtemp())'",
            "python3 -c 'import time; print(f\"took {time.perf_counter():.3f}\")' > took",
            "python3 -c 'raise ValueError(3)'",
        ],
    ),
    "shell": (
        "",
        [
            "date > stamp; echo $$ > app.pid; mktemp -d",
            "sleep 0.01 & wait; echo done",
            'pwd > where; echo $HOME > home; echo "$PWD/x"',
            "mkdir sub; cd sub",
            "touch here",
            "export A=5; cd ..; echo $A > a",
            "echo $RANDOM | tee chance",
            "ps > processes; df . | tail -1; date",
            "echo '{{name}} {{.Go}}' | tee braces",
            "false",
            "grep -q nothing braces",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS)
def test_an_undrifted_twin_passes_elsewhere_and_later(tmp_path: Path, tool: str) -> None:
    setup, commands = TOOLS[tool]
    compilation = compiled(tmp_path, commands, setup)
    assert kept(compilation) == list(range(1, len(commands) + 1))
    assert load(dump(compilation.playbook), where="p") == compilation.playbook
    assert replayed(tmp_path, compilation.playbook, setup) is None


COUNT = """echo 'import random; print(f"7 records ok in 0.{random.randrange(99):02}s")' > count.py"""
DRIFTS = {
    "count": (COUNT, ["python3 count.py"], "sed -i 's/7 rec/6 rec/' count.py", FailureClass.OUTPUT_CHANGED),
    "sed": ("echo a=1 > c", ["sed -i s/a=1/a=2/ c"], "echo b=1 > c", FailureClass.EFFECTS_CHANGED),
    "tail": ("echo 'touch o; echo l' > b", ["sh b | tail -1"], "echo echo l > b", FailureClass.EFFECTS_CHANGED),
    "sort": ("echo b > i; echo a >> i", ["sort i > o"], "echo c > i", FailureClass.EFFECTS_CHANGED),
    "weak": ("echo echo ticket 42 > t", ["sh t", "touch close-42"], "sed -i s/42/43/ t", FailureClass.AMBIGUOUS_VALUE),
    "name": ("echo alice > n", ["head -1 n | tee o"], "echo bob > n", FailureClass.OUTPUT_CHANGED),
}  # fmt: skip


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_drift_that_exits_zero_is_seen(tmp_path: Path, drift: str) -> None:
    setup, commands, change, failure_class = DRIFTS[drift]
    playbook = compiled(tmp_path, commands, setup).playbook
    assert replayed(tmp_path, playbook, setup) is None
    failure = replayed(tmp_path, playbook, f"{setup}\n{change}")
    assert failure is not None
    assert (failure.step_index, failure.failure_class) == (1, failure_class)


def test_a_printed_id_is_captured_and_typed_on(tmp_path: Path) -> None:
    setup = f"echo 'echo new id: $(cat .id)' > new; echo {ID} > .id"
    commands = ["sh new", f"mkdir out-{ID}", f"echo {ID} > out-{ID}/state; cat out-{ID}/state"]
    compilation = compiled(tmp_path, commands, setup)
    first, second, third = compilation.playbook.steps
    assert first.expect.output == "new id: {{id}}\n"
    assert [capture.recorded for capture in first.capture] == [ID]
    assert second.run == "mkdir out-{{id}}"
    assert third.expect.output == "{{id}}\n"
    assert [(link.from_step, link.to_step, link.strength) for link in compilation.links] == [
        (1, 2, LinkStrength.STRONG),
        (1, 3, LinkStrength.STRONG),
    ]
    assert replayed(tmp_path, compilation.playbook, setup) is None
    assert replayed(tmp_path, compilation.playbook, setup.replace(ID, OTHER_ID)) is None


def test_a_shortened_commit_is_captured_out_of_the_whole(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "recorded", REPOSITORY)
    made = machine.run("echo two >> f && git commit -qam two && git log -1 --format='commit %H'", 1)
    short = made.output.split()[1][:9]
    tagged = machine.run(f"git tag good {short}", 2)
    playbook = compile_traces([machine.trace((made, tagged))], name="p", blobs=machine.blobs).playbook
    assert playbook.steps[0].expect.output == "commit {{commit}}{{hex}}\n"
    assert playbook.steps[1].run == "git tag {{tag}} {{commit}}"
    # Another parent, so that the commit is another one.
    assert replayed(tmp_path, playbook, REPOSITORY.replace("-qm one", "-qm other")) is None


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("saved /srv/spool/job.out", "ls /srv/spool/job.out"),
        ("batch 20260105-113000", "echo batch 20260105-113000"),
        ("order 4815162342", "echo 4815162342"),
        ("day 2026-01-05", "echo day-2026-01-05"),
        ("digest 0a1b2c3d4e", "echo 0a1b2c3d4e"),
    ],
)
def test_strong_tokens_link_by_themselves(tmp_path: Path, printed: str, typed: str) -> None:
    compilation = compiled(tmp_path, ["sh say", typed], f"echo echo {printed} > say")
    assert [link.strength for link in compilation.links] == [LinkStrength.STRONG]
    assert compilation.playbook.steps[1].run != typed


@pytest.mark.parametrize(
    "commands",
    [
        [f"echo {ID}", f"mkdir {ID}"],
        ["ls -d notes1", "cp notes1 copy"],
        ["seq 3", "head -3 notes1"],
        ["sh say", "pwd"],
    ],
)
def test_what_was_typed_or_there_before_is_no_link(tmp_path: Path, commands: list[str]) -> None:
    compilation = compiled(tmp_path, [*commands, "touch done"], "touch notes1; echo echo 12345678 > say")
    assert compilation.links == ()
    assert compilation.questions == ()


def test_a_short_number_is_a_question_and_stays(tmp_path: Path) -> None:
    compilation = compiled(tmp_path, ["sh say", "touch close-42"], "echo echo ticket 42 > say")
    question = compilation.questions[0]
    assert (question.value, question.step_index) == ("42", 2)
    assert compilation.playbook.steps[1].run == "touch close-42"
    assert [link.strength for link in compilation.links] == [LinkStrength.WEAK]


PRUNED: dict[str, tuple[list[str], list[int]]] = {
    "superseded by the same command": (["cp a.txt out/", "touch a.txt", "mkdir out", "cp a.txt out/"], [2, 3, 4]),
    "superseded by its correction": (["mkdri out", "mkdir out"], [2]),
    "a failure of its own": (["cp nothing b.txt", "touch a"], [1, 2]),
    "a look that found nothing": (["cat nothing", "touch a"], [2]),
    "a look at what is gone": (["rm a.txt", "ls a.txt"], [1, 2]),
    "an answer of no": (["grep -q a b.txt", "echo a > b.txt", "grep -q a b.txt"], [1, 2, 3]),
    "another test": (["sh t1.sh", "sh t2.sh"], [1, 2]),
    "looking around": (["ls", "pwd", "touch a", "git status || true", "ls -la", "which sh", "cat b.txt"], [3, 4]),
    "a look at the result": (["echo x > made", "cat made", "wc -l made"], [1, 2, 3]),
    "only looking": (["ls", "pwd"], [1, 2]),
    "a look that is used": (["ls -i b.txt | wc -l > n", "head b.txt > top"], [1, 2]),
    "leaving": (["touch a", "exit"], [1]),
    "a comment": (["# now", "touch a"], [2]),
    "going somewhere": (["mkdir d", "cd d", "touch x"], [1, 2, 3]),
    "a repeat": (["sh t1.sh", "sh t1.sh", "touch a"], [1, 3]),
    "done twice": (["sh t2.sh", "sh t2.sh"], [1, 2]),
}


@pytest.mark.parametrize("title", PRUNED)
def test_steps_that_are_no_part_of_the_work_are_left_out(tmp_path: Path, title: str) -> None:
    commands, expected = PRUNED[title]
    compilation = compiled(tmp_path, commands, "touch b.txt; echo exit 1 > t1.sh; echo echo ok > t2.sh")
    assert kept(compilation) == expected
    assert {one.source_step_index for one in compilation.dropped} == set(range(1, len(commands) + 1)) - set(expected)


def test_a_person_may_keep_what_would_be_left_out(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    trace = machine.record(["ls", "touch a"])
    compilation = compile_traces([trace], name="p", blobs=machine.blobs, keep=frozenset({1}))
    assert kept(compilation) == [1, 2]


def test_the_workspace_and_the_home_are_parameters_where_they_are_named(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    home = str(tmp_path / "home")
    commands = [f"mkdir '{machine.work}/my dir'", f"cd {machine.work}/my\\ dir", f"echo {home} > h"]
    playbook = compile_traces([machine.record(commands)], name="p", blobs=machine.blobs).playbook
    assert playbook.steps[0].run == "mkdir '{{project}}/my dir'"
    assert playbook.steps[0].cwd == "{{project}}"
    assert [step.cwd for step in playbook.steps[1:]] == [None, None]
    assert playbook.steps[2].run == "echo {{home}} > h"
    assert {name: (one.type, one.default) for name, one in playbook.parameters.items()} == {
        "project": (ParameterType.PATH, "{{cwd}}"),
        "home": (ParameterType.PATH, "{{home}}"),
    }


def test_a_masked_secret_is_asked_for(tmp_path: Path) -> None:
    playbook = compiled(tmp_path, ["echo login --password '[masked:option]' > /dev/null"]).playbook
    assert playbook.steps[0].run == "echo login --password '{{option}}' > /dev/null"
    assert playbook.parameters["option"].type is ParameterType.SECRET
    assert playbook.parameters["option"].default is None


@pytest.mark.parametrize(
    ("command", "run", "found"),
    [
        ("echo app-1.4.0.tgz 1.4.0", "echo app-{{version}}.tgz {{version}}", {"version": "1.4.0"}),
        ("echo v2.0", "echo {{tag}}", {"tag": "v2.0"}),
        ("cp f f-2026-03-01", "cp f f-{{day}}", {"day": "2026-03-01"}),
        ("cp f f-2026-03", "cp f f-{{month}}", {"month": "2026-03"}),
        ("git checkout -b dev", "git checkout -b {{branch}}", {"branch": "dev"}),
        ("echo --port=8123 8123", "echo --port={{server_port}} {{server_port}}", {"server_port": "8123"}),
        ("echo 127.0.0.1 0.25 x==1.2.3 8080 2026-11-21 HEAD~1", None, {}),
    ],
)
def test_what_a_person_would_set_anew_is_a_parameter(
    tmp_path: Path, command: str, run: str | None, found: dict[str, str]
) -> None:
    playbook = compiled(tmp_path, [command], REPOSITORY).playbook
    named = {name: each.recorded for name, each in playbook.parameters.items() if each.source is Source.USER}
    assert playbook.steps[0].run == (run or command)
    assert named == found
    assert all(playbook.parameters[name].default == value for name, value in found.items())
    assert replayed(tmp_path, playbook, REPOSITORY) is None


def test_parameters_follow_the_ones_that_they_are_made_of(tmp_path: Path) -> None:
    commands = ["echo 1.4.0 > V", "git tag v1.4.0", "echo http://localhost:8123/api", "python3 -c '' --port 8123"]
    playbook = load(dump(compiled(tmp_path, commands, REPOSITORY).playbook), where="a book")
    values = binding.bind(playbook, {"version": "1.5.0", "server_port": "9123"}, {"cwd": "/p"})
    assert values["tag"] == "v1.5.0"
    assert values["url"] == "http://localhost:9123/api"


def test_of_what_an_own_server_is_asked_for_the_port_is_the_parameter(tmp_path: Path) -> None:
    commands = ["curl -s http://127.0.0.1:8123/api || true", "curl -s http://other.invalid:8123/api || true"]
    playbook = compiled(tmp_path, commands).playbook
    assert [step.run for step in playbook.steps] == [
        "curl -s http://127.0.0.1:{{server_port}}/api || true",
        "curl -s {{url}} || true",
    ]


def test_a_value_that_was_printed_before_it_was_typed_is_no_parameter(tmp_path: Path) -> None:
    compilation = compiled(tmp_path, ["cat V", "git tag v1.4.0"], f"{REPOSITORY}echo 1.4.0 > V")
    assert "version" not in compilation.playbook.parameters
    assert [question.value for question in compilation.questions] == ["1.4.0"]


def test_counting_is_a_check_and_stays(tmp_path: Path) -> None:
    commands = ["ls", "wc -l f", "cp f g"]
    assert [step.run for step in compiled(tmp_path, commands, REPOSITORY).playbook.steps] == commands[1:]


def test_the_day_of_the_recording_is_today(tmp_path: Path) -> None:
    playbook = compiled(tmp_path, [f"mkdir report-{NOW:%Y-%m-%d}"]).playbook
    assert playbook.steps[0].run == "mkdir report-{{today}}"
    assert playbook.parameters["today"].default == "{{today}}"


def test_the_dialogue_becomes_answers(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    step = machine.run("touch asked", 1)
    typed = (Input(prompt="Name: ", text="Ada\n"), Input(prompt="Password: ", text=None, secret=True))
    asked = msgspec.structs.replace(step, inputs=typed)
    playbook = compile_traces([machine.trace((asked,))], name="p", blobs=machine.blobs).playbook
    assert playbook.steps[0].answers == (
        Answer(prompt="Name: ", send="Ada"),
        Answer(prompt="Password: ", secret=True),
    )


def test_different_secrets_at_the_same_prompt_have_names(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    one = Input(prompt="Password: ", text=None, secret=True)
    other = msgspec.structs.replace(one, which=2)
    third = Input(prompt="Code: ", text=None, secret=True, which=3)
    asked = (("mysql -p < a", (one, third)), ("psql -f b", (other, other)), ("mysql -p < c", (one,)))
    steps = [
        msgspec.structs.replace(machine.run(command, at), inputs=typed) for at, (command, typed) in enumerate(asked, 1)
    ]
    playbook = compile_traces([machine.trace(tuple(steps))], name="p", blobs=machine.blobs).playbook
    named = [[answer.name for answer in step.answers] for step in playbook.steps]
    assert named == [["mysql_password", None], ["psql_password", "psql_password"], ["mysql_password"]]


def test_a_full_screen_step_without_a_file_waits_for_a_person(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    watched = msgspec.structs.replace(machine.run("true", 1), command="dialog", full_screen=True)
    step = compile_traces([machine.trace((watched,))], name="p", blobs=machine.blobs).playbook.steps[0]
    assert (step.safety, step.expect.output) == (SafetyLevel.MANUAL_ONLY, None)


def test_many_effects_are_told_by_directory(tmp_path: Path) -> None:
    command = "mkdir d; for i in $(seq 100); do echo $i > d/$i; done; touch e"
    playbook = compiled(tmp_path, [command]).playbook
    effects = playbook.steps[0].expect.effects
    assert effects is not None
    assert [effect.path for effect in effects] == ["d", "d/**", "e"]
    assert replayed(tmp_path, playbook) is None


def test_risky_steps_are_marked(tmp_path: Path) -> None:
    steps = compiled(tmp_path, ["mkdir d", "rm -rf d"]).playbook.steps
    assert [step.safety for step in steps] == [SafetyLevel.AUTO_OK, SafetyLevel.NEEDS_CONFIRM]


def test_a_step_that_was_cut_is_left_out(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    cut = msgspec.structs.replace(machine.run("true", 2), status=StepStatus.PARTIAL, exit_code=None)
    compilation = compile_traces([machine.trace((machine.run("touch a", 1), cut))], name="p", blobs=machine.blobs)
    assert kept(compilation) == [1]


def test_the_same_recording_compiles_to_the_same_bytes(tmp_path: Path) -> None:
    machine = Machine(tmp_path, REPOSITORY)
    trace = machine.record(["echo x >> f && git commit -am x", "ls", "git log -1"])
    once, twice = (compile_traces([trace], name="p", blobs=machine.blobs) for _ in range(2))
    assert msgspec.json.encode(once) == msgspec.json.encode(twice)
    assert dump(once.playbook) == dump(twice.playbook)


def test_nothing_to_compile_says_so(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    with pytest.raises(BadInputError, match="no step of work"):
        compile_traces([machine.trace(())], name="p", blobs=machine.blobs)


def test_the_passes_are_a_visible_list() -> None:
    assert [one.__name__ for one in PASSES][:2] == ["drop_dead_ends", "drop_endings"]


def test_two_recordings_of_the_same_work_differ_in_parameters(tmp_path: Path) -> None:
    setup = "echo 'echo $RANDOM-$RANDOM-$RANDOM' > chance"
    traces: list[Trace] = []
    blobs: dict[str, bytes] = {}
    for day in ("monday", "friday"):
        machine = Machine(tmp_path / day, setup)
        traces.append(
            machine.record([f"mkdir out-{day}", f"echo {day} > out-{day}/name && echo made {day}", "bash chance"])
        )
        blobs |= machine.contents
    playbook = compile_traces(traces, name="p", blobs=blobs.get).playbook
    first, second, third = playbook.steps
    assert first.run == "mkdir out-{{value}}"
    assert second.run == "echo {{value}} > out-{{value}}/name && echo made {{value}}"
    assert second.expect.output == "made {{value}}\n"
    assert third.expect.output == "{{any}}\n"
    parameter = playbook.parameters["value"]
    assert (parameter.source, parameter.default, parameter.recorded) == (Source.RUNS, "monday", "monday")


@pytest.mark.parametrize("other", [["touch a"], ["touch a", "rm a"], ["mkdir b", "touch c", "touch d"]])
def test_recordings_of_other_work_do_not_align(tmp_path: Path, other: list[str]) -> None:
    one, two = Machine(tmp_path / "one"), Machine(tmp_path / "two")
    traces = [one.record(["mkdir b", "touch a"]), two.record(other)]
    with pytest.raises(BadInputError, match="do not align"):
        compile_traces(traces, name="p", blobs=one.blobs)


def test_a_directory_moved_is_one_effect(tmp_path: Path) -> None:
    effects = compiled(tmp_path, ["mv s t"], "mkdir s; echo a > s/a").playbook.steps[0].expect.effects
    assert effects is not None
    assert [(effect.path, effect.moved_from) for effect in effects] == [("t", "s")]


def test_where_nobody_watched_the_files_nothing_is_expected_of_them(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "recorded", "echo 1 > old")
    trace = machine.record(["cp old new", "cat old new > both", "cat both"])
    steps = tuple(msgspec.structs.replace(step, file_effects=(), effects_seen=False) for step in trace.steps[:2])
    trace = msgspec.structs.replace(trace, steps=(*steps, trace.steps[2]))
    made = compile_traces([trace], name="work", blobs=machine.blobs, keep=frozenset({3}))
    first, second, third = made.playbook.steps
    assert (first.expect.effects, second.expect.effects) == (None, None)
    assert third.expect.effects == ()
    assert [need.file for need in first.requires] == ["old"]
    assert second.requires == ()
    assert any("nobody watched the files of step 1" in note for note in made.notes)


def test_a_step_that_was_not_watched_is_not_judged_by_its_files(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "recorded")
    made = compile_traces([machine.record(["echo 1 > new"])], name="work", blobs=machine.blobs)
    (step,) = made.playbook.steps
    other = Machine(tmp_path / "replayed")
    actual = msgspec.structs.replace(other.run("true", 1), command="echo 1 > new")

    def judged(came: Step) -> Failure | None:
        return judging.judge(step, came, values={}, holds=lambda _: False, recorded={}, read=other.read).failure

    assert judged(actual) is not None
    assert judged(msgspec.structs.replace(actual, effects_seen=False)) is None
