"""What a front end and its host say to each other: length-prefixed MessagePack of tagged values."""

import struct
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from capture.dialogue import ExpectedPrompt
from capture.errors import HostError
from capture.trace import Note, RunStatus, Step, StepKind

SESSION = "REPLAYBOOK_SESSION"
"""Variable that tells a shell the folder of the always-on session that records it."""


class SessionMode(StrEnum):
    """Who types."""

    TYPED = "typed"
    """A person or a script, at the shell's own prompt."""
    HANDED = "handed"
    """A replay: commands are handed over one by one, the shell waits between them and keeps no history."""


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """A shell on another machine."""

    name: str
    """What that is called."""
    ssh: tuple[str, ...]
    """The command line up to the destination."""


class SessionSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a session is started with."""

    home: str
    """The program's own folder."""
    run_id: str
    """Made by `capture.naming.new_run_id`."""
    name: str
    """For people."""
    goal: str | None = None
    """What the work is for."""
    shell: str = "bash"
    """Which shell."""
    cwd: str
    """Where it begins."""
    workspace: str
    """The directory whose files are watched, as the shell sees it."""
    watched: str | None = None
    """The same directory as the host sees it, where that is another (a sandbox's bind)."""
    watch: tuple[str, ...] = ()
    """Files and directories elsewhere that are watched too, absolute."""
    columns: int = 80
    """Terminal width."""
    rows: int = 24
    """Terminal height."""
    mode: SessionMode
    """Who types."""
    wrap: tuple[str, ...] = ()
    """Command line put before the shell's: a sandbox."""
    environment: dict[str, str] | None = None
    """Variables of the shell; None: the front end's."""
    before: str = ""
    """Shell text that the shell runs behind its startup files, before its first prompt (HANDED only)."""
    replay_id: str | None = None
    """The replay that this session carries out."""
    secrets: tuple[str, ...] = ()
    """Texts that are masked wherever they turn up; they are kept nowhere."""
    expected: tuple[str, ...] = ()
    """Commands that other sessions will run as well, as far as they are known: what forks hosts reads ahead by them."""
    shows_output: bool = True
    """Whether the front end is told what the terminal prints; it is recorded either way."""
    review: bool = False
    """At the end, wait until somebody has looked at the maskings."""
    keep_on_detach: bool = False
    """Go on when the front end goes away."""
    always: int | None = None
    """Bytes that the recording that is always on may take; None: this is an ordinary run."""
    remote: Remote | None = None
    """The shell is a bash on another machine: `cwd` and `workspace` are there, no file is watched (HANDED only)."""
    folder: str | None = None
    """The private folder that host and shell share, from `capture.runtime.session_folder`; None: made at the start."""


_LENGTH = struct.Struct(">I")
_LONGEST = 256 << 20


class Keys(msgspec.Struct, frozen=True, tag=True):
    """A person pressed keys."""

    data: bytes


class Resize(msgspec.Struct, frozen=True, tag=True):
    """The screen has another size."""

    columns: int
    rows: int


