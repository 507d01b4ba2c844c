"""A step while it runs: gathers what it prints within bounds, and becomes the step that is written down."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from signal import Signals

import msgspec

from capture.printable import plain_text
from capture.secrets.redaction import Masking, Noted, Redactor
from capture.shells import CommandEnded
from capture.trace import EnvEffects, FileEffect, Input, Masked, Step, StepStatus

KEPT_BYTES = 512 << 10
"""Raw output that is kept of the beginning, and again of the end."""
KEPT_TEXT = 256 << 10
"""Characters of a step's output."""
KEPT_DEFINITION = 16 << 10
"""Characters of an alias or a function."""
_LAST_LINE_BYTES = 4096
_SINCE_ANSWER_BYTES = 16 << 10
_SEAM = 4096
_LONGEST_SWITCH = 8
_SIGNALLED = 128
_ESCAPE = b"\x1b"
_ALTERNATE_SCREEN = (b"\x1b[?1049h", b"\x1b[?1047h", b"\x1b[?47h")
NOISE = frozenset({"_", "SHLVL", "PWD", "OLDPWD", "COLUMNS", "LINES"})
"""Variables that the shell keeps itself: they are no effect of a step."""


class Gathered:
    """Output within bounds: all of it, or its beginning and its end."""

    def __init__(self) -> None:
        self.size = 0
        """Bytes that came."""
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0

    def add(self, data: bytes) -> None:
        """Take more."""
        self.size += len(data)
        room = KEPT_BYTES - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail.append(data)
            self._tail_size += len(data)
            while self._tail_size - len(self._tail[0]) >= KEPT_BYTES:
                self._tail_size -= len(self._tail.popleft())

    def pieces(self) -> tuple[bytes, ...]:
        """All of it as one piece, or the beginning and the end as two."""
        tail = b"".join(self._tail)
        if len(self._head) + len(tail) == self.size:
            return (bytes(self._head) + tail,)
        return bytes(self._head), tail

    def drop_end(self, pattern: re.Pattern[bytes]) -> int:
        """Forget what the end matches.

        Args:
            pattern: Anchored at the end.

        Returns:
            How many bytes that were.
        """
        pieces = self.pieces()
        match = pattern.search(pieces[-1], max(0, len(pieces[-1]) - _LAST_LINE_BYTES))
        if match is None:
            return 0
        if len(pieces) == 1:
            whole = pieces[0][: match.start()]
            self.size, self._head, self._tail, self._tail_size = 0, bytearray(), deque(), 0
            self.add(whole)
        else:
            self._tail, self._tail_size = deque([pieces[1][: match.start()]]), match.start()
            self.size -= len(match[0])
        return len(match[0])

    def drop_start(self, pattern: re.Pattern[bytes]) -> int:
        """Forget what the beginning matches.

        Args:
            pattern: Anchored at the beginning.

        Returns:
            How many bytes that were.
        """
        match = pattern.match(self._head)
        length = match.end() if match else 0
        del self._head[:length]
        self.size -= length
        return length

    def last_bytes(self) -> bytes:
        """Enough of the end to hold the last line."""
        tail = b""
        for piece in reversed(self._tail):
            tail = piece + tail
            if len(tail) >= _LAST_LINE_BYTES:
                return tail[-_LAST_LINE_BYTES:]
        return bytes(self._head[-(_LAST_LINE_BYTES - len(tail)) :]) + tail


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
        self.timed_out = False
        """Whether its time limit has ended it."""
        self.unmet_prompt: str | None = None
        """The prompt at which it was ended."""
        self._settled: int | None = None
        self._output = Gathered()
        self._since_answer = bytearray()
        self._echo = ""
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

    def answered(self, given: Input, *, echo: str) -> None:
        """Note what was typed; from here on output is new.

        Args:
            given: The line.
            echo: What the terminal shows of it.
        """
        self.inputs.append(given)
        self._echo = echo
        self._since_answer.clear()

    def conceal(self, given: Input) -> Input:
        """What was typed turns out to be a secret.

        Args:
            given: As it was noted.

        Returns:
            The line as it is kept.
        """
        secret = Input(prompt=given.prompt, text=None, secret=True)
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
        unmet = None if self.unmet_prompt is None else noted.text(self.unmet_prompt)[0]
        inputs = tuple(masked_input(given, noted.of("input")) for given in self.inputs)
        effects = change(noted.of("environment")) if change else EnvEffects()
        paths = noted.of("path").paths((self.cwd, ending.cwd, *_paths(ending.file_effects)))
        return Step(
            step_index=self.step_index,
            command=command,
            cwd=paths.get(self.cwd, self.cwd),
            cwd_after=paths.get(ending.cwd, ending.cwd),
            status=_status(ending),
            exit_code=ending.exit_code,
            signal=ending.signal or signal_name(ending.exit_code),
            started_at=self.started_at(),
            duration_ms=round(max(ending.at - self.at, 0.0) * 1000, 3),
            output=output,
            output_bytes=self._output.size,
            output_truncated=truncated,
            output_start=self.output_start,
            output_end=ending.output_end,
            full_screen=self.full_screen,
            timed_out=self.timed_out,
            unmet_prompt=unmet,
            inputs=inputs,
            file_effects=_masked_paths(ending.file_effects, paths) if paths else ending.file_effects,
            env_effects=effects,
            effects_seen=ending.effects_seen,
            maskings=summed(noted.found),
        )

    def _text(self, redactor: Noted) -> tuple[str, bool]:
        pieces = [plain_text(piece) for piece in self._output.pieces()]
        if len(pieces) == 1 and len(pieces[0]) <= KEPT_TEXT:
            return redactor.text(pieces[0])[0], False
        half = KEPT_TEXT // 2
        # Masked with more around it, so that no secret is cut in two where it would not be known any more.
        head = redactor.text(pieces[0][: half + _SEAM])[0][:half]
        tail = redactor.text(pieces[-1][-half - _SEAM :])[0][-half:]
        return f"{head}\n[…]\n{tail}", True


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


