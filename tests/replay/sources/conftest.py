"""A server with a certificate of its own making."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import which
from socket import SHUT_RDWR, create_server

import pytest

from tests.replay.repairs.scene import Scene


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[str]:
    """Its address."""
    if which("openssl") is None:
        pytest.skip("openssl is not here to make a certificate")
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert"), "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*made, *files, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    listener = create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()

    server = threading.Thread(target=serve)
    server.start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}/"
    with suppress(OSError):
        listener.shutdown(SHUT_RDWR)
    listener.close()
    server.join()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)
