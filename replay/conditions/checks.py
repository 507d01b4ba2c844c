"""Looks before a step leaps: everything that it needs, checked against the world as it will be, nothing executed."""

import os.path
from collections.abc import Mapping

from capture.trace import EffectOp
from replay import template
from replay.conditions.carried import check_carried, check_commit
from replay.conditions.expected import ExpectedWorld
from replay.conditions.failing import check_as_it_was
from replay.conditions.findings import Findings
from replay.conditions.overwriting import Known, Overwriting
from replay.conditions.requirements import TIME_UP, Facts, derive, facts_along, facts_before
from replay.conditions.scripts import check_script
from replay.conditions.stated import check_disk, check_repository, check_required_port, check_revision
from replay.conditions.surprises import Days, check_dates, check_directories, check_locks, check_staged
from replay.conditions.targets import interpreter_of
from replay.conditions.tools import check_git, check_patch, check_ports, check_targets
from replay.outcome import Check, FailureClass
from replay.playbook import PlaybookStep, Requirement
from replay.syntax import Analysis, CommandUse, PathUse, VariableUse, Via, analyse
from replay.syntax.moments import Moment, moments
from replay.syntax.vocabulary import SHELLS
from replay.syntax.wrappers import base_name

__all__ = ["ExpectedWorld", "Facts", "check_step", "derive", "facts_along", "facts_before"]

SEEN_THROUGH = frozenset({"builtin", "command", "coproc", "exec", "time", "find"})
"""Wrappers that the shell itself is, or that are looked up for themselves."""
SEARCHES_PATH = SHELLS | {".", "source"}
EARLIER = "an earlier step may make it"


def check_step(
    step: PlaybookStep,
    command: str,
    world: ExpectedWorld,
    values: Mapping[str, str] | None = None,
    *,
    known: Known = lambda _: True,
    days: Days | None = None,
) -> tuple[Check, ...]:
    """Check all that a step needs.

    Args:
        step: The step.
        command: Its text, values filled in.
        world: As it will be when the step is reached; it is not changed.
        values: For the step's other placeholders.
        known: Whether what stands at an absolute path now comes from the playbook itself.
        days: When it was recorded, and when it is replayed.

    Returns:
        One for each thing looked at; only what is certain fails, and what can't be told is `unknown`.
    """
    look = _Look(step, command, world.ahead(), values or {}, known)
    check_dates(step.run if command else "", days, look.findings)
    return look.look()


