"""The hooks of Claude Code: what each is told, and what it adds to the run of its session.

Their input is described at https://code.claude.com/docs/en/hooks.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from capture.api.shared_tape import SharedTape
from capture.calls import result_text
from capture.events import StepEnded
from capture.home import Home
from capture.hooks.hearing import UnheardError
from capture.hooks.landing import Landing, OpenCall, Session
from capture.importers.claude.calls import Answer, Circumstances, told_call
from capture.importers.claude.outline import SUBAGENTS, Outline
from capture.importers.claude.usage import NAME
from capture.importers.foreign import LeftOut
from capture.importers.telling import Telling, agent_run
from capture.importers.told import AgentHead, Told
from capture.naming import new_run_id
from capture.processes import started
from capture.provenance import AgentUse, Hints, Speaker
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules
from capture.tape.contents import Keeping
from capture.tape.presence import announce_with
from capture.tape.reader import load_run, read_trace
from capture.tape.writer import LOCK
from capture.trace import Run, StepStatus

EVENTS = (
    "SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure", "SubagentStop", "Stop",
    "SessionEnd",
)  # fmt: skip
"""What is asked for; others that come are passed over."""
_ENDS = ("SubagentStop", "Stop", "SessionEnd")
"""Begin no run: nothing was done that they tell of."""
LARGEST_MEASURED = 64 << 20
"""Bytes of the longest session's file that is read at its end."""
TIMEOUT_S = 10
"""How long the agent waits for one of them at most, in seconds."""
UNHEARD = "no end of it was told before the agent stopped: it was refused or broken off, or its hook came to nothing"
"""Why a call is a dead end whose hook never came."""
_REMEMBERED = 200
_LONGEST_MS = 10**10


def settings(command: str) -> dict[str, Any]:
    """The settings of Claude Code that have its hooks tell us what it does.

    Args:
        command: Shell text of one hook; what becomes of it never stops the agent.
    """
    hook = {"type": "command", "command": f"{command} || true", "timeout": TIMEOUT_S}
    entry: dict[str, Any] = {"hooks": [hook]}
    return {
        "hooks": {event: [{"matcher": "*", **entry} if "ToolUse" in event else entry] for event in EVENTS},
    }


def take(told: Mapping[str, Any], home: Home, now: datetime, agent: int) -> None:
    """Let a hook's word land in the run of its session, which is begun when there is none.

    Args:
        told: What the agent gave the hook.
        home: Where runs are kept; prepared.
        now: UTC.
        agent: The process id of the agent.

    Raises:
        OSError: The disk says no.
    """
    event, session_id = told.get("hook_event_name"), told.get("session_id")
    if event not in EVENTS:
        return
    if not isinstance(session_id, str) or not session_id:
        raise UnheardError(f"the hook of {event} was told no session_id, so that nobody knows which run it belongs to")
    landing = Landing(home, session_id)
    # Before it is this hook's turn, for others wait.
    redactor, left_out = Redactor(load_rules(home), numbered=False), LeftOut()
    with landing.turn() as session, Keeping(home) as keeping:
        if event in _ENDS and not session.run_id:
            return
        run = load_run(home, session.run_id) if session.run_id else _begun(told, now, redactor)
        folder = home.run_folder(run.run_id)
        if not session.run_id:
            folder.mkdir(mode=0o700)
        announce_with(folder / LOCK, agent, started(agent) or 0.0, os.uname().nodename)
        tape = SharedTape(folder)
        try:
            with tape.turn():
                telling = Telling(tape, run, redactor, store=keeping.store, left_out=left_out)
                telling.goes_on(tape.standing.steps, tape.standing.last)
                if not session.run_id:
                    telling.begin()
                    session.run_id = run.run_id
                _Word(told, session, telling, tape, now=now, folder=folder).land(event)
        finally:
            tape.close()


