"""A real browser without a window, spoken to over two pipes: what a page does when people use it."""

import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--no-first-run", "--disable-sync"),
    # A page that counts as hidden draws nothing, so that nothing plays.
    *("--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"),
)
PATIENCE_S = 60.0
"""Nothing here takes long; a machine under load may."""


class Page:
    """The browser's one page."""

    def __init__(self, asked: int, told: int) -> None:
        self._asked, self._told = asked, told
        self._held = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []

    def open(self, path: Path) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = str(self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.bringToFront")
        self.call("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self._take()

    def run(self, script: str) -> Any:
        """The value of an expression; a promise is waited for."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    @property
    def requests(self) -> list[str]:
        sent = [event for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        return [str(event["params"]["request"]["url"]) for event in sent]

    @property
    def complaints(self) -> list[dict[str, Any]]:
        """Scripts that raised, and what the page's own policy stopped."""
        methods = ("Runtime.exceptionThrown", "Log.entryAdded")
        return [event["params"] for event in self.events if event.get("method") in methods]

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._asked, json.dumps(message).encode() + b"\0")
        while (found := self._take()).get("id") != self._number:
            pass
        assert "error" not in found, found
        result: dict[str, Any] = found["result"]
        return result

    def _take(self) -> dict[str, Any]:
        while b"\0" not in self._held:
            ready, _, _ = select.select([self._told], [], [], PATIENCE_S)
            assert ready, "the browser says nothing"
            data = os.read(self._told, 1 << 16)
            assert data, "the browser is gone"
            self._held += data
        line, _, self._held = self._held.partition(b"\0")
        found: dict[str, Any] = json.loads(line)
        if "method" in found:
            self.events.append(found)
        return found


@contextmanager
def opened(path: Path, *, profile: Path) -> Iterator[Page]:
    """A page in a browser of its own, which ends with the block."""
    assert BROWSER is not None
    theirs_in, asked = os.pipe()
    told, theirs_out = os.pipe()
    # The browser listens on 3 and answers on 4.
    command = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
    browser = subprocess.Popen(
        ["bash", "-c", command, "bash", BROWSER, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe"],
        pass_fds=(theirs_in, theirs_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for descriptor in (theirs_in, theirs_out):
        os.close(descriptor)
    try:
        page = Page(asked, told)
        page.open(path)
        yield page
    finally:
        os.close(asked)
        os.close(told)
        browser.kill()
        browser.wait()
