"""The pipes between a screen and the server: Textual's, but for how it ends when the browser goes."""

import asyncio
import signal

from textual.drivers.web_driver import WebDriver

PARTED = 129
"""The exit code when the browser is gone, as when a terminal is hung up: sessions that are open go on."""


class Browser(WebDriver):
    """A terminal that somebody may close at any time."""

    def start_application_mode(self) -> None:
        """Signals mean that the browser is gone."""
        super().start_application_mode()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._part)

    def run_input_thread(self) -> None:
        """Read keys to the end of the input: where the server was killed, the screen goes as well."""
        super().run_input_thread()
        self._part()

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """What the server says beside keys."""
        if packet_type == "quit":
            self._part()
        else:
            super().on_meta(packet_type, payload)

    def _part(self) -> None:
        """End as a terminal does that is hung up; nobody can be asked."""
        if not self.exit_event.is_set():
            self._app.call_later(self._app.exit, return_code=PARTED)
