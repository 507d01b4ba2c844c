"""Opens an object store: a folder, S3, Google Cloud Storage or Azure, as the address says, through obstore."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from capture.errors import AwayError, BadInputError, UnknownNameError
from capture.printable import printable
from capture.secrets.addresses import without_credentials

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SCHEMES = ("s3", "gs", "az", "abfs", "abfss")
"""What an address may begin with; without one it is a folder."""
TIMEOUT = timedelta(seconds=60)
"""For one request."""
RETRIES = 3
"""Of one request, behind its first attempt."""
BLOCK = 8 << 20
"""Bytes that are held of an object that comes."""


class Listed(NamedTuple):
    """An object in a list."""

    key: str
    at: float
    """When it was put there, seconds since 1970."""


class Store:
    """An object store, as far as runs need it; its credentials are those of the environment.

    Args:
        url: A folder, `file:///…`, `s3://BUCKET/PREFIX`, `gs://…` or `az://…`.

    Raises:
        BadInputError: It is no address, or obstore is missing.
    """

    def __init__(self, url: str) -> None:
        self.url = printable(without_credentials(url))
        """The address as it may be shown and logged."""
        self._store = _opened(url)

    def size(self, key: str) -> int | None:
        """How long an object is; None: there is none."""
        import obstore  # noqa: PLC0415 - an extra, and slow to load

        with self._explained():
            try:
                return int(obstore.head(self._store, key)["size"])
            except FileNotFoundError:
                return None

    def put(self, key: str, content: Path | bytes) -> None:
        """Put an object there; it appears whole or not at all."""
        import obstore  # noqa: PLC0415 - as above

        with self._explained():
            obstore.put(self._store, key, content)

    def read(self, key: str, most: int) -> bytes:
        """An object that is short.

        Raises:
            UnknownNameError: There is none.
            BadInputError: It is longer than that.
        """
        pieces, size = [], 0
        for piece in self.pieces(key):
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise BadInputError(f"{self.url}/{key} is longer than {most} bytes; it is not taken")
        return b"".join(pieces)

    def pieces(self, key: str) -> Iterator[bytes]:
        """An object, piece by piece.

        Raises:
            UnknownNameError: There is none.
        """
        import obstore  # noqa: PLC0415 - as above

        with self._explained():
            try:
                found = obstore.get(self._store, key)
            except FileNotFoundError:
                raise UnknownNameError(f"{self.url} holds no {key}; push the run again") from None
            for piece in found.stream(min_chunk_size=BLOCK):
                yield bytes(piece)

    def listed(self, prefix: str) -> Iterator[Listed]:
        """The objects whose names begin so."""
        import obstore  # noqa: PLC0415 - as above

        with self._explained():
            for batch in obstore.list(self._store, prefix=prefix):
                yield from (Listed(one["path"], one["last_modified"].timestamp()) for one in batch)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from obstore.exceptions import BaseError  # noqa: PLC0415 - as above

        try:
            yield
        except (BaseError, OSError) as error:
            said = _said(error)
            raise AwayError(
                f"{self.url} can't be used: {said}; look at the address, the connection and the credentials"
            ) from error


def _opened(url: str) -> "ObjectStore":
    try:
        from obstore import store  # noqa: PLC0415 - an extra, and slow to load
        from obstore.exceptions import BaseError  # noqa: PLC0415 - as above
    except ImportError as error:
        raise BadInputError(
            "a store of recordings needs obstore; install it with `pip install 'replaybook[store]'`"
        ) from error
    scheme, colon, _ = url.partition("://")
    if not colon or scheme == "file":
        folder = Path(url.removeprefix("file://")).expanduser().absolute()
        try:
            return store.LocalStore(prefix=folder, mkdir=True)
        except (BaseError, OSError) as error:
            raise BadInputError(f"{folder} can't be a store: {printable(str(error))}; give another folder") from error
    if scheme not in SCHEMES:
        raise BadInputError(
            f"{printable(scheme)}:// is no store; give a folder, or an address that begins with {', '.join(SCHEMES)}"
        )
    try:
        return store.from_url(
            url,
            client_options={"timeout": TIMEOUT, "allow_http": _allows_http(os.environ)},
            retry_config={"max_retries": RETRIES, "retry_timeout": TIMEOUT},
        )
    except (BaseError, ValueError, TypeError) as error:
        raise BadInputError(
            f"{printable(without_credentials(url))} can't be opened: {_said(error)}; correct the address"
        ) from error


def _said(error: Exception) -> str:
    """What obstore gave as its reason, on one line; the address is in it as it was given."""
    return without_credentials(printable(str(error)).strip().partition("\n")[0])[:300]


def _allows_http(environment: Mapping[str, str]) -> bool:
    """Whether a person said that an address without encryption is meant: options given here hide such variables."""
    return any(environment.get(f"{cloud}_ALLOW_HTTP", "").lower() in ("1", "true") for cloud in ("AWS", "AZURE"))
