"""A shell on a host: `ssh` as its user has set it up, one connection, and what is known of the host when it stands."""

import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from shlex import quote

import msgspec

from capture.errors import HostError
from capture.printable import plain_text
from capture.session import Session
from capture.shells.declarations import parse_declarations
from capture.trace import Step
from capture.wire import Ended, HostFailed, Output, Ready, SessionSpec
from replay import resuming
from replay.conditions.startup import FILES, places
from replay.executor import SessionExecutor
from replay.fleet.model import FleetRequest, Target
from replay.fleet.questions import FUNCTIONS, START_LIMIT, TEXT_LIMIT, Asked, Kind
from replay.outcome import Standing

PATIENCE_S = 60.0
"""How long a host gets until its shell stands; a question to the person stops the clock."""
ANSWER_S = 60.0
"""How long it gets to answer what it is asked."""
ALIVE = ("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4")
"""A line that is dead for a minute is taken for lost."""
STARTUP = FILES["bash"]
_STARTUP = " ".join(f'"{name.replace("~", "${HOME-}", 1)}"' for name in STARTUP)
_HELLO = rf"""
__rb_hello() {{
  local __rb_v __rb_k
  __rb_v=$(builtin declare -px)
  local LC_ALL=C
  builtin read -r __rb_k </proc/sys/kernel/osrelease || __rb_k=$(uname -r)
  builtin printf '%s\0' "$PWD" "${{__rb_went-}}" "${{HOME-}}" "${{USER:-$(id -un)}}" "${{HOSTNAME-}}" "$__rb_k"
  builtin printf '%s\0' "${{__rb_v//$'\n'/$'\x1e'}}"
  __rb_ask {Kind.FLAGS} {START_LIMIT} 1 "$PWD" {Kind.BYTES} {TEXT_LIMIT} {len(STARTUP)} {_STARTUP}
}}
"""
"""How a host says what it is; with it goes what is looked at of every host first."""
_NOISE = re.compile(r"^(Warning: Permanently added|Connection to .* closed\.?$|Pseudo-terminal)")
_TAIL = 4096
_SAID = 7
"""Six words and the declarations."""


class Greeting(msgspec.Struct, frozen=True, kw_only=True):
    """What a host says of itself."""

    cwd: str
    """Where its shell stands."""
    arrived: bool
    """Whether it could go where it was to go."""
    builtins: dict[str, str]
    """Values that defaults of parameters may name."""
    environment: dict[str, str]
    """Exported variables."""
    looked: dict[Asked, bytes]
    """What it tells of its directory, and of what its shell has read first."""


class Unreached(HostError):  # noqa: N818 - a state, as all of them are named
    """No shell was had; the text says why."""


class Lost(HostError):  # noqa: N818 - as above
    """The connection is gone."""


def ssh_to(target: Target, request: FleetRequest, *, asks: bool) -> tuple[str, ...]:
    """The command line of `ssh` up to the destination.

    Args:
        target: The host.
        request: May name a configuration file.
        asks: Whether somebody answers what it asks.
    """
    return (
        "ssh",
        "-tt",
        "-e",
        "none",
        *(() if request.ssh_config is None else ("-F", request.ssh_config)),
        *(() if target.port is None else ("-p", str(target.port))),
        *(() if target.identity is None else ("-i", target.identity)),
        *(() if asks else ("-o", "BatchMode=yes")),
        "-o",
        "RemoteCommand=none",
        *ALIVE,
        "--",
        target.destination,
    )


def before(cwd: str, standing: Standing | None, shell: str) -> str:
    """What the shell there runs behind its startup files.

    Args:
        cwd: Where to go; empty: it stays.
        standing: What it must begin with, when not from the beginning.
        shell: Its name.
    """
    lines = [FUNCTIONS, _HELLO]
    if standing is not None:
        lines += [f"export {name}={quote(value)}" for name, value in standing.environment.items()]
        lines += [f"unset -v {name}" for name in standing.unset]
        lines.append(resuming.text(standing, shell))
        cwd = standing.cwd
    lines.append(f"builtin cd -- {quote(cwd)}; __rb_went=$?" if cwd else "__rb_went=0")
    lines.append("__rb_root=$PWD")
    return "\n".join(lines)


def environment(asking: Mapping[str, str]) -> dict[str, str]:
    """The variables of `ssh`: ours, and those by which it asks."""
    return {name: value for name, value in os.environ.items() if not name.startswith("REPLAYBOOK_")} | dict(asking)


class Line:
    """A session on a host, from the start of `ssh` on.

    Args:
        spec: What to start.
        asked: How many seconds the person has taken to answer so far.
    """

    def __init__(self, spec: SessionSpec, asked: Callable[[], float] = lambda: 0.0) -> None:
        self.session = Session.start(spec)
        self._asked = asked

    def greet(self) -> Greeting:
        """Wait until the shell stands, and hear of the host.

        Raises:
            Unreached: It does not come to that.
        """
        with ExitStack() as undo:
            undo.callback(self.session.close)
            self._ready()
            fields = (self.session.look("__rb_hello", ANSWER_S) or b"").split(b"\0")
            if len(fields) != _SAID + 1 + len(STARTUP) + 1:
                raise Unreached("its shell stands, and does not answer")
            said = (field.decode(errors="replace") for field in fields[:_SAID])
            cwd, went, home, user, host, kernel, declared = said
            undo.pop_all()
        told = {"cwd": cwd, "home": home, "user": user, "host": host, "kernel": kernel}
        variables = dict(parse_declarations(f"{declared}\n".replace("\x1e", "\n")))
        asked = (Asked(Kind.FLAGS, cwd), *(Asked(Kind.BYTES, path, TEXT_LIMIT) for path in places(home, STARTUP)))
        looked = dict(zip(asked, fields[_SAID:-1], strict=True))
        return Greeting(cwd=cwd, arrived=went == "0", builtins=told, environment=variables, looked=looked)

    def _ready(self) -> None:
        said, began = b"", time.monotonic()
        while True:
            left = PATIENCE_S - (time.monotonic() - began - self._asked())
            match self.session.receive(max(0.0, left)):
                case Ready():
                    return
                case Output(data=data):
                    said = (said + data)[-_TAIL:]
                case HostFailed(message=reason):
                    raise Unreached(reason)
                case Ended():
                    raise Unreached(_why(said) or "ssh ended without a word")
                case None:
                    raise Unreached(_why(said) or f"no shell stood within {PATIENCE_S:.0f} s")
                case _:
                    pass

    def ask(self, text: str) -> bytes | None:
        """Have the shell there run a text in a subshell; None when it does not answer as it should.

        Raises:
            Lost: The connection is gone.
        """
        answer = self.session.look(text, ANSWER_S)
        if answer is None:
            raise Lost("the connection was lost")
        return answer


class HostExecutor(SessionExecutor):
    """Runs steps in the shell of a host."""

    def _wait(self, printed: Callable[[bytes], None]) -> Step:
        ended = super()._wait(printed)
        if ended.exit_code is None:
            # Its recording was closed over a line that is gone: nobody knows how it ended.
            raise Lost("the connection was lost while the step ran")
        return ended


def _why(said: bytes) -> str:
    """The last line that `ssh`, or a shell that is none, had to say."""
    lines = (line.strip() for line in plain_text(said).splitlines())
    told = [line for line in lines if line and not _NOISE.match(line)]
    return told[-1] if told else ""
