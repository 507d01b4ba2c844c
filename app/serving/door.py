"""Who may come in by a browser: a link that works once, then a cookie; only under this server's own names."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

SECRET_BYTES = 32
COOKIE = "replaybook"
"""The cookie's name."""


class Door:
    """One browser comes in by the newest link; its cookie keeps it in.

    Everything lies below a path that nobody else can guess: browsers send a cookie to every port of a machine, but
    only to its own path, so that another program's pages on this machine never see it.
    """

    def __init__(self, draw: Callable[[], str] = lambda: secrets.token_urlsafe(SECRET_BYTES)) -> None:
        """Shut, until a link was made.

        Args:
            draw: A new secret, each time.
        """
        self._draw = draw
        self.path = f"/{draw()}/"
        """Below it lies everything but the door itself."""
        self.cookie = draw()
        """What a browser shows that came in once."""
        self._token = draw()

    def link(self, address: str) -> str:
        """A link that works once; the one before no longer does.

        Args:
            address: Of this server, without a slash behind it.
        """
        self._token = self._draw()
        return f"{address}/?token={self._token}"

    def admits(self, token: str) -> bool:
        """Whether it is the token of the newest link, not used before; after that it is used.

        A used one is compared as a wrong one is, and takes as long.
        """
        right = _same(token, self._token)
        if right:
            self._token = self._draw()
        return right

    def knows(self, cookie: str) -> bool:
        """Whether a browser has come in before."""
        return _same(cookie, self.cookie)


def objection(host: str | None, origin: str | None, *, reached: str, names: frozenset[str], socket: bool) -> str | None:
    """Why a request is refused before anything of it is looked at (pure).

    A page of somebody else's whose name was made to lead here still sends that name as `Host`; a page from elsewhere
    that opens a connection is named by `Origin`, which no script can forge.

    Args:
        host: The header of that name.
        origin: The header of that name.
        reached: The address of this machine that the request came to.
        names: What else it may be called, in lower case.
        socket: Whether it wants to become a websocket.

    Returns:
        One line; None when it may go on.
    """
    name = _name(host or "")
    if name is None or not _is_own(name, reached, names):
        return "this is not served under that name"
    if origin is None:
        return "a websocket wants an origin" if socket else None
    return None if origin.lower() == f"http://{(host or '').lower()}" else "this is not for pages from elsewhere"


def _name(host: str) -> str | None:
    """The name in a `Host` header, without its port."""
    try:
        parts = urlsplit(f"//{host}")
        port = parts.port
    except ValueError:
        return None
    shown = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    whole = host.lower() in (shown, f"{shown}:{port}")
    return parts.hostname if whole else None


def _is_own(name: str, reached: str, names: frozenset[str]) -> bool:
    here = _address(reached)
    if here is not None and (_address(name) == here or (name == "localhost" and here.is_loopback)):
        return True
    return name in names


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _same(given: str, wanted: str) -> bool:
    """Compared in a time that tells nothing of either."""
    digests = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (given, wanted))
    return hmac.compare_digest(*digests)
