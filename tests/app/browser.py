"""A real browser without a window, spoken to over two pipes: what a page does when people use it."""

import base64
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
BINARY = 2
"""A websocket's frame of bytes."""
CONTROLS = {"Enter": "\r", "Tab": "\t"}
CODES = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowUp": 38, "ArrowDown": 40}
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

    def open(self, url: str) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = str(self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.bringToFront")
        self.go(url)

    def go(self, url: str) -> None:
        """Until the page is loaded."""
        before = self._loaded
        self.call("Page.navigate", url=url)
        while self._loaded == before:
            self._take()

    @property
    def _loaded(self) -> int:
        return sum(event.get("method") == "Page.loadEventFired" for event in self.events)

    def press(self, *keys: str) -> None:
        """Real key events: a character, or `Enter`, `Escape`, `Ctrl+p`."""
        for key in keys:
            name = key.removeprefix("Ctrl+")
            text = CONTROLS.get(name, name if name == key and len(name) == 1 else "")
            pressed = {
                "key": name,
                "windowsVirtualKeyCode": CODES.get(name, ord(name.upper()) if name.isalnum() and len(name) == 1 else 0),
                "modifiers": 2 if name != key else 0,
            }
            self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **pressed)
            self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def wait(self, timeout: float) -> None:
        """Take what the browser says within so many seconds."""
        if b"\0" in self._held or select.select([self._told], [], [], timeout)[0]:
            self._take()

    @property
    def received(self) -> list[bytes]:
        """What came over websockets as bytes."""
        events = [event for event in self.events if event.get("method") == "Network.webSocketFrameReceived"]
        frames = [event["params"]["response"] for event in events]
        return [base64.b64decode(frame["payloadData"]) for frame in frames if frame["opcode"] == BINARY]

    def picture(self) -> bytes:
        """What is drawn, as a PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def run(self, script: str) -> Any:
        """The value of an expression; a promise is waited for."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def elsewhere(self, url: str, script: str) -> Any:
        """What an expression comes to on another page of the same browser, in a tab of its own."""
        mine, self._session = self._session, None
        try:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self._session = str(self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
            self.call("Page.enable")
            self.go(url)
            return self.run(script)
        finally:
            self._session = mine

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
def opened(page_at: Path | str, *, profile: Path) -> Iterator[Page]:
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
        page.open(page_at if isinstance(page_at, str) else page_at.as_uri())
        yield page
    finally:
        os.close(asked)
        os.close(told)
        browser.kill()
        browser.wait()
