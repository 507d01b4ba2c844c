"""The world as it will be when a step is reached: today's machine, and what earlier steps will have done to it."""

import os.path
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from capture.trace import EffectOp, Step
from replay import template
from replay.conditions.foreseen import Foreseen, Presence, is_below
from replay.conditions.refs import may_make_refs
from replay.conditions.so_far import State
from replay.conditions.startup import read_startup
from replay.conditions.telling import says_all
from replay.conditions.world import Machine
from replay.playbook import PlaybookStep
from replay.syntax import Analysis, Assignment, CommandUse, PathUse, Word, analyse
from replay.syntax.moments import Moment, moments
from replay.syntax.vocabulary import BUILTINS, KEYWORDS
from replay.syntax.wrappers import base_name

TREE = "/**"
"""Ends the path of an effect that stands for all that lies below a directory."""
MADE_BY_SHELL = frozenset(
    {"UID", "EUID", "PPID", "RANDOM", "SRANDOM", "SECONDS", "LINENO", "IFS", "HOSTNAME", "OSTYPE", "HOSTTYPE"}
    | {"MACHTYPE", "OLDPWD", "BASH", "BASHPID", "BASH_VERSION", "EPOCHSECONDS", "EPOCHREALTIME", "COLUMNS", "LINES"}
    | {"PIPESTATUS", "SHLVL", "OPTIND", "PS1", "PS2", "PS4", "DIRSTACK", "GROUPS", "BASH_SOURCE", "FUNCNAME"}
)
"""Always set, whatever the environment holds."""
CHANGES_DIRECTORY = frozenset({"cd", "pushd"})
MAY_CHANGE_DIRECTORY = re.compile(r"\b(?:cd|cdh|dirs|pushd|popd|prevd|nextd)\b|\.\.|/(?=\s|;|$)")
"""In a text that isn't read."""
GLOB_OR_BLANK = re.compile(r"[\s*?\[]")


