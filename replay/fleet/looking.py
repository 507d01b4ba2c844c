"""A machine at the other end of a line, as the checks before a step ask about it: asked in one go, nothing changed."""

import base64
import binascii
import os.path
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType

import msgspec

from replay.fleet.questions import CONTENT_LIMIT, START_LIMIT, TEXT_LIMIT, Asked, Kind, asking, together

ROUNDS = 6
"""What is asked may depend on an answer so many times."""
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


class State(msgspec.Struct, frozen=True):
    """A path at one moment."""

    kind: str
    """`f`ile, `d`irectory, `l`ink, `o`ther; empty: nothing is there."""
    told: str
    """Mode, inode, size and time; of a link where it leads."""
    digest: str | None = None
    """`sha256:…` of a file."""

    @property
    def mode(self) -> int | None:
        """Permission bits."""
        word = self.told.partition(" ")[0]
        return int(word, 8) if self.kind in {"f", "d"} and word.isdigit() else None

    @property
    def size(self) -> int | None:
        """Bytes of a file."""
        words = self.told.split(" ")
        return int(words[2]) if self.kind == "f" and len(words) > 2 and words[2].isdigit() else None  # noqa: PLR2004 - mode, inode, size


class FarMachine:
    """Answers from what was fetched; what was not is noted, and answered as if nothing were there, until it is.

    Args:
        ask: Has the shell there run a text in a subshell; None when no answer came.
        root: The directory that it knows as `__rb_root`.
        told: What it has told just now without being asked.
    """

    def __init__(
        self, ask: Callable[[str], bytes | None], root: str, told: Mapping[Asked, bytes] = MappingProxyType({})
    ) -> None:
        self._ask = ask
        self._root = root
        self._known: dict[Asked, bytes] = {}
        self._open: dict[Asked, None] = {}
        for one, answer in told.items():
            self._take(one, answer)

    def forget(self) -> None:
        """Something may have changed."""
        self._known.clear()
        self._open.clear()

    @property
    def wants(self) -> bool:
        """Whether something was asked that is not known."""
        return bool(self._open)

    def settled(self, look: Callable[[], object]) -> bool:
        """Look again and again until all that a look asks is known.

        Args:
            look: Asks this machine.

        Returns:
            Whether the last look found all of it.
        """
        for _ in range(ROUNDS):
            self._open.clear()
            look()
            if not self._open:
                return True
            if not self._fetch(sorted(self._open, key=together)):
                return False
        return False

    def _fetch(self, asked: Sequence[Asked]) -> bool:
        answer = self._ask(asking(asked, self._root))
        fields = [] if answer is None else answer.split(b"\0")
        if len(fields) != len(asked) + 1:
            return False
        for one, told in zip(asked, fields[:-1], strict=True):
            self._take(one, told)
        return True

    def _take(self, asked: Asked, told: bytes) -> None:
        flags, behind, start = told.partition(b"\n")
        if asked.kind is not Kind.FLAGS or not behind:
            self._known[asked] = told
            return
        self._known[asked] = flags
        self._known[Asked(Kind.BYTES, asked.path, START_LIMIT)] = start

    def _told(self, kind: Kind, path: str, limit: int = 0) -> bytes:
        question = Asked(kind, path, limit)
        if (answer := self._known.get(question)) is None:
            self._open[question] = None
        return answer or b""

    def _is(self, path: str, flag: bytes) -> bool:
        return flag in self._told(Kind.FLAGS, path)

    def state(self, path: str) -> State:
        """What a path is now."""
        head, _, held = self._told(Kind.STATE, path).partition(b"\n")
        told = head.decode(errors="surrogateescape")
        return State(told[:1], told[2:], _digest(held))

    def exists(self, path: str) -> bool:
        """Whether the path is there, a dangling link included."""
        return self._is(path, b"e")

    def is_dangling(self, path: str) -> bool:
        """Whether it is a link to nothing."""
        return self._is(path, b"g")

    def is_link(self, path: str) -> bool:
        """Whether it is a symbolic link."""
        return self._is(path, b"l")

    def leads_out(self, path: str, folder: str) -> bool:
        """Whether links lead a path that is named below a folder out of it."""
        if not _below(path, folder):
            return False
        found, root = (self._told(Kind.REAL, one).decode(errors="surrogateescape").strip() for one in (path, folder))
        return bool(found and root) and not _below(found, root)

    def is_dir(self, path: str) -> bool:
        """Whether it is a directory, links followed."""
        return self._is(path, b"d")

    def is_executable(self, path: str) -> bool:
        """Whether it is a file that we may execute."""
        return self._is(path, b"f") and self._is(path, b"x")

    def is_readable(self, path: str) -> bool:
        """Whether we may read it."""
        return self._is(path, b"r")

    def is_writable(self, path: str) -> bool:
        """Whether we may write it."""
        return self._is(path, b"w")

    def on_read_only_system(self, path: str) -> bool:
        """That is not asked: whether it can be written is."""
        del path
        return False

    def sha256(self, path: str) -> str | None:
        """Hex digest of a file; None when there is none."""
        words = self._told(Kind.HASH, path).decode(errors="replace").split()
        return words[0] if words else None

    def identity(self, path: str) -> tuple[int, str] | None:
        """Another machine's programs are others."""
        del path
        return None

    def read_text(self, path: str) -> str | None:
        """The beginning of a file; bytes that are no UTF-8 come as surrogates."""
        data = self._bytes(path, TEXT_LIMIT)
        return None if data is None else data.decode(errors="surrogateescape")

    def read_start(self, path: str) -> bytes | None:
        """The first 256 bytes of a regular file; None when it can't be read."""
        return self._bytes(path, START_LIMIT)

    def read_bytes(self, path: str, limit: int) -> bytes | None:
        """All of a regular file; None when it is none, or larger than the limit in bytes, or than `CONTENT_LIMIT`."""
        most = min(limit, CONTENT_LIMIT)
        data = self._bytes(path, most + 1)
        return None if data is None or len(data) > most else data

    def _bytes(self, path: str, limit: int) -> bytes | None:
        told = self._told(Kind.BYTES, path, limit)
        if told[:1] == b"t":
            return _text(told)[:limit]
        if told[:1] != b"b":
            return None
        try:
            return base64.b64decode(told[1:])
        except binascii.Error:
            return None

    def mode(self, path: str) -> int | None:
        """Permission bits, links followed; None when it is not there."""
        word = self._told(Kind.MODE, path).decode(errors="replace").strip()
        return int(word, 8) if word.isdigit() else None

    def matches(self, pattern: str) -> tuple[str, ...]:
        """What a shell pattern expands to."""
        lines = self._told(Kind.GLOB, pattern).decode(errors="surrogateescape").splitlines()
        return tuple(line[:-1] for line in lines if line not in {"", "/"})

    def port_taken(self, number: int, host: str) -> bool | None:
        """That can't be told from here."""
        del number, host
        return None

    def free_bytes(self, path: str) -> int | None:
        """Room that we may fill on the file system of a path; None when that can't be told."""
        word = self._told(Kind.ROOM, path).decode(errors="replace").strip()
        return int(word) * 1024 if word.isdigit() else None

    def is_clean(self, path: str) -> bool | None:
        """That is not asked."""
        del path
        return None

    def staged(self, path: str) -> tuple[str, ...] | None:
        """That is not asked."""
        del path
        return None

    def changed(self, path: str) -> tuple[str, ...] | None:
        """That is not asked."""
        del path
        return None

    def inode(self, path: str) -> int | None:
        """That is not asked."""
        del path
        return None

    def locked(self) -> frozenset[int]:
        """That can't be told from here."""
        return frozenset()


def _text(told: bytes) -> bytes:
    """A small text as `__rb_text` tells it."""
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), told[1:])


def _digest(held: bytes) -> str | None:
    """Of what a file holds: told as it is, or hashed there already."""
    if held[:1] == b"t":
        return f"sha256:{sha256(_text(held)).hexdigest()}"
    words = held.split()
    return f"sha256:{words[0].decode(errors='replace')}" if words else None


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))  # noqa: PTH118 - text of another machine
