"""MCP servers over stdio, good and hostile ones, and Python callables: what a call comes to."""

import json
import os
import select
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from capture.processes import started
from replay.tools.answers import LARGEST, LATE, NO_EXECUTOR, NOT_DONE, SAID_ERROR, TOOK, Answer
from replay.tools.probing import probe
from replay.tools.settings import ToolSettings, read_tools
from tests.replay.tools.calling import Caller
from tests.replay.tools.server import TOOLS
from tests.seat import until

SERVER = Path(__file__).with_name("server.py")


def settings(folder: Path) -> ToolSettings:
    text = f"""\
["t/*"]
command = ["{sys.executable}", "{SERVER}"]
env = ["TOK"]
timeout = "5m"
["py/*"]
python = "helpers:*"
timeout = "5m"
path = "{folder}"
["bad/*"]
command = ["/nowhere/server"]
["mute/*"]
command = ["sleep", "60"]
timeout = "100ms"
"""
    return read_tools(text, source="tools.toml")


HELPERS = """\
import os, sys, time
def add(a, b=1): print("not an answer"); return {"sum": a + b}
async def later(text): return text.upper()
def fails(): raise ValueError("no such city")
def dies(): sys.stderr.write("out of cheese\\n"); sys.stderr.flush(); os._exit(3)
def sleeps(): time.sleep(60)
def odd(): return {1, 2} and object()
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tools")
    (folder / "helpers.py").write_text(HELPERS)
    return folder


@pytest.fixture(scope="module")
def ask(place: Path) -> Iterator[Caller]:
    """Calls one after the other, as a replay does; the servers are kept in between."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "TOK": "t0", "OTHER": "o"}
    with Caller(settings(place), place, environment) as caller:
        assert caller("t/pid", {}).code == TOOK
        yield caller
        pid = int(caller("t/pid", {}).text)
    until(lambda: started(pid) is None)


def test_what_a_tool_answers_is_its_text_or_what_is_structured(ask: Caller) -> None:
    assert ask("t/echo", {"text": "hello"}) == Answer(TOOK, "hello\n")
    assert json.loads(ask("t/facts", {"a": 1}).text) == {"count": 3, "of": {"a": 1}}
    assert ask("t/fails", {"city": "X"}) == Answer(SAID_ERROR, "no such city: X\n")
    lines = ask("t/several", {}).text.splitlines()
    assert (lines[0], lines[1][:30], lines[2]) == ("one", "[image/png, 8 bytes, sha256:4c", "two")


def test_a_server_stays_and_gets_what_its_section_names(ask: Caller, place: Path) -> None:
    assert ask("t/pid", {}) == ask("t/pid", {})
    assert json.loads(ask("t/place", {"names": ["TOK", "OTHER", "HOME"]}).text) == [str(place), "t0", None, str(place)]


def test_a_hostile_server_gets_no_further(ask: Caller) -> None:
    assert ask("t/escapes", {}) == Answer(TOOK, "␛[2J␛]0;owned␇␍gone\\x9b1A\n")
    assert ask("t/junk", {}) == Answer(TOOK, "after the junk\n")
    refused = "refused: sampling/createMessage, elicitation/create, roots/list\n"
    assert ask("t/model", {}) == Answer(TOOK, refused)
    huge = ask("t/huge", {"size": LARGEST + 1})
    assert (huge.code, len(huge.text) < 5000) == (NOT_DONE, True)
    assert f"at most {LARGEST} are taken" in huge.text
    lie = ask("t/lies", {})
    assert (lie.code, "not what it promises" in lie.text) == (NOT_DONE, True)
    unknown = ask("t/unknown", {})
    assert (unknown.code, "the server refused" in unknown.text) == (NOT_DONE, True)
    assert ask("t/echo", ["no object"]).code == NOT_DONE


def test_a_server_that_breaks_off_is_started_anew(ask: Caller) -> None:
    before = ask("t/pid", {})
    died = ask("t/die", {"a": 1})
    assert died.code == NOT_DONE
    assert "ended with exit code 3 before it answered, and said last: out of cheese {'a': 1}" in died.text
    endless = ask("t/endless", {"size": 9 << 20})
    assert (endless.code, "a line of more than" in endless.text) == (NOT_DONE, True)
    assert before != ask("t/pid", {})


def test_a_call_that_is_not_waited_for_is_cancelled_at_the_server(ask: Caller, place: Path) -> None:
    noted = place / "noted"
    late = ask("t/slow", {"file": str(noted)}, timeout_s=1)
    assert (late.code, "no answer within 1 s" in late.text) == (LATE, True)
    assert ask("t/echo", {"text": "next"}).code == TOOK
    assert noted.read_text() == "notifications/cancelled"


def test_a_shell_that_gives_a_call_up_cancels_it(ask: Caller, place: Path) -> None:
    noted = place / "given up"
    begun = ask.begun("t/slow", {"file": str(noted)})
    while not noted.exists() or noted.read_text() != "began":
        assert not select.select([begun], [], [], 0.01)[0]
    begun.close()
    assert ask("t/echo", {"text": "next"}) == Answer(TOOK, "next\n")
    assert noted.read_text() == "notifications/cancelled"


def test_what_can_t_be_called_says_why(ask: Caller) -> None:
    assert ask("nobody/x", {}).code == NO_EXECUTOR
    bad = ask("bad/x", {})
    assert (bad.code, "/nowhere/server can't be started" in bad.text) == (NOT_DONE, True)
    assert ask("mute/x", {}).code == LATE


def test_a_python_callable_is_called_in_a_process_of_its_own(ask: Caller) -> None:
    assert json.loads(ask("py/add", {"a": 2}).text) == {"sum": 3}
    assert ask("py/later", "a text") == Answer(TOOK, "A TEXT\n")
    assert ask("py/fails") == Answer(SAID_ERROR, "ValueError: no such city\n")
    died = ask("py/dies")
    assert (died.code, "said last: out of cheese" in died.text) == (NOT_DONE, True)
    assert ask("py/sleeps", timeout_s=0.3).code == LATE
    assert (ask("py/odd").code, "no JSON value" in ask("py/odd").text) == (NOT_DONE, True)
    assert "helpers:missing can't be had" in ask("py/missing").text


def test_a_server_is_asked_what_it_offers(place: Path) -> None:
    found = probe(
        {name: one for name, one in settings(place).sections.items() if name != "mute/*"},
        cwd=str(place),
        environment=os.environ,
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert set(found) == {"t/*", "bad/*"}
    said = found["t/*"].said
    assert said
    assert set(said.tools) == set(TOOLS)
    assert (said.tools["echo"].read_only, said.tools["echo"].destructive) == (True, False)
    assert said.tools["write"].read_only is None
    assert "can't be started" in found["bad/*"].problem
