"""The only way out: bounded in time and size, to the one address that was named."""

import socket
import threading

import pytest

from replay.repairs.proposal import Unanswered
from replay.sources.transport import Limits, post
from tests.replay.sources.stub import Behaviour, drip, hang, http, raw, reset, serving

LIMITS = Limits(timeout_s=20, max_bytes=4096, local=True)
QUICK = Limits(timeout_s=0.3, max_bytes=4096, local=True)
KEY = "sk-very-secret"


def refusal(url: str, limits: Limits = LIMITS) -> str:
    with pytest.raises(Unanswered) as caught:
        post(url, b"{}", headers={"authorization": f"Bearer {KEY}"}, limits=limits)
    assert KEY not in str(caught.value)
    return str(caught.value)


def test_it_posts_json_with_the_key_and_takes_the_body() -> None:
    with serving(http('{"a": 1}')) as stub:
        assert post(stub.url, b'{"b": 2}', headers={"authorization": f"Bearer {KEY}"}, limits=LIMITS) == b'{"a": 1}'
    (head, _, body) = stub.heard[0].partition(b"\r\n\r\n")
    assert body == b'{"b": 2}'
    lowered = head.lower()
    assert head.startswith(b"POST /propose HTTP/1.1")
    assert b"content-type: application/json" in lowered
    assert b"accept-encoding: identity" in lowered
    assert KEY.encode() in head


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (http("x" * 10_000_000), "longer than 4096 bytes"),
        (raw(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000_000), "longer than 4096 bytes"),
        (http("", "302 Found", location="https://evil.example.org/a?token=1"), "redirects to evil.example.org, which"),
        (http("", "307 Temporary Redirect", location="/elsewhere"), "redirects to another place"),
        (http("", "302 Found", location="http://a\x1b[2J\u202e/"), "does not speak HTTP"),
        (http(f"you sent {KEY}", "500 Internal Server Error"), "answered with status 500"),
        (http(KEY, "401 Unauthorized"), "refused the key (status 401)"),
        (http("", "429 Too Many Requests"), "status 429, it is asked too often"),
        (http("", "204 No Content"), "status 204"),
        (http(b"\x1f\x8b", content_encoding="gzip"), "compressed"),
        (reset, "can't be reached"),
        (raw(b""), "hung up"),
        (raw(b"220 ftp.example.org ready\r\n"), "does not speak HTTP"),
        (raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"), "hung up"),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000 + b"\r\n"), "does not speak HTTP"),
    ],
    ids=range(15),
)
def test_what_is_no_answer_is_refused_in_one_line_that_holds_nothing_of_it(behaviour: Behaviour, words: str) -> None:
    with serving(behaviour) as stub:
        told = refusal(stub.url)
    assert words in told
    assert told.isprintable()
    assert told.isascii()


@pytest.mark.parametrize(
    "behaviour",
    [
        hang,
        drip(b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n{"),
        drip(b"HTTP/1.1 200 OK\r\na: b"),
    ],
    ids=["hanging", "dripping body", "dripping head"],
)
def test_time_is_for_the_whole_answer_however_it_trickles(behaviour: Behaviour) -> None:
    with serving(behaviour) as stub:
        assert refusal(stub.url, QUICK) == "no whole answer within 0.3 s"


def test_an_address_that_nobody_listens_at() -> None:
    # Held, so that nobody else comes to listen there.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{held.getsockname()[1]}"
        assert refusal(f"http://{address}/") == f"{address} can't be reached: no connection"


def test_nobody_waits_for_what_a_person_stopped() -> None:
    stopped = threading.Event()
    with serving(hang) as stub:

        def stop_once_heard() -> bool:
            if stub.heard:
                stopped.set()
            return stopped.is_set()

        with pytest.raises(Unanswered, match="stopped"):
            post(stub.url, b"{}", headers={}, limits=LIMITS, stopped=stop_once_heard)


def test_a_proxy_of_the_environment_gets_nothing_that_is_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(http("{}")) as stub, serving(http("no")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert post(stub.url, b"{}", headers={}, limits=LIMITS) == b"{}"
    assert proxy.heard == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tls: str) -> None:
    assert "certificate can't be verified" in refusal(tls)
