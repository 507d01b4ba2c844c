"""Types a script into a recorded shell, one complete command at a time, as a person would."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from capture.dialogue import ExpectedPrompt
from capture.errors import BadInputError, HostError
from capture.session import Session
from capture.trace import Step
from capture.wire import Ended, HostFailed, Ready, StepEnded

_BASH_ASKED = ("bash", "-O", "extglob", "-n")
_FISH_ASKED = ("fish", "--no-config", "--no-execute")
INCOMPLETE = re.compile(
    r"unexpected end of file|unexpected EOF while looking for matching"
    r"|here-document at line \d+ delimited by end-of-file"
)
"""What `bash -n` says of a command that goes on in the next line."""
FISH_INCOMPLETE = re.compile(
    r"^fish: (?:Missing end to balance|Unexpected end of string|Expected a command, but found end of the input)",
    re.MULTILINE,
)
"""What `fish -n` says of one."""


class ScriptInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to type when the command asks."""

    expect: str
    """Regular expression searched in what was printed since the input before."""
    send: str
    """Text, its line end included."""


class ScriptEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One command to type."""

    command: str
    inputs: tuple[ScriptInput, ...] = ()
    timeout_s: float | None = None


def read_script(path: Path, shell: str = "bash") -> tuple[ScriptEntry, ...]:
    """Read a script: shell text, or one JSON object a line when named `*.jsonl`.

    Args:
        path: The file.
        shell: Whose syntax tells where a command ends.

    Returns:
        Its commands in order.

    Raises:
        HostError: The shell is missing.
        BadInputError: No such file, not UTF-8, or a line that is not what it should be.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"script {path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"script {path} is not UTF-8 text: byte {error.start}") from error
    if path.suffix == ".jsonl":
        return tuple(_json_entries(text, path))
    return tuple(ScriptEntry(command=command) for command in split_commands(text, shell))


def _json_entries(text: str, path: Path) -> Iterator[ScriptEntry]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = msgspec.json.decode(line, type=ScriptEntry)
            for wanted in entry.inputs:
                re.compile(wanted.expect)
        except msgspec.MsgspecError as error:
            raise BadInputError(f"{path}:{number}: {error}; each line is {{command, inputs, timeout_s}}") from error
        except re.error as error:
            raise BadInputError(f"{path}:{number}: expect is not a regular expression: {error}") from error
        yield entry


def split_commands(text: str, shell: str = "bash") -> tuple[str, ...]:
    """Cut shell text into complete commands; heredocs and continuations stay whole.

    Args:
        text: Lines of shell.
        shell: Its name; where it is not fish, bash is asked.

    Returns:
        Commands in order, blank and comment-only lines left out.
    """
    commands: list[str] = []
    pending: list[str] = []
    for line in text.splitlines():
        if not pending and (not line.strip() or line.lstrip().startswith("#")):
            continue
        pending.append(line)
        if not _goes_on("\n".join(pending), shell):
            commands.append("\n".join(pending))
            pending = []
    if pending:
        commands.append("\n".join(pending))
    return tuple(commands)


def _goes_on(text: str, shell: str) -> bool:
    """Whether a shell would ask for another line; it is asked itself, and runs nothing."""
    if re.search(r"(?<!\\)(\\\\)*\\$", text):
        return True
    asked, incomplete = (_FISH_ASKED, FISH_INCOMPLETE) if shell == "fish" else (_BASH_ASKED, INCOMPLETE)
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/bin:/usr/bin:/bin"])
    environment = {"LC_ALL": "C", "PATH": path}
    try:
        parsed = subprocess.run(asked, input=text + "\n", capture_output=True, text=True, env=environment, check=False)
    except FileNotFoundError as error:
        raise HostError(f"{shell} can't be started: it is not on PATH; install it, or record in bash") from error
    return bool(incomplete.search(parsed.stderr))


def type_script(session: Session, entries: Sequence[ScriptEntry], told: Callable[[Step], None]) -> int:
    """Type all entries and wait for each to end.

    Args:
        session: A TYPED session, just started.
        entries: What to type.
        told: Called with each step as it ends.

    Returns:
        How many steps were recorded; fewer than entries when the script ended its shell.

    Raises:
        HostError: The host died.
    """
    steps = 0
    for entry in entries:
        prompts = [ExpectedPrompt(pattern=wanted.expect, whole_line=False, send=wanted.send) for wanted in entry.inputs]
        session.run(entry.command, prompts=prompts, timeout_s=entry.timeout_s)
        step = _ended(session)
        if step is None:
            break
        steps += 1
        told(step)
    return steps


def _ended(session: Session) -> Step | None:
    """The step that was just typed, or None when the shell is gone."""
    step: Step | None = None
    while True:
        match session.receive():
            case StepEnded(step=ended):
                step = ended
            case Ready() if step is not None:
                return step
            case HostFailed(message=reason):
                raise HostError(reason)
            case Ended() | None:
                return step
            case _:
                pass
