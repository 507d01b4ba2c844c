"""The screen in a browser: who is let in, and the main job in a real one."""

import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from itertools import count
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession
from click.testing import CliRunner

from app.cli.serving import serve_command
from app.cli.shared import Settings
from app.serving.door import Door, objection
from capture.errors import BadInputError
from capture.home import Home
from capture.tape.reader import is_recording
from tests.app.browser import BROWSER
from tests.app.serving import UPGRADE, Served, Window, serving, window
from tests.program import Program
from tests.seat import end_all, hosts, until

NAMES = frozenset({"books.example"})

KNOCK = """
new Promise(done => {
  const socket = new WebSocket("%s");
  socket.onopen = () => done("open");
  socket.onerror = () => done("refused");
})
"""
"""A script that tries to come in from another page."""
WRONG = ("[" * 5000, '["stdin", 5]')


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1:8000", "127.0.0.1"),
        ("localhost:9000", "127.0.0.1"),
        ("LOCALHOST", "::1"),
        ("[::1]:8000", "::1"),
        ("192.168.1.20:8000", "192.168.1.20"),
        ("10.0.0.5:8000", "::ffff:10.0.0.5"),
        ("books.example:8000", "10.0.0.5"),
    ],
)
def test_its_own_names_are_answered(host: str, reached: str) -> None:
    assert objection(host, None, reached=reached, names=NAMES, socket=False) is None
    assert objection(host, f"http://{host}", reached=reached, names=NAMES, socket=True) is None


@pytest.mark.parametrize(
    "host",
    [
        None, "", "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "127.0.0.2:8000", "localhost.:8000",
        "localhost@evil.example", "evil.example@localhost", "127.0.0.1:99999", "[::1", "[::1]x", "localhost/x", "::1",
        "127.1:8000", "2130706433:8000", "0:8000", "localhost:", "localhost:8000 ", "loc\talhost:8000",
    ],
)  # fmt: skip
def test_no_other_name_is(host: str | None) -> None:
    assert objection(host, None, reached="127.0.0.1", names=NAMES, socket=False) is not None


def test_localhost_means_this_machine_only_where_it_was_reached_there() -> None:
    assert objection("localhost:8000", None, reached="192.168.1.20", names=NAMES, socket=False) is not None


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.example",
        "http://localhost:8001",
        "https://localhost:8000",
        "http://localhost:8000.evil.example",
        "",
    ],
)
def test_pages_from_elsewhere_are_refused(origin: str) -> None:
    for wants in (True, False):
        assert objection("localhost:8000", origin, reached="127.0.0.1", names=NAMES, socket=wants) is not None


def test_a_websocket_without_an_origin_is_no_browsers() -> None:
    assert objection("localhost:8000", None, reached="127.0.0.1", names=NAMES, socket=True) is not None


def test_a_link_works_once_and_only_the_newest() -> None:
    door = Door(map(str, count()).__next__)
    first = door.link("http://here").partition("=")[2]
    second = door.link("http://here").partition("=")[2]
    assert not door.admits(first)
    assert not door.admits("")
    assert door.admits(second)
    assert not door.admits(second)
    assert door.knows(door.cookie)
    assert not any(map(door.knows, ("", second, "\ud800", door.path)))


def test_secrets_are_long_and_never_the_same() -> None:
    doors = [Door() for _ in range(3)]
    drawn = {each for door in doors for each in (door.path, door.cookie, door.link(""))}
    assert len(drawn) == 9
    assert min(map(len, drawn)) > 40


def refusals(served: Served) -> None:
    """What is refused before and behind the door, as a stranger tries it."""
    path, cookie = served.come_in()
    known, own = {"Cookie": cookie}, f"http://{served.host}:{served.port}"
    asked = served.url.removeprefix(own)
    assert served.ask(path, known)[0] == 200
    refused = [
        served.ask("/"),
        served.ask("/?token=guess"),
        served.ask(asked),
        served.ask(path),
        served.ask(f"{path}static/js/textual.js"),
        served.ask(path, {"Cookie": "replaybook=guess"}),
        served.ask("/nowhere"),
        served.ask(path, {**known, "Host": f"evil.example:{served.port}"}),
        served.ask(path, {**known, "Origin": "http://evil.example"}),
        served.ask(path, known, method="POST"),
        served.ask(f"{path}ws", {**UPGRADE, "Origin": own}),
        served.ask(f"{path}ws", {**UPGRADE, **known}),
        served.ask(f"{path}ws", {**UPGRADE, **known, "Origin": f"http://localhost:{served.port}"}),
        served.ask(f"{path}ws", {**UPGRADE, **known, "Origin": own, "Host": f"evil.example:{served.port}"}),
    ]
    assert [status for status, _, _ in refused] == [403] * len(refused), refused
    assert {more for _, _, more in refused} == {""}
    assert refused[1][1] == refused[2][1]
    assert served.ask(f"{path}static/../server.py", known)[0] in {403, 404}


def screens(home: Path) -> list[int]:
    """The processes that show a screen over this home."""
    wanted = f"app.serving.screen\0{home}\0".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            found += [int(folder.name)] if wanted in (folder / "cmdline").read_bytes() else []
    return found


def test_strangers_are_refused_and_a_killed_server_leaves_no_screen_behind(program: Program) -> None:
    # No shell reads what the server was given.
    program = replace(program, home=program.home.with_name("it's; touch owned; $(touch owned)"))
    with serving(program) as served:
        refusals(served)
        path, cookie = served.inside
        own = {"Cookie": cookie, "Origin": f"http://{served.host}:{served.port}"}
        with served.upgraded(f"{path}ws?width=100000&height=x", own):
            until(lambda: screens(program.home))
            served.end(signal.SIGKILL)
        until(lambda: not screens(program.home))
    assert not list(program.cwd.iterdir())


