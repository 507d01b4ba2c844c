"""A terminal as people have them: tmux draws it, keys are typed into it, and what is on its screen is read off it."""

import itertools
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from tests.program import COMMAND
from tests.seat import PRESS_AGAIN_S, until

_NUMBERS = itertools.count()
MODES = "alternate_on mouse_any_flag keypad_flag keypad_cursor_flag insert_flag origin_flag"
"""What a program may leave on; `cursor_flag` and `wrap_flag` are what it may leave off."""
PROMPT = "you: "


class Tmux:
    """One terminal with a shell in it, in which `replaybook` is on the PATH."""

    def __init__(
        self,
        *,
        home: Path,
        cwd: Path,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._socket = f"replaybook-test-{os.getpid()}-{next(_NUMBERS)}"
        self._dead = home / "tmux-is-gone"
        home.mkdir(parents=True, exist_ok=True)
        world = {
            "HOME": home,
            "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}",
            "SHELL": "/bin/bash",
            "TERM": "tmux-256color",
            "LC_ALL": "C.UTF-8",
            "USER": "ada",
            "PS1": PROMPT,
            # Said by whoever started this test, it would be true of their terminal and not of this one.
            "HISTFILE": "/dev/null",
            **(environment or {}),
        }
        (home / ".bashrc").write_text(f"PS1='{PROMPT}'\n", encoding="utf-8")
        shell = ["env", "-i", *(f"{name}={value}" for name, value in world.items()), "bash", "--noprofile"]
        columns, rows = map(str, size)
        self._run("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, "-c", str(cwd), *shell)
        self._run("set-option", "-g", "status", "off")
        self._run("resize-window", "-x", columns, "-y", rows)
        self.until_says(PROMPT.strip())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        server = Path(f"/proc/{self.told('pid')}")
        self._run("kill-server")
        until(lambda: not server.exists())

    @property
    def text(self) -> str:
        """What is on the screen."""
        return self._run("capture-pane", "-p")

    def told(self, *names: str) -> str:
        """What tmux knows of the terminal."""
        return self._run("display-message", "-p", " ".join(f"#{{{name}}}" for name in names)).strip()

    @property
    def as_found(self) -> bool:
        """Whether no program has left its screen, its mouse or its keys on, or the cursor off."""
        return self.told(*MODES.split()) == " ".join("0" * len(MODES.split())) and (
            self.told("cursor_flag", "wrap_flag") == "1 1"
        )

    def press(self, *keys: str) -> None:
        """Keys by the names that tmux has for them."""
        self._run("send-keys", *keys)

    def type(self, text: str) -> None:
        """Text as it is."""
        self._run("send-keys", "-l", text)

    def enter(self, text: str) -> None:
        self.type(text)
        self.press("Enter")

    def resize(self, columns: int, rows: int) -> None:
        self._run("resize-window", "-x", str(columns), "-y", str(rows))

    def until_says(self, *words: str, pressing: str = "") -> None:
        """Wait until all of this is on the screen at once.

        Args:
            words: What is waited for.
            pressing: A key that was pressed for it, pressed again where nothing comes of it: too early is no yes.
        """
        pressed = time.monotonic()

        def said() -> bool:
            nonlocal pressed
            screen = self.text
            there = all(one in screen for one in words)
            if pressing and not there and time.monotonic() > pressed + PRESS_AGAIN_S:
                self.type(pressing)
                pressed = time.monotonic()
            return there

        self._until(said, words)

    def until_gone(self, words: str) -> None:
        """Wait until this is on the screen no more."""
        self._until(lambda: words not in self.text, f"no {words}")

    def until_shell(self) -> None:
        """Wait until the shell has the terminal again."""
        self._until(lambda: self.told("pane_current_command") == "bash" and not int(self.told("alternate_on")), "$")

    def _until(self, condition: Callable[[], object], wanted: object) -> None:
        try:
            until(condition)
        except AssertionError:
            raise AssertionError(f"never came: {wanted}; the screen says:\n{self.text}") from None

    def _run(self, *arguments: str) -> str:
        argv = ["tmux", "-L", self._socket, *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (argv, done.stderr)
        return done.stdout
