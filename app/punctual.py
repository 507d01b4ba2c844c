"""Has a timer ring that is late as it begins: Textual takes its one beat for missed, and it never rings."""

from textual.message_pump import MessagePump
from textual.timer import Timer, TimerCallback


class Punctual(MessagePump):
    """An app, a screen or a widget whose timers ring however late; to be named before Textual's own class."""

    def set_timer(
        self, delay: float, callback: TimerCallback | None = None, *, name: str | None = None, pause: bool = False
    ) -> Timer:
        """As Textual's, but for a process that is kept from the processor just then: it rings as soon as it can."""
        timer = super().set_timer(delay, callback, name=name, pause=pause)
        timer._skip = False  # noqa: SLF001 - the one way to say so
        return timer
