"""Posts JSON and reads what comes, within a time, a size, and the one address that was named: the only way out."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec

from replay.repairs.proposal import Unanswered

TICK_S = 0.1
"""How soon a person who stops the replay is heard."""
GRACE_S = 1.0
"""How long a connection gets to be let go of."""
OK = 200
REDIRECTS = range(300, 400)
REFUSED_KEY = (401, 403)
TOO_MANY = 429

R = TypeVar("R")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one request may take."""

    timeout_s: float
    """From the first look-up to the last byte."""
    max_bytes: int
    """Of the answer's body."""
    local: bool
    """The address is this machine: no proxy of the environment is asked."""


class Post(Protocol):
    """Sends a document and returns the answer's body."""

    def __call__(
        self, url: str, body: bytes, *, headers: Mapping[str, str], limits: Limits, stopped: Callable[[], bool]
    ) -> bytes:
        """Send it.

        Raises:
            Unanswered: No answer came within the limits, or it is none.
        """
        ...


def post(
    url: str, body: bytes, *, headers: Mapping[str, str], limits: Limits, stopped: Callable[[], bool] = lambda: False
) -> bytes:
    """Post JSON over HTTP/1.1; TLS is verified, redirects are not followed, answers come uncompressed.

    Proxies are taken from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, further certificates from
    `SSL_CERT_FILE` and `SSL_CERT_DIR`, but for an address on this machine.

    Args:
        url: Where to.
        body: JSON.
        headers: Beside those that JSON wants; never told in an error.
        limits: What it may take.
        stopped: Whether nobody waits any more.

    Returns:
        The body of an answer of status 200.

    Raises:
        Unanswered: No answer came within the limits, or it is none.
    """
    sent = {"content-type": "application/json", "accept": "application/json", "accept-encoding": "identity", **headers}
    return asyncio.run(_within(_posted(url, body, sent, limits), limits.timeout_s, stopped))


async def _within(work: Coroutine[Any, Any, R], timeout_s: float, stopped: Callable[[], bool]) -> R:
    """Its result, or nothing once the time is over; however slowly it trickles in."""
    task = asyncio.ensure_future(work)
    end = asyncio.get_running_loop().time() + timeout_s
    try:
        while not task.done():
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                raise Unanswered(f"no whole answer within {timeout_s:g} s")
            if stopped():
                raise Unanswered("not waited for: the replay was stopped")
            await asyncio.wait({task}, timeout=min(left, TICK_S))
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE_S)


async def _posted(url: str, body: bytes, headers: Mapping[str, str], limits: Limits) -> bytes:
    # Takes longer to import than a replay to end: only who has switched a source on pays for it.
    import httpx  # noqa: PLC0415

    try:
        # Time is kept outside: httpx would give it anew to each read.
        async with (
            httpx.AsyncClient(follow_redirects=False, trust_env=not limits.local, timeout=None) as client,  # noqa: S113 - _within keeps it
            client.stream("POST", url, content=body, headers=dict(headers)) as response,
        ):
            _check_status(response.status_code, response.headers.get("location", ""))
            if response.headers.get("content-encoding", "identity") != "identity":
                raise Unanswered("its answer is compressed, which nobody asked for")
            return await _read(response, limits.max_bytes)
    except httpx.TransportError as error:
        raise Unanswered(f"{_host(url)} can't be reached: {_reason(error)}") from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise Unanswered(f"{_host(url)} can't be asked: {type(error).__name__}") from None


async def _read(response: Any, most: int) -> bytes:
    data = bytearray()
    async for chunk in response.aiter_raw(chunk_size=65536):
        data += chunk
        if len(data) > most:
            raise Unanswered(f"its answer is longer than {most} bytes")
    return bytes(data)


def _check_status(status: int, location: str) -> None:
    """Only a plain yes is one.

    Raises:
        Unanswered: It is none; the body of a refusal is never told, it may repeat what was sent.
    """
    if status == OK:
        return
    if status in REDIRECTS:
        raise Unanswered(f"it redirects to {_host(location)}, which is not followed; write that address as url")
    if status in REFUSED_KEY:
        raise Unanswered(f"it refused the key (status {status})")
    more = ", it is asked too often" if status == TOO_MANY else ""
    raise Unanswered(f"it answered with status {status}{more}")


def _host(url: str) -> str:
    """The part of an address that may be told."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "another place", parts.port
    except ValueError:
        return "another place"
    shown = "".join(one if one.isascii() and one.isprintable() else "?" for one in host[:80])
    return shown if port is None else f"{shown}:{port}"


def _reason(error: Exception) -> str:
    """Why, by the kind of the error and of what caused it: their texts may hold what was sent."""
    kinds = {
        "ConnectError": "no connection",
        "RemoteProtocolError": "it does not speak HTTP, or hung up",
        "ReadError": "the connection broke",
        "WriteError": "the connection broke",
        "ProxyError": "the proxy refused",
        "UnsupportedProtocol": "no such protocol",
        "LocalProtocolError": "the request can't be sent as it is",
    }
    found: BaseException | None = error
    while found is not None:
        if "CERTIFICATE_VERIFY_FAILED" in str(found):
            return "its certificate can't be verified"
        found = found.__cause__ or found.__context__
    return kinds.get(type(error).__name__, type(error).__name__)
