"""The literal numbers of processes in commands."""

import pytest

from replay.syntax import analyse
from replay.syntax.processes import process_numbers, set_to_numbers, variables_of_processes

TAKEN = {
    "kill 4312": ["4312"],
    "kill -9 4312 77": ["4312", "77"],
    "kill -s TERM 4312": ["4312"],
    "kill -- -4312": ["4312"],
    "kill -TERM -4312": ["4312"],
    "sudo kill -9 4312": ["4312"],
    "kill -0 4312 && echo up": ["4312"],
    "bash -c 'kill 4312'": ["4312"],
    "trap 'kill 4312' EXIT": ["4312"],
    "echo 4312 | xargs kill": ["4312"],
    "wait 4312": ["4312"],
    "renice 10 4312": ["4312"],
    "renice -n 5 -p 4312": ["4312"],
    "strace -f -p 4312": ["4312"],
    "lsof -p 4312,55": ["4312", "55"],
    "lsof -p4312": ["4312"],
    "tail --pid=4312 -f log": ["4312"],
    "ls /proc/4312/fd": ["4312"],
    "cat < /proc/4312/status": ["4312"],
    "(kill 4312": ["4312"],
    "/bin/kill 4312": ["4312"],
    "kill {4312,77}": ["4312", "77"],
    "kill $(echo 4312)": ["4312"],
    "ssh host 'kill -15 4312'": ["4312"],
    "docker exec box kill 4312": ["4312"],
    "python3 -c 'import os; os.kill(4312, 15)'": ["4312"],
    "bash <<END\nkill 4312\nEND": ["4312"],
}
NONE = [
    "git commit -m 'kill 4312 bugs'",
    "kill $(lsof -ti :8080)",
    "echo 4312",
    "python3 -m http.server 8080",
    "kill $!",
    "kill %1",
    "kill $(cat f.pid)",
    "kill -l 9",
    "kill 0",
    "pkill sleep",
    "sleep 4312",
    "strace -e 4 ls",
]


@pytest.mark.parametrize("command", TAKEN)
def test_where_a_number_is_that_of_a_process(command: str) -> None:
    assert [one.number for one in process_numbers(analyse(command))] == TAKEN[command]


@pytest.mark.parametrize("command", NONE)
def test_where_none_is(command: str) -> None:
    assert process_numbers(analyse(command)) == ()


def test_in_a_text_of_another_shell_they_are_guessed() -> None:
    assert [one.number for one in process_numbers(analyse("set x 3; and kill -9 4312", "fish"))] == ["4312"]


@pytest.mark.parametrize("command", ["P=4312; kill $P", "for P in 4312; do kill $P; done", "P=4312; wait ${P}"])
def test_a_variable_may_carry_one(command: str) -> None:
    analysis = analyse(command)
    variables = variables_of_processes(analysis)
    assert variables == {"P"}
    assert [one.number for one in set_to_numbers(analysis, variables)] == ["4312"]


@pytest.mark.parametrize("command", ["N=20; tail -n $N log", "S=15; kill -$S %1", "N=5; renice $N -p $(cat f.pid)"])
def test_another_variable_carries_none(command: str) -> None:
    analysis = analyse(command)
    assert set_to_numbers(analysis, variables_of_processes(analysis)) == ()
