"""What the engine may know of the machine: looked at before a step, held against the recording behind it."""

import os
import re
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from functools import partial
from pathlib import Path, PurePath
from stat import S_IMODE, S_ISDIR, S_ISLNK, S_ISREG
from types import MappingProxyType

import msgspec

from capture.trace import EffectOp, Step
from replay import template
from replay.calls import is_call
from replay.conditions.calling import changes_nothing, check_call
from replay.conditions.checks import ExpectedWorld, check_step
from replay.conditions.edits import Patches, written
from replay.conditions.opened import scripts_of
from replay.conditions.programs import check_tools
from replay.conditions.remembering import Remembering
from replay.conditions.surprises import Days
from replay.conditions.world import Machine, RealMachine
from replay.earlier import Own
from replay.edits import is_patch, shell_text
from replay.governance import policy, tool_calls
from replay.governance.lists import Known
from replay.governance.permits import Permits
from replay.matching import contents, judging, masks
from replay.matching.effects import bound, is_mode
from replay.outcome import Check, CheckState, Failure, FailureClass, Judgement, Standing
from replay.place import Place
from replay.playbook import Expectation, ExpectedEffect, PlaybookStep, Tool
from replay.protocols import NoTools, Toolbox
from replay.shadow.artefacts import artefact
from replay.syntax import analyse

UNSEEN = "effect_seen"
"""The check of an effect that lies where a shadow shows nothing of it."""
CONTENT_LIMIT = 16 * 1024 * 1024
"""Bytes of a written file that are read to be compared."""
STAND_IN = "{}_from_step_{}"
"""What stands for a value that an earlier step will print, while nothing is run: it can be written anywhere."""
_STANDS_IN = re.compile(r"[a-z_][a-z0-9_]*_from_step_[0-9]+")


