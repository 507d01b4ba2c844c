"""`replaybook serve` in tests: the server as its user starts it, and a browser window that is typed at and read."""

import base64
import http.client
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from app.emulator import picture
from app.ghostty import Ghostty
from tests.app.browser import PATIENCE_S, Page, opened
from tests.program import COMMAND, Program

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
COLOURS = """
new Promise(done => {
  const image = new Image();
  image.onload = () => {
    const paper = new OffscreenCanvas(image.width, image.height).getContext("2d");
    paper.drawImage(image, 0, 0);
    done(new Set(new Uint32Array(paper.getImageData(0, 0, image.width, image.height).data.buffer)).size);
  };
  image.src = "data:image/png;base64,%s";
})
"""
"""How many colours a picture holds."""
SIZE = re.compile(r"width=(\d+)&height=(\d+)")


class Served:
    """A server that runs."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process, self.url = process, url
        parts = urlsplit(url)
        self.host, self.port = str(parts.hostname), int(parts.port or 0)
        self.inside = ("", "")
        """Path and cookie, once somebody has come in."""

    def ask(self, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET") -> tuple[int, str, str]:
        """Status, body, and where it leads or which cookie it sets."""
        talk = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)
        try:
            talk.request(method, path, headers=dict(headers or {}))
            answer = talk.getresponse()
            more = " ".join(filter(None, (answer.getheader("Location"), answer.getheader("Set-Cookie"))))
            return answer.status, answer.read().decode(), more
        finally:
            talk.close()

    def come_in(self) -> tuple[str, str]:
        """The path that everything lies below, and the cookie; by the link, which works once."""
        status, _, more = self.ask(self.url.removeprefix(f"http://{self.host}:{self.port}"))
        assert status == 303, (status, more)
        path, _, cookie = more.partition(" ")
        self.inside = path, cookie.split(";")[0]
        return self.inside

    @contextmanager
    def upgraded(self, path: str, headers: Mapping[str, str]) -> Iterator[None]:
        """A websocket is open."""
        talk = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)
        try:
            talk.request("GET", path, headers={**UPGRADE, **headers})
            assert talk.getresponse().status == 101
            yield
        finally:
            talk.close()

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@contextmanager
def serving(program: Program, *arguments: str) -> Iterator[Served]:
    argv: tuple[str | Path, ...] = (COMMAND, "--home", program.home, "serve", "--json", "--port", "0", *arguments)
    with subprocess.Popen(
        argv, cwd=program.cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=os.environ
    ) as process:
        try:
            assert process.stdout is not None
            yield Served(process, json.loads(process.stdout.readline())["url"])
        finally:
            if process.poll() is None:
                process.kill()


class Window:
    """A browser's window with the screen in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._fed = 0
        columns, rows = map(int, SIZE.findall(self._socket())[0])
        self._screen = Ghostty(columns=columns, rows=rows)

    def _socket(self) -> str:
        while True:
            for event in self.page.events:
                if event.get("method") == "Network.webSocketCreated":
                    return str(event["params"]["url"])
            self.page.wait(PATIENCE_S)

    @property
    def text(self) -> str:
        """What the page was told to draw."""
        received = self.page.received
        for data in received[self._fed :]:
            self._screen.feed(data)
        self._fed = len(received)
        self._screen.refresh()
        return "\n".join(picture(self._screen).text)

    def until_says(self, *words: str, pressing: Sequence[str] = ()) -> None:
        """Until all of it is drawn; a key that may be dead at first is pressed again."""
        give_up = time.monotonic() + PATIENCE_S
        while not all(word in self.text for word in words):
            assert time.monotonic() < give_up, (words, self.text)
            self.page.press(*pressing)
            self.page.wait(0.1)

    def until_closed(self) -> None:
        """Until the page says that the screen is gone."""
        while not self.page.run("document.body.classList.contains('-closed')"):
            self.page.wait(0.1)

    def colours(self) -> int:
        """How many are drawn."""
        return int(self.page.run(COLOURS % base64.b64encode(self.page.picture()).decode()))

    @property
    def faults(self) -> list[object]:
        """What the page's scripts and its policy complain of; a machine without a graphics card is none."""
        return [one for one in self.page.complaints if "WebGL" not in str(one)]

    def close(self) -> None:
        self._screen.close()


@contextmanager
def window(url: str, profile: Path) -> Iterator[Window]:
    with opened(url, profile=profile) as page:
        shown = Window(page)
        try:
            yield shown
        finally:
            shown.close()
