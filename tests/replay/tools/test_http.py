"""Tools over HTTP: requests with their addresses and headers, MCP servers elsewhere, and what both refuse."""

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from replay.tools.answers import LARGEST, NOT_DONE, SAID_ERROR, TOOK, Answer
from replay.tools.executing import Around, NotDoneError
from replay.tools.http_requests import addressed, queried
from replay.tools.runner import executor_of
from replay.tools.settings import ToolSettings, read_tools
from tests.replay.tools.calling import Caller
from tests.replay.tools.server import TOOLS, VERSION, listed


class Handler(BaseHTTPRequestHandler):
    """Answers what the path says."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
        """Say nothing."""

    def do_GET(self) -> None:
        """A request without a body."""
        parts = urlsplit(self.path)
        match parts.path.split("/")[1:]:
            case ["item", name]:
                asked = {"name": name, "query": parse_qs(parts.query), "key": self.headers["x-key"]}
                self._answer(200, json.dumps(asked).encode(), "application/json")
            case ["moved"]:
                self._answer(302, b"", location="https://elsewhere.example/")
            case ["huge"]:
                self._answer(200, b"x" * (LARGEST + 1))
            case ["broken"]:
                self._answer(200, b"{", "application/json")
            case ["bytes"]:
                self._answer(200, b"\xff\xfe", "image/png")
            case _:
                self._answer(404, b"no such thing")

    def do_POST(self) -> None:
        """A request with one: echoed, or a message of MCP."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path != "/mcp":
            self._answer(200, json.dumps({"got": body, "method": self.command}).encode(), "application/json")
        elif "id" not in body:
            self._answer(202, b"")
        else:
            self._answer(200, json.dumps(self._message(body)).encode(), "application/json")

    def do_PUT(self) -> None:
        """The same by another method."""
        self.do_POST()

    def _message(self, body: dict[str, object]) -> dict[str, object]:
        params = body.get("params")
        head = {"jsonrpc": "2.0", "id": body["id"]}
        match body["method"]:
            case "initialize":
                info = {"name": "web", "version": "1"}
                return {**head, "result": {"protocolVersion": VERSION, "capabilities": {}, "serverInfo": info}}
            case "tools/list":
                return {**head, "result": {"tools": [listed("echo"), listed("huge")]}}
            case "tools/call" if isinstance(params, dict) and params["name"] == "key":
                said = {"content": [{"type": "text", "text": self.headers["authorization"]}]}
                return {**head, "result": said}
            case "tools/call" if isinstance(params, dict):
                return {**head, "result": TOOLS[params["name"]](params["arguments"])}
        return {**head, "error": {"code": -32601, "message": "no such method"}}

    def _answer(self, status: int, body: bytes, kind: str = "text/plain", location: str = "") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if location:
            self.send_header("location", location)
        self.end_headers()
        self.wfile.write(body)


def settings(address: str) -> ToolSettings:
    text = f"""\
["web/item"]
method = "GET"
url = "{address}/item/{{id}}"
headers = {{x-key = "k ${{KEY}}"}}
["web/put"]
method = "PUT"
url = "{address}/anything"
["web/unset"]
url = "{address}/anything"
headers = {{x-key = "${{NOT_SET}}"}}
["mcp/*"]
mcp = "{address}/mcp"
headers = {{authorization = "Bearer ${{KEY}}"}}
timeout = "5m"
["nowhere/*"]
mcp = "http://127.0.0.1:9/mcp"
timeout = "5m"
["off"]
url = "http://127.0.0.1:9/"
"""
    paths = "".join(f'["get/{path}"]\nmethod = "GET"\nurl = "{address}/{path}"\n' for path in PATHS)
    return read_tools(text + paths, source="tools.toml")


PATHS = ("moved", "huge", "broken", "bytes", "missing")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def ask(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    environment = {"PATH": os.environ["PATH"], "KEY": "k0"}
    with Caller(settings(address), tmp_path_factory.mktemp("web"), environment) as caller:
        yield caller


def test_the_input_fills_address_query_and_body(ask: Caller) -> None:
    got = ask("web/item", {"id": "a/b ?", "n": 2, "tags": ["x", "y"]})
    assert got.code == TOOK
    assert json.loads(got.text) == {"key": "k k0", "name": "a%2Fb%20%3F", "query": {"n": ["2"], "tags": ["x", "y"]}}
    assert json.loads(ask("web/put", {"a": [1]}).text) == {"got": {"a": [1]}, "method": "PUT"}


def test_what_is_no_plain_answer_is_a_failure(ask: Caller) -> None:
    assert ask("get/missing") == Answer(SAID_ERROR, "no such thing\n")
    for name, why in (
        ("get/moved", "redirects to elsewhere.example, which is not followed"),
        ("get/huge", f"at most {LARGEST} are taken"),
        ("get/broken", "says that it is JSON, and is none"),
        ("web/unset", "variable NOT_SET is not set"),
        ("off", "127.0.0.1:9 can't be reached"),
        ("nowhere/x", "127.0.0.1:9 can't be reached"),
    ):
        answer = ask(name, {})
        assert (answer.code, why in answer.text) == (NOT_DONE, True), answer
    assert ask("get/bytes").text.startswith("[image/png, 2 bytes, sha256:")


def test_an_mcp_server_elsewhere_is_called_with_its_headers(ask: Caller) -> None:
    assert ask("mcp/echo", {"text": "hello"}) == Answer(TOOK, "hello\n")
    assert ask("mcp/key", {}) == Answer(TOOK, "Bearer k0\n")
    huge = ask("mcp/huge", {"size": 9 << 20})
    assert (huge.code, len(huge.text) < 1000) == (NOT_DONE, True)
    assert ask("mcp/echo", {"text": "on"}) == Answer(TOOK, "on\n")


def test_without_a_network_nothing_is_asked(address: str) -> None:
    around = Around(cwd="/", workspace="/", environment={"KEY": "k"}, network=False)
    for name in ("web/item", "mcp/echo"):
        chosen = settings(address).choose(name)
        assert chosen
        with pytest.raises(NotDoneError, match="Network is unreachable"):
            asyncio.run(executor_of(chosen.section).call(chosen.rest, {"id": "x"}, around))


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_no_value_makes_another_address(value: str) -> None:
    with pytest.raises(NotDoneError):
        addressed("https://a/{id}/x", {"id": value})


def test_an_address_wants_its_fields() -> None:
    assert addressed("https://a/{id}", {"id": 5, "b": None}) == ("https://a/5", {"b": None})
    inputs: tuple[object, ...] = ({}, [], None)
    for given in inputs:
        with pytest.raises(NotDoneError):
            addressed("https://a/{id}", given)
    with pytest.raises(NotDoneError):
        queried([1])
