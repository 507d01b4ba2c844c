"""Reads a log by its mapping: lines become calls, ends of calls, words and counts; all others are counted."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from posixpath import isabs, join, normpath
from typing import IO, Any

import msgspec

from capture.apply_patch import BEGIN
from capture.calls import Call
from capture.errors import BadInputError
from capture.importers.foreign import LeftOut, lines_of
from capture.importers.isolating import isolated
from capture.importers.mapped.mapping import ANYTHING, Mapping, Rule
from capture.importers.mapped.selectors import select
from capture.importers.mapped.values import input_of, printed, seconds, text_of, time_of, truth, whole
from capture.importers.patching import NOT_APPLIED, Contents, FileStep, file_steps, refused_step, written_step
from capture.importers.told import NO_EXIT_CODE, AgentHead, Changed, Hearer, Told
from capture.importers.waiting import Pending, Said, Waiting
from capture.patches import is_patch, read_patch
from capture.provenance import AgentUse, Hints, Speaker
from capture.trace import EffectOp, StepKind

HEAD_LINES = 400
"""Lines in which the head is looked for."""
_OPEN = 4096
"""Calls that wait for an answer at most; an answer to an older one is counted as lost."""
_object = msgspec.json.Decoder(dict[str, Any])


@dataclass(eq=False, kw_only=True)
class _Made(Pending):
    """A call of the log."""

    kind: StepKind
    command: str
    """Of a file whose content is told: its path."""
    cwd: str
    content: str | None = None
    id: str = ""
    parent: str = ""
    told: bool = False
    """Whether anything tells of its end."""
    exit_code: int | None = None
    seconds: float | None = None
    dead_end: str | None = None


class _Found:
    """What a rule finds in one value."""

    def __init__(self, rule: Rule, value: object, record: object) -> None:
        self.rule, self._value, self._record = rule, value, record

    def get(self, key: str) -> object:
        selector = self.rule.fields.get(key)
        return None if selector is None else select(selector, self._value, self._record)

    def text(self, key: str) -> str:
        return text_of(self.get(key))

    def at(self, key: str = "time") -> datetime | None:
        return time_of(self.get(key))

    @property
    def tells_end(self) -> bool:
        """Whether it says how the call came out."""
        return any(self.get(key) is not None for key in ("output", "error", "exit", "until", "seconds"))


class MappedRecord:
    """A log as an agent's record.

    Args:
        file: Such that it can be read twice.
        name: For errors.
        mapping: How it is to be read.
    """

    def __init__(self, file: IO[bytes], name: str, mapping: Mapping) -> None:
        self._file, self._name, self._mapping = file, name, mapping
        self._sorts = {sort: tuple(rule for rule in mapping.rules if rule.sort == sort) for sort in _SORTS}
        self.left_out = LeftOut()
        self._heads: set[str] = set()
        """The lines that the head is from."""
        self.head = self._look()
        file.seek(0)
        self.left_out = LeftOut()
        self._open: OrderedDict[str, _Made] = OrderedDict()
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._contents = Contents(self.head.cwd)
        self._models: set[str] = set()
        self._versions: dict[str, None] = {}
        self._sums: dict[str, int] = {}
        self._calls = 0

    def tell(self, telling: Hearer) -> AgentUse:
        """Say all of it."""
        self._telling, self._now = telling, telling.run.started_at
        self._waiting: Waiting[_Made] = Waiting(self._write, self.left_out)
        for number, record in self._records():
            if not self._take(f"line {number}", record):
                self.left_out.note("records that no rule of the map fits are left out", f"line {number}")
        if not self._waiting.finish():
            telling.cut()
        return self._use()

    def _records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in lines_of(self._file, self._name):
            if not line.strip():
                continue
            try:
                record = _object.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self.left_out.note("lines that are no JSON object are left out", f"line {number}")
            else:
                yield number, record

    def _look(self) -> AgentHead:
        told: dict[str, Any] = {}
        for number, record in self._records():
            if number > HEAD_LINES:
                break
            for found in self._fitting("run", record, ""):
                for key in ("cwd", "goal", "title"):
                    words = found.text(key)
                    if words and key not in told:
                        told[key] = words
                        self._heads.add(f"line {number}")
                _earlier(told, found.at())
            for sort in ("step", "result", "say"):
                for found in self._fitting(sort, record, ""):
                    _earlier(told, found.at())
                    if sort == "step" and isabs(cwd := found.text("cwd")):
                        told.setdefault("cwd", cwd)
                    if sort == "say" and found.text("speaker") == Speaker.USER:
                        told.setdefault("goal", found.text("text"))
        return AgentHead(
            format="jsonl",
            started_at=told.get("at"),
            cwd=told.get("cwd", ""),
            title=told.get("title") or told.get("goal"),
            goal=told.get("goal"),
        )

    def _fitting(self, sort: str, record: object, where: str) -> list[_Found]:
        """What the first rule of a sort that fits finds; of `each`, one for each."""
        for rule in self._sorts[sort]:
            if rule.each is None:
                if _fits(rule, record, record):
                    return [_Found(rule, record, record)]
                continue
            parts = select(rule.each, record, record)
            if isinstance(parts, list) and (chosen := [one for one in parts if _fits(rule, one, record)]):
                return [_Found(rule, one, record) for one in chosen]
            if parts is not None and not isinstance(parts, list) and where:
                self.left_out.note(f"`each` in line {rule.line} of the map finds no list", where)
        return []

    def _take(self, where: str, record: object) -> bool:
        """Say what a record tells; whether a rule fits it."""
        taken = where in self._heads or any(found.rule.when for found in self._fitting("run", record, ""))
        for found in self._fitting("say", record, where):
            taken = True
            self._say(found, where)
        for found in self._fitting("step", record, where):
            taken = True
            self._step(found, where)
        for found in self._fitting("result", record, where):
            taken = True
            self._result(found, where)
        for found in self._fitting("usage", record, where):
            taken = True
            self._count(found)
        return taken

    def _say(self, found: _Found, where: str) -> None:
        speaker, words = found.text("speaker"), found.text("text")
        if speaker not in set(Speaker):
            known = ", ".join(Speaker)
            self.left_out.note(f"what is said by others than {known} (line {found.rule.line} of the map)", where)
        elif words.strip():
            self._waiting.add(Said(Speaker(speaker), words, found.at(), where))

    def _step(self, found: _Found, where: str) -> None:
        kind = StepKind(found.rule.kind)
        made = _Made(
            where=where,
            at=found.at(),
            kind=kind,
            command=_command(found),
            cwd=self._place(found.text("cwd")),
            content=found.text("content") if kind is StepKind.FILE and "content" in found.rule.fields else None,
            id=found.text("id"),
            parent=found.text("parent"),
            dead_end=found.text("dead_end") or None,
        )
        if not made.command.strip():
            field = {StepKind.SHELL: "command", StepKind.FILE: "patch or path"}.get(kind, "name")
            self.left_out.note(f"calls without a {field} (line {found.rule.line} of the map) are left out", where)
            return
        answered = made.id and any("id" in rule.fields for rule in self._sorts["result"])
        self._waiting.add(made)
        if found.tells_end or not answered:
            _end(made, found, found.at("until"))
            self._waiting.flush()
        if answered and not made.ended:
            self._open[made.id] = made
            if len(self._open) > _OPEN:
                self._open.popitem(last=False)

    def _result(self, found: _Found, where: str) -> None:
        made = self._open.pop(found.text("id"), None)
        if made is None:
            self.left_out.note("answers to calls that are not told are left out", where)
            return
        _end(made, found, found.at("until") or found.at())
        self._waiting.grew(len(made.output))
        self._waiting.flush()

    def _count(self, found: _Found) -> None:
        if model := found.text("model"):
            self._models.add(model)
        if version := found.text("version"):
            self._versions[version] = None
        counts = {kind: whole(found.get(kind)) for kind in ("prompt", "cached", "completion")}
        known = {kind: count for kind, count in counts.items() if count is not None and count >= 0}
        for kind, count in known.items():
            self._sums[kind] = self._sums.get(kind, 0) + count
        self._calls += bool(known)

    def _use(self) -> AgentUse:
        return AgentUse(
            name=self._mapping.agent,
            version=", ".join(self._versions),
            models=tuple(sorted(self._models)),
            llm_calls=self._calls or None,
            prompt_tokens=self._sums.get("prompt"),
            cached_tokens=self._sums.get("cached"),
            completion_tokens=self._sums.get("completion"),
        )

    def _place(self, cwd: str) -> str:
        return normpath(join(self.head.cwd, cwd)) if cwd else self.head.cwd

    def _write(self, one: _Made | Said) -> None:
        if isinstance(one, Said):
            self._telling.said(one.speaker, one.text, self._time(one.at, one.where))
        elif one.kind is StepKind.FILE:
            self._file_step(one)
        else:
            if one.kind is StepKind.SHELL:
                self._contents.ran(one.command)
            else:
                self._contents.forget()
            self._did(one, one.kind, one.command)

    def _file_step(self, made: _Made) -> None:
        try:
            steps = self._changes(made) if made.exit_code in (0, None) else self._refused(made)
        except BadInputError:
            self._contents.forget()
            self.left_out.note("patches that can't be read are calls of a tool", made.where)
            self._did(made, StepKind.TOOL, Call("apply_patch", made.command).text)
            return
        made.cwd = self.head.cwd or made.cwd
        for step in steps:
            self._did(made, StepKind.FILE, step.command, step.changed)
            made.output = ""

    def _refused(self, made: _Made) -> tuple[FileStep, ...]:
        made.dead_end = made.dead_end or NOT_APPLIED
        if made.command.lstrip().startswith(BEGIN):
            return (refused_step(made.command, made.cwd, self._contents),)
        self._contents.forget()
        return (FileStep(made.command, ()),)

    def _changes(self, made: _Made) -> tuple[FileStep, ...]:
        if made.content is not None:
            return (written_step(made.command, made.content, made.cwd, self._contents),)
        if made.command.lstrip().startswith(BEGIN):
            return file_steps(made.command, made.cwd, self._contents, {})
        if not is_patch(made.command):
            raise BadInputError("neither a unified diff nor a patch of apply_patch")
        self._contents.forget()
        edits = read_patch(made.command)
        ops = [
            EffectOp.CREATED if edit.old is None else EffectOp.DELETED if edit.new is None else EffectOp.MODIFIED
            for edit in edits
        ]
        changed = [Changed(path=edit.path, op=op) for edit, op in zip(edits, ops, strict=True)]
        return (FileStep(made.command, tuple(changed)),)

    def _did(self, made: _Made, kind: StepKind, command: str, changed: tuple[Changed, ...] = ()) -> None:
        at = self._time(made.at, made.where)
        until = max(at, made.until) if made.until else at
        if made.seconds is not None:
            until = at + timedelta(seconds=made.seconds)
        self._now = max(self._now, until)
        told = Told(
            kind=kind,
            command=command,
            cwd=made.cwd,
            at=at,
            until=until,
            exit_code=made.exit_code,
            output=made.output,
            changed=changed,
            apart=made.apart,
            part_of=self._numbers.get(made.parent) if made.parent else None,
            hints=_hints(made),
        )
        number = self._telling.did(told)
        if made.id:
            self._numbers[made.id] = number
            if len(self._numbers) > _OPEN:
                self._numbers.popitem(last=False)

    def _time(self, at: datetime | None, where: str) -> datetime:
        if at is None:
            self.left_out.note("what tells no time stands at the time of what came before it", where)
            return self._now
        self._now = max(self._now, at)
        return at


def _hints(made: _Made) -> Hints | None:
    if made.dead_end is not None:
        return Hints(dead_end=made.dead_end)
    return Hints(open_end=NO_EXIT_CODE) if made.told and made.exit_code is None else None


_SORTS = ("step", "result", "say", "usage", "run")


def _earlier(told: dict[str, Any], at: datetime | None) -> None:
    if at is not None:
        told["at"] = min(told.get("at", at), at)


def _fits(rule: Rule, value: object, record: object) -> bool:
    for selector, wanted in rule.when:
        found = select(selector, value, record)
        if found is None or not _is_one_of(wanted, found):
            return False
    return bool(rule.when) or any(select(one, value, record) is not None for one in rule.fields.values())


def _is_one_of(wanted: Sequence[object], found: object) -> bool:
    for one in wanted:  # noqa: SIM110 - a generator costs more than the comparison
        if one == ANYTHING or (one == found and isinstance(one, bool) == isinstance(found, bool)):
            return True
    return False


def _command(found: _Found) -> str:
    match StepKind(found.rule.kind):
        case StepKind.SHELL:
            command = found.text("command")
            return isolated(command) if found.rule.fresh else command
        case StepKind.FILE:
            return found.text("path") if "content" in found.rule.fields else found.text("patch")
        case _:
            name = found.text("name")
            return Call(name, input_of(found.get("input"))).text if name else ""


def _end(made: _Made, found: _Found, until: datetime | None) -> None:
    output = found.get("output")
    made.output = printed(output) if made.kind is StepKind.TOOL else text_of(output)
    made.until, made.seconds, made.ended, made.told = until, seconds(found.get("seconds")), True, True
    code, wrong = whole(found.get("exit")), truth(found.get("error"))
    if code is not None and -(1 << 31) <= code < 1 << 31:
        made.exit_code = code
    elif wrong is not None:
        made.exit_code = int(wrong)
    elif "error" in found.rule.fields or (made.kind is not StepKind.SHELL and "exit" not in found.rule.fields):
        # Where only errors are told, none is a success; of a command whose exit code is never told nothing is known.
        made.exit_code = 0