class _Look:
    """One look at one step."""

    def __init__(
        self, step: PlaybookStep, command: str, world: ExpectedWorld, values: Mapping[str, str], known: Known
    ) -> None:
        self.step, self.world, self.values = step, world, values
        self.analysis: Analysis = analyse(command, world.shell)
        self.findings = Findings()
        self.created = self._creates()
        self.known = known
        self.lost = False
        """A directory that it goes into is not there: what follows would not be reached."""

    def look(self) -> tuple[Check, ...]:
        """Everything, in the order in which the step will come to it."""
        state = self.world.state
        for name, value in self.step.env.items():
            state.variables[name] = template.render(value, self.values)
        state.names |= {*self.analysis.functions, *self.analysis.aliases}
        state.nounset = state.nounset if self.analysis.nounset is None else self.analysis.nounset
        if not self._succeeded():
            check_as_it_was(self.step, self.values, self.world.ahead(), self.findings)
            self._only_safety()
            self._overwriting().others(self.analysis.commands)
            return self.findings.checks
        if self._in_its_directory():
            for need in self.step.requires:
                self._requirement(need)
            check_carried(self.step, self.analysis, self.values, self.world, self.findings)
            self.overwriting = self._overwriting()
            check_directories(self.created, self.world, self.findings)
            for moment in moments(self.analysis):
                self.world.begin(moment)
                self._moment(moment)
                self.world.follow(moment)
            self.overwriting.others(self.analysis.commands)
            for sentence in self.analysis.unknown:
                self.findings.unsure("readable", sentence, sentence)
        else:
            self._only_safety()
        return self.findings.checks

    def _overwriting(self) -> Overwriting:
        return Overwriting(self.created, self.world, self.known, self.findings)

    def _creates(self) -> frozenset[str]:
        """Paths that the step itself made when it was recorded."""
        paths = (
            template.render(effect.path, self.values)
            for effect in self.step.expect.effects or ()
            if (effect.op is EffectOp.CREATED or effect.replaces is False)
            and not template.names(effect.path) - self.values.keys()
        )
        return frozenset(os.path.normpath(os.path.join(self.world.workspace, path)) for path in paths)  # noqa: PTH118

    def _succeeded(self) -> bool:
        """What failed in the recording needs nothing in order to fail again."""
        return self.step.expect.exit in {0, TIME_UP}

    def _only_safety(self) -> None:
        for moment in moments(self.analysis):
            self.world.begin(moment)
            self._safety(moment)
            self.world.follow(moment)

    def _in_its_directory(self) -> bool:
        self.world.enter(self.step, self.values)
        cwd = self.world.cwd()
        if cwd is None or self.step.cwd is None:
            return True
        there = self.world.is_dir(cwd)
        subject = template.render(self.step.cwd, self.values)
        if there is False:
            message = f"the step's directory {subject} is not there"
            self.findings.fails("directory_exists", subject, FailureClass.MISSING_DIRECTORY, message)
        return there is not False

    def _requirement(self, need: Requirement) -> None:
        subject = template.render(need.subject, self.values)
        match need.kind:
            case "env":
                self._variable_needed(subject)
            case "command":
                self._command_found(subject, ())
                by_path = "/" in subject
                self._same(self.world.absolute(subject) if by_path else self.world.find_command(subject), need, subject)
            case "port":
                check_required_port(subject, self.world, self.findings)
            case "absent":
                self._absent(subject)
            case "disk":
                check_disk(subject, self.world, self.findings)
            case "revision":
                check_revision(need, subject, self.world, self.findings)
            case "git":
                check_repository(need, subject, self.world, self.findings)
            case _:
                self._required_path(need, subject)

    def _absent(self, subject: str) -> None:
        place = self.world.absolute(subject)
        there = self.world.exists(place) if place is not None else None
        if there:
            self.findings.fails("not_there_yet", subject, FailureClass.ALREADY_EXISTS, f"{subject} is there already")
        elif there is False:
            self.findings.passes("not_there_yet", subject, f"{subject} is not there yet")

    def _required_path(self, need: Requirement, subject: str) -> None:
        place = self.world.absolute(subject)
        if place is None:
            return
        if need.directory is None and self.world.is_as_today(place) and self.world.machine.is_dir(place):
            message = f"{subject} is a directory now, and was a file"
            self.findings.fails("file_exists", subject, FailureClass.MISSING_FILE, message)
            return
        if need.sha256 and self.world.is_as_today(place) and self.world.machine.is_dangling(place):
            message = f"{subject} is a link to nothing, and was a file"
            self.findings.fails("file_exists", subject, FailureClass.MISSING_FILE, message)
            return
        there = self.world.exists(place) if need.directory is None else self.world.is_dir(place)
        self._there(subject, there, directory=need.directory is not None)
        self._same(place if there else None, need, subject)

    def _same(self, place: str | None, need: Requirement, subject: str) -> None:
        """Whether a file is the one that was recorded, where that is told."""
        if place is None or not need.sha256 or not self.world.is_as_today(place):
            return
        now = self.world.machine.sha256(place)
        if now is not None and now != need.sha256.removeprefix("sha256:"):
            message = f"{subject} holds something else than when this was recorded"
            if need.kind == "file" and any(told.endswith(f" {subject}") for told in self.step.expect.committed or ()):
                message += ", and this commits it: strict stops here"
                self.findings.warns("same_content", subject, message, FailureClass.EFFECTS_CHANGED)
            else:
                self.findings.warns("same_content", subject, message)

    def _moment(self, moment: Moment) -> None:
        self._safety(moment)
        if self.lost:
            return
        self.findings.certain = self.analysis.ok and (moment.command is None or moment.command.counts)
        for use in moment.variables:
            self._variable(use)
        for path in (*moment.reads, *moment.removes):
            self._read(path)
        for path in moment.directories:
            self._entered(path)
        for path in moment.writes:
            self._written(path)
        if moment.command is not None and not moment.command.conditional:
            self._command(moment.command)
            check_patch(moment.command, moment.reads, self.world, self.findings)

    def _safety(self, moment: Moment) -> None:
        """An unset or empty variable in an argument of a command that destroys."""
        tested = {use.name for use in self.analysis.variables_read if use.guarded}
        for use in moment.variables:
            dangerous = use.destructive and not use.guarded and not use.required
            if not dangerous or (use.conditional and use.name in tested) or self._stops_when_unset(use):
                continue
            value = self.world.variable(use.name)
            own = use.name in self.analysis.variables_set and use.name not in self.world.state.variables
            if value or own or (value is None and self.world.is_set(use.name)):
                self.findings.passes("safe", use.name, f"{use.name} has a value")
            elif self.world.state.unsure_variables:
                message = f"whether {use.name} has a value can't be told, and it stands in a command that deletes"
                self.findings.unsure("safe", use.name, message)
            else:
                state = "empty" if self.world.is_set(use.name) else "not set"
                message = f"{use.name} is {state}, and it stands in a command that deletes or overwrites; set it first"
                self.findings.fails("safe", use.name, FailureClass.UNSAFE, message)

    def _stops_when_unset(self, use: VariableUse) -> bool:
        return self.world.state.nounset and not self.world.is_set(use.name)

    def _variable(self, use: VariableUse) -> None:
        own = use.name in self.analysis.variables_set
        if use.conditional or use.guarded or own or not (use.required or self.world.state.nounset):
            return
        self._variable_needed(use.name)

    def _variable_needed(self, name: str) -> None:
        if self.world.is_set(name):
            self.findings.passes("env_set", name, f"{name} is set")
        elif self.world.state.unsure_variables:
            self.findings.unsure("env_set", name, f"whether {name} is set can't be told: an earlier step may set it")
        else:
            self.findings.fails("env_set", name, FailureClass.MISSING_ENV, f"variable {name} is not set")

    def _read(self, path: PathUse) -> None:
        if path.conditional or path.tolerant:
            return
        value, place = self._place(path)
        if value is None or place is None:
            self.findings.unsure("file_exists", path.text, f"what {path.text} stands for can't be told before it runs")
        elif path.word.glob:
            self._there(value, self.world.matches(place), directory=False)
        elif not self._found_otherwise(path, value, place):
            there = True if place in self.created else self.world.exists(place)
            self._there(value, there, directory=value.endswith("/"))
            self._readable(value, place)

    def _found_otherwise(self, path: PathUse, value: str, place: str) -> bool:
        """Endings that the tool tries by itself, and scripts that a shell looks for on PATH."""
        if any(self.world.exists(place + suffix) for suffix in path.suffixes):
            return True
        searched = path.tool in SEARCHES_PATH and "/" not in value and path.via is Via.OPERAND
        return searched and not self.world.exists(place) and self.world.find_unusable(value) is not None

    def _readable(self, value: str, place: str) -> None:
        machine = self.world.machine
        if not (self.world.is_as_today(place) and machine.exists(place)):
            return
        if machine.is_dangling(place):
            message = f"{value} is a link to nothing"
            self.findings.fails("file_exists", value, FailureClass.MISSING_FILE, message)
        elif not machine.is_readable(place):
            message = f"{value} may not be read by us"
            self.findings.fails("readable", value, FailureClass.PERMISSION_DENIED, message)

    def _entered(self, path: PathUse) -> None:
        if path.conditional:
            return
        value, place = self._place(path)
        if value is None or place is None:
            self.findings.unsure(
                "directory_exists", path.text, f"what directory {path.text} is can't be told before it runs"
            )
        else:
            there = True if place in self.created else self.world.is_dir(place)
            self._there(value, there, directory=True)
            self.lost = self.lost or there is False

    def _written(self, path: PathUse) -> None:
        if path.conditional:
            return
        value, place = self._place(path)
        if value is None or place is None or path.word.glob:
            return
        if path.makes:
            self._made(path, value, place)
        elif path.directory:
            self._there(value, self.world.is_dir(place), directory=True)
        if path.parents:
            self._parent(*self._first_made(value, place))
        elif not (path.makes and path.tolerant):
            self._parent(value, place)
        self.overwriting.target(path, value, place)

    def _made(self, path: PathUse, value: str, place: str) -> None:
        """What must not be there yet."""
        there = self.world.exists(place)
        machine = self.world.machine
        link_into = path.tool == "ln" and bool(self.world.is_dir(place)) and place not in self.created
        empty = path.tool == "git" and not (machine.matches(f"{place}/*") or machine.matches(f"{place}/.*"))
        was_new = self.findings.certain or place in self.created
        if there and was_new and not path.tolerant and not link_into and not empty:
            self.findings.fails("not_there_yet", value, FailureClass.ALREADY_EXISTS, f"{value} is there already")

    def _first_made(self, value: str, place: str) -> tuple[str, str]:
        """Of a path that is made with all directories above it, the one that comes first."""
        while "/" in value.strip("/") and self.world.exists(os.path.dirname(place)) is False:  # noqa: PTH120 - as below
            value, place = os.path.dirname(value.rstrip("/")), os.path.dirname(place)  # noqa: PTH120
        return value, place

    def _parent(self, value: str, place: str) -> None:
        """The directory that a new file goes into, and the right to write there."""
        parent = os.path.dirname(place)  # noqa: PTH120 - paths of the shell's world
        shown = os.path.dirname(value.rstrip("/")) or "."  # noqa: PTH120
        there = self.world.is_dir(parent)
        if there is False:
            message = f"{shown} is not there, and {value} is to be written into it"
            self.findings.fails("directory_exists", shown, FailureClass.MISSING_DIRECTORY, message)
            return
        machine = self.world.machine
        target = place if machine.exists(place) else parent
        if self.world.is_as_today(target) and machine.exists(target) and not machine.is_writable(target):
            read_only = machine.on_read_only_system(target)
            kind = FailureClass.READ_ONLY if read_only else FailureClass.PERMISSION_DENIED
            why = "its file system is read-only" if read_only else "we may not write there"
            self.findings.fails("writable", value, kind, f"{value} can't be written: {why}")
        elif there:
            self.findings.passes("writable", value, f"{value} can be written")

    def _command(self, use: CommandUse) -> None:
        own = [wrapper for wrapper in use.wrappers if wrapper not in SEEN_THROUGH]
        for wrapper in own:
            self._command_found(wrapper, use.scope)
        name = use.name if use.name is not None else self.world.value_of(use.words[0])
        if any(assignment.name == "PATH" for assignment in use.assignments):
            return
        if not name:
            text = use.words[0].text
            self.findings.unsure("command_found", text, f"which command {text} is can't be told before it runs")
            return
        if use.words and use.words[0].tilde:
            name = self.world.value_of(use.words[0]) or name
        if not (use.builtin and not own):
            self._command_found(name, use.scope)
        cwd = self.world.cwd(use.scope)
        if cwd is not None and self.world.is_as_today(cwd):
            if base_name(use.name) == "git":
                check_git(use, cwd, self.world, self.findings)
                check_staged(use, cwd, self.step.expect, self.world, self.findings)
                check_commit(use, cwd, self.step, self.values, self.world, self.findings)
            check_targets(use, cwd, self.world, self.findings)
            check_script(use, self.world, self.findings)
        check_locks(use, self.world, self.findings)
        # A server is mostly started in the background, where its exit code is never seen.
        self.findings.certain = self.analysis.ok
        check_ports(use, self.world, self.findings)

    def _command_found(self, name: str, scope: tuple[int, ...]) -> None:
        if "/" in name:
            self._command_by_path(name, scope)
            return
        if self.world.knows_name(name):
            self.findings.passes("command_found", name, f"{name} is known to the shell")
            return
        place = self.world.find_command(name)
        unusable = None if place else self.world.find_unusable(name)
        if place:
            self.findings.passes("command_found", name, f"{name} is {place}")
            self._interpreter(name, place)
        elif unusable:
            self.findings.fails("executable", unusable, FailureClass.NOT_EXECUTABLE, f"{unusable} is not executable")
        elif self.world.state.unsure_variables or self.world.state.unsure_path or not self.world.variable("PATH"):
            self.findings.unsure("command_found", name, f"whether {name} will be on PATH can't be told: {EARLIER}")
        else:
            message = f"command {name} is not on PATH, and is no function or alias"
            self.findings.fails("command_found", name, FailureClass.MISSING_COMMAND, message)

    def _command_by_path(self, name: str, scope: tuple[int, ...]) -> None:
        place = self.world.absolute(name, scope)
        if place is None:
            return
        there = self.world.exists(place)
        if there is None:
            self.findings.unsure("command_found", name, f"whether {name} will be there can't be told: {EARLIER}")
        elif not there:
            self.findings.fails("command_found", name, FailureClass.MISSING_FILE, f"command {name} is not there")
        elif self.world.is_as_today(place) and self.world.machine.is_dir(place):
            self.findings.fails("executable", name, FailureClass.NOT_EXECUTABLE, f"{name} is a directory, no command")
        elif not self.world.will_execute(place):
            self.findings.fails("executable", name, FailureClass.NOT_EXECUTABLE, f"{name} is not executable")
        else:
            self.findings.passes("command_found", name, f"{name} is there and executable")
            self._interpreter(name, place)

    def _interpreter(self, name: str, place: str) -> None:
        """The first line of a script."""
        start = self.world.machine.read_start(place) if self.world.is_as_today(place) else None
        found = interpreter_of(start.decode("utf-8", "surrogateescape")) if start else None
        if found is None:
            return
        if found.crlf:
            message = f"the first line of {name} ends as on Windows, so its interpreter is not found"
            self.findings.fails("interpreter", name, FailureClass.BAD_INTERPRETER, message)
        elif self.world.exists(found.path) is False:
            message = f"the interpreter of {name}, {found.path}, is not there"
            self.findings.fails("interpreter", name, FailureClass.BAD_INTERPRETER, message)
        elif found.program and not self.world.find_command(found.program) and not self.world.state.unsure_path:
            message = f"the interpreter of {name}, {found.program}, is not on PATH"
            self.findings.fails("interpreter", name, FailureClass.BAD_INTERPRETER, message)

    def _place(self, path: PathUse) -> tuple[str | None, str | None]:
        """A path as it will be written and as an absolute one."""
        value = path.path if path.path is not None and not path.word.tilde else self.world.value_of(path.word)
        if value is None or value == "":
            return None, None
        return value, self.world.absolute(value, path.scope)

    def _there(self, subject: str, there: bool | None, *, directory: bool) -> None:  # noqa: FBT001 - the subject's answer
        kind = "directory_exists" if directory else "file_exists"
        if there:
            self.findings.passes(kind, subject, f"{subject} is there")
        elif there is False:
            failure = FailureClass.MISSING_DIRECTORY if directory else FailureClass.MISSING_FILE
            self.findings.fails(kind, subject, failure, f"{subject} is not there")
        elif there is None:
            self.findings.unsure(kind, subject, f"whether {subject} will be there can't be told: {EARLIER}")