class RunCommand(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Run this as soon as the shell is ready."""

    command: str
    prompts: tuple[ExpectedPrompt, ...] = ()
    timeout_s: float | None = None
    environment: dict[str, str] = {}
    kind: StepKind = StepKind.SHELL
    attended: bool = False
    """A person sits at it: nothing that it asks ends it."""
    told: str | None = None
    """What is recorded as its command; None: the command itself."""


class Interrupt(msgspec.Struct, frozen=True, tag=True):
    """Press ctrl-C."""


class AskKept(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Say what the shell holds that no step tells of (HANDED only); `Kept` follows."""

    before: bool = False
    """As it was before the last command, not behind it."""


class Look(msgspec.Struct, frozen=True, tag=True):
    """Have a remote shell run this in a subshell of its own while it stands at its prompt; `Looked` follows."""

    text: str


class End(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """End the session in an orderly way."""

    status: RunStatus | None = None


class Unmask(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """These were no secrets: write them down as they are, what is on the tape already included."""

    secrets: tuple[int, ...]
    """As in `SecretMasked`."""


class TakeNote(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Keep a note, or a bookmark where the text is empty."""

    text: str = ""


class Pause(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Record nothing, or record again, from the end of the command that runs on."""

    on: bool


class Settle(msgspec.Struct, frozen=True, tag=True):
    """The maskings were looked at: close the run."""


class Attach(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Be the front end from now on; what a front end says first that did not start the session."""

    take_over: bool = False
    """Send the one away that is there."""


Request = Keys | Resize | RunCommand | Interrupt | AskKept | Look | End | Attach | Unmask | TakeNote | Pause | Settle
"""What a front end says."""


class Started(msgspec.Struct, frozen=True, tag=True):
    """The shell runs; it may still read its startup files."""

    recorded: int = 0
    """Bytes of the terminal recording that a front end which comes later finds on disk; `Output` goes on behind."""


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The shell takes a command now; once before the first step and once after each."""

    cwd: str
    """Its working directory."""


class Output(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The terminal printed this; unmasked, for the person who sits at it."""

    data: bytes


class StepBegan(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A command began; output from here on is its own."""

    step_index: int
    command: str
    cwd: str
    started_at: datetime


class StepEnded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A command ended and is written down."""

    step: Step


class Kept(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the shell holds that no step tells of: what of it is not as its startup files left it."""

    variables: dict[str, str] = {}
    """Variables that are not exported: shell text that sets one so again, or unsets it; its end cut off where it is
    very long."""
    withheld: tuple[str, ...] = ()
    """Those that hold a secret, which is told to nobody."""
    functions: dict[str, str] = {}
    """Functions whose names begin with `_`; secrets masked, the end cut off where it is very long."""
    functions_unset: tuple[str, ...] = ()
    """Such functions that are gone."""


class Looked(msgspec.Struct, frozen=True, tag=True):
    """What a remote shell answered."""

    output: bytes


class FileTouched(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A file of the workspace seems to have changed; only a hint."""

    path: str
    kind: str


class SecretMasked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something was masked; its text is never told."""

    secret: int
    """Which secret of the session, counted from 1; 0 when it can't be shown again."""
    rule: str
    """What recognised it."""
    field: str
    """Where, as in `Step.maskings`."""
    step_index: int | None = None
    """In which step; None before the first."""
    count: int = 1
    """How often there."""


class NoteKept(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A note, or a bookmark, is written down."""

    note: Note


class Paused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """From here on nothing is recorded, or what happens is recorded again."""

    on: bool


class Standing(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Heard: what becomes of a note or a pause that somebody asked for who is no front end; the one answer to it."""

    paused: bool
    """Whether nothing is recorded now."""
    pausing: bool
    """Whether nothing is to be recorded; other than `paused` where it turns when the running command has ended."""
    after_step: int
    """The step that runs, or ended last; 0 before the first."""


class Review(msgspec.Struct, frozen=True, tag=True):
    """The shell is gone, and the run is closed as soon as somebody has said which maskings to undo."""


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The run is closed; the last message."""

    status: RunStatus
    run_id: str
    exit_code: int | None = None
    """The shell's, 128 and the signal's number for one that was killed."""


class Stopped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nothing is recorded from here on, as when the disk is full; the shell goes on."""

    message: str


class Warned(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something less than a step was not kept; the recording goes on."""

    message: str


class Detached(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """This front end was sent away; the session goes on."""

    message: str


class HostFailed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The host can't go on; every step that had ended is on disk."""

    message: str


Message = (
    Started
    | Ready
    | Output
    | StepBegan
    | StepEnded
    | Kept
    | Looked
    | FileTouched
    | SecretMasked
    | NoteKept
    | Paused
    | Standing
    | Review
    | Stopped
    | Warned
    | Detached
    | Ended
    | HostFailed
)
"""What a host says."""

Value = TypeVar("Value")


def pack(value: Request | Message) -> bytes:
    """Encode one value.

    Args:
        value: To be sent.

    Returns:
        Bytes for the socket.
    """
    payload = msgspec.msgpack.encode(value)
    return _LENGTH.pack(len(payload)) + payload


class Inbox(Generic[Value]):
    """Puts values together again from the pieces that a socket delivers.

    Args:
        decoder: Knows the union that is expected.
    """

    def __init__(self, decoder: msgspec.msgpack.Decoder[Value]) -> None:
        self._decoder = decoder
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Value]:
        """Take the next piece.

        Args:
            data: Any number of bytes.

        Yields:
            Each value that is whole now.

        Raises:
            HostError: The other side speaks another language.
        """
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > _LONGEST:
                raise HostError(f"a message of {length} bytes came over the session's socket; start the session again")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            try:
                yield self._decoder.decode(payload)
            except msgspec.DecodeError as error:
                raise HostError(f"front end and host differ ({error}); start the session again") from error


def requests() -> Inbox[Request]:
    """What a host reads with."""
    return Inbox(_decoder(Request))


def messages() -> Inbox[Message]:
    """What a front end reads with."""
    return Inbox(_decoder(Message))


@cache
def _decoder(union: Any) -> msgspec.msgpack.Decoder[Any]:
    """One for all sessions of a process: it holds nothing of what it decodes, and to make one takes a millisecond."""
    return msgspec.msgpack.Decoder(union)
