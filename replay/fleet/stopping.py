"""Whether a fleet was stopped: by this process, or by another one that left a word on the disk."""

import threading
from collections.abc import Callable


class Stopping(threading.Event):
    """Looks at the disk each time that it is asked: no step begins behind the word that stops it.

    Args:
        asked: Whether the word is there.
    """

    def __init__(self, asked: Callable[[], bool]) -> None:
        super().__init__()
        self._asked = asked

    def is_set(self) -> bool:
        """Whether no other step is to begin."""
        if not super().is_set() and self._asked():
            self.set()
        return super().is_set()
