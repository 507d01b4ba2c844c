"""bash on another machine: the same init file, sent over the line; what it tells comes in between what it prints."""

import re
import secrets
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from shlex import quote

from capture.errors import HostError
from capture.shells import CommandBegan, CommandEnded
from capture.shells.bash import PASTE_BEGIN, PASTE_END, TAKE, VARIABLE, read_record, read_variables
from capture.shells.channel import set_since, shared_end

LOOK = b"\x1b[5202~"
"""Bound in every mode to a function of ours that answers what the line asks, and runs nothing."""
_BOOT = 'exec bash --init-file <(printf %b "$0") -i'
_END = "~"
"""Ends each word of a line that is typed."""
_SENT = {byte: chr(byte) if 32 <= byte < 127 and byte not in b"~\\" else f"\\0{byte:03o}" for byte in range(256)}  # noqa: PLR2004 - printable ASCII
_SHOWN = {byte: chr(byte) if 32 <= byte < 127 and byte not in b"'!\\" else f"\\0{byte:03o}" for byte in range(256)}  # noqa: PLR2004 - printable ASCII
_MARK = re.compile(rb"\x1b\]133;([CDPX]);([0-9a-f]+);[0-9]{1,18}(?:;[0-9.,]{1,20})?\x07")
_LONGEST = 64 << 20
_LONGEST_MARK = 128


def word(text: str) -> str:
    """A text as one word that `printf %b` turns into it again; the shell there reads it byte by byte."""
    return "".join(map(_SENT.__getitem__, text.encode(errors="surrogateescape"))) + _END


class RemoteBash:
    """A bash behind `ssh`, with marks; it leaves no file there.

    Args:
        ssh: The command line up to the destination.
        before: Shell text that it runs behind the startup files.
        looked: Takes the answer to each `look`.
    """

    prelude: re.Pattern[bytes] | None = None
    """Nothing stands between the mark of a beginning and the command's own output."""
    veil = ""
    """It shows nothing of its own in place of a secret."""

    def __init__(self, ssh: tuple[str, ...], *, before: str, looked: Callable[[bytes], None]) -> None:
        self.nonce = secrets.token_hex(16)
        """The secret that its marks carry."""
        token = secrets.token_hex(8)
        self._token = token.encode() + b"\0"
        self.argv = (*ssh, _command(self.nonce, token, before))
        """How to start it."""
        self.line = Line(self.nonce, self._token, self._hear)
        """What comes over the line."""
        self._looked = looked
        self._told: list[CommandBegan | CommandEnded] = []
        self._kept: dict[str, str] = {}

    def told(self) -> tuple[CommandBegan | CommandEnded, ...]:
        """What it has told since the last call."""
        told, self._told = tuple(self._told), []
        return told

    def release(self, seq: int) -> None:
        """It waits for nobody: a line takes long enough."""

    def kept(self, seq: int) -> dict[str, str]:
        """Variables that are not exported and not as the startup files left them."""
        first, now = (read_variables(self._kept.get(key, "")) for key in ("", str(seq & 1)))
        return set_since(first, now, lambda name: f"unset -v {name}")

    def keystrokes(self, command: str, environment: Mapping[str, str]) -> bytes:
        """A pasted line that says command and variables, the key that turns it into the command, and enter."""
        words = [command, *(text for pair in environment.items() for text in pair)]
        self.line.typing()
        return self._pasted(*words) + TAKE

    def look(self, text: str) -> bytes:
        """What to type at the prompt to have a shell text run in a subshell, its output told and not shown."""
        self.line.typing()
        return self._pasted(text) + LOOK

    @staticmethod
    def _pasted(*words: str) -> bytes:
        return f"{PASTE_BEGIN}{''.join(map(word, words))}{PASTE_END}".encode()

    def close(self) -> None:
        """It holds nothing."""

    def _hear(self, told: bytes) -> None:
        for piece in told.split(self._token):
            if piece.startswith(b"P\0"):
                self._looked(piece[2:-1])
                continue
            # What has lines is sent without their ends.
            fields = [field.decode(errors="replace") for field in piece.replace(b"\x1e", b"\n").split(b"\0")]
            match fields:
                case ["K", at, text, ""]:
                    self._kept[at] = f"{text}\n"
                case ["D", seq, *since, "=", options, aliases, functions, ""] if seq.isdecimal():
                    exported = _exported(self._kept.get(str(int(seq) & 1), ""))
                    lines = (one if one == "=" else f"{one}\n" for one in (aliases, functions))
                    self._record(["D", seq, *since, exported, options, *lines, ""])
                case _:
                    self._record(fields)

    def _record(self, fields: list[str]) -> None:
        try:
            record = read_record(fields)
        except ValueError:
            # Torn by a ctrl-C, or by something that printed into it: its mark says the rest.
            return
        if record is not None:
            self._told.append(record)


