import pytest

from replay.matching import printing
from replay.matching.masks import HINT_GIT, HINT_JOBS, HINT_PID
from replay.syntax import analyse


@pytest.mark.parametrize(
    ("command", "hints"),
    [
        ("git log | head", {HINT_GIT}),
        ("echo $$", {HINT_PID}),
        ("./serve & echo ${!}", {HINT_JOBS, HINT_PID}),
        ("node -e 'console.log(process.pid)'", {HINT_PID}),
        ("make && ls 2>&1 >/dev/null &>x", set()),
        ("echo 'a & b' \"c & d\"", set()),
    ],
)
def test_a_command_says_what_may_be_masked(command: str, hints: set[str]) -> None:
    assert printing.hints(analyse(command)) == hints


@pytest.mark.parametrize("command", ["make -j4", "a & b; wait", "xargs -P 4 gzip", "sudo make --jobs=2", "cargo build"])
def test_jobs_side_by_side_print_in_any_order(command: str) -> None:
    assert printing.side_by_side(analyse(command))


@pytest.mark.parametrize("command", ["make", "a && b", "xargs gzip", "sort -n x", "head -n 3 x"])
def test_all_else_prints_in_its_order(command: str) -> None:
    assert not printing.side_by_side(analyse(command))


@pytest.mark.parametrize(
    "command",
    [
        "ps aux | grep x",
        "env",
        "export -p",
        "echo $RANDOM",
        "shuf x",
        "openssl rand -hex 4",
        "head /dev/urandom",
        "node -p 'Math.random()'",
    ],
)
def test_what_chance_or_the_moment_says_is_not_compared(command: str) -> None:
    assert printing.by_chance(analyse(command))


@pytest.mark.parametrize("command", ["env A=1 make", "export A=1", "printenv HOME", "openssl dgst x", "echo random"])
def test_what_a_command_says_by_itself_is_compared(command: str) -> None:
    assert not printing.by_chance(analyse(command))
