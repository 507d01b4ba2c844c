"""Looks whether the patch of a file step would apply now, and to what: the file as earlier steps will have left it."""

import os.path
from collections.abc import Iterator, Mapping

from capture.errors import BadInputError
from replay import edits
from replay.conditions.expected import ExpectedWorld
from replay.conditions.findings import Findings
from replay.outcome import Check, CheckState, FailureClass

CONTENT_LIMIT = 16 * 1024 * 1024
"""Bytes of a file that a patch is held against."""


class Patches:
    """The patches of a replay, each held against the world as it is then.

    Args:
        world: As it will be when the step is reached.
    """

    def __init__(self, world: ExpectedWorld) -> None:
        self._world = world
        self._assumed: dict[str, edits.Change] = {}

    def check(self, patch: str) -> tuple[Check, ...]:
        """Whether a patch would apply.

        Args:
            patch: With its values in.

        Returns:
            One check for each file; `already-applied` when every file is as the patch would make it.
        """
        findings = Findings()
        try:
            found = self._planned(patch)
            drifted = {edit.path for edit in edits.read_patch(patch) if self._drifted(edit)}
        except BadInputError as error:
            findings.fails("patch_readable", "patch", FailureClass.SYNTAX, str(error))
            return findings.checks
        done = all(isinstance(one, edits.Already) for one in found)
        for one in found:
            if isinstance(one, edits.Already):
                self._already(one, findings, whole=done)
            else:
                self._one(one, findings, drifted=one.path in drifted)
        return findings.checks

    def changes(self, patch: str) -> tuple[edits.Change, ...]:
        """What a patch makes of the files now.

        Raises:
            BadInputError: It does not apply.
        """
        found = self._planned(patch)
        for one in found:
            if isinstance(one, edits.Refused):
                raise BadInputError(f"{one.message}; nothing was written")
        return tuple(one for one in found if isinstance(one, edits.Change))

    def assume(self, patch: str) -> None:
        """Take a patch as applied, so that a later one is held against what it leaves."""
        settled = all(check.state is CheckState.PASS for check in self.check(patch))
        for change in self.changes(patch) if settled else ():
            self._assumed[self._place(change.path)] = change
            if change.moved_from is not None:
                self._assumed[self._place(change.moved_from)] = edits.Change(path=change.moved_from, deleted=True)

    def settle(self) -> None:
        """A step has really run: the files themselves tell from here."""
        self._assumed = {}

    def absolute(self, path: str) -> str:
        """A path of a patch as an absolute one."""
        return self._place(path)

    def content(self, path: str) -> bytes | None:
        """What a file will hold; None when it will not be there."""
        assumed = self._assumed.get(self._place(path))
        if assumed is not None and (assumed.deleted or assumed.content is not None):
            return assumed.content
        return self._world.machine.read_bytes(self._place(path), CONTENT_LIMIT)

    def mode(self, path: str) -> int | None:
        """Its permission bits; None when it is not there."""
        assumed = self._assumed.get(self._place(path))
        if assumed is not None and assumed.mode is not None:
            return assumed.mode
        return self._world.machine.mode(self._place(path))

    def _planned(self, patch: str) -> list[edits.Change | edits.Already | edits.Refused]:
        return [
            self._led_out(edit) or self._no_file(edit) or edits.plan(edit, self) for edit in edits.read_patch(patch)
        ]

    def _led_out(self, edit: edits.FileEdit) -> edits.Refused | None:
        """A file of the workspace, by its name, that links would have written elsewhere."""
        workspace = self._world.workspace
        for path in dict.fromkeys(path for path in (edit.old, edit.new) if path is not None):
            if self._world.machine.leads_out(self._place(path), workspace):
                told = (
                    f"{path} leads out of the workspace {workspace} through a link; make it a folder or file of its own"
                )
                return edits.Refused(path=path, failure_class=FailureClass.UNSAFE, message=told)
        return None

    def _no_file(self, edit: edits.FileEdit) -> edits.Refused | None:
        """What is there and is no file that can be read whole must not be taken for nothing."""
        for path in dict.fromkeys(path for path in (edit.old, edit.new) if path is not None):
            place = self._place(path)
            if place not in self._assumed and self._world.machine.exists(place) and self.content(path) is None:
                told = f"{path} is no file that can be read, or too large"
                return edits.Refused(path=path, failure_class=FailureClass.EFFECTS_CHANGED, message=told)
        return None

    def _place(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._world.workspace, path))  # noqa: PTH118 - paths of the shell's world

    def _already(self, one: edits.Already, findings: Findings, *, whole: bool) -> None:
        told = f"{one.path} is already as the patch would make it"
        if whole:
            findings.fails("not_applied_yet", one.path, FailureClass.ALREADY_APPLIED, told)
        else:
            findings.fails("patch_applies", one.path, FailureClass.EFFECTS_CHANGED, f"{told}, and other files are not")

    def _drifted(self, edit: edits.FileEdit) -> bool:
        """Whether the file is known to hold something else than in the recording."""
        if edit.old is None or not edit.whole or edit.crlf:
            return False
        base = "".join(line for hunk in edit.hunks for line in hunk.old)
        return self.content(edit.old) != base.encode()

    def _one(self, one: edits.Change | edits.Refused, findings: Findings, *, drifted: bool) -> None:
        place = self._place(one.path)
        # A patch that makes a file says by itself that no earlier step had made it when it was recorded.
        as_recorded = isinstance(one, edits.Change) or self._world.exists(place) is not None
        known = place in self._assumed or (self._world.is_as_today(place) and as_recorded)
        folder = os.path.dirname(place)  # noqa: PTH120 - paths of the shell's world
        if not known:
            told = f"whether the patch of {one.path} will apply can't be told: an earlier step may change it"
            findings.unsure("patch_applies", one.path, told)
        elif isinstance(one, edits.Refused):
            findings.fails("patch_applies", one.path, one.failure_class, one.message)
        elif self._world.is_dir(folder) is False and not (isinstance(one, edits.Change) and one.parents):
            findings.fails("directory_exists", folder, FailureClass.MISSING_DIRECTORY, f"{folder} is not there")
        elif self._world.machine.exists(place) and not self._world.machine.is_writable(place):
            findings.fails("writable", one.path, FailureClass.PERMISSION_DENIED, f"{one.path} can't be written")
        elif drifted:
            told = f"{one.path} is not as recorded, and the patch will be merged into it"
            findings.passes("patch_applies", one.path, told)
        else:
            findings.passes("patch_applies", one.path, f"the patch of {one.path} applies")


def written(changes: tuple[edits.Change, ...]) -> Mapping[str, bytes]:
    """What each changed file will hold, by its path in the patch."""
    return dict(_held(changes))


def _held(changes: tuple[edits.Change, ...]) -> Iterator[tuple[str, bytes]]:
    for change in changes:
        if change.content is not None:
            yield change.path, change.content