async def test_a_message_that_no_page_sends_closes_its_window_alone(
    program: Program, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(program) as served:
        path, cookie = served.come_in()
        own = f"http://{served.host}:{served.port}"
        async with ClientSession(headers={"Cookie": cookie, "Origin": own}) as client:
            windows = [await client.ws_connect(f"{own}{path}ws") for _ in WRONG]
            for window, message in zip(windows, WRONG, strict=True):
                await window.send_str(message)
            ended = [[one.type async for one in window] for window in windows]
        assert len(ended) == len(WRONG)
        assert served.ask(path, {"Cookie": cookie})[0] == 200
        assert served.end() == 130
    assert "Traceback" not in capfd.readouterr().err


def test_who_serves_other_machines_says_so(program: Program) -> None:
    refused = program("serve", "--host", "0.0.0.0")  # noqa: S104 - refused
    assert refused.code == 2
    assert "--expose" in refused.err
    assert "ssh -L" in refused.err
    taken = program("serve", "--port", "99999")
    assert taken.code == 2


@pytest.mark.parametrize("arguments", [("--host", "localhost"), ("--host", "0.0.0.0", "--expose")])  # noqa: S104
def test_the_link_that_is_printed_is_answered(program: Program, arguments: tuple[str, ...]) -> None:
    with serving(program, *arguments) as served:
        link = urlsplit(served.url)
        # A machine need not know its own name.
        served.host = "127.0.0.1"
        assert served.ask(f"/?{link.query}", {"Host": link.netloc})[0] == 303
        assert served.end() == 130


def test_a_port_in_use_is_one_line(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = program("serve", "--port", str(other.getsockname()[1]))
    assert result.code == 2
    assert "already in use; give another --port" in result.err
    assert result.err.count("\n") == 1


def test_without_the_extra_one_line_says_how_to_get_it(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.serving.find_spec", lambda _: None)
    result = CliRunner().invoke(serve_command, [], obj=Settings(home=program.home))
    assert isinstance(result.exception, BadInputError)
    assert str(result.exception).endswith("pip install 'replaybook[serve]'")
    assert not program.home.exists()


def test_nothing_of_the_page_comes_from_elsewhere() -> None:
    page = files("app.serving").joinpath("page.html").read_text(encoding="utf-8")
    assert set(re.findall(r"(?:src|href)=\"([^\"]*)\"|url\(\"([^\"]*)\"", page))
    assert "http" not in page


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here: what a browser makes of it is not looked at")
def test_the_main_job_in_a_real_browser(program: Program, tmp_path: Path) -> None:
    data = program.cwd / "data"
    data.mkdir()
    (data / "scores.csv").write_text("beta,2\nalpha,1\n", encoding="utf-8")
    try:
        with serving(program) as served, window(served.url, tmp_path / "profile") as seen:
            do_the_main_job(program, seen)
            (program.cwd / "data" / "results.csv").rename(data / "scores.csv")
            seen.until_says("Recordings", pressing=["Escape"])
            # Right behind an escape it would be another key.
            seen.until_says("leave pane", "/work", pressing=["r"])
            assert seen.colours() > 10, "nothing is drawn"
            own = f"http://{served.host}:{served.port}"
            # What has no place is written in the page itself.
            assert {urlsplit(url).netloc for url in seen.page.requests} - {""} == {urlsplit(own).netloc}
            assert seen.faults == []
            with a_page_of_somebody_else() as stranger:
                path = urlsplit(str(seen.page.run("location.href"))).path
                assert seen.page.elsewhere(stranger, KNOCK % f"ws://{served.host}:{served.port}{path}ws") == "refused"
            assert served.end() == 130
            seen.until_closed()
        (run, _), *others = hosts(program.home)
        assert others == []
        assert is_recording(Home(program.home), run)
        until(lambda: not screens(program.home))
    finally:
        end_all(program.home)


@contextmanager
def a_page_of_somebody_else() -> Iterator[str]:
    """At another port of this machine: to a browser it is the same site, so that our cookie would go with it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        serves = Thread(target=server.serve_forever, args=(0.05,))
        serves.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/nothing"
        finally:
            server.shutdown()
            serves.join()


def do_the_main_job(program: Program, seen: Window) -> None:
    """Record, compile, let the world drift, replay, approve; by keys alone."""
    page, data = seen.page, program.cwd / "data"
    seen.until_says("Nothing recorded yet")
    page.press("r")
    seen.until_says("leave pane", "/work")
    page.press(*"sort data/scores.csv > sorted.csv", "Enter")
    seen.until_says("✓ 1", "+ sorted.csv")
    page.press(*"env | grep -c -e TEXTUAL -e ^ROWS=", "Enter")
    seen.until_says("✗ 2", "│0 ")
    page.press(*"exit", "Enter")
    seen.until_says("compile", "3 steps")
    page.press("c")
    seen.until_says("A name for the playbook")
    page.press(*"tidy", "Enter")
    seen.until_says("guided", "2 steps", "expects")
    (data / "scores.csv").rename(data / "results.csv")
    (program.cwd / "sorted.csv").unlink()
    page.press("g")
    seen.until_says("In which workspace?")
    page.press("Enter")
    seen.until_says("Stands before step 1")
    page.press("c")
    seen.until_says("approve", "-  - run: sort data/scores.csv", "+  - run: sort data/results.csv")
    seen.until_says("v2 draft", pressing=["y"])
    page.press("c")
    seen.until_says("success")
    assert (program.cwd / "sorted.csv").read_text() == "alpha,1\nbeta,2\n"
    (version,) = program.rows_of("playbooks")
    assert (version["name"], version["version"], version["status"]) == ("tidy", 2, "draft")
