"""What is asked at a terminal from another thread: a question that nobody waits for any more holds nobody up."""

import os
import pty
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.cli import asking
from app.cli.asking import ask_until
from app.cli.fleeting import FleetTerminal, fleet_lines
from replay.fleet.asking import asked
from replay.fleet.model import FleetStopping, HostMoved, HostState, Question
from tests.app.stand_in_fleets import QUESTION, ended, standing
from tests.seat import until


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Who types, and where it is read."""
    typist, reader = pty.openpty()
    yield typist, reader
    os.close(typist)
    os.close(reader)


def shows(terminal: int) -> bool:
    """Whether what is typed is shown."""
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def test_a_question_that_is_over_gives_the_terminal_back_as_it_was(terminal: tuple[int, int]) -> None:
    _, reader = terminal
    over, answers = threading.Event(), list[str | None]()
    asker = threading.Thread(
        target=lambda: answers.append(ask_until("password:", hidden=True, over=over.is_set, terminal=reader))
    )
    asker.start()
    until(lambda: not shows(reader))
    over.set()
    asker.join()
    assert answers == [None]
    assert shows(reader)


def test_a_hidden_line_is_taken_whole(terminal: tuple[int, int]) -> None:
    typist, reader = terminal
    answers = list[str | None]()
    asker = threading.Thread(
        target=lambda: answers.append(ask_until("password:", hidden=True, over=bool, terminal=reader))
    )
    asker.start()
    until(lambda: not shows(reader))
    os.write(typist, b"correct horse \n")
    asker.join()
    assert answers == ["correct horse "]
    assert shows(reader)


def test_a_fleet_that_ends_takes_its_question_back() -> None:
    came = threading.Event()

    def ask(question: Question) -> str | None:
        came.set()
        until(question.over)
        return None

    with asked(ask) as told:
        desk = Path(told["SSH_ASKPASS"]).with_name("asked")
        desk.write_bytes(b"1\x1eweb1\x1epassword:\x1f")
        came.wait()


def test_what_is_asked_again_says_so() -> None:
    came = list[Question]()

    def ask(question: Question) -> str:
        came.append(question)
        return "wrong"

    with asked(ask) as told:
        desk = Path(told["SSH_ASKPASS"]).with_name("asked")
        for host in ("web1", "web1", "web2"):
            desk.write_bytes(f"1\x1e{host}\x1epassword:\x1f".encode())
        until(lambda: len(came) == 3)
    assert [one.again for one in came] == [False, True, False]


def test_a_fleet_says_what_goes_on_and_who_waits() -> None:
    fleet, resume = ended(), "replaybook fleet f-1 --resume"
    waits = "1 unknown host waits for your word (REASON says how)"
    assert fleet_lines(fleet)[-1] == f"next: {resume} ({waits})"
    alone = tuple(one for one in fleet.hosts if not one.goes_on)
    assert fleet_lines(msgspec.structs.replace(fleet, hosts=alone))[-1] == f"next: {waits}, then {resume}"
    assert "no step was begun twice on a host" in fleet_lines(fleet)
    again = tuple(msgspec.structs.replace(one, begun=(1, 2, 2)) for one in alone[:1])
    assert f"begun twice, as you said `again`: {again[0].name} step 2" in fleet_lines(ended(hosts=again))
    resumed = fleet_lines(msgspec.structs.replace(fleet, resumed_as="f-2"))
    assert resumed[-1] == "next: replaybook fleet f-2"
    assert resumed[-4].endswith("2 passed, 1 diverged, 1 unreachable, 1 unknown, 1 skipped then; resumed as f-2")


def test_what_other_hosts_come_to_waits_behind_an_open_question(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = FleetTerminal()

    def answered(text: str, **_: object) -> str:
        assert text == "web2: ada@web2's password:"
        terminal.show(HostMoved(host=standing("web1", HostState.PASSED, 4)))
        assert capsys.readouterr().err == ""
        return "s3cret"

    monkeypatch.setattr(asking, "ask_until", answered)
    assert terminal.ask(QUESTION) == "s3cret"
    assert capsys.readouterr().err == "web1 passed 4/4 41.5 s\n"
    terminal.show(HostMoved(host=standing("db1", HostState.PASSED, 4)))
    assert capsys.readouterr().err.startswith("db1 passed")
    terminal.show(FleetStopping(left_s=5))
    assert "ctrl-C again cuts them off" in capsys.readouterr().err
