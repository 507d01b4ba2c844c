"""A step while it runs: gathers what it prints, and becomes the step that is written down."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from signal import Signals

import msgspec

from capture.printable import plain_text
from capture.recording.gathering import Gathered
from capture.secrets.masked import masked_input, paths_in, summed, with_paths
from capture.secrets.noting import Noted
from capture.secrets.redaction import Redactor
from capture.trace import LEFT_OUT, EnvEffects, FileEffect, Input, SeenTool, Step, StepKind, StepStatus

KEPT_TEXT = 256 << 10
"""Characters of a step's output."""
_SINCE_ANSWER_BYTES = 16 << 10
_SEAM = 4096
_LONGEST_SWITCH = 8
_SIGNALLED = 128
_ESCAPE = b"\x1b"
_ALTERNATE_SCREEN = (b"\x1b[?1049h", b"\x1b[?1047h", b"\x1b[?47h")


class OpenStep:
    """The running step.

    Args:
        step_index: Counts from 1.
        command: Its text.
        cwd: Working directory before.
        at: Seconds since the epoch when it began.
        output_start: Offset in the terminal recording.
    """

    def __init__(self, *, step_index: int, command: str, cwd: str, at: float, output_start: int) -> None:
        self.step_index = step_index
        self.command = command
        self.cwd = cwd
        self.at = at
        self.output_start = output_start
        self.inputs: list[Input] = []
        """What was typed into it."""
        self.full_screen = False
        """Whether it has used the alternate screen."""
        self.kind = StepKind.SHELL
        """What kind of action it carries out."""
        self.timed_out = False
        """Whether its time limit has ended it."""
        self.unmet_prompt: str | None = None
        """The prompt at which it was ended."""
        self.tools: tuple[SeenTool, ...] = ()
        """Programs that its command names."""
        self.refs: dict[str, str] = {}
        """What the git refs mean that it names."""
        self._settled: int | None = None
        self._output = Gathered()
        self._since_answer = bytearray()
        self._echo = ""
        self._typed_at: list[int] = []
        self._typing_at = 0
        self._seam = b""

    def printed(self, data: bytes) -> None:
        """Take output."""
        if self._settled is not None:
            return
        self._output.add(data)
        self._since_answer += data[-_SINCE_ANSWER_BYTES:]
        if len(self._since_answer) > 2 * _SINCE_ANSWER_BYTES:
            del self._since_answer[:-_SINCE_ANSWER_BYTES]
        if not self.full_screen:
            self.full_screen = _switches_screen(data) or _switches_screen(self._seam + data[:_LONGEST_SWITCH])
            self._seam = data[-_LONGEST_SWITCH:]

    def settle(self, offset: int) -> int:
        """Its own output ends here, unless that was said before.

        Args:
            offset: In the terminal recording.

        Returns:
            The offset where it has ended.
        """
        if self._settled is None:
            self._settled = offset
        return self._settled

    def forget_prelude(self, prelude: re.Pattern[bytes]) -> None:
        """Take back what the shell itself printed before the command's first byte.

        Args:
            prelude: How that looks.
        """
        self.output_start += self._output.drop_start(prelude)

    def forget_partial_line_mark(self, mark: str) -> int:
        """Take back what zsh printed behind an unfinished line: its mark, blanks to the edge, and a return.

        Args:
            mark: As it looks.

        Returns:
            How many bytes that were.
        """
        return self._output.drop_end(re.compile(re.escape(mark.encode(errors="replace")) + rb" +\r *\r\Z"))

    def last_line(self) -> str:
        """The unfinished last line that it has printed."""
        return plain_text(self._output.last_bytes()).rpartition("\n")[2]

    def new_output(self) -> str:
        """What it has printed since the last answer, the echo of that answer left out."""
        text = plain_text(bytes(self._since_answer))
        return "" if self._echo.startswith(text) else text.removeprefix(self._echo)

    def typing(self) -> None:
        """The first key of a line is pressed: its echo comes next."""
        self._typing_at = self._output.size

    def answered(self, given: Input, *, echo: str) -> None:
        """Note what was typed; from here on output is new.

        Args:
            given: The line.
            echo: What the terminal shows of it.
        """
        self.inputs.append(given)
        self._typed_at.append(self._typing_at)
        self._echo = echo
        self._since_answer.clear()

    def take_back(self, unread: int) -> None:
        """Lines that were typed ahead are the shell's: neither they nor their echo belong to this step.

        Args:
            unread: Bytes that the step has left to the shell; nothing is taken back unless they are whole lines.
        """
        kept = len(self.inputs)
        while unread > 0 and kept and (text := self.inputs[kept - 1].text) is not None:
            kept -= 1
            unread -= len(text.encode())
        if unread == 0:
            self._forget_echoes(kept)
            del self.inputs[kept:]

    def _forget_echoes(self, kept: int) -> None:
        gone = end = 0
        for index, (given, typed_at) in enumerate(zip(self.inputs, self._typed_at, strict=True)):
            echo = (given.text or "").replace("\n", "\r\n").encode()
            # Several lines may have been typed before the echo of the first one came.
            at = max(typed_at - gone, end)
            if self._output.holds(echo, at):
                end = at if index >= kept else at + len(echo)
                if index >= kept:
                    self._output.drop(at, len(echo))
                    gone += len(echo)

    def conceal(self, given: Input, which: int | msgspec.UnsetType) -> Input:
        """What was typed turns out to be a secret.

        Args:
            given: As it was noted.
            which: As in `Input`.

        Returns:
            The line as it is kept.
        """
        secret = Input(prompt=given.prompt, text=None, secret=True, which=which)
        self.inputs = [secret if one is given else one for one in self.inputs]
        return secret

    def started_at(self) -> datetime:
        """When it began, UTC."""
        return datetime.fromtimestamp(self.at, UTC)

    def end(self, ending: "Ending", redactor: Redactor, change: Callable[[Noted], EnvEffects] | None = None) -> Step:
        """The step as it is written down.

        Args:
            ending: How it ended.
            redactor: Masks what is written.
            change: Gives what changed in the shell, masked; None: nothing did.

        Returns:
            The whole step.
        """
        noted = Noted(redactor)
        command = noted.of("command").command(self.command)[0]
        output, truncated = self._text(noted.of("output"))
        plain = self.plain(ending, output)
        unmet = None if self.unmet_prompt is None else noted.text(self.unmet_prompt)[0]
        inputs = tuple(masked_input(given, noted.of("input")) for given in self.inputs)
        effects = change(noted.of("environment")) if change else EnvEffects()
        seen = (tool.path for tool in self.tools)
        paths = noted.of("path").paths((self.cwd, ending.cwd, *paths_in(ending.file_effects), *seen))
        return msgspec.structs.replace(
            plain,
            command=command,
            cwd=paths.get(self.cwd, self.cwd),
            cwd_after=paths.get(ending.cwd, ending.cwd),
            output_bytes=self._output.size,
            output_truncated=truncated,
            unmet_prompt=unmet,
            inputs=inputs,
            file_effects=with_paths(ending.file_effects, paths) if paths else ending.file_effects,
            env_effects=effects,
            committed=ending.committed and tuple(noted.of("path").text(one)[0] for one in ending.committed),
            message=msgspec.UNSET if ending.message is None else noted.of("input").text(ending.message)[0],
            tools=tuple(
                msgspec.structs.replace(tool, path=paths[tool.path]) if tool.path in paths else tool
                for tool in self.tools
            ),
            refs={noted.of("command").text(name)[0]: commit for name, commit in self.refs.items()},
            maskings=summed(noted.found) if noted.found else (),
        )

    def plain(self, ending: "Ending", output: str) -> Step:
        """The step where nothing is masked, nothing was typed, and nobody looked at its programs.

        Args:
            ending: How it ended.
            output: What it printed, as a screen would leave it.
        """
        return Step(
            step_index=self.step_index,
            kind=self.kind,
            command=self.command,
            cwd=self.cwd,
            cwd_after=ending.cwd,
            status=_status(ending),
            exit_code=ending.exit_code,
            signal=ending.signal or signal_name(ending.exit_code),
            started_at=self.started_at(),
            duration_ms=round(max(ending.at - self.at, 0.0) * 1000, 3),
            output=output,
            output_start=self.output_start,
            output_end=ending.output_end,
            full_screen=self.full_screen,
            timed_out=self.timed_out,
            file_effects=ending.file_effects,
            effects_seen=ending.effects_seen,
        )

    def _text(self, redactor: Noted) -> tuple[str, bool]:
        pieces = [plain_text(piece) for piece in self._output.pieces()]
        if len(pieces) == 1 and len(pieces[0]) <= KEPT_TEXT:
            return redactor.text(pieces[0])[0], False
        half = KEPT_TEXT // 2
        # Masked with more around it, so that no secret is cut in two where it would not be known any more.
        head = redactor.text(pieces[0][: half + _SEAM])[0][:half]
        tail = redactor.text(pieces[-1][-half - _SEAM :])[0][-half:]
        return f"{head}{LEFT_OUT}{tail}", True


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a step ended."""

    at: float
    """Seconds since the epoch."""
    exit_code: int | None
    """None when the session was cut."""
    cwd: str
    """Working directory after."""
    output_end: int
    """Offset in the terminal recording."""
    signal: str | None = None
    """Where it is known better than from the exit code."""
    file_effects: tuple[FileEffect, ...] = ()
    """Paths changed."""
    effects_seen: bool = True
    """Whether anyone watched them."""
    committed: tuple[str, ...] | None = None
    """As in `Step`."""
    message: str | None = None
    """Of the commit that was made in a full-screen editor."""


def _switches_screen(data: bytes) -> bool:
    # One byte is looked for at memory speed, three are not: most output holds no escape at all.
    return _ESCAPE in data and any(switch in data for switch in _ALTERNATE_SCREEN)


def _status(ending: Ending) -> StepStatus:
    if ending.exit_code is None:
        return StepStatus.PARTIAL
    return StepStatus.FAILED if ending.exit_code or ending.signal else StepStatus.SUCCESS


def signal_name(exit_code: int | None) -> str | None:
    """The signal that an exit code above 128 stands for.

    Args:
        exit_code: As a shell reports it.

    Returns:
        As `SIGINT`, or None.
    """
    if exit_code is None or exit_code <= _SIGNALLED:
        return None
    try:
        return Signals(exit_code - _SIGNALLED).name
    except ValueError:
        return None