class _Word:
    """One hook's word."""

    def __init__(
        self,
        told: Mapping[str, Any],
        session: Session,
        telling: Telling,
        tape: SharedTape,
        *,
        now: datetime,
        folder: Path,
    ) -> None:
        self._told, self._session, self._telling, self._tape = told, session, telling, tape
        self._now, self._folder = now, folder
        self._agent = _text(told, "agent_id")

    def land(self, event: str) -> None:
        """Add it to the run."""
        match event:
            case "UserPromptSubmit":
                self._end_open()
                self._telling.said(Speaker.USER, _text(self._told, "prompt"), self._now)
            case "PreToolUse":
                self._begin()
            case "PostToolUse" | "PostToolUseFailure":
                self._end()
            case "Stop" | "SubagentStop":
                self._end_open()
                self._telling.said(Speaker.ASSISTANT, _text(self._told, "last_assistant_message"), self._now)
            case "SessionEnd":
                self._end_open(everything=True)
                self._telling.close(measured(_text(self._told, "transcript_path")))
            case _:
                pass

    def _begin(self) -> None:
        id_ = self._id()
        if id_ in self._session.calls or id_ in self._session.over:
            return
        part_of = self._part_of()
        call = self._call(None, at=self._now, part_of=part_of)
        number = self._telling.began(call)
        starts = _text(self._told, "tool_name") in SUBAGENTS
        self._session.calls[id_] = OpenCall(number, self._now, call.cwd, self._agent, starts)

    def _end(self) -> None:
        id_ = self._id()
        begun = self._session.calls.pop(id_, None)
        if begun is None and id_ in self._session.over:
            return
        if "tool_use_id" in self._told:
            self._session.over = [*self._session.over, id_][-_REMEMBERED:]
        part_of = self._part_of()
        ago = self._told.get("duration_ms")
        at = begun.at if begun else _before(self._now, ago)
        call = self._call(_answer(self._told), at=at, part_of=part_of, begun_in=begun.cwd if begun else "")
        number = begun.step if begun else self._telling.began(call)
        self._telling.ended(number, msgspec.structs.replace(call, apart=self._tape.standing.is_apart(number)))

    def _end_open(self, *, everything: bool = False) -> None:
        """Whoever has stopped has no open calls: what is still open was refused, or broken off."""
        for id_, call in [*self._session.calls.items()]:
            if everything or call.agent == self._agent:
                del self._session.calls[id_]
                self._session.over = [*self._session.over, id_][-_REMEMBERED:]
                self._break_off(call)

    def _break_off(self, call: OpenCall) -> None:
        step = next((step for step in read_trace(self._folder).steps if step.step_index == call.step), None)
        if step is not None and step.status is StepStatus.PARTIAL:
            lasted = (self._now - step.started_at).total_seconds() * 1000
            hints = Hints(dead_end=UNHEARD) if step.hints is msgspec.UNSET else step.hints
            ended = msgspec.structs.replace(step, duration_ms=max(0.0, lasted), hints=hints)
            self._tape.event(StepEnded(step=ended))

    def _call(self, answer: Answer | None, *, at: datetime, part_of: int | None, begun_in: str = "") -> Told:
        here = _text(self._told, "cwd") or self._telling.run.cwd
        where = Circumstances(
            workspace=self._telling.run.workspace, cwd=begun_in or here, cwd_after=here, at=at, until=self._now
        )
        call = told_call(_text(self._told, "tool_name"), self._told.get("tool_input"), answer, where, LeftOut())
        return msgspec.structs.replace(call, part_of=part_of)

    def _part_of(self) -> int | None:
        """Of a subagent's call, the call that started it, where only one can have."""
        starters = [call.step for call in self._session.calls.values() if call.starts and call.agent != self._agent]
        return starters[0] if self._agent and len(starters) == 1 else None

    def _id(self) -> str:
        """What the agent calls the call; older versions tell no name, only what it was given."""
        if id_ := _text(self._told, "tool_use_id"):
            return id_
        given = msgspec.json.encode([self._told.get("tool_name"), self._told.get("tool_input")])
        return sha256(given).hexdigest()


def measured(path: str) -> AgentUse | None:
    """What a session took, as its own file says; None when it can't be read, or not while its agent waits for us.

    Args:
        path: Of the session's file.
    """
    try:
        with Path(path).open("rb") as file:
            if os.fstat(file.fileno()).st_size > LARGEST_MEASURED:
                return None
            outline = Outline(file, LeftOut())
    except OSError:
        return None
    return outline.used.total((), outline.versions) if outline.lines else None


def _begun(told: Mapping[str, Any], now: datetime, redactor: Redactor) -> Run:
    cwd = _text(told, "cwd")
    prompt = _text(told, "prompt")
    head = AgentHead(format="claude", started_at=now, cwd=cwd, goal=prompt or None)
    name = Path(cwd).name or NAME
    run = agent_run(head, run_id=new_run_id(now), name=redactor.text(name)[0], otherwise=now, redactor=redactor)
    return msgspec.structs.replace(run, imported=None, host=os.uname().nodename, agent=AgentUse(name=NAME))


def _answer(told: Mapping[str, Any]) -> Answer:
    if told.get("hook_event_name") == "PostToolUseFailure":
        outcome = {"interrupted": True} if told.get("is_interrupt") is True else None
        return Answer(_text(told, "error"), error=True, outcome=outcome)
    response = told.get("tool_response")
    blocks = response if isinstance(response, list) else []
    texts = [block["text"] for block in blocks if isinstance(block, dict) and isinstance(block.get("text"), str)]
    text = "\n".join(texts) if texts else result_text(response)
    return Answer(text, outcome=response)


def _before(now: datetime, ago_ms: object) -> datetime:
    """So many milliseconds earlier, where they are told."""
    if not isinstance(ago_ms, int | float) or not 0 <= ago_ms < _LONGEST_MS:
        return now
    return datetime.fromtimestamp(now.timestamp() - ago_ms / 1000, UTC)


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
