"""Tools that are one HTTP request each: the input fills the address, then the query or the body."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from replay.tools.answers import LARGEST, Answer, answered, too_long
from replay.tools.executing import Around, NotDoneError, headers_of
from replay.tools.settings import Method, Section

BODILESS = (Method.GET, Method.HEAD, Method.DELETE)
"""What the address has not taken of the input goes into their query."""
_FIELD = re.compile(r"\{([A-Za-z0-9_.-]+)\}")
_FAILED = 400
_REDIRECTS = range(300, 400)


class HttpRequest:
    """One request a call; TLS is verified, redirects are not followed, answers come uncompressed.

    Args:
        section: Where to, and with what.
    """

    def __init__(self, section: Section) -> None:
        self._section = section
        self._client: httpx.AsyncClient | None = None

    async def call(self, tool: str, given: object, around: Around) -> Answer:
        """Send the request of one call."""
        del tool
        if not around.network:
            raise NotDoneError("the shadow has no network (Network is unreachable); --network gives it one")
        url, rest = addressed(self._section.url or "", given)
        headers = {"accept-encoding": "identity", **headers_of(self._section, around)}
        asked: dict[str, Any] = {"params": queried(rest)} if self._section.method in BODILESS else {}
        if not asked and rest is not None:
            asked["content"] = msgspec.json.encode(rest)
            headers.setdefault("content-type", "application/json")
        try:
            async with self._http().stream(self._section.method, url, headers=headers, **asked) as response:
                return await _read(response)
        except httpx.ConnectError:
            raise NotDoneError(
                f"{_host(url)} can't be reached: no connection (Connection refused or no such host)"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise NotDoneError(f"{_host(url)} can't be asked: {type(error).__name__}") from None

    async def close(self) -> None:
        """Let go of its connections."""
        if self._client is not None:
            await self._client.aclose()
        self._client = None

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            local = urlsplit(self._section.url or "").hostname in ("localhost", "127.0.0.1", "::1")
            # Time is kept by the runner.
            self._client = httpx.AsyncClient(follow_redirects=False, trust_env=not local, timeout=None)  # noqa: S113
        return self._client


def addressed(template: str, given: object) -> tuple[str, object]:
    """The address of a request, and what of the input is not in it.

    Args:
        template: With `{field}` where values stand; each is quoted for one part of a path or a query.
        given: The input.

    Raises:
        NotDoneError: A field is not in the input, or is a value that can stand in no address.
    """
    fields = _FIELD.findall(template)
    if not fields:
        return template, given
    if not isinstance(given, Mapping):
        raise NotDoneError(f"the address wants {', '.join(fields)} of the input, and it is no object")
    url = _FIELD.sub(lambda found: _part(found[1], given), template)
    rest = {name: value for name, value in given.items() if name not in fields}
    return url, rest or None


def queried(rest: object) -> dict[str, str | list[str]]:
    """What goes into a query: texts as they are, other values as JSON, lists as one pair for each.

    Raises:
        NotDoneError: It is no object.
    """
    if rest is None:
        return {}
    if not isinstance(rest, Mapping):
        raise NotDoneError("the input of a request without a body is an object")
    return {
        name: [_text(one) for one in value] if isinstance(value, list) else _text(value) for name, value in rest.items()
    }


def _part(name: str, given: Mapping[str, object]) -> str:
    if name not in given:
        raise NotDoneError(f"the address wants {name} of the input, and it is not there")
    text = _text(given[name])
    if text in ("", ".", ".."):
        raise NotDoneError(f"the address wants {name} of the input, and {text!r} would make another address of it")
    return quote(text, safe="")


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


async def _read(response: httpx.Response) -> Answer:
    if response.status_code in _REDIRECTS:
        where = _host(response.headers.get("location", ""))
        raise NotDoneError(f"it redirects to {where}, which is not followed; write that address as url")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise NotDoneError("its answer is compressed, which nobody asked for")
    data = bytearray()
    async for piece in response.aiter_raw(chunk_size=65536):
        data += piece
        if len(data) > LARGEST:
            raise NotDoneError(too_long())
    result = _value(bytes(data), response.headers.get("content-type", "").lower())
    failed = response.status_code >= _FAILED
    if failed and not data:
        result = f"status {response.status_code}"
    return answered(result, error=failed)


def _value(data: bytes, kind: str) -> object:
    """A body as a JSON value: of JSON the value, of text the text, of the rest its digest."""
    if not data:
        return None
    if "json" in kind:
        try:
            return msgspec.json.decode(data)
        except msgspec.DecodeError as error:
            raise NotDoneError(f"the answer says that it is JSON, and is none: {error}") from None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"[{kind or 'bytes'}, {len(data)} bytes, sha256:{sha256(data).hexdigest()}]"


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or "the address"
    except ValueError:
        return "the address"
