"""Records file operations that a program does, or has done."""

import os
from collections.abc import Iterator
from typing import Unpack

import msgspec

from capture.api.action import Action, Begun
from capture.api.filing import Change, Place, contents_in, patched
from capture.api.said import Said
from capture.api.telling import Telling
from capture.errors import BadInputError
from capture.patches import FileEdit, read_patch
from capture.trace import EffectOp, StepKind

OPERATIONS = ("write", "patch", "move", "delete")
"""What can be done to files."""
Content = str | bytes
PathLike = str | os.PathLike[str]


class Changing(Telling):
    """Tells steps that change files."""

    def file(  # noqa: PLR0913 - all that there is to tell
        self,
        op: str,
        path: PathLike = "",
        *,
        content: Content | None = None,
        patch: str | None = None,
        to: PathLike | None = None,
        mode: int | None = None,
        done: bool = False,
        before: Content | msgspec.UnsetType | None = msgspec.UNSET,
        **said: Unpack[Said],
    ) -> Action:
        """Change a file and record it, with digests before and after; contents are kept up to 1 MiB each.

        Args:
            op: `write` all of `content`, apply a `patch`, `move` it `to` another path, or `delete` it.
            path: The file, relative to the workspace or absolute; a patch names its files itself. Missing directories
                above it are made.
            content: Of a write; one that was done already is read from the file where it is not given.
            patch: A unified diff; of several files it changes all or, where one does not fit, none.
            to: Where a move leads.
            mode: Permission bits after a write; None: as they are, or as the umask says.
            done: It was done already, elsewhere, and is only told.
            before: Of what was done already: what the file held; None: there was none. Not given: nobody knows.
            **said: As `Said`.

        Returns:
            The step, ended. Its text is the patch that makes the change again.

        Raises:
            BadInputError: The arguments don't fit each other, or the patch does not fit its file; nothing is changed.
            OSError: The file can't be read, or changed; then the step has failed.
            RunOverError: The run has ended; nothing is changed.
        """
        place = Place(self._run.workspace)
        if op == "patch":
            if patch is None:
                raise BadInputError("a patch wants its text; give patch=")
            changes = tuple(_patches(place, read_patch(patch), done=done))
        else:
            changes = (_change(place, op, path, content, to, mode, before if done else None, done=done),)
        text = patch if patch is not None else changes[0].command()
        step = self._opened(StepKind.FILE, text, self._run.cwd)
        with self._begin(Begun(step, contents=tuple(contents_in(changes)), effects=()), said) as action:
            made: list[Change] = []
            for change in changes:
                if not done:
                    place.make(change)
                made.append(change._replace(mode=place.mode(change.path)))
                effects = tuple(sorted((one.effect() for one in made), key=lambda effect: effect.path))
                action.begun = action.begun._replace(effects=effects)
            if self._watched is not None:
                self._watched.know(action.begun.effects or ())
        return action


def _change(  # noqa: PLR0913, PLR0917 - as `file`
    place: Place,
    op: str,
    path: PathLike,
    content: Content | None,
    to: PathLike | None,
    mode: int | None,
    before: Content | msgspec.UnsetType | None,
    *,
    done: bool,
) -> Change:
    """What becomes of the file."""
    name = place.name(path)
    known = place.content(name) if not done else None if before is msgspec.UNSET else _bytes(before)
    parents = not done and place.lacks_parents(name if to is None else place.name(to))
    match op:
        case "write":
            after = place.content(name) if content is None and done else _bytes(content)
            if after is None:
                raise BadInputError(f"nothing is known of what {name} is to hold; give content=")
            made = EffectOp.CREATED if known is None and before is not msgspec.UNSET else EffectOp.MODIFIED
            bits = place.mode(name) if mode is None else mode
            return Change(name, made, known, after, mode=bits, parents=parents)
        case "delete":
            if known is None and not done:
                raise BadInputError(f"{name} is not there and can't be deleted; record nothing, or give another path")
            return Change(name, EffectOp.DELETED, known)
        case "move":
            if to is None:
                raise BadInputError(f"nothing says where {name} moves; give to=")
            target = place.name(to)
            if not done and known is None:
                raise BadInputError(f"{name} is not there and can't be moved; give another path")
            if not done and place.content(target) is not None:
                raise BadInputError(f"{target} is there already; delete it first, or move elsewhere")
            return Change(target, EffectOp.MOVED, known, known, moved_from=name, parents=parents)
        case _:
            raise BadInputError(f"{op!r} can't be done to a file; give one of {', '.join(OPERATIONS)}")


def _patches(place: Place, edits: tuple[FileEdit, ...], *, done: bool) -> Iterator[Change]:
    """What a patch makes of each file."""
    for edit in edits:
        old, new = edit.old and place.name(edit.old), edit.new and place.name(edit.new)
        name = new or old or ""
        if done:
            op = EffectOp.CREATED if old is None else EffectOp.DELETED if new is None else EffectOp.MODIFIED
            yield Change(name, op, after=None if new is None else place.content(name))
            continue
        before = place.content(old or name)
        if (before is None) != (old is None):
            raise BadInputError(
                f"{name} is {'not ' if before is None else ''}there, other than the patch says; make it anew"
            )
        if new is None:
            patched(edit, before or b"")
            yield Change(name, EffectOp.DELETED, before)
            continue
        after = patched(edit, before or b"")
        bits = place.mode(old or name) if edit.mode is None else edit.mode
        op = EffectOp.CREATED if old is None else EffectOp.MODIFIED
        if old not in (None, new):
            raise BadInputError(f"the patch moves {old} to {new}; move it by an operation of its own")
        yield Change(name, op, before, after, mode=bits, parents=place.lacks_parents(name))


def _bytes(content: Content | None) -> bytes | None:
    if content is None or isinstance(content, bytes):
        return content
    if not isinstance(content, str):
        raise BadInputError(f"what a file holds is text or bytes, not {type(content).__name__}; give str or bytes")
    try:
        return content.encode()
    except UnicodeEncodeError as error:
        raise BadInputError(f"what a file is to hold can't be written as UTF-8: {error}; give it as bytes") from error
