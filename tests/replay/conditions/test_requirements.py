"""What a recorded step is found to need, and what is left out for the reader's sake."""

from datetime import UTC, datetime

import msgspec
import pytest

from capture.trace import EffectOp, EnvEffects, FileEffect, FileType, Run, RunStatus, SeenFile, Step, StepStatus, Trace
from replay.conditions.checks import Facts, derive, facts_before
from replay.syntax import analyse

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHA = "ab" * 32


RUN = Run(
    run_id="r", name="r", status=RunStatus.SUCCESS, started_at=NOW, shell="bash", cwd="/w", host="h", workspace="/w"
)


def file(path: str, kind: FileType = FileType.FILE) -> SeenFile:
    return SeenFile(path=path, type=kind, mode=0o644, sha256=f"sha256:{SHA}" if kind is FileType.FILE else None)


BEFORE = {
    seen.path: seen
    for seen in (file("in.csv"), file("tool.py"), file("Makefile"), file("sub/x"), file("src", FileType.DIRECTORY))
}


def needs(command: str, **facts: object) -> list[tuple[str, str]]:
    known = {"cwd": "/w", "workspace": "/w", "files": BEFORE, "environment": {"TOKEN": "t", "HOME": "/h"}, **facts}
    return [(need.kind, need.subject) for need in derive(analyse(command), Facts(**known))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("sort in.csv > out", [("file", "in.csv")]),
        ("python3 tool.py in.csv", [("command", "python3"), ("file", "tool.py"), ("file", "in.csv")]),
        ("sudo -n env A=1 jq . in.csv", [("command", "sudo"), ("command", "jq"), ("file", "in.csv")]),
        ("./gen --from in.csv", [("command", "./gen"), ("file", "in.csv")]),
        ("make all", [("command", "make"), ("file", "Makefile")]),
        ("make -C src", [("command", "make"), ("directory", "src")]),
        ("cd src && cat x", [("directory", "src")]),
        ("cat /w/in.csv ./in.csv", [("file", "/w/in.csv"), ("file", "./in.csv")]),
        ("cat in.csv in.csv", [("file", "in.csv")]),
        ("echo $TOKEN $HOME ${TOKEN:-x} $OTHER", [("env", "TOKEN")]),
        ("TOKEN=1; echo $TOKEN", []),
        ("cat in.csv || true", []),
        ("[ -f in.csv ] && cat in.csv", []),
        ("cat gone new", []),
        ("cat *.csv", []),
        ("rm -f in.csv", []),
        ("rm in.csv", [("file", "in.csv")]),
        ("echo in.csv | tee log", []),
        ("f() { jq; }; f", []),
        ("cat /etc/passwd", []),
    ],
)
def test_needs(command: str, found: list[tuple[str, str]]) -> None:
    assert needs(command) == found


def test_a_recorded_content_is_kept_with_its_digest() -> None:
    (need,) = derive(analyse("cat in.csv"), Facts(cwd="/w", workspace="/w", files=BEFORE))
    assert need.sha256 == SHA


def test_what_earlier_steps_made_or_set_is_no_need() -> None:
    assert needs("cat in.csv", touched=frozenset({"in.csv"})) == []
    assert needs("echo $TOKEN", assigned=frozenset({"TOKEN"})) == []
    assert needs("deploy", names=frozenset({"deploy"})) == []
    assert needs("./app", touched=frozenset({"app"})) == []
    assert needs("gcc -o app tool.py && ./app", changed=frozenset({"app"}), made=frozenset({"app"})) == [
        ("command", "gcc"),
        ("file", "tool.py"),
    ]


def test_a_command_that_the_recording_did_not_find_is_no_need() -> None:
    output = "bash: oops: command not found\n"
    assert needs("oops; jq .", output=output) == [("command", "jq")]


def test_of_a_step_that_failed_is_noted_what_it_came_upon() -> None:
    said = "cat: new: No such file or directory"
    whole: dict[str, object] = {"exit_code": 1, "complete": True}
    assert needs("cat in.csv new", **whole, output=said) == [("file", "in.csv"), ("absent", "new")]
    assert needs("jq . new", **whole, output=said) == [("command", "jq"), ("absent", "new")]
    assert needs("rm sub/new", **whole, output="rm: cannot remove 'sub/new': No such file or directory") == [
        ("absent", "sub/new")
    ]
    assert needs("cat new", exit_code=1, output=said) == [], "nobody knows that nothing was there"
    assert needs("cat new", **whole, output=said, touched={"new"}) == [], "an earlier step tells"
    assert needs("cat sub/new", **whole, output="sub/new: No such file", touched={"sub"}) == []
    assert needs("cat new", **whole, output="cat: new: Permission denied") == []
    assert needs("cat new 2> /dev/null", **whole) == [("absent", "new")]
    assert needs("grep -q x new", **whole) == [], "no match: it may be a file that nobody watches"
    assert needs("cat .git/new", **whole, output="cat: .git/new: No such file or directory") == []
    assert needs("timeout 1 cat in.csv", exit_code=124) == [("file", "in.csv")]