class MachineReadiness:
    """The real machine, or a shadow of it.

    Args:
        place: Where the replay happens.
        cwd: Where its shell begins.
        environment: What its shell begins with.
        shell: Its name.
        permits: What each safety level asks of a person in this replay.
        days: When the playbook was recorded, and when it is replayed.
        still: Nothing runs while it is asked, so that it looks at each thing once.
        secrets: The prompts whose secret answers are known.
        own: What the playbook writes; None: anything that stands in its way is taken for that.
        tools: The programs that it was recorded with; none: not looked at.
        toolbox: The tools that can be called here; None: none.
        machine: What is looked at; None: this one.
    """

    def __init__(  # noqa: PLR0913 - where, when and how a replay begins
        self,
        *,
        place: Place,
        cwd: str,
        environment: Mapping[str, str],
        shell: str,
        permits: Permits | None = None,
        days: Days | None = None,
        still: bool = False,
        secrets: Collection[str] = (),
        own: Own | None = None,
        tools: Mapping[str, Tool] = MappingProxyType({}),
        toolbox: Toolbox | None = None,
        machine: Machine | None = None,
    ) -> None:
        self._secrets = secrets
        self._place = place
        self._known = Known()
        self._own, self._tools = own, tools
        self._toolbox: Toolbox = toolbox or NoTools()
        self._permits = permits or Permits(shadow=place.level is not None)
        self._shell = shell
        self._days = days
        if machine is None:
            machine = Remembering(RealMachine(place.real)) if still else RealMachine(place.real)
        self._world = ExpectedWorld(machine, workspace=place.workspace, cwd=cwd, environment=environment, shell=shell)
        self._patches = Patches(self._world)
        self._written: Mapping[str, bytes] = {}

    def stands(self, standing: Standing, environment: Mapping[str, str]) -> None:
        """Another shell takes the place of the one that steps were run in, and stands where that one stood."""
        self._world = ExpectedWorld(
            RealMachine(self._place.real),
            workspace=self._place.workspace,
            cwd=standing.cwd,
            environment=environment,
            shell=self._shell,
        )
        self._world.state.names |= standing.defined
        self._patches, self._known = Patches(self._world), Known()

    def check(self, step: PlaybookStep, command: str, values: Mapping[str, str]) -> tuple[Check, ...]:
        """Look at everything that the step needs; changes nothing."""
        patch, call = is_patch(command), is_call(command)
        known = partial(self._comes_from_it, values)
        found = check_step(step, "" if patch or call else command, self._world, values, days=self._days, known=known)
        found += self._of_call(step, command, values) if call else ()
        found += check_tools(step, self._tools, self._world)
        found += self._patches.check(command) if patch else ()
        ruled = policy.check_step(step, command, self._permits)
        asked = [one.prompt for one in step.answers if one.secret and one.key not in self._secrets]
        found += tuple(_to_be_asked(prompt) for prompt in asked)
        found += self.listed(step, command, values)
        unseen = (_unseen(bound(effect, values)) for effect in self._out_of_sight(step, values))
        return tuple(_foretold(check) for check in (*found, *((ruled,) if ruled else ()), *unseen))

    def _of_call(self, step: PlaybookStep, command: str, values: Mapping[str, str]) -> tuple[Check, ...]:
        """What can be told of a tool's call without making it."""
        return check_call(
            step,
            command,
            self._toolbox,
            level=lambda text: tool_calls.judge(text, self._toolbox.known).level,
            stands_in=(value for value in values.values() if _STANDS_IN.fullmatch(value)),
        )

    def listed(self, step: PlaybookStep, command: str, values: Mapping[str, str]) -> tuple[Check, ...]:
        """What the user's lists say, of the scripts too that it runs as they are now."""
        lists = self._permits.lists
        if lists.empty:
            return ()
        world = self._world.ahead()
        world.enter(step, values)
        scripts = scripts_of(analyse(command, self._shell), world) if lists.deny else {}
        ruled = lists.judge(command, self._shell, self._known, scripts)
        return (policy.check_lists(command, ruled),) if ruled else ()

    def look_ahead(self) -> None:
        """Take what is assumed from here on for what may come, in a world of its own."""
        self._world = self._world.ahead()
        self._patches = Patches(self._world)

    def refused_ahead(
        self, steps: Iterable[tuple[int, PlaybookStep]], values: Mapping[str, str]
    ) -> tuple[int, Check] | None:
        """The first step that the user's lists deny by what is known of it now, before any has run."""
        if self._permits.lists.empty:
            return None
        other, known = copy(self), dict(values)
        other.look_ahead()
        for index, step in steps:
            if template.names(step.run) - known.keys():
                return None
            command = template.render_shell(step.run, known, self._shell)
            denied = [check for check in other.listed(step, command, known) if check.state is CheckState.FAIL]
            if denied and not _STANDS_IN.search(command):
                return index, denied[0]
            known |= other.assume(step, command, known, step_index=index)
        return None

    def _comes_from_it(self, values: Mapping[str, str], place: str) -> bool:
        """Whether what stands at an absolute path comes from the playbook itself."""
        if self._own is None:
            return True
        inside = PurePath(place).is_relative_to(self._place.workspace)
        path = str(PurePath(place).relative_to(self._place.workspace)) if inside else place
        content = self._read(path)
        return content is not None and self._own.wrote(path, content, values)

    def assume(
        self, step: PlaybookStep, command: str, values: Mapping[str, str], *, step_index: int
    ) -> Mapping[str, str]:
        """Take the step as done; returns stand-ins for the values that it would have printed."""
        printed = {capture.name: STAND_IN.format(capture.name, step_index) for capture in step.capture}
        if is_patch(command):
            self._patches.assume(command)
            command = ""
        if call := is_call(command):
            harmless = changes_nothing(command, self._toolbox)
            step = msgspec.structs.replace(step, expect=_watched(step.expect)) if harmless else step
        self._known = self._known.after(command, self._shell)
        self._world.assume(step, "" if call else command, {**values, **printed})
        if call and not harmless:
            self._world.anything_changed()
        return printed

    def carry_out(self, patch: str) -> str:
        """The shell text that makes a patch's changes to the files as they are now.

        Args:
            patch: Of a file step, with its values in.

        Raises:
            BadInputError: It does not apply.
        """
        changes = self._patches.changes(patch)
        self._written = written(changes)
        return shell_text(changes, self._patches.absolute, self._shell)

    def moved_on(self, step: Step) -> None:
        """The shell is behind this step now."""
        self._patches.settle()
        self._known = self._known.after(step.command, self._shell)
        self._world.moved_on(step)

    def judge(
        self, step: PlaybookStep, actual: Step, values: Mapping[str, str], *, recorded: Mapping[str, str] | None
    ) -> Judgement:
        """Hold what happened against what was expected, as far as it can be seen from here."""
        wanted = _without(step, self._out_of_sight(step, values))
        patch = is_patch(step.run)
        judged = judging.judge(
            self._as_merged(wanted, actual, values) if patch else wanted,
            actual,
            values=values,
            holds=lambda effect: self._holds(effect, actual, values),
            recorded={} if patch and recorded is None else recorded,
            read=self._read,
            shell=self._shell,
        )
        if judged.failure is None or self._place.level is None:
            return judged
        return msgspec.structs.replace(judged, failure=self._told_of_shadow(judged.failure, step, actual))

    def _told_of_shadow(self, failure: Failure, step: PlaybookStep, actual: Step) -> Failure:
        """A failure that may be the shadow's own says so, and one at a limit is of the limit's class."""
        struck = self._place.struck()
        late = failure.failure_class is FailureClass.TIMEOUT and step.timeout is None
        limit = f"more than {self._place.time_s:g} s for a step" if late else struck
        why = artefact(
            failure.failure_class,
            actual.output,
            network=self._place.network,
            struck=limit,
            reached=self._place.reached(),
        )
        if why is None:
            return failure
        kind = FailureClass.KILLED if struck and not late else failure.failure_class
        return msgspec.structs.replace(failure, failure_class=kind, artefact=why, message=f"{failure.message} ({why})")

    def _as_merged(self, step: PlaybookStep, actual: Step, values: Mapping[str, str]) -> PlaybookStep:
        """A file step that must leave what its patch makes of today's files, which may have drifted."""
        effects = step.expect.effects

        def merged(effect: ExpectedEffect) -> ExpectedEffect:
            data = self._written.get(masks.plain(bound(effect, values).path))
            content = None if data is None else masks.content_digest(data, values, moment=actual.started_at)
            return msgspec.structs.replace(effect, content=content)

        told = None if effects is None else tuple(map(merged, effects))
        return msgspec.structs.replace(step, expect=msgspec.structs.replace(step.expect, effects=told))

    def _out_of_sight(self, step: PlaybookStep, values: Mapping[str, str]) -> tuple[ExpectedEffect, ...]:
        """Effects outside of the workspace, while the shell is in a shadow of it."""
        effects = (step.expect.effects or ()) if self._place.level else ()
        return tuple(effect for effect in effects if bound(effect, values).path.startswith("/"))

    def _real(self, path: str) -> Path:
        return Path(self._place.real(str(Path(self._place.workspace, path))))

    def _read(self, path: str) -> bytes | None:
        real = self._real(path)
        try:
            status = real.lstat()
            if S_ISLNK(status.st_mode):
                return contents.of_link(os.fsencode(real.readlink()))
            return real.read_bytes() if S_ISREG(status.st_mode) and status.st_size <= CONTENT_LIMIT else None
        except OSError:
            return None

    def _holds(self, effect: ExpectedEffect, actual: Step, values: Mapping[str, str]) -> bool:
        """Whether what a step should have brought about is there without its doing."""
        try:
            status = self._real(effect.path).lstat()
        except OSError:
            return effect.op is EffectOp.DELETED
        if effect.op is EffectOp.DELETED:
            return False
        if effect.op is EffectOp.CHMOD:
            return effect.mode is not None and is_mode(effect.mode, S_IMODE(status.st_mode))
        if effect.directory:
            return S_ISDIR(status.st_mode)
        content = self._read(effect.path)
        if effect.content is None or content is None:
            return False
        return contents.is_content(content, effect.content, values, moment=actual.started_at)


