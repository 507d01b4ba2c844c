"""Runs git on one repository so that nothing in it, and nothing that a remote sends, is ever executed or checked out.

Hooks, filters, submodules and lazy fetching are off, the system's configuration and what the environment says of other
repositories are not read, and only `file`, `https` and `ssh` are spoken. The user's own configuration stays: proxies,
credentials and the names of hosts are in it.
"""

import os
import re
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from capture.errors import AwayError, HostError
from capture.printable import printable
from capture.secrets.addresses import without_credentials

MAX_FILE_BYTES = 256 << 20
"""Longest file that git may write, a pack of a remote among them."""
MAX_ANSWER_BYTES = 64 << 20
"""Longest answer that is read."""
TIMEOUT_S = 600.0
"""For one call; a remote that sends nothing more is left by then."""
_BLOCK = 512
"""Bytes that `ulimit -f` counts by, as POSIX says."""
_NOT_FOUND = 127
"""What a shell ends with where there is no such program."""
_LIMITED = 'ulimit -f "$1" && shift && exec "$@"'
_KEPT = re.compile(r"GIT_(?:SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_.*|CONFIG_GLOBAL)")
"""Of git's variables, those that a person sets for all repositories; the others are of the one that called us."""
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.fsmonitor=false",
    "core.bigFileThreshold=1m",
    "core.sharedRepository=0600",
    "fetch.fsckObjects=true",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "submodule.recurse=false",
    "transfer.bundleURI=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "push.gpgSign=false",
    "push.followTags=false",
    "commit.gpgSign=false",
)
_SAID_BYTES = 64 << 10
"""Bytes of what git says that its reason is looked for in."""
_NO_ANSWER = "Could not read from remote repository"
"""What git says where ssh has said why."""
_REMARK = re.compile(r"(?:remote: |hint: |warning: )")


class GitError(AwayError):
    """Git said no."""


class Git:
    """Git over one repository.

    Args:
        folder: Of the repository, or where one is made.
        interactive: Whether git and ssh may ask on this terminal.
    """

    def __init__(self, folder: Path, *, interactive: bool = False) -> None:
        self._folder = folder
        self._interactive = interactive

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """Run a command.

        Args:
            arguments: Behind `git`.
            given: On its stdin.

        Returns:
            What it printed.

        Raises:
            GitError: It failed, took too long, or wrote more than is allowed; the text is one line.
            HostError: There is no git.
        """
        settings = [part for one in _SETTINGS for part in ("-c", one)]
        command = ["git", f"--git-dir={self._folder}", *settings, *arguments]
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
            stdin.write(given)
            stdin.seek(0)
            code = self._wait(command, (stdin, stdout, stderr), arguments[0])
            if code == _NOT_FOUND:
                raise HostError("sharing playbooks needs git; install it, then try again")
            if code != 0:
                raise GitError(
                    f"git {arguments[0]} failed: {_reason(stderr)}; look at the repository, and at your access to it"
                )
            return _read(stdout, arguments[0])

    def ask(self, *arguments: str) -> str | None:
        """What a question is answered with, on one line; None: with nothing, or no."""
        try:
            return self.run(*arguments).decode("utf-8", "replace").strip() or None
        except HostError:
            return None

    def _wait(self, command: list[str], streams: tuple[IO[bytes], IO[bytes], IO[bytes]], name: str) -> int:
        limited = ["/bin/sh", "-c", _LIMITED, "sh", str(MAX_FILE_BYTES // _BLOCK), *command]
        stdin, stdout, stderr = streams
        process = subprocess.Popen(
            limited,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=self._environment(),
            # Without a terminal ssh asks for nothing; with one it must stay in the foreground to ask.
            start_new_session=not self._interactive,
        )
        try:
            return process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise GitError(
                f"git {name} took longer than {TIMEOUT_S:g} s and was ended; look at the connection, try again"
            ) from error
        finally:
            if process.poll() is None:
                self._end(process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            if self._interactive:
                process.terminate()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("GIT_") or _KEPT.fullmatch(name)}
        return kept | {
            "GIT_ALLOW_PROTOCOL": "file:https:ssh",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_TERMINAL_PROMPT": "1" if self._interactive else "0",
            "LC_ALL": "C",
        }


def _reason(stream: IO[bytes]) -> str:
    """What git gave as its reason, made safe to show: its last word, or what ssh said before that."""
    stream.seek(0)
    text = stream.read(_SAID_BYTES).decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not _REMARK.match(line)]
    at = next((at for at, line in enumerate(lines) if line.startswith(("fatal: ", "error: ", "! "))), len(lines) - 1)
    if at > 0 and _NO_ANSWER in lines[at]:
        at -= 1
    said = lines[at] if lines else "it does not say why"
    return printable(without_credentials(said.removeprefix("fatal: ").removeprefix("error: ")))


def _read(stream: IO[bytes], command: str) -> bytes:
    stream.seek(0)
    answer = stream.read(MAX_ANSWER_BYTES + 1)
    if len(answer) > MAX_ANSWER_BYTES:
        raise GitError(f"git {command} answers with more than {MAX_ANSWER_BYTES >> 20} MiB; that is no library")
    return answer