def _switches_screen(data: bytes) -> bool:
    # One byte is looked for at memory speed, three are not: most output holds no escape at all.
    return _ESCAPE in data and any(switch in data for switch in _ALTERNATE_SCREEN)


def summed(found: Iterable[tuple[str, Masking]]) -> tuple[Masked, ...]:
    """How often each secret was masked in each field.

    Args:
        found: Field and masking.

    Returns:
        In the order in which they came.
    """
    counts = Counter((masking.rule, field, masking.number) for field, masking in found)
    return tuple(
        Masked(rule=rule, field=field, count=count, secret=secret) for (rule, field, secret), count in counts.items()
    )


def _paths(effects: Iterable[FileEffect]) -> Iterator[str]:
    for effect in effects:
        yield effect.path
        if effect.moved_from is not None:
            yield effect.moved_from


def masked_effects(effects: Iterable[FileEffect], redactor: Noted) -> tuple[FileEffect, ...]:
    """Effects as they are written down: a name may be a secret too.

    Args:
        effects: As they were found.
        redactor: Knows secrets by their shape.

    Returns:
        The same, masked.
    """
    return _masked_paths(effects, redactor.paths(_paths(effects)))


def _masked_paths(effects: Iterable[FileEffect], paths: Mapping[str, str]) -> tuple[FileEffect, ...]:
    return tuple(
        msgspec.structs.replace(
            effect,
            path=paths.get(effect.path, effect.path),
            moved_from=effect.moved_from and paths.get(effect.moved_from, effect.moved_from),
        )
        for effect in effects
    )


def masked_input(given: Input, redactor: Noted) -> Input:
    """A typed line as it is written down.

    Args:
        given: As it was typed.
        redactor: Knows secrets by their shape.

    Returns:
        The same, masked.
    """
    text = None if given.text is None else redactor.text(given.text)[0]
    return Input(prompt=redactor.text(given.prompt)[0], text=text, secret=given.secret)


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
    try:
        return Signals((exit_code or 0) - _SIGNALLED).name
    except ValueError:
        return None


class ShellState(msgspec.Struct, frozen=True, kw_only=True):
    """What a shell said of itself between two commands."""

    environment: dict[str, str] = {}
    """Exported variables."""
    options: dict[str, str] = {}
    """Options that are on."""
    aliases: dict[str, str] = {}
    """Name to text."""
    functions: dict[str, str] = {}
    """Name to definition."""

    def after(self, told: CommandEnded) -> "ShellState":
        """The state once a command has ended; what it left unsaid is as before."""
        return ShellState(
            environment=told.environment,
            options=self.options if told.options is None else told.options,
            aliases=self.aliases if told.aliases is None else told.aliases,
            functions=self.functions if told.functions is None else told.functions,
        )


def environment_change(before: ShellState, after: ShellState, redactor: Noted) -> EnvEffects:
    """What differs between two states of a shell.

    Args:
        before: When the step began.
        after: When it had ended.
        redactor: Masks new values.

    Returns:
        What was set and unset, the shell's own housekeeping left out.
    """
    changed = _changed(_own(before.environment), _own(after.environment))
    return EnvEffects(
        set=redactor.environment(changed)[0] if changed else {},
        unset=_gone(_own(before.environment), after.environment),
        options={name: name in after.options for name in sorted(before.options.keys() ^ after.options.keys())},
        aliases=_texts(before.aliases, after.aliases, redactor),
        aliases_unset=_gone(before.aliases, after.aliases),
        functions=_public(_texts(before.functions, after.functions, redactor)),
        functions_unset=tuple(_public(dict.fromkeys(_gone(before.functions, after.functions), ""))),
    )


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in after.items() if before.get(name) != value}


def _gone(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    return () if before is after else tuple(sorted(before.keys() - after.keys()))


def _texts(before: Mapping[str, str], after: Mapping[str, str], redactor: Noted) -> dict[str, str]:
    if before is after:
        return {}
    changed = _changed(before, after).items()
    return {name: redactor.command(text)[0][:KEPT_DEFINITION] for name, text in changed}


def _public(functions: Mapping[str, str]) -> dict[str, str]:
    """Those that completion and prompts load when they please begin so: they are no effect of a step."""
    return {name: text for name, text in functions.items() if not name.startswith("_")}


def _own(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in NOISE}
