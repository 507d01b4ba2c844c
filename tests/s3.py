"""A small S3 server on loopback: what runs need of it, kept in memory; it can be told to hang up in the middle."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

WHEN = ("Sun, 01 Mar 2026 09:30:00 GMT", "2026-03-01T09:30:00.000Z")


class S3(ThreadingHTTPServer):
    """One bucket, `runs`; knows nothing of signatures."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.puts: list[str] = []
        self.refused_after: int | None = None
        """After so many objects every further one is refused, as by a server that went away."""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server_port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "local",
        }


@contextmanager
def s3_server() -> Iterator[S3]:
    server = S3()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: S3

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.refused_after is not None and len(self.server.puts) >= self.server.refused_after:
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
            return
        self.server.objects[self._key] = content
        self.server.puts.append(self._key)
        self._answer(200, b"", etag=_etag(content))

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        query = parse_qs(asked.query)
        if "list-type" in query:
            self._answer(200, self._listing(query.get("prefix", [""])[0]).encode())
        elif self._key in self.server.objects:
            content = self.server.objects[self._key]
            self._answer(200, content, etag=_etag(content))
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_HEAD(self) -> None:
        self.do_GET()

    @property
    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/runs/")

    def _listing(self, prefix: str) -> str:
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{WHEN[1]}</LastModified><Size>{len(content)}</Size>"
            f"<ETag>{_etag(content)}</ETag></Contents>"
            for key, content in sorted(self.server.objects.items())
            if key.startswith(prefix)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"

    def _answer(self, code: int, content: bytes, *, etag: str = '"0"') -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", etag)
        self.send_header("Last-Modified", WHEN[0])
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _etag(content: bytes) -> str:
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'