class ExpectedWorld:
    """Answers for the moment before the next step.

    Args:
        machine: Today's.
        workspace: Absolute; effects inside it were recorded.
        cwd: Where the shell begins.
        environment: What the shell begins with.
        shell: Its name.
    """

    def __init__(
        self, machine: Machine, *, workspace: str, cwd: str, environment: Mapping[str, str], shell: str
    ) -> None:
        self.machine, self.workspace, self.shell = machine, workspace, shell
        self.acted = False
        """A step has really run."""
        self.state = State(cwds={(): cwd}, variables=dict(environment))
        startup = read_startup(machine, environment.get("HOME", "/"), shell)
        self.state.names |= startup.names
        self.state.unsure_path = startup.more_on_path
        self.state.unsure_variables = startup.more_variables
        for assignment in startup.assignments:
            self._assign(assignment)

    def ahead(self) -> "ExpectedWorld":
        """A copy to look ahead in."""
        other = object.__new__(ExpectedWorld)
        other.__dict__ |= self.__dict__
        other.state = self.state.copy()
        return other

    def assume(self, step: PlaybookStep, command: str, values: Mapping[str, str]) -> None:
        """Take a step as done, as it was recorded.

        Args:
            step: The step.
            command: Its text, values filled in.
            values: For its other placeholders.
        """
        self.enter(step, values)
        analysis = analyse(command, self.shell)
        before = self.state.unsure_inside
        self._run_through(analysis)
        self.state.unsure_inside = before or step.expect.effects is None
        for effect in step.expect.effects or ():
            origin = template.render(effect.moved_from, values) if effect.moved_from else None
            path = _known_path(effect.path, values)
            self._only_written(path, only=effect.op is EffectOp.MODIFIED and effect.mode is None)
            self._effect(effect.op, path, origin, directory=effect.directory)

    def moved_on(self, step: Step) -> None:
        """A step has really run: look at the machine again, keep what only the shell knows.

        Args:
            step: As it happened.
        """
        self.acted = True
        self._run_through(analyse(step.command, self.shell))
        state = self.state
        state.cwds = {(): step.cwd_after}
        state.paths, state.refs, state.written = Foreseen(), set(), set()
        state.unsure_inside = state.unsure_outside = state.unsure_refs = state.may_free_ports = False
        state.git_at_work = False
        state.variables |= step.env_effects.set
        for name in step.env_effects.unset:
            state.variables.pop(name, None)

    def enter(self, step: PlaybookStep, values: Mapping[str, str]) -> None:
        """Go where a step wants to begin."""
        if step.cwd:
            before, there = self.cwd(), self.absolute(template.render(step.cwd, values), ())
            self.state.cwds = {(): there}
            if before != there:
                self.state.variables["OLDPWD"] = before

    def cwd(self, scope: tuple[int, ...] = ()) -> str | None:
        """The working directory in a subshell."""
        known = self.state.cwds
        while scope and scope not in known:
            scope = scope[:-1]
        return known.get(scope)

    def absolute(self, path: str, scope: tuple[int, ...] = ()) -> str | None:
        """A path as an absolute one; None when the working directory can't be told."""
        base = "/" if path.startswith("/") else self.cwd(scope)
        return None if base is None else _absolute(base, path)

    def value_of(self, word: Word) -> str | None:
        """What the shell will make of a word; None when only a run can tell."""
        text = ""
        for part in word.parts:
            value = part.text
            if part.variable is not None:
                value = self.variable(part.variable)
                if value is None or (not part.quoted and GLOB_OR_BLANK.search(value)):
                    return None
            if value is None:
                return None
            text += value
        return self._at_home(text) if word.tilde else text

    def variable(self, name: str) -> str | None:
        """A variable's value; None when it is unset or can't be told."""
        return self.cwd() if name == "PWD" else self.state.variables.get(name)

    def is_set(self, name: str) -> bool:
        """Whether a variable is set."""
        return name in self.state.variables or name in MADE_BY_SHELL or name == "PWD"

    def exists(self, path: str) -> bool | None:
        """Whether an absolute path will be there; None when that can't be told."""
        foreseen = self.state.paths.at(path)
        if foreseen is not None:
            return foreseen is not Presence.GONE
        if self.state.paths.holds_something(path):
            return True
        unsure = self.state.paths.in_unwritten_tree(path) or self._unsure(path)
        return self.machine.exists(path) or (None if unsure else False)

    def is_dir(self, path: str) -> bool | None:
        """Whether it will be a directory."""
        foreseen = self.state.paths.at(path)
        if foreseen is Presence.THERE:
            return None
        there = self.exists(path)
        if foreseen is not None or not there or not self.machine.exists(path):
            return there
        return self.machine.is_dir(path)

    def keeps_mode(self, path: str) -> bool:
        """Whether it will have the permission bits that it has today."""
        return path in self.state.written or self.is_as_today(path)

    def is_as_today(self, path: str) -> bool:
        """Whether no earlier step touches it, so that today's machine can be asked about it."""
        return self.state.paths.untouched(path)

    def matches(self, pattern: str) -> bool | None:
        """Whether a pattern will match anything."""
        regex = re.compile(re.sub(r"\\\*", "[^/]*", re.escape(pattern)).replace(r"\?", "[^/]"))
        if any(map(regex.fullmatch, self.state.paths.there())):
            return True
        left = [found for found in self.machine.matches(pattern) if self.state.paths.at(found) is not Presence.GONE]
        return True if left else (None if self._unsure(pattern) else False)

    def find_command(self, name: str) -> str | None:
        """Where on PATH a command will be found."""
        return next((path for path in self._candidates(name) if self.will_execute(path)), None)

    def find_unusable(self, name: str) -> str | None:
        """Where on PATH a file of that name is that can't be executed."""
        return next((path for path in self._candidates(name) if self.exists(path) and not self.is_dir(path)), None)

    def will_execute(self, path: str) -> bool:
        """Whether a path will be an executable file; what earlier steps make is taken for one."""
        return (
            self.machine.is_executable(path) if self.is_as_today(path) else self.state.paths.at(path) is Presence.THERE
        )

    def knows_name(self, name: str) -> bool:
        """Whether the shell knows a command that is no file: its own, a function, an alias."""
        shells_own = name in BUILTINS or name in KEYWORDS or name in self.state.names
        return shells_own or f"BASH_FUNC_{name}%%" in self.state.variables

    def _run_through(self, analysis: Analysis) -> None:
        if analysis.foreign:
            state = self.state
            state.unsure_variables = state.unsure_path = state.unsure_refs = state.may_free_ports = True
            state.unsure_inside = state.unsure_outside = True
            if MAY_CHANGE_DIRECTORY.search(analysis.text):
                state.cwds = {(): None}
        for moment in moments(analysis):
            self.begin(moment)
            self.follow(moment)
        self._settle(analysis)

    def begin(self, moment: Moment) -> None:
        """A command is about to run: what is assigned before it counts."""
        for assignment in moment.assignments:
            self._assign(assignment)

    def follow(self, moment: Moment) -> None:
        """One command is done: keep what it changes, as far as its text tells."""
        use = moment.command
        for path in moment.directories:
            if path.tool in CHANGES_DIRECTORY:
                self._change_directory(path)
        if use is not None:
            self._command(use, moment)
        for path in moment.removes:
            self._foresee(path.word, path.path, path.scope, Presence.GONE if path.runs and not path.word.glob else None)
        for path in moment.writes:
            kind = Presence.DIRECTORY if path.makes and path.directory else Presence.THERE
            ends_in = path.directory and not path.makes
            self._foresee(path.word, path.path, path.scope, kind if path.runs and not ends_in else None)

    def _command(self, use: CommandUse, moment: Moment) -> None:
        name = base_name(use.name)
        state = self.state
        if not says_all(use):
            self._opaque(use)
        if name in CHANGES_DIRECTORY and not moment.directories and use.runs:
            self._go(self._by_itself(use) if name == "cd" else None, use.scope)
        elif name == "popd" and use.runs:
            state.cwds[use.scope] = None
        elif name in {"source", "."}:
            self._source(use)
        elif name == "eval" and any(word.value is None for word in use.words):
            state.unsure_variables = True
        elif name in {"kill", "pkill", "killall", "fuser", "systemctl", "docker"}:
            state.may_free_ports = True
        elif name == "git":
            state.follow_git(use)

    def _settle(self, analysis: Analysis) -> None:
        """What counts of a step once it has ended: subshells are gone."""
        state = self.state
        state.cwds = {(): self.cwd()}
        state.names |= {*analysis.functions, *analysis.aliases}
        for name in analysis.variables_set:
            state.variables.setdefault(name, None)
        for name in analysis.variables_unset:
            state.variables.pop(name, None)
        if analysis.nounset is not None:
            state.nounset = analysis.nounset

    def anything_changed(self) -> None:
        """Something that nobody looks through has run: whatever is missing may be there by now."""
        self.state.unsure_inside = self.state.unsure_outside = True

    def _opaque(self, use: CommandUse) -> None:
        """A program that we can't read may do more than its words say."""
        self.state.unsure_inside = self.state.unsure_outside = True
        if self.state.unsure_refs or base_name(use.name) == "git":
            return
        self.state.unsure_refs = may_make_refs(self.machine, use, self.cwd(use.scope))

    def _only_written(self, path: str, *, only: bool) -> None:
        """Keep in mind which files keep the mode that they have today although a step writes them."""
        place = os.path.normpath(os.path.join(self.workspace, path))  # noqa: PTH118 - paths of the shell's world
        if not only:
            self.state.written.discard(place)
        elif self.is_as_today(place):
            self.state.written.add(place)

    def _effect(self, op: EffectOp, path: str, origin: str | None, *, directory: bool) -> None:
        whole = path.removesuffix(TREE)
        place = os.path.normpath(os.path.join(self.workspace, whole))  # noqa: PTH118 - paths of the shell's world
        if op is EffectOp.DELETED:
            self.state.paths.put(place, Presence.GONE)
            return
        kind = Presence.TREE if whole != path else Presence.DIRECTORY if directory else Presence.THERE
        self.state.paths.put(place, kind)
        if origin is not None:
            self.state.paths.put(os.path.normpath(os.path.join(self.workspace, origin)), Presence.GONE)  # noqa: PTH118

    def _assign(self, assignment: Assignment) -> None:
        if assignment.scope or (assignment.word is None and assignment.exported):
            return
        value = self.value_of(assignment.word) if assignment.word is not None else None
        if assignment.conditional:
            value = None
        if assignment.name == "PATH" and value is None:
            self.state.unsure_path = True
        else:
            self.state.variables[assignment.name] = value

    def _change_directory(self, path: PathUse) -> None:
        value = self.value_of(path.word)
        place = self.absolute(value, path.scope) if value is not None and path.runs else None
        if place is not None and path.conditional:
            there = self.is_dir(place)
            place = self.cwd(path.scope) if there is False else place if there else None
        self._go(place, path.scope)

    def _by_itself(self, use: CommandUse) -> str | None:
        """Where `cd` goes that is given no directory."""
        words = [word.value for word in use.words[1:]]
        return self.variable("HOME") if not words else self.variable("OLDPWD") if words == ["-"] else None

    def _go(self, place: str | None, scope: tuple[int, ...]) -> None:
        if not scope:
            self.state.variables["OLDPWD"] = self.cwd()
        self.state.cwds[scope] = place

    def _source(self, use: CommandUse) -> None:
        """A sourced file's own text tells what it sets, unless it hides that as well."""
        value = self.value_of(use.words[1]) if len(use.words) > 1 else None
        path = self.absolute(value, use.scope) if value is not None else None
        text = self.machine.read_text(path) if path is not None and self.is_as_today(path) else None
        if text is None:
            self.state.unsure_variables = True
            return
        sourced = analyse(text, self.shell)
        for assignment in sourced.assignments:
            self._assign(assignment)
        for name in sourced.variables_set:
            self.state.variables.setdefault(name, None)
        self.state.unsure_path = self.state.unsure_path or not sourced.ok
        self.state.names |= {*sourced.functions, *sourced.aliases}
        hidden = any(base_name(inner.name) in {"eval", "source", "."} for inner in sourced.commands)
        self.state.unsure_variables = self.state.unsure_variables or hidden

    def _foresee(self, word: Word, path: str | None, scope: tuple[int, ...], kind: Presence | None) -> None:
        value = path if path is not None and not word.tilde else self.value_of(word)
        place = self.absolute(value, scope) if value else None
        if place is None or kind is None:
            return
        known = self.state.paths.made(place) in {Presence.DIRECTORY, Presence.TREE}
        if kind is Presence.THERE and (known or (self.is_as_today(place) and self.machine.exists(place))):
            return
        self.state.paths.put(place, kind)

    def _unsure(self, path: str) -> bool:
        inside = is_below(path, self.workspace) and "/.git/" not in path
        return self.state.unsure_inside if inside else self.state.unsure_outside or self.state.unsure_inside

    def _candidates(self, name: str) -> Iterable[str]:
        folders = self.variable("PATH") or ""
        return _on_path(name, folders, None if _is_absolute(folders) else self.cwd())

    def _at_home(self, text: str) -> str | None:
        head, slash, rest = text.partition("/")
        home = self.variable("HOME")
        return f"{home}{slash}{rest}" if head == "~" and home else None


@lru_cache(maxsize=4096)
def _absolute(base: str, path: str) -> str:
    return os.path.normpath(os.path.join(base, path))  # noqa: PTH118 - no Path in sight


@lru_cache(maxsize=1024)
def _on_path(name: str, folders: str, cwd: str | None) -> tuple[str, ...]:
    """Where the directories of a PATH would have a command; relative ones are left out when nobody knows where."""
    places = (os.path.join(cwd or "", folder or ".", name) for folder in folders.split(":"))  # noqa: PTH118
    return tuple(os.path.normpath(place) for place in places if place.startswith("/"))


@lru_cache(maxsize=64)
def _is_absolute(folders: str) -> bool:
    return all(folder.startswith("/") for folder in folders.split(":"))


def _known_path(path: str, values: Mapping[str, str]) -> str:
    """An effect's path; from the first part on that differs from run to run, all that lies there."""
    known: list[str] = []
    for part in path.split("/"):
        if template.names(part) - values.keys():
            return template.render("/".join([*known, "**"]), values) if known else "./**"
        known.append(part)
    return template.render(path, values)