def _watched(expect: Expectation) -> Expectation:
    """What a tool leaves that only reads, whoever watched it."""
    return expect if expect.effects is not None else msgspec.structs.replace(expect, effects=())


def _to_be_asked(prompt: str) -> Check:
    return Check(
        kind="secret_known",
        state=CheckState.WARN,
        subject=prompt,
        message=f"the secret answer to {prompt.strip()!r} is known from nowhere: it will be asked for in a terminal",
    )


def _foretold(check: Check) -> Check:
    """A check about a value that is not known yet can't fail."""
    if check.state is CheckState.PASS or check.state is CheckState.WARN:
        return check
    found = _STANDS_IN.search(check.subject)
    if found is None:
        return check
    hint = f"step {found[0].rpartition('_')[2]} prints it; a replay in a shadow tells"
    return msgspec.structs.replace(check, state=CheckState.UNKNOWN, failure_class=None, hint=hint)


def _without(step: PlaybookStep, effects: tuple[ExpectedEffect, ...]) -> PlaybookStep:
    if not effects:
        return step
    left = tuple(effect for effect in step.expect.effects or () if effect not in effects)
    return msgspec.structs.replace(step, expect=msgspec.structs.replace(step.expect, effects=left))


def _unseen(effect: ExpectedEffect) -> Check:
    path = masks.plain(effect.path)
    return Check(
        kind=UNSEEN,
        state=CheckState.UNKNOWN,
        subject=path,
        message=f"{path} lies outside of the workspace: in a shadow nobody can tell whether it is {effect.op}",
    )