def test_the_commits_that_a_command_builds_on() -> None:
    refs = {"side": "1a2b", "v1": "3c4d"}
    known: dict[str, object] = {"refs": refs, "files": {}}
    assert needs("git merge -q side", **known) == [("command", "git"), ("revision", "side")]
    assert needs("git log side", **known) == [("command", "git")]
    assert needs("git fetch && git merge side", **known) == [("command", "git")], "the first one may move it"
    assert needs("cd sub && git merge side", **known) == [("command", "git")]
    trace = Trace(
        run=RUN,
        steps=(
            msgspec.structs.replace(step(1, "git merge side"), refs=refs),
            msgspec.structs.replace(step(2, "git merge side"), refs=refs),
        ),
    )
    assert [facts_before(trace, one).refs for one in trace.steps] == [refs, {}]


def test_paths_are_those_of_the_step_s_directory() -> None:
    assert needs("cat x ../in.csv", cwd="/w/sub") == [("file", "x"), ("file", "../in.csv")]


def step(index: int, command: str, *effects: FileEffect, **fields: object) -> Step:
    return Step(
        step_index=index,
        command=command,
        cwd="/w",
        cwd_after="/w",
        status=StepStatus.SUCCESS,
        exit_code=0,
        started_at=NOW,
        duration_ms=1,
        file_effects=effects,
        **fields,  # type: ignore[arg-type]
    )


def test_facts_come_from_the_steps_before() -> None:
    moved = FileEffect(path="new", op=EffectOp.MOVED, type=FileType.FILE, moved_from="old")
    made = FileEffect(path="out", op=EffectOp.CREATED, type=FileType.FILE)
    steps = (
        step(1, "f() { :; }; A=1", moved, env_effects=EnvEffects(set={"B": "2"})),
        step(2, "cat x > out", made),
        step(3, "C=1"),
    )
    trace = Trace(run=RUN, steps=steps, workspace_before=(file("old"),), environment={"E": "1"})
    facts = facts_before(trace, steps[1])
    assert facts.touched == {"new", "old"}
    assert facts.made == {"out"}
    assert facts.assigned == {"A", "B"}
    assert facts.names == {"f"}
    assert facts.environment == {"E": "1"}


def test_a_server_needs_its_port_where_it_binds_it() -> None:
    assert needs("python3 -m http.server 8123 &") == [("command", "python3"), ("port", "8123")]
    assert ("port", "127.0.0.1:8123") in needs("python3 -m http.server --bind 127.0.0.1 8123 &")
    assert needs("curl -s localhost:8123") == [("command", "curl")]


@pytest.mark.parametrize(
    "command",
    [
        "python3 -m http.server 8123 & sleep 1",
        "python3 -m http.server 8123 >/dev/null 2>&1 & sleep 1",
        "(python3 -m http.server 8123 2>/dev/null & sleep 1)",
        "timeout 9 python3 -m http.server 8123 &> server.log & curl -s localhost:8123",
    ],
)
def test_a_server_in_the_background_needs_its_port_also_where_nobody_would_see_it_fail(command: str) -> None:
    assert ("port", "8123") in needs(command)


def test_a_server_that_may_not_run_needs_no_port_nor_one_that_an_earlier_step_served() -> None:
    assert ("port", "8123") not in needs("[ -f in.csv ] && python3 -m http.server 8123 &")
    assert ("port", "8123") not in needs("python3 -m http.server 8123 2>/dev/null || true")
    steps = (step(1, "python3 -m http.server 8123 &"), step(2, "kill %1; python3 -m http.server 8123 &"))
    first, again = (facts_before(Trace(run=RUN, steps=steps), one) for one in steps)
    assert [need.port for need in derive(analyse(steps[0].command), first)] == [None, "8123"]
    assert [need.port for need in derive(analyse(steps[1].command), again)] == [None]


def test_what_takes_much_room_needs_it_free() -> None:
    assert ("disk", "21 MB") in needs("./gen", written=20_300_000)
    assert not [kind for kind, _ in needs("./gen", written=2000) if kind == "disk"]
    assert not [kind for kind, _ in needs("truncate -s 20M x", written=20_000_000) if kind == "disk"]


@pytest.mark.parametrize(
    ("before", "command", "found"),
    [
        ([], "git commit -qm x", True),
        (["echo b > a", "git add a"], "git commit -qm x", True),
        (["git init -q"], "git commit -qm x", False),
        (["git clone -q ../o ."], "git add a", False),
        (["./setup.sh"], "git add a", False),
        (["cp -r ../o/.git ."], "git add a", False),
        ([], "git -C other add a", False),
        ([], "cd other && git add a", False),
        ([], "git diff --no-index a b", False),
    ],
)
def test_a_repository_is_needed_where_nobody_made_it(before: list[str], command: str, *, found: bool) -> None:
    steps = tuple(step(index, text) for index, text in enumerate([*before, command], 1))
    facts = facts_before(Trace(run=RUN, steps=steps), steps[-1])
    asked = [need.kind for need in derive(analyse(command), facts)]
    assert ("git" in asked) is found
