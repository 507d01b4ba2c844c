"""Commands with a shell of their own each, run by one shell: nothing is left to the next one."""

import subprocess

import pytest

from capture.importers.isolating import in_background, isolated


@pytest.mark.parametrize(
    "command",
    [
        "exit 3",
        "set -e; false; echo no",
        "A=1; echo $A",
        "A=1 cd /tmp; exit",
        "if cd /; then exit 4; fi",
        "while read A; do B=$A; done <<< x",
        "read A <<< 1; exec true",
        "export B=2 # it stays\n",
        "export A='x y'; cat <<E\n$A\nE",
        "f() { exit 5; }; f",
        "for A in 1 2; do :; done",
        "(( A = 3 ))",
        ": ${A:=4}",
        "printf -v A x",
        "A[2]=3; ! cd /",
        "(cd /; A=5); unset HOME; builtin cd /; A=5",
    ],
)
def test_nothing_is_left_to_the_next_command(command: str) -> None:
    alone = subprocess.run(["bash", "-c", command], cwd="/usr", capture_output=True, text=True, check=False)
    together = subprocess.run(
        ["bash", "-c", f'{isolated(command)}\necho "$? $PWD [$A$B] $-" >&2; type f'],
        cwd="/usr",
        capture_output=True,
        text=True,
        check=False,
    )
    plain = subprocess.run(
        ["bash", "-c", 'echo "$-"'], cwd="/usr", capture_output=True, text=True, check=True
    ).stdout.strip()
    assert together.stdout == alone.stdout
    assert f"{alone.returncode} /usr [] {plain}\n" in together.stderr
    assert "f: not found" in together.stderr


@pytest.mark.parametrize("command", ["make -s", "ls | wc -l", "A=1 make", "git commit -m 'cd; x'", "a=b.txt/c --set x"])
def test_what_leaves_nothing_stays_as_it_is(command: str) -> None:
    assert isolated(command) == command


@pytest.mark.parametrize(
    ("command", "run"),
    [("npm run dev", "npm run dev &"), ("a; b", "(a; b) &"), ("cat <<E\nx\nE", "(\ncat <<E\nx\nE\n) &")],
)
def test_a_command_that_nobody_waits_for_goes_on_beside(command: str, run: str) -> None:
    assert in_background(command) == run


def test_a_directory_may_be_left_to_the_next_command() -> None:
    assert isolated("cd a && make", moving=True) == "cd a && make"
    assert isolated("cd a && export A=1", moving=True) == "(cd a && export A=1)"