class Line:
    """Parts what a remote shell tells from what it prints, whatever the sizes of the pieces.

    Args:
        nonce: The secret that every mark carries.
        token: What each record begins with.
        hear: Takes records, before the mark behind them is let through.
    """

    def __init__(self, nonce: str, token: bytes, hear: Callable[[bytes], None]) -> None:
        self._token = token
        self._hear = hear
        self._nonce = nonce.encode()
        self._prompt = b"\x1b]133;B;" + self._nonce
        self._held = bytearray()
        self._looked_through = 0
        self._typing = self._telling = False
        self._last = b""
        self.at_prompt = False
        """Whether the line editor waits for a line."""

    def typing(self) -> None:
        """A line is typed from here on: its echo is nobody's until the shell has taken it."""
        self._typing, self.at_prompt = True, False

    def feed(self, data: bytes) -> bytes:
        """Take the next piece of what came.

        Args:
            data: Any number of bytes.

        Returns:
            What was printed, marks included.

        Raises:
            HostError: A record does not end.
        """
        self._held += data
        shown = bytearray()
        while self._held and self._step(shown):
            pass
        self._see(bytes(shown))
        return bytes(shown)

    def rest(self) -> bytes:
        """What was held back, as nothing more will come."""
        held = b"" if self._telling or self._typing else bytes(self._held)
        self._held.clear()
        return held

    def _step(self, shown: bytearray) -> bool:
        """Take what can be taken in one go; returns whether more may follow."""
        if self._typing:
            return self._skip_typed()
        return self._take_told() if self._telling else self._show(shown)

    def _skip_typed(self) -> bool:
        found = self._mark(b"X")
        if found is None:
            del self._held[:-_LONGEST_MARK]
            return False
        del self._held[: found.end()]
        self._typing = False
        return True

    def _show(self, shown: bytearray) -> bool:
        at = self._held.find(self._token)
        if at < 0:
            begun = shared_end(bytes(self._held[-len(self._token) :]), self._token)
            end = len(self._held) - len(begun)
            shown += self._held[:end]
            del self._held[:end]
            return False
        shown += self._held[:at]
        del self._held[: at + len(self._token)]
        self._telling, self._looked_through = True, 0
        return True

    def _take_told(self) -> bool:
        found = self._mark(b"CDP", self._looked_through)
        if found is None:
            self._looked_through = max(0, len(self._held) - _LONGEST_MARK)
            if len(self._held) > _LONGEST:
                raise HostError("the shell on the host tells more than can be taken; the connection is given up")
            return False
        # The terminal there has put a carriage return before each newline.
        self._hear(bytes(self._held[: found.start()]).replace(b"\r\n", b"\n"))
        del self._held[: found.start() if found[1] != b"P" else found.end()]
        self._telling = False
        return True

    def _mark(self, kinds: bytes, start: int = 0) -> re.Match[bytes] | None:
        """The first mark of ours of some kinds."""
        marks = _MARK.finditer(self._held, start)
        return next((mark for mark in marks if mark[1] in kinds and mark[2] == self._nonce), None)

    def _see(self, shown: bytes) -> None:
        """Notice the prompt, wherever its mark was cut."""
        seen = self._last + shown
        self.at_prompt = self.at_prompt or (not self._typing and self._prompt in seen)
        self._last = seen[-len(self._prompt) + 1 :]
        if self.at_prompt:
            self._last = b""


def _command(nonce: str, token: str, before: str) -> str:
    """What `ssh` is told to run: text that every login shell takes as words."""
    head = f"__rb_far=1 __rb_mode=handed __rb_nonce={nonce} __rb_token={token} __rb_before={quote(before)}\n"
    # Where a command is forced, this one stands in a variable: what it holds is for no program.
    head += "[[ ${SSH_ORIGINAL_COMMAND-} != *__rb_far* ]] || unset -v SSH_ORIGINAL_COMMAND\n"
    return f"exec bash -c '{_BOOT}' '{_shown(head)}{init_file()}'"


def _exported(text: str) -> str:
    """Of what `declare -p` printed, the variables that are exported."""
    return "".join(match[0] for match in VARIABLE.finditer(text) if "x" in match["flags"])


@cache
def init_file() -> str:
    """The init file as `printf %b` is told it, without what is for its readers."""
    lines = Path(__file__).with_name("bash.sh").read_text(encoding="utf-8").splitlines()
    return _shown("".join(f"{line}\n" for line in map(str.strip, lines) if line and not line.startswith("#")))


def _shown(text: str) -> str:
    return "".join(map(_SHOWN.__getitem__, text.encode(errors="surrogateescape")))
