"""A core that is made when it is first asked for something: importing all of it takes longer than drawing a screen."""

import threading
from collections.abc import Callable
from typing import Any

from app.settings.force import in_force
from app.settings.values import InForce
from capture.home import Home


class Late:
    """Stands for it; its home is known at once, and so are the settings."""

    def __init__(self, home: Home, make: Callable[[], object]) -> None:
        """Nothing is made yet.

        Args:
            home: Prepared.
            make: Called once, by the thread that asks first; the others wait.
        """
        self.home = home
        """Where everything is kept."""
        self._make, self._lock = make, threading.Lock()
        self._made: object | None = None

    def settings(self) -> InForce:
        """What is in force: the screen is dressed by it before it is drawn.

        Raises:
            BadInputError: A file can't be used.
        """
        return in_force(self.home)

    def __getattr__(self, name: str) -> Any:
        """What the core itself has of that name."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return getattr(self._made, name)
