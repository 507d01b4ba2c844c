"""Drives real sessions in tests: start, run, wait for what must come."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from capture.home import Home
from capture.naming import new_run_id
from capture.session import Session
from capture.tape.reader import load_trace
from capture.trace import RunStatus, Step, Trace
from capture.wire import Ended, HostFailed, Message, Output, Ready, SessionMode, SessionSpec, StepBegan, StepEnded

PATIENCE_S = 30.0
"""Nothing here takes long; a machine under load may."""

PRESS_AGAIN_S = 3.0
"""A person presses a key again where nothing came of it."""

Wanted = TypeVar("Wanted")


class Driver:
    """A session, and everything that it has said."""

    def __init__(self, spec: SessionSpec) -> None:
        self.session = Session.start(spec)
        self.spec = self.session.spec
        self.heard: list[Message] = []

    def wait_for(self, kind: type[Wanted], accept: Callable[[Wanted], bool] = lambda _: True) -> Wanted:
        while True:
            message = self.session.receive(PATIENCE_S)
            assert message is not None, f"no {kind.__name__} came; heard {self.heard[-5:]}"
            self.heard.append(message)
            if isinstance(message, kind) and accept(message):
                return message
            assert not isinstance(message, Ended | HostFailed), message

    def run(self, command: str, **options: Any) -> Step:
        """One command from its beginning to the next prompt."""
        self.session.run(command, **options)
        step = self.wait_for(StepEnded).step
        self.wait_for(Ready)
        return step

    def type(self, keys: str) -> None:
        self.session.send_keys(keys.encode())

    def interrupt_then_stop(self) -> Step:
        """Interrupt a program, then let another stop itself, which exits with 7 once it goes on; its step."""
        self.type("echo go; sleep 60\r")
        self.wait_for(StepBegan)
        self.wait_for_output(b"go\r\n")
        self.session.interrupt()
        assert self.wait_for(StepEnded).step.exit_code == 130
        self.type("sh -c 'echo on; kill -STOP $$; exit 7'\r")
        return self.wait_for(StepEnded).step

    def break_off(self) -> None:
        """Press ctrl-C at the prompt until another one stands there, as a person would.

        A line editor that has shown its prompt and does not wait yet may hear of it only at the next key.
        """
        for _ in range(10):
            self.type("\x03")
            while (message := self.session.receive(PRESS_AGAIN_S)) is not None:
                self.heard.append(message)
                if isinstance(message, Ready):
                    return
        raise AssertionError(self.heard[-5:])

    def type_command(self, command: str) -> Step:
        self.type(command + "\r")
        step = self.wait_for(StepEnded).step
        self.wait_for(Ready)
        return step

    def wait_for_output(self, text: bytes) -> None:
        """Output of the running step."""
        began = max(index for index, message in enumerate(self.heard) if isinstance(message, StepBegan))
        while text not in b"".join(message.data for message in self.heard[began:] if isinstance(message, Output)):
            self.wait_for(Output)

    def wait_for_shown(self, text: bytes) -> None:
        """Output from here on, of whatever prints it and however it is cut."""
        shown = b""
        while text not in shown:
            shown += self.wait_for(Output).data

    def end(self, status: RunStatus | None = None) -> RunStatus:
        self.session.end(status)
        return self.wait_for(Ended).status

    @property
    def trace(self) -> Trace:
        return load_trace(Home(Path(self.spec.home)), self.spec.run_id)

    @property
    def raw(self) -> bytes:
        """The terminal recording."""
        return (Home(Path(self.spec.home)).run_folder(self.spec.run_id) / "terminal.raw").read_bytes()

    @property
    def host_pid(self) -> int:
        host = self.session._host
        assert host is not None
        return host.pid


def spec_for(folder: Path, mode: SessionMode = SessionMode.HANDED, **changes: Any) -> SessionSpec:
    """A session in a fresh workspace under a folder."""
    workspace = folder / "work"
    workspace.mkdir(exist_ok=True)
    values: dict[str, Any] = {
        "home": str(folder / "home"),
        "run_id": new_run_id(datetime.now(UTC)),
        "name": "test",
        "cwd": str(workspace),
        "workspace": str(workspace),
        "mode": mode,
        **changes,
    }
    return SessionSpec(**values)
